import pytest

from jobs.music.styles.pattern import BAR_BEATS, check, steps


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
    pattern = {"4/4": "x...x...x...x.x.", "3/4": "x...x...x.x.", "6/8": "x.x.x.x...x."}[written]
    for bar in steps(pattern, written, played):
        assert bar[0].at == 0.0
        assert all(0 <= step.at < step.at + step.length <= BAR_BEATS[played] + 1e-9 for step in bar)


@pytest.mark.parametrize("pattern", ["x...x", "x..q....", "", "x...x...|"])
def test_it_refuses_bars_that_do_not_divide_and_signs_without_meaning(pattern):
    with pytest.raises(ValueError, match=r"means nothing|multiple"):
        check(pattern, "4/4", "x")
