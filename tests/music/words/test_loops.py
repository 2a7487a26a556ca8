"""Loops in words: that it goes round, how many bars it has, how many come before; and what does not fit."""

from __future__ import annotations

import pytest

from jobs.music.styles.lengths import bar_seconds, loop_bars
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("prompt", "words", "intro"),
    [
        ("lofi loop, 78 bpm", "loop", 0),
        ("seamless menu music, chiptune", "seamless", 0),
        ("a loopable techno track with a 4 bar intro", "loopable", 4),
        ("dark techno loop with an eight-bar intro", "loop", 8),
        ("dark techno loop with an intro", "loop", 4),
        ("끊김 없이 반복되는 게임 배경음악", "끊김 없이 반복", 0),
        ("2마디 전주가 있는 루프", "루프", 2),
    ],
)
def test_it_is_heard_in_words(prompt, words, intro):
    brief = understand(prompt, {}, 1)
    assert (brief.loop, brief.sources["loop"], brief.words["loop"], brief.intro) == (True, "words", words, intro)


@pytest.mark.parametrize(
    "prompt",
    ["house, no loop", "tape loops and dust", "a seamless transition from jazz into rock", "반복되는 리프, 록"],
)
def test_it_is_not_heard_where_nobody_says_it(prompt):
    brief = understand(prompt, {}, 1)
    assert (brief.loop, brief.intro) == (False, 0)
    assert "loop" not in brief.sources


def test_bars_are_a_length():
    brief = understand("8-bar loop of piano, 120 bpm, 4/4", {}, 1)
    assert (brief.duration, brief.sources["duration"]) == (16.0, "words")
    assert understand("4 마디 전주, 8마디 루프, 120 bpm, 4/4", {}, 1).duration == 24.0
    assert understand("8-bar loop, 120 bpm, 30 seconds", {}, 1).duration == 30.0


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"loop": True, "duration": 5, "tempo": 40}, {"loop_length": {"asked": 5, "used": 6}}),
        ({"loop": True, "duration": 20, "tempo": 80, "intro": 16}, {"intro_cut": {"asked": 16, "used": 3}}),
        ({"intro": 4}, {"intro_alone": {}}),
        ({"loop": True, "duration": 32, "tempo": 60, "intro": 4}, {}),
    ],
)
def test_what_does_not_fit_is_said(options, codes):
    brief = understand("calm piano in 4/4", options, 1)
    said = {r.code: dict(r.values) for r in brief.remarks if r.code.startswith(("loop", "intro"))}
    assert codes.items() <= said.items()
    assert said.keys() - codes.keys() <= {"loop_length"}


@pytest.mark.parametrize(
    "options",
    [
        {"loop": "yes"},
        {"loop": 1},
        {"intro": 17},
        {"intro": -1},
        {"intro": True},
        {"layers": 2},
        {"layers": 3.0},
        {"layers": "3"},
    ],
)
def test_a_wrong_option_is_named(options):
    with pytest.raises(ValueError, match=f"^{next(iter(options))}: "):
        understand("piano", options)


def test_the_form_may_take_it_back():
    assert not understand("a lofi loop", {"loop": False}, 1).loop


@pytest.mark.parametrize("seconds", [5, 7, 30, 61, 300])
@pytest.mark.parametrize("tempo", [40, 78, 123.4, 240])
@pytest.mark.parametrize("metre", ["4/4", "3/4", "7/8", "12/8"])
def test_whole_bars_are_near_the_length(seconds, tempo, metre):
    intro, bars = loop_bars(seconds, tempo, metre, 4)
    bar = bar_seconds(tempo, metre)
    assert 0 <= intro <= 4
    assert bars >= 1
    assert abs((intro + bars) * bar - seconds) <= max(2.5 * bar, 0.15 * seconds)
