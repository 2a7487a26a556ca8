from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import soundfile

from jobs.generators import served
from jobs.generators.base import Generator
from jobs.generators.stable_audio import StableAudio, wish_of
from jobs.music.words.understand import understand
from tests.engines.sa3_server import Sa3Handler
from tests.engines.served import refused
from tests.engines.servers import Server, serving
from tests.engines.test_elevenlabs import Remembered, quiet
from tests.generators.contract import Contract

PLAIN = {"peak_normalize_db": -1.0, "limiter_ceiling_db": None}


class SmallHandler(Sa3Handler):
    model = "small-music"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(served, "POLL", 0.005)
    with serving(Sa3Handler) as server:
        yield server


@pytest.fixture
def engine(server: Server) -> Generator:
    return engine_of(server)


def engine_of(server: Server, **options: str) -> StableAudio:
    return StableAudio({"url": server.url, "timeout": "5", **options})


class TestContract(Contract):
    SECONDS: ClassVar[float] = 5.0


@pytest.mark.parametrize(
    ("prompt", "options", "words"),
    [
        ("calm piano", {}, "calm piano"),
        ("calm piano", {"tempo": 96, "key": "F# minor"}, "calm piano, 96 bpm, F# minor"),
        ("folk", {"key": "D", "mode": "dorian", "metre": "7/8"}, "folk, D dorian, 7/8 time"),
    ],
)
def test_a_brief_in_words(prompt: str, options: dict[str, Any], words: str) -> None:
    wish = wish_of(understand(prompt, {"duration": 20, **options}, 1), 2**31 + 5)
    assert wish == {"prompt": words, "seed": 5, "duration": 20, "duration_padding_sec": 0.0, **PLAIN}


def test_korean_words_are_told_in_english() -> None:
    words = wish_of(understand("차분한 로파이 피아노, 80 bpm", {}, 1), 1)["prompt"]
    assert words.isascii()
    assert ("piano" in words, "80 bpm" in words) == (True, True)


def test_what_was_set_is_not_lost_behind_many_words() -> None:
    words = wish_of(understand("slow piano " * 150, {"tempo": 60}, 1), 1)["prompt"]
    assert (len(words) < 650, words.endswith("…, 60 bpm")) == (True, True)


@pytest.mark.parametrize(
    ("options", "duration", "bars"),
    [({"tempo": 120}, 30, 16), ({"tempo": 120}, 5, 4), ({"tempo": 60}, 200, 16), ({"tempo": 40}, 100, 16)],
)
def test_a_loop_has_the_bars_that_are_nearest_to_its_length(options: Any, duration: float, bars: int) -> None:
    wish = wish_of(understand("techno", {"duration": duration, **options}, 1), 1, longest_loop=100)
    assert (wish["bpm"], wish["bars"], "duration" in wish) == (options["tempo"], bars, False)


def test_a_loop_says_its_tempo(server: Server, tmp_path: Path) -> None:
    """It is not faded, and as long as its bars."""
    order = Remembered(tmp_path, "techno").order
    made = engine_of(server, loop="yes").generate(order, quiet)
    asked = server.asked[0]
    assert (asked["path"], asked["prompt"]) == ("/generate/loop", f"techno, {order.brief.tempo:g} bpm")
    assert made.duration == pytest.approx(asked["bars"] * 240 / order.brief.tempo, abs=0.001)


def test_it_asks_for_what_was_ordered(server: Server, tmp_path: Path) -> None:
    engine = engine_of(server, **{"input.steps": "50", "input.keep_models": "true"})
    made = engine.generate(Remembered(tmp_path, "piano at 90 bpm without drums").order, quiet)
    own = {"duration": 6, "duration_padding_sec": 0.0, "steps": 50, "keep_models": True}
    assert server.asked == [{"path": "/generate", "prompt": "piano at 90 bpm without drums", "seed": 1, **PLAIN, **own}]
    assert made.facts["model"] == "stable-audio-3-medium"


def test_what_is_left_out_is_told_to_a_guided_model_only(server: Server, tmp_path: Path) -> None:
    guided = engine_of(server, **{"input.cfg_scale": "4"})
    assert ("excluded" in guided.abilities.hears, "excluded" in engine_of(server).abilities.hears) == (True, False)
    guided.generate(Remembered(tmp_path, "piano without drums").order, quiet)
    assert server.asked[0]["negative_prompt"] == "drums"


def test_progress_is_the_servers(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.polls = 9
    said: list[float] = []
    engine.generate(Remembered(tmp_path).order, lambda stage, share: said.append(share or 0))
    assert any(0.2 < share < 0.8 for share in said)


@pytest.mark.parametrize(
    ("script", "code"),
    [(["ok", "failed"], "engine_failed"), (["ok", "ok", "no sound"], "unreadable_sound"),
     (["ok", "ok", "halved"], "unreadable_sound")],
)  # fmt: skip
def test_what_it_says_is_ours(engine: Generator, server: Server, tmp_path: Path, script: list[str], code: str) -> None:
    """A retry has it made anew."""
    job, error = refused(engine, server, tmp_path, script)
    assert (error.code, error.transient, job.tokens) == (code, False, ["sa3:000000000001", ""])
    assert list(job.order.folder.iterdir()) == []


def test_a_length_that_it_refuses_is_the_operators_affair(server: Server, tmp_path: Path) -> None:
    _job, error = refused(engine_of(server, **{"input.duration": "301"}), server, tmp_path, [])
    assert (error.code, "duration must be in (0, 300] seconds" in error.message) == ("engine_misconfigured", True)


def test_a_small_model_makes_no_long_piece(tmp_path: Path) -> None:
    with serving(SmallHandler) as server:
        engine = engine_of(server)
        piece = Remembered(tmp_path).order
        long = wish_of(understand("piano", {"duration": 121}, 1), 1)
        begun, _make = engine.begin(piece, quiet)
        with pytest.raises(Exception, match="set longest=120"):
            begun.make(long, tmp_path)  # type: ignore[attr-defined]
        assert engine.generate(piece, quiet).facts["model"] == "stable-audio-3-small-music"


def test_another_server_is_not_taken_for_it(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sa3Handler, "model", 3)
    _job, error = refused(engine_of(server), server, tmp_path, [])
    assert (error.code, error.transient, server.asked) == ("engine_failed", True, [])


def test_its_licence_is_told(server: Server, tmp_path: Path) -> None:
    can = engine_of(server).abilities
    assert "Powered by Stability AI" in can.licence
    assert can.terms == "https://stability.ai/license"
    made = engine_of(server).generate(Remembered(tmp_path).order, quiet)
    assert soundfile.info(made.files["audio"][0]).duration == pytest.approx(6, abs=0.1)
