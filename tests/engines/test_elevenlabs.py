from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobs.generators.base import Generator, GeneratorError, Order, Stopped
from jobs.generators.elevenlabs import ElevenLabs
from jobs.music.words.understand import understand
from tests.engines.servers import KEY, ElevenLabsHandler, Server, serving
from tests.generators.contract import Contract


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(ElevenLabsHandler) as server:
        yield server


@pytest.fixture
def engine(server: Server) -> Generator:
    return ElevenLabs({"key": KEY, "url": server.url, "price": "0.8", "timeout": "5"})


class Remembered:
    """Stands for a job that remembers."""

    def __init__(self, folder: Path, prompt: str = "calm piano", resume: str = "") -> None:
        self.tokens: list[str] = []
        self.cost: float | None = None
        work = folder / "work"
        work.mkdir(exist_ok=True)
        brief = understand(prompt, {"duration": 6}, 1)
        self.order = Order(brief, 1, work, resume=resume, remember=self.remember, kept=folder / "kept")

    def remember(self, token: str, cost: float | None = None) -> None:
        self.tokens.append(token)
        self.cost = cost if cost is not None else self.cost


def quiet(stage: str, fraction: float | None) -> None:
    """Progress that nobody watches."""


class TestContract(Contract):
    REFUSED: ClassVar[dict[str, Any] | None] = {"instruments": ["drums"]}


def test_it_asks_for_what_was_ordered(engine: Generator, server: Server, tmp_path: Path) -> None:
    engine.generate(Remembered(tmp_path, "차분한 피아노").order, quiet)
    assert server.asked == [{"prompt": "차분한 피아노", "music_length_ms": 6000, "force_instrumental": True}]


def test_it_lets_sing_where_somebody_wants_a_voice(engine: Generator, server: Server, tmp_path: Path) -> None:
    engine.generate(Remembered(tmp_path, "a song with a female singer").order, quiet)
    assert server.asked[0]["force_instrumental"] is False


def test_it_sings_the_lyrics_of_an_order(engine: Generator, server: Server, tmp_path: Path) -> None:
    job = Remembered(tmp_path, "calm piano")
    engine.generate(replace(job.order, brief=replace(job.order.brief, lyrics="[후렴]\n비가 온다")), quiet)
    assert server.asked == [
        {"prompt": "calm piano\n\nLyrics:\n[후렴]\n비가 온다", "music_length_ms": 6000, "force_instrumental": False}
    ]


def test_it_asks_for_the_operators_model(server: Server, tmp_path: Path) -> None:
    ElevenLabs({"key": KEY, "url": server.url, "model": "music_v2"}).generate(Remembered(tmp_path).order, quiet)
    assert server.asked[0]["model_id"] == "music_v2"


@pytest.mark.parametrize(
    ("script", "code", "transient", "after"),
    [
        ("busy", "engine_busy", True, 7.0),
        ("down", "engine_failed", True, None),
        ("quota", "engine_misconfigured", False, None),
        ("invalid", "engine_misconfigured", False, None),
        ("html", "unreadable_sound", True, None),
        ("truncated", "work_lost", False, None),
    ],
)
def test_its_errors_are_ours(
    engine: Generator, server: Server, tmp_path: Path, script: str, code: str, transient: bool, after: float | None
) -> None:
    server.script = [script]
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        engine.generate(job.order, quiet)
    error = raised.value
    assert (error.code, error.transient, error.retryable, error.retry_after) == (code, transient, True, after)
    assert job.tokens == ["sent", ""]  # nothing to go on with
    assert len(server.asked) == 1  # the client itself does not try again
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_wrong_key_is_the_operators_affair(server: Server, tmp_path: Path) -> None:
    with pytest.raises(GeneratorError) as raised:
        ElevenLabs({"key": "wrong", "url": server.url}).generate(Remembered(tmp_path).order, quiet)
    assert (raised.value.code, raised.value.falls_back) == ("engine_misconfigured", True)
    assert "invalid_api_key" in raised.value.message


def test_a_refused_prompt_comes_with_a_suggestion(engine: Generator, tmp_path: Path) -> None:
    with pytest.raises(GeneratorError) as raised:
        engine.generate(Remembered(tmp_path, "drums like the Beatles").order, quiet)
    error = raised.value
    assert (error.code, error.message, error.retryable) == ("prompt_refused", "a quiet piece", False)
    assert not error.falls_back


def test_a_server_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        ElevenLabs({"key": KEY, "url": "http://127.0.0.1:9"}).generate(job.order, quiet)
    assert (raised.value.code, raised.value.transient, job.tokens) == ("engine_unreachable", True, ["sent", ""])


def test_it_does_not_wait_for_ever(server: Server, tmp_path: Path) -> None:
    server.slowness = 3
    with pytest.raises(GeneratorError) as raised:
        ElevenLabs({"key": KEY, "url": server.url, "timeout": "1"}).generate(Remembered(tmp_path).order, quiet)
    assert raised.value.code == "work_lost"


def test_it_records_the_song_and_its_price(engine: Generator, tmp_path: Path) -> None:
    job = Remembered(tmp_path)
    engine.generate(job.order, quiet)
    assert job.tokens == ["sent", "song-1"]
    assert job.cost == pytest.approx(0.08)


def test_what_was_paid_for_is_not_ordered_again(engine: Generator, server: Server, tmp_path: Path) -> None:
    """The first attempt breaks after the download: the disk is full, the storage away, the worker killed."""
    first = Remembered(tmp_path)

    def killed(stage: str, fraction: float | None) -> None:
        if stage == "encoding":
            raise Stopped("lost")

    with pytest.raises(Stopped):
        engine.generate(first.order, killed)
    second = Remembered(tmp_path, resume=first.tokens[-1])
    assert engine.generate(second.order, quiet).duration == pytest.approx(6, abs=0.1)
    assert (len(server.asked), second.tokens) == (1, [])


def test_what_may_have_been_paid_for_is_a_persons_decision(engine: Generator, server: Server, tmp_path: Path) -> None:
    """The first worker died while the request was under way: nobody knows what came of it."""
    job = Remembered(tmp_path, resume="sent")
    with pytest.raises(GeneratorError) as raised:
        engine.generate(job.order, quiet)
    error = raised.value
    assert (error.code, error.transient, error.retryable, job.tokens) == ("work_lost", False, True, [""])
    assert server.asked == []
    engine.generate(Remembered(tmp_path).order, quiet)  # which is what a retry orders
    assert len(server.asked) == 1


@pytest.mark.parametrize("resume", ["", "sent"])
def test_the_operator_may_have_it_ordered_again(server: Server, tmp_path: Path, resume: str) -> None:
    server.script = ["truncated"]
    engine = ElevenLabs({"key": KEY, "url": server.url, "reorder": "yes"})
    with pytest.raises(GeneratorError) as raised:
        engine.generate(Remembered(tmp_path, resume=resume).order, quiet)
    assert (raised.value.code, raised.value.transient) == ("work_lost", True)


def test_a_deadline_forgets_the_request(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.slowness = 2
    job = Remembered(tmp_path)

    def late(stage: str, fraction: float | None) -> None:
        if fraction is None:
            raise Stopped("timeout")

    with pytest.raises(Stopped):
        engine.generate(job.order, late)
    assert job.tokens == ["sent", ""]


def test_it_names_what_it_lacks(tmp_path: Path) -> None:
    (problem,) = ElevenLabs({}).problems()
    assert "no key" in problem
    (problem,) = ElevenLabs({"key_file": str(tmp_path / "none")}).problems()
    assert "key_file" in problem
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert ElevenLabs({"key_file": str(tmp_path / "key")}).problems() == []
    with pytest.raises(ValueError, match="format"):
        ElevenLabs({"format": "pcm_44100"})
