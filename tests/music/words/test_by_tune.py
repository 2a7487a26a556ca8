import pytest

from jobs.music.words.by_tune import counted_as
from jobs.music.words.understand import REMARK_CODES, understand
from jobs.pages.remarks import remark_text
from tests.music.tunes import LEAVES, STARS, tune


def codes(brief: object) -> list[str]:
    return [remark.code for remark in brief.remarks]  # type: ignore[attr-defined]


def test_the_tune_settles_what_nobody_asks_for() -> None:
    brief = understand("calm jazz", {"melody": tune(LEAVES, 2.5, tempo=96, metre="6/8")}, 1)
    assert (brief.key, brief.metre, brief.tempo) == ("A minor", "6/8", 64)
    assert {brief.sources[name] for name in ("tonic", "mode", "metre", "tempo", "duration")} == {"tune"}
    assert 50 < brief.duration < 110
    assert brief.tune is not None
    assert not set(codes(brief)) & {"tune_cut", "tune_mode", "metre_conflict"}


def test_words_and_form_win_over_its_key_tempo_and_length() -> None:
    brief = understand("jazz in D, 120 bpm", {"melody": tune(STARS, tempo=96), "duration": 60}, 1)
    assert (brief.tonic, brief.mode, brief.tempo, brief.duration) == ("D", "major", 120, 60)


def test_it_stays_in_its_own_metre_and_mode_and_that_is_said() -> None:
    brief = understand("a waltz in D minor", {"melody": tune(STARS, metre="4/4")}, 1)
    assert (brief.key, brief.metre) == ("D major", "4/4")
    assert {"metre_conflict", "tune_mode"} <= set(codes(brief))
    assert understand("a waltz", {"melody": tune(STARS)}, 1).metre == "3/4"  # nothing says that it is in four
    assert understand("a waltz", {"melody": tune(STARS, metre="4/4"), "metre": "3/4"}, 1).metre == "3/4"


def test_a_piece_too_short_for_it_says_so() -> None:
    brief = understand("pop, 15 seconds", {"melody": tune(STARS, tempo=96)}, 1)
    assert dict(next(remark.values for remark in brief.remarks if remark.code == "tune_cut"))["asked"] == 12


def test_sections_that_are_named_give_way() -> None:
    brief = understand("pop, verse chorus verse chorus, drop at 0:20", {"melody": tune(STARS)}, 1)
    assert not brief.sections
    assert "tune_form" in codes(brief)


@pytest.mark.parametrize(
    ("metre", "played"),
    [("2/2", "4/4"), ("2/4", "2/4"), ("3/8", "6/8"), ("12/8", "12/8"), ("5/4", "5/4"), ("9/8", "6/8"), ("0/0", "4/4")],
)
def test_every_metre_is_played_as_one_that_there_is(metre: str, played: str) -> None:
    assert counted_as(metre) == played


def test_every_remark_on_a_tune_has_words() -> None:
    for code in (code for code in REMARK_CODES if code.startswith("tune_")):
        assert remark_text(code, dict.fromkeys(REMARK_CODES[code], "major"))


def test_a_melody_that_is_none_is_a_wrong_option() -> None:
    with pytest.raises(ValueError, match="melody: "):
        understand("pop", {"melody": {"notes": []}}, 1)
