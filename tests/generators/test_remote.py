"""What engines elsewhere say, which may be anything."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.generators.remote import LONGEST_WAIT, download, is_address, seconds_of
from jobs.models import Attempt, Job
from jobs.queue import transitions
from tests import loop


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3", 3.0), ("-3", 0.0), ("inf", None), ("nan", None), ("1e308", LONGEST_WAIT), ("soon", None), ("", None),
     ("Mon, 01 Jan 0001 00:00:00 +1400", 0.0), ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT)],
)  # fmt: skip
def test_a_wait_is_a_number_of_seconds(header: str, seconds: float | None) -> None:
    assert seconds_of(header) in (seconds, None)


@pytest.mark.parametrize("length", ["x", "-1", "1e9", "9" * 30, "²", ""])
def test_a_length_that_is_none_is_not_known(length: str, tmp_path: Path) -> None:
    async def chunks() -> Any:
        yield b"sound"

    headers = {"content-type": "audio/mpeg", "content-length": length}
    shares: list[float | None] = []
    response: Any = SimpleNamespace(headers=headers, aiter_bytes=chunks)
    loop.run(download(response, tmp_path / "x", shares.append))
    assert ((tmp_path / "x").read_bytes(), shares) == (b"sound", [None])


@pytest.mark.parametrize(
    "url", ["https://replicate.delivery/a\nb", "https://replicate.delivery/\x00", "https://[::1", "https://a b/", "",
            "https://replicate.delivery:port/x", "https://replicate.delivery/é", "\ud800"],
)  # fmt: skip
def test_an_address_that_is_none_is_not_asked_for(url: str) -> None:
    pytest.importorskip("httpx")
    assert not is_address(url)
    assert is_address("https://replicate.delivery/pbxt/abc/out.wav")


def test_what_an_engine_says_can_be_kept(order: Any, claim: Any) -> None:
    """No database takes every text; an attempt that could not say how it failed would run again and again."""
    order()
    job: Job = claim()
    assert job.remember("p\x00" + "1" * 300)
    transitions.postpone(job, 0, Attempt.Outcome.FAILED, "engine_failed", "a\x00b", traceback="c\ud800d")
    job = claim()
    assert (job.resume[:2], len(job.resume)) == ("p\ufffd", 200)
    job.fail("engine_failed", "e\x00f\ud800", traceback="\x00")
    assert Job.objects.get().error_message == "e\ufffdf\ufffd"
    first, last = Attempt.objects.all()
    assert (first.error_message, first.traceback, last.traceback) == ("a\ufffdb", "c\ufffdd", "\ufffd")
