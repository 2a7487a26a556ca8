from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from jobs.generators import acestep_dialects, served
from jobs.generators.acestep import AceStep, wish_of
from jobs.generators.acestep_dialects import Wish
from jobs.generators.base import Generator, GeneratorError
from jobs.music.words.understand import understand
from tests.engines.acestep_servers import LATENT, REST_KEY, AceServerHandler, RestHandler
from tests.engines.served import refused, restart
from tests.engines.servers import Server, serving
from tests.engines.test_elevenlabs import Remembered, quiet
from tests.generators.contract import Contract
from tests.music.id3 import read as read_tags

HANDLERS = {"rest": RestHandler, "cpp": AceServerHandler}


@pytest.fixture(params=["rest", "cpp"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(dialect: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(served, "POLL", 0.005)
    with serving(HANDLERS[dialect]) as server:
        yield server


def engine_of(server: Server, **options: str) -> AceStep:
    return AceStep({"url": server.url + "/", "key": REST_KEY, "timeout": "5", **options})


@pytest.fixture
def engine(server: Server) -> Generator:
    return engine_of(server)


@pytest.fixture
def quick(server: Server) -> Generator:
    """No language model and nothing to wait for: questions are the order, its state, its sound."""
    server.polls = 0
    return engine_of(server, thinking="no")


class TestContract(Contract):
    SECONDS: ClassVar[float] = 10.0


only_rest = pytest.mark.parametrize("dialect", ["rest"])
only_cpp = pytest.mark.parametrize("dialect", ["cpp"])


# -- What is asked for -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "options", "wish"),
    [
        ("calm piano", {}, Wish("calm piano", 20, 5, None, "", "")),
        ("waltz in F# minor at 96.4 bpm", {}, Wish("waltz in F# minor at 96.4 bpm", 20, 5, 96, "F# minor", "3")),
        ("folk", {"key": "D", "mode": "dorian", "tempo": 110}, Wish("folk, D dorian", 20, 5, 110, "D minor", "")),
        ("folk", {"key": "G lydian", "metre": "7/8"}, Wish("folk, G lydian, 7/8 time", 20, 5, None, "G major", "")),
        ("folk", {"metre": "6/8", "excluded": ["drums"]}, Wish("folk, without drums", 20, 5, None, "", "6")),
    ],
)  # fmt: skip
def test_a_brief_in_its_terms(prompt: str, options: dict[str, Any], wish: Wish) -> None:
    assert wish_of(understand(prompt, {"duration": 20, **options}, 1), 2**31 + 5) == wish


def test_korean_words_are_told_in_english() -> None:
    wish = wish_of(understand("차분한 로파이 피아노, 80 bpm", {}, 1), 1)
    assert wish.caption.isascii()
    assert (wish.tempo, "piano" in wish.caption) == (80, True)


@pytest.mark.parametrize(
    ("prompt", "lyrics", "wish"),
    [
        ("pop", "[verse]\nRain", {"caption": "pop", "lyrics": "[verse]\nRain", "language": ""}),
        ("pop", "[1절]\n비", {"caption": "pop", "lyrics": "[Verse 1]\n비", "language": "ko"}),
        ("음", "[후렴]\n비", {"caption": "a song", "lyrics": "[Chorus]\n비", "language": "ko"}),
    ],
)  # fmt: skip
def test_lyrics_in_its_terms(prompt: str, lyrics: str, wish: dict[str, Any]) -> None:
    wished = wish_of(replace(understand(prompt, {"duration": 20}, 1), lyrics=lyrics), 1)
    assert {name: getattr(wished, name) for name in wish} == wish


def test_it_sends_lyrics_and_what_language_they_are_in(quick: Generator, server: Server, tmp_path: Path) -> None:
    for lyrics, sent in (("[chorus]\nRain", "[chorus]\nRain"), ("[후렴]\n비가 온다", "[Chorus]\n비가 온다")):
        job = Remembered(tmp_path)
        brief = replace(job.order.brief, lyrics=lyrics)
        made = quick.generate(replace(job.order, brief=brief, formats=("flac",)), quiet)
        assert server.asked[-1]["lyrics"] == sent
        assert read_tags(made.files["audio"][0])["USLT"] == lyrics
        assert f"LYRICS={lyrics}".encode() in made.files["flac"][0].read_bytes()
    assert [order.get("vocal_language") for order in server.asked] == [None, "ko"]  # else it is the server's to say


@only_rest
def test_it_asks_rest_for_what_was_ordered(server: Server, tmp_path: Path) -> None:
    engine_of(server, **{"input.inference_steps": "32"}).generate(Remembered(tmp_path, "piano at 90 bpm").order, quiet)
    assert server.asked == [
        {"prompt": "piano at 90 bpm", "lyrics": "[Instrumental]", "audio_duration": 6, "seed": 1,
         "use_random_seed": False, "batch_size": 1, "audio_format": "flac", "thinking": True, "bpm": 90,
         "inference_steps": 32}
    ]  # fmt: skip


@only_cpp
def test_it_asks_ace_server_twice(server: Server, tmp_path: Path) -> None:
    engine_of(server, **{"input.mp3_bitrate": "320"}).generate(Remembered(tmp_path, "piano at 90 bpm").order, quiet)
    ours = {
        "lyrics": "[Instrumental]", "duration": 6, "seed": 1, "lm_seed": 1, "output_format": "wav16", "bpm": 90,
        "mp3_bitrate": 320,
    }  # fmt: skip
    completed = {"keyscale": "A minor", "timesignature": "4", "audio_codes": "1,2,3"}
    model = {"synth_model": "acestep-v15-turbo-Q8_0"}
    assert server.asked == [
        {"path": "/lm", "caption": "piano at 90 bpm", **ours},
        {"path": "/synth", "caption": "a richer caption", **ours, **completed, **model},
    ]


@only_cpp
def test_without_thinking_it_asks_ace_server_once(quick: Generator, server: Server, tmp_path: Path) -> None:
    quick.generate(Remembered(tmp_path).order, quiet)
    assert [order["path"] for order in server.asked] == ["/synth"]


def test_it_is_told_its_dialect_or_finds_it_out(server: Server, dialect: str, tmp_path: Path) -> None:
    for option in ("auto", dialect):
        made = engine_of(server, dialect=option, thinking="no").generate(Remembered(tmp_path).order, quiet)
        assert made.duration == pytest.approx(6, abs=0.1)
    other = "cpp" if dialect == "rest" else "rest"
    with pytest.raises(GeneratorError) as raised:
        engine_of(server, dialect=other).generate(Remembered(tmp_path).order, quiet)
    assert raised.value.code == "engine_misconfigured"


@only_rest
def test_progress_comes_from_rest(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.polls = 9
    said: list[float] = []
    engine.generate(Remembered(tmp_path).order, lambda stage, share: said.append(share or 0))
    assert any(0.2 < share < 0.8 for share in said)


# -- What goes wrong ---------------------------------------------------------------------------------------------------


@only_rest
@pytest.mark.parametrize(
    ("script", "code", "transient"),
    [(["ok", "failed"], "engine_failed", False), (["ok", "elsewhere"], "unreadable_sound", False)],
)  # fmt: skip
def test_what_rest_says_is_ours(
    quick: Generator, server: Server, tmp_path: Path, script: Any, code: str, transient: bool
) -> None:
    job, error = refused(quick, server, tmp_path, script)
    assert (error.code, error.transient) == (code, transient)
    assert job.tokens in ([], ["rest:550e8400-e29b-0001", ""])  # a retry orders it anew


@only_cpp
@pytest.mark.parametrize(
    ("script", "code", "transient"),
    [(["no models"], "engine_misconfigured", False), (["ok", "failed"], "engine_failed", False),
     (["ok", "ok", "no sound"], "unreadable_sound", True)],
)  # fmt: skip
def test_what_ace_server_says_is_ours(
    quick: Generator, server: Server, tmp_path: Path, script: Any, code: str, transient: bool
) -> None:
    job, error = refused(quick, server, tmp_path, script)
    assert (error.code, error.transient) == (code, transient)
    assert list(job.order.folder.iterdir()) == []


def test_a_wrong_key_and_a_wrong_server_are_the_operators_affair(tmp_path: Path) -> None:
    with serving(RestHandler) as server, pytest.raises(GeneratorError) as raised:
        engine_of(server, key="wrong").generate(Remembered(tmp_path).order, quiet)
    assert (raised.value.code, raised.value.transient) == ("engine_misconfigured", False)


@only_rest
def test_half_a_sound_that_is_all_there_is_made_anew_by_a_retry(
    quick: Generator, server: Server, tmp_path: Path
) -> None:
    server.script = ["ok", "ok", "halved"]
    job = Remembered(tmp_path)
    with pytest.raises(GeneratorError) as raised:
        quick.generate(job.order, quiet)
    assert (raised.value.code, raised.value.transient, job.tokens[-1]) == ("unreadable_sound", False, "")


@only_cpp
def test_parts_that_do_not_end_are_no_sound(quick: Generator, server: Server, tmp_path: Path) -> None:
    server.script = ["ok", "ok", "halved"]
    with pytest.raises(GeneratorError) as raised:
        quick.generate(Remembered(tmp_path).order, quiet)
    assert (raised.value.code, raised.value.transient) == ("unreadable_sound", True)


def test_latents_that_look_like_parts_do_no_harm(quick: Generator, server: Server, tmp_path: Path) -> None:
    assert b"\r\n--" in LATENT
    assert quick.generate(Remembered(tmp_path).order, quiet).duration == pytest.approx(6, abs=0.01)


# -- Restarts, workers that die, and cancels ---------------------------------------------------------------------------


@only_rest
def test_a_restart_that_leaves_a_cache_is_found_out(
    engine: Generator, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its disk says running, while nothing runs."""
    monkeypatch.setattr(acestep_dialects, "STALE", 0.0)
    job = Remembered(tmp_path)
    engine.generate(job.order, quiet)
    restart(server, cached=True)
    again = Remembered(tmp_path, resume=job.tokens[-1])
    engine.generate(again.order, quiet)
    assert (again.tokens[0], len(server.asked)) == ("", 2)


@only_rest
def test_slowness_is_no_restart(
    engine: Generator, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acestep_dialects, "STALE", 0.0)
    monkeypatch.setattr(acestep_dialects.Rest, "_look", _stuck(acestep_dialects.Rest._look, 5))
    engine.generate(Remembered(tmp_path).order, quiet)
    assert len(server.asked) == 1


def _stuck(look: Any, times: int) -> Any:
    """A piece of which there is no news for so many questions."""
    left = iter(range(times))

    def stuck(self: Any) -> Any:
        return (0, {"stage": "running", "progress": 0.5}) if next(left, None) is not None else look(self)

    return stuck


def test_what_was_cancelled_elsewhere_is_ordered_anew(engine: Generator, server: Server, tmp_path: Path) -> None:
    server.script = ["ok", "cancelled"]
    engine.generate(Remembered(tmp_path).order, quiet)
    assert server.asked
