import pytest

from jobs.music.composing.plan import make_plan
from jobs.music.composing.substitution import BETWEEN, DECORATED, KINDRED, SWAY
from jobs.music.styles import get
from jobs.music.theory import SCALES, numeral
from tests.music.briefs import brief

MODES = ("dorian", "mixolydian", "phrygian", "lydian")


def offered(mode):
    yield from BETWEEN[mode]
    yield from SWAY[mode]
    for ways in KINDRED[mode].values():
        yield from ways
    for ways in DECORATED[mode].values():
        yield from (token for way in ways for token in way.split(","))


@pytest.mark.parametrize("mode", MODES)
def test_what_stands_for_a_chord_keeps_to_the_mode(mode):
    for token in offered(mode):
        quality = numeral(token, mode)
        outside = {(quality.root + interval) % 12 for interval in quality.intervals} - set(SCALES[mode])
        assert not outside, token


@pytest.mark.parametrize("mode", SCALES)
def test_every_mode_has_its_chords(mode):
    assert KINDRED[mode]
    assert len(BETWEEN[mode]) == 6


@pytest.mark.parametrize(
    ("style", "mode"), [("sea_shanty", "dorian"), ("celtic", "mixolydian"), ("glitch", "lydian"), ("metal", "phrygian")]
)
def test_a_modal_piece_stays_in_its_mode(style, mode):
    for seed in range(6):
        plan = make_plan(brief(style, mode=mode, duration=90.0), get(style), seed)
        raised = {(numeral("V", mode).root + 4) % 12}  # the leading note of a cadence
        led = {tone for chord in plan.chords if "7" in chord.name for tone in chord.tones}  # and secondary dominants
        outside = {tone for chord in plan.chords for tone in chord.tones} - set(SCALES[mode]) - raised - led
        assert not outside
