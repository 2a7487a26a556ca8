"""Two web processes and two workers, and one set of figures."""

import re
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.site import Axios, Site

pytestmark = pytest.mark.slow


def figures(anyone: Axios) -> dict[tuple[str, str], float]:
    """(name, view or outcome or state) → value."""
    status, text = anyone.send("GET", "/metrics", None, "")
    assert status == 200
    return {
        (sample.name, sample.labels.get("view") or sample.labels.get("outcome") or sample.labels.get("state", "")): (
            sample.value
        )
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def eventually(what: Callable[[], Any], seconds: float = 60) -> Any:
    ends = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < ends, f"waited {seconds} s in vain"
        time.sleep(0.2)
    return value


def answers(site: Site) -> bool:
    """False while the connection was taken by a process that has just died."""
    try:
        return Axios(site.url).send("GET", "/accounts/login/", None, "")[0] == 200
    except OSError:
        return False


def test_two_web_processes_and_workers_are_counted_together(site: Callable[..., Site]) -> None:
    running = site(
        MUSICSITE_ALLOW_DUMMY="1",
        MUSICSITE_GENERATOR="dummy",
        MUSICSITE_DUMMY="seconds=0",
        MUSICSITE_WEB_PROCESSES="2",
        MUSICSITE_WORKERS="2",
        MUSICSITE_LOG_FORMAT="json",
    )
    mina = Axios(running.url).sign_up("mina")
    for number in range(6):
        assert mina.post("/api/music", {"prompt": f"calm piano {number}"})[0] == 202
    views = [process for process in running.processes() if "granian" in " ".join(process.cmdline())]
    assert len(views) == 3, "a main process and two that answer"
    for _ in range(40):  # a new connection each, so that both processes get some
        assert Axios(running.url).send("GET", "/accounts/login/", None, "")[0] == 200
    assert figures(mina)["musicsite_requests_total", "login"] == 40
    assert figures(mina)["musicsite_request_seconds_count", "login"] == 40

    done = eventually(lambda: figures(mina).get(("musicsite_attempts_total", "done")) == 6)
    assert done, "the workers' ends are counted without a port of their own"
    assert figures(mina)["musicsite_workers", ""] == 2

    # One of the two dies and is replaced: nothing that it counted is lost.
    main = min(views, key=lambda process: process.create_time())
    (one, _other) = main.children()
    one.send_signal(signal.SIGKILL)
    one.wait(10)
    eventually(lambda: len([child for child in main.children() if child.status() != psutil.STATUS_ZOMBIE]) == 2)
    assert answers(running)
    before = figures(mina)["musicsite_requests_total", "login"]
    assert before >= 41
    for _ in range(10):
        assert answers(running)
    assert figures(mina)["musicsite_requests_total", "login"] == before + 10

    log = running.log.read_text()
    assert re.search(r'"message": "job \S+ ordered by user 1".*"request_id": "[0-9a-f]{32}"', log)
    assert re.search(r'"message": "job \S+ attempt 1 is done".*"attempt": 1', log)
