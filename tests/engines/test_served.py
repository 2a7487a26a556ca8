"""What every engine that is a server of one's own keeps to, whatever that server does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from jobs.generators import served
from jobs.generators.acestep import AceStep
from jobs.generators.base import Generator, GeneratorError, Stopped
from jobs.generators.stable_audio import StableAudio
from tests.engines.acestep_servers import REST_KEY, AceServerHandler, RestHandler
from tests.engines.sa3_server import Sa3Handler
from tests.engines.served import ServedHandler, refused, restart, stops_after
from tests.engines.servers import Server, serving
from tests.engines.test_elevenlabs import Remembered, quiet


@dataclass(frozen=True)
class Kind:
    """An engine and its server. ``before_sound``: questions that are answered before the sound is asked for."""

    engine: type[served.ServedGenerator]
    handler: type[ServedHandler]
    quick: dict[str, str]  # options with which it asks for as little as it can
    before_sound: tuple[str, ...]
    can_cancel: bool = False

    def at(self, server: Server, **options: str) -> Generator:
        return self.engine({"url": server.url + "/", "key": REST_KEY, "timeout": "5", **options})


KINDS = {
    "rest": Kind(AceStep, RestHandler, {"thinking": "no"}, ("ok", "ok")),
    "cpp": Kind(AceStep, AceServerHandler, {"thinking": "no"}, ("ok", "ok"), can_cancel=True),
    "sa3": Kind(StableAudio, Sa3Handler, {}, ("ok",)),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def server(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(served, "POLL", 0.005)
    with serving(kind.handler) as server:
        yield server


@pytest.fixture
def engine(kind: Kind, server: Server) -> Generator:
    return kind.at(server)


@pytest.fixture
def quick(kind: Kind, server: Server) -> Generator:
    """Nothing to wait for: questions are the order, its state, its sound."""
    server.polls = 0
    return kind.at(server, **kind.quick)


@pytest.mark.parametrize(
    ("script", "code", "transient"),
    [
        (["down"], "engine_failed", True),
        (["crash"], "engine_failed", True),
        (["html"], "engine_failed", True),
        (["list"], "engine_failed", True),
        (["full"], "engine_busy", True),
        (["cut"], "engine_unreachable", True),
    ],
)
def test_what_an_order_meets_is_ours(
    engine: Generator, server: Server, tmp_path: Path, script: list[str], code: str, transient: bool
) -> None:
    job, error = refused(engine, server, tmp_path, script)
    assert (error.code, error.transient, error.retryable) == (code, transient, True)
    assert (job.tokens, server.asked, list(job.order.folder.iterdir())) == ([], [], [])


def test_a_server_that_is_away_is_tried_again(kind: Kind, tmp_path: Path) -> None:
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        kind.engine({"url": "http://127.0.0.1:9"}).generate(job.order, quiet)
    assert (raised.value.code, raised.value.transient, job.tokens) == ("engine_unreachable", True, [])


def test_it_does_not_wait_for_a_silent_server(kind: Kind, server: Server, tmp_path: Path) -> None:
    server.script, server.slowness = ["silent"], 0.3
    with pytest.raises(GeneratorError) as raised:
        kind.at(server, timeout="0.05").generate(Remembered(tmp_path).order, quiet)
    assert (raised.value.code, raised.value.transient) == ("engine_unreachable", True)


@pytest.mark.parametrize("how", ["down", "list"])
def test_a_question_that_fails_is_asked_again(engine: Generator, server: Server, tmp_path: Path, how: str) -> None:
    server.script = ["ok", how, how, "strange"]
    engine.generate(Remembered(tmp_path).order, quiet)
    assert len(server.asked) in (1, 2)  # ace-server has two jobs a piece


def test_its_patience_ends_and_the_next_attempt_goes_on(
    quick: Generator, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "PATIENCE", 0.0)
    server.script = ["ok", "down"]
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        quick.generate(job.order, quiet)
    assert raised.value.transient
    quick.generate(Remembered(tmp_path, resume=job.tokens[-1]).order, quiet)
    assert len(server.asked) == 1


@pytest.mark.parametrize("how", ["half", "html"])
def test_half_a_sound_is_fetched_again_by_the_next_attempt(
    quick: Generator, kind: Kind, server: Server, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "PATIENCE", 0.0)
    server.script = [*kind.before_sound, how]
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        quick.generate(job.order, quiet)
    assert raised.value.transient
    assert list(job.order.folder.iterdir()) == []
    made = quick.generate(Remembered(tmp_path, resume=job.tokens[-1]).order, quiet)
    assert (len(server.asked), made.duration) == (1, pytest.approx(6, abs=0.1))


def test_a_restart_of_its_server_orders_anew(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.polls = 3
    restarts = iter([True])

    def progress(stage: str, share: float | None) -> None:
        if server.asked and next(restarts, False):
            restart(server)

    job = Remembered(tmp_path)
    engine.generate(job.order, progress)
    assert "" in job.tokens
    assert len(server.asked) in (2, 3)


@pytest.mark.parametrize("token", ["rest:nobody", "synth:nobody", "sa3:nobody"])
def test_a_name_that_nobody_knows_is_ordered_anew(quick: Generator, server: Server, tmp_path: Path, token: str) -> None:
    quick.generate(Remembered(tmp_path, resume=token).order, quiet)
    assert len(server.asked) == 1


def test_a_server_that_forgets_all_the_time_is_left_alone(
    quick: Generator, kind: Kind, server: Server, tmp_path: Path
) -> None:
    server.script = [*kind.before_sound, "gone"] * 3
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        quick.generate(job.order, quiet)
    assert (raised.value.code, raised.value.transient) == ("work_expired", True)
    assert (len(server.asked), job.tokens[-1]) == (3, "")


def test_it_goes_on_where_a_worker_died(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.polls = 2
    names = [""]
    for ticks in (2, 3):
        job = Remembered(tmp_path, resume=names[-1])
        with pytest.raises(Stopped):
            engine.generate(job.order, stops_after(ticks, "lost"))
        names += job.tokens
    engine.generate(Remembered(tmp_path, resume=names[-1]).order, quiet)
    assert len(server.asked) in (1, 2)
    assert (server.cancelled, len(names) > 1, "" in names[1:]) == ([], True, False)


@pytest.mark.parametrize(("why", "cancelled"), [("cancelled", 1), ("timeout", 1), ("lost", 0), ("returned", 0)])
def test_a_cancel_is_passed_on_where_it_can_be(
    engine: Generator, server: Server, kind: Kind, tmp_path: Path, why: str, cancelled: int
) -> None:
    server.polls = 10**6
    with pytest.raises(Stopped):
        engine.generate(Remembered(tmp_path).order, stops_after(20, why))
    assert len(server.cancelled) == (cancelled if kind.can_cancel else 0)


def test_it_stops_what_nobody_waits_for(engine: Generator, server: Server, kind: Kind, tmp_path: Path) -> None:
    server.polls = 10**6
    job = Remembered(tmp_path)
    with pytest.raises(Stopped):
        engine.generate(job.order, stops_after(20, "lost"))
    if not kind.can_cancel:
        with pytest.raises(GeneratorError, match="cannot cancel"):
            engine.abandon(job.tokens[-1])
    else:
        engine.abandon(job.tokens[-1])
        assert server.predictions["0000000000000001"]["status"] == "cancelled"
    engine.abandon("from another engine")


def test_work_whose_name_nobody_hears_is_cancelled(
    engine: Generator, server: Server, kind: Kind, tmp_path: Path
) -> None:
    def refuse(token: str, cost: float | None = None) -> None:
        raise Stopped("lost")

    with pytest.raises(Stopped):
        engine.generate(replace(Remembered(tmp_path).order, remember=refuse), quiet)
    assert len(server.cancelled) == kind.can_cancel


def test_no_call_outlives_its_attempt(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.script, server.slowness = ["ok", "silent"], 3

    def progress(stage: str, share: float | None) -> None:
        if server.asked and not server.script:
            raise Stopped("lost")

    with pytest.raises(Stopped):
        engine.generate(Remembered(tmp_path).order, progress)
    assert "call of an engine" not in [thread.name for thread in threading.enumerate()]
