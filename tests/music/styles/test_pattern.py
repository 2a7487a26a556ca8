import pytest

from jobs.music.styles import shared
from jobs.music.styles.pattern import BAR_BEATS, check, steps
from jobs.music.styles.rhythms import PLACES, bars_for


def strokes(bar):
    return [(step.at, step.sign, step.length) for step in bar]


def test_it_reads_strokes_holds_and_rests():
    (bar,) = steps("x--. X... .... ..x-", "4/4", "4/4")
    assert strokes(bar) == [(0.0, "x", 0.75), (1.0, "X", 0.25), (3.5, "x", 0.5)]


def test_it_reads_triplets_and_several_bars():
    first, second = steps("x.. x.x ... ... | ... ... ... x..", "4/4", "4/4")
    assert [step.at for step in first] == [0.0, 1.0, pytest.approx(1 + 2 / 3)]
    assert [step.at for step in second] == [3.0]


def test_it_plays_a_back_beat_in_three():
    (kick,) = steps("X... .... x... ....", "4/4", "3/4")
    (snare,) = steps(".... X... .... X...", "4/4", "3/4")
    assert [step.at for step in kick] == [0.0]
    assert [step.at for step in snare] == [1.0, 2.0]


def test_it_plays_a_back_beat_in_six_eight():
    kick = steps("X... .... x... ....", "4/4", "6/8")
    snare = steps(".... X... .... X...", "4/4", "6/8")
    hat = steps("x.o. x.o. x.o. x.o.", "4/4", "6/8", True)
    assert [[step.at for step in bar] for bar in kick] == [[0.0], [0.0]]
    assert [[step.at for step in bar] for bar in snare] == [[1.5], [1.5]]
    assert [step.at for step in hat[0]] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]


@pytest.mark.parametrize("written", BAR_BEATS)
@pytest.mark.parametrize("played", BAR_BEATS)
def test_it_keeps_the_downbeat_and_the_bar_in_every_metre(written, played):
    pattern = {
        "4/4": "x...x...x...x.x.",
        "3/4": "x...x...x.x.",
        "6/8": "x.x.x.x...x.",
        "2/4": "x...x.x.",
        "5/4": "x...x...x...x...x.x.",
        "7/8": "x...x...x.x.x.",
        "12/8": "x.x.x.x...x.x.x.x.x...x.",
    }[written]
    for bar in steps(pattern, written, played):
        assert bar[0].at == 0.0
        assert all(0 <= step.at < step.at + step.length <= BAR_BEATS[played] + 1e-9 for step in bar)


def test_it_plays_five_as_three_and_two():
    (kick,) = steps("X... .... x... ....", "4/4", "5/4")
    (snare,) = steps(".... X... .... X...", "4/4", "5/4")
    (low,) = steps("x.. ... ...", "3/4", "5/4")
    assert [step.at for step in kick] == [0.0, 3.0]
    assert [step.at for step in snare] == [1.0, 2.0, 4.0]
    assert [step.at for step in low] == [0.0, 3.0]


def test_it_plays_seven_as_two_and_two_and_three():
    (snare,) = steps(".... X... .... X...", "4/4", "7/8")
    (floor,) = steps("X... X... X... X...", "4/4", "7/8")
    (eighths,) = steps("x-x-x-x-x-x-x-x-", "4/4", "7/8")
    (hat,) = steps("x... x... x... x...", "4/4", "7/8", True)
    assert [step.at for step in snare] == [1.0, 3.0]
    assert [step.at for step in floor] == [0.0, 1.0, 2.0]  # no foot limps
    assert [step.at for step in eighths] == [index / 2 for index in range(7)]
    assert [step.at for step in hat] == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("metre", ["5/4", "7/8", "12/8", "2/4"])
def test_a_fill_leads_to_the_bar_line_in_every_metre(metre):
    end = steps(".... .... .... xxxx", "4/4", metre, False, True)[-1][-1]
    assert end.at + end.length == pytest.approx(BAR_BEATS[metre])


def test_two_bars_of_six_eight_are_one_of_twelve():
    first, second = steps("x..... ...... | ...... x.....", "6/8", "6/8")
    (both,) = steps("x..... ...... | ...... x.....", "6/8", "12/8")
    assert [step.at for step in both] == [first[0].at, 3.0 + second[0].at]


@pytest.mark.parametrize("family", ["long", "sung", "swung", "reel", "line", "driving"])
@pytest.mark.parametrize("metre", BAR_BEATS)
def test_tunes_have_rhythms_in_every_metre(family, metre):
    rows = bars_for(shared().rhythms, family, metre)
    for place in PLACES:
        assert len(set(rows[place])) >= 4
        for bar in rows[place]:
            check(bar, metre, "x")


@pytest.mark.parametrize("pattern", ["x...x", "x..q....", "", "x...x...|"])
def test_it_refuses_bars_that_do_not_divide_and_signs_without_meaning(pattern):
    with pytest.raises(ValueError, match=r"means nothing|multiple"):
        check(pattern, "4/4", "x")
