import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobs.generators.base import Generator, GeneratorError, Stopped
from jobs.generators.replicate import Replicate
from tests.engines.servers import KEY, ReplicateHandler, Server, serving
from tests.engines.test_elevenlabs import Remembered, quiet
from tests.generators.contract import Contract

MODEL = "owner/name:0123abcd"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(ReplicateHandler) as server:
        yield server


@pytest.fixture
def engine(server: Server) -> Generator:
    return Replicate({"token": KEY, "model": MODEL, "url": server.url, "price": "0.001", "input.top_k": "250"})


class TestContract(Contract):
    REFUSED: ClassVar[dict[str, Any] | None] = {"instruments": ["drums"]}


def test_it_asks_for_what_was_ordered(engine: Generator, server: Server, tmp_path: Path) -> None:
    engine.generate(Remembered(tmp_path).order, quiet)
    inputs = {"prompt": "calm piano", "duration": 6, "seed": 1, "top_k": 250}
    assert server.asked == [{"version": "0123abcd", "input": inputs}]


def test_inputs_are_called_what_the_model_calls_them(server: Server, tmp_path: Path) -> None:
    options = {"field.seed": "", "field.prompt": "text", "input.loop": "false", "input.kind": "wav", "input.t": "0.5"}
    engine = Replicate({"token": KEY, "model": MODEL, "url": server.url, **options})
    assert "seed" not in engine.abilities.hears

    def ordered(stage: str, fraction: float | None) -> None:
        if server.asked:
            raise Stopped("lost")

    with pytest.raises(Stopped):
        engine.generate(Remembered(tmp_path).order, ordered)
    assert server.asked[0]["input"] == {"text": "calm piano", "duration": 6, "loop": False, "kind": "wav", "t": 0.5}


def test_progress_comes_from_the_models_log(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.slowness = 3
    said: list[float] = []
    engine.generate(Remembered(tmp_path).order, lambda stage, share: said.append(share or 0))
    assert any(0.2 < share < 0.8 for share in said)


@pytest.mark.parametrize(
    ("script", "code", "transient", "after"),
    [
        ("busy", "engine_busy", True, 30.0),
        ("down", "engine_failed", True, None),
        ("poor", "engine_misconfigured", False, None),
        ("invalid", "engine_misconfigured", False, None),
    ],
)
def test_its_refusals_are_ours(
    engine: Generator, server: Server, tmp_path: Path, script: str, code: str, transient: bool, after: float | None
) -> None:
    server.script = [script]
    job, began = Remembered(tmp_path), time.monotonic()
    with pytest.raises(GeneratorError) as raised:
        engine.generate(job.order, quiet)
    error = raised.value
    assert (error.code, error.transient, error.retryable, error.retry_after) == (code, transient, True, after)
    assert (job.tokens, server.asked) == ([], [])
    assert time.monotonic() - began < 5  # it does not wait itself


@pytest.mark.parametrize(
    ("script", "code", "transient"),
    [
        (["ok", "failed"], "engine_failed", False),
        (["ok", "aborted"], "engine_failed", False),
        (["ok", "ok", "expired"], "work_expired", False),
        (["ok", "ok", "html"], "unreadable_sound", True),
        (["ok", "elsewhere"], "unreadable_sound", False),
    ],
)
def test_what_becomes_of_a_prediction_is_ours(
    engine: Generator, server: Server, tmp_path: Path, script: list[str], code: str, transient: bool
) -> None:
    server.script = script
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        engine.generate(job.order, quiet)
    assert (raised.value.code, raised.value.transient) == (code, transient)
    assert job.tokens[0] == "p1"
    if not transient:
        assert job.tokens[-1] == ""  # a retry orders it anew
    assert list(job.order.folder.iterdir()) == []


def test_a_wrong_token_is_the_operators_affair(server: Server, tmp_path: Path) -> None:
    with pytest.raises(GeneratorError) as raised:
        Replicate({"token": "wrong", "model": MODEL, "url": server.url}).generate(Remembered(tmp_path).order, quiet)
    assert (raised.value.code, raised.value.transient) == ("engine_misconfigured", False)


def test_a_question_that_fails_is_asked_again(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.script = ["ok", "down", "down"]
    engine.generate(Remembered(tmp_path).order, quiet)
    assert len(server.asked) == 1


def test_it_records_the_prediction_and_its_price(engine: Generator, tmp_path: Path) -> None:
    job = Remembered(tmp_path)
    engine.generate(job.order, quiet)
    assert (set(job.tokens), job.cost) == ({"p1"}, pytest.approx(0.004))


def test_it_goes_on_with_the_same_prediction(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.slowness = 2
    first = Remembered(tmp_path)
    with pytest.raises(Stopped):
        engine.generate(first.order, _lost_after(1.0))
    second = Remembered(tmp_path, resume=first.tokens[-1])
    engine.generate(second.order, quiet)
    assert (len(server.asked), server.cancelled) == (1, [])


def test_a_download_that_breaks_off_costs_no_prediction(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.script = ["ok", "ok", "truncated"]
    first = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        engine.generate(first.order, quiet)
    assert (raised.value.code, raised.value.transient, first.tokens[-1]) == ("engine_unreachable", True, "p1")
    engine.generate(Remembered(tmp_path, resume="p1").order, quiet)
    assert len(server.asked) == 1


@pytest.mark.parametrize("state", ["canceled", "gone"])
def test_a_prediction_that_is_no_use_any_more_is_made_anew(
    engine: Generator, server: Server, tmp_path: Path, state: str
) -> None:
    engine.generate(Remembered(tmp_path).order, quiet)
    if state == "canceled":
        server.predictions["p1"]["status"] = "canceled"
    else:
        del server.predictions["p1"]
    job = Remembered(tmp_path, resume="p1")
    engine.generate(job.order, quiet)
    assert (len(server.asked), job.tokens[0]) == (2, "")


@pytest.mark.parametrize(("why", "cancelled"), [("cancelled", 1), ("timeout", 1), ("lost", 0), ("returned", 0)])
def test_a_cancel_is_passed_on(engine: Generator, server: Server, tmp_path: Path, why: str, cancelled: int) -> None:
    server.slowness = 60
    with pytest.raises(Stopped):
        engine.generate(Remembered(tmp_path).order, _lost_after(0.5, why))
    assert len(server.cancelled) == cancelled


def test_a_prediction_whose_name_nobody_hears_is_cancelled(engine: Generator, server: Server, tmp_path: Path) -> None:
    """The job was cancelled, or taken away, while the prediction was asked for."""

    def refuse(token: str, cost: float | None = None) -> None:
        raise Stopped("lost")

    order = replace(Remembered(tmp_path).order, remember=refuse)
    with pytest.raises(Stopped):
        engine.generate(order, quiet)
    assert (len(server.asked), server.cancelled) == (1, ["p1"])


def test_it_stops_what_nobody_waits_for(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.slowness = 60
    job = Remembered(tmp_path)
    with pytest.raises(Stopped):
        engine.generate(job.order, _lost_after(0.5))
    engine.abandon(job.tokens[-1])
    assert server.predictions["p1"]["status"] == "canceled"


def _lost_after(seconds: float, why: str = "lost") -> Any:
    ends = time.monotonic() + seconds

    def progress(stage: str, fraction: float | None) -> None:
        if time.monotonic() > ends:
            raise Stopped(why)

    return progress


def test_it_names_what_it_lacks() -> None:
    assert [problem.split(":")[0] for problem in Replicate({}).problems()] == ["There is no token", "There is no model"]


@pytest.mark.parametrize(
    "url", ["https://replicate.delivery/a\nb", "https://replicate.delivery/\x00", "https://[::1", "https://a b/", "x"]
)
def test_a_result_at_no_address_is_our_error(engine: Generator, tmp_path: Path, url: str) -> None:
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        engine._fetch(job.order, url, tmp_path / "x", quiet)  # type: ignore[attr-defined]
    assert raised.value.code == "unreadable_sound"
    assert not raised.value.transient
