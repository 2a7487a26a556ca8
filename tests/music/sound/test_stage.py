from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.score import Control, Note, Part
from jobs.music.sound import bands, stage
from jobs.music.sound.filters import BLOCK, Overlap, drawn, samples
from jobs.music.sound.fluid import SAMPLE_RATE
from tests.music.handmade import solo

FLAT = drawn((20.0, 16_000.0), (0.0, 0.0))
NOISE = np.random.default_rng(1).standard_normal((1, BLOCK)).astype(np.float32)
GUITAR = Part("rhythm", "chords", "distortion_guitar", tuple(Note(0.5 * i, 0.5, 40 + i % 5, 90) for i in range(16)))


def placed(part: Part) -> np.ndarray:
    """White noise that is played by the part, (2, BLOCK)."""
    placing = stage.placing(part, FLAT, 0.0)
    overlap = Overlap(1)
    for _ in range(2):
        spectrum = overlap(NOISE)
    assert spectrum is not None
    return samples(np.array([spectrum[0] * place for place in placing.middle]))


def sides(heard: np.ndarray) -> np.ndarray:
    """Side against middle in each band, dB."""
    middle, side = bands.powers(np.array((heard[0] + heard[1], heard[0] - heard[1])))
    return bands.decibels(side / middle)


@pytest.mark.parametrize("role", ["melody", "chords", "pad", "arpeggio", "drums"])
def test_a_part_is_as_wide_as_its_seat_above_and_mono_below(role):
    heard = sides(placed(Part("a", role, "piano", ())))
    spread = stage.seat(Part("a", role, "piano", ())).spread
    assert heard[3:6] == pytest.approx([spread] * 3, abs=2.5)  # a burst of noise is not quite flat
    assert heard[0] < -25  # what the edges of the block leave


def test_the_bass_is_the_same_on_both_sides():
    left, right = placed(Part("a", "bass", "fingered_bass", ()))
    assert np.abs(left - right).max() < 0.01 * np.abs(left).max()


@pytest.mark.parametrize("role", ["chords", "pad", "drums"])
def test_folded_to_one_channel_a_part_sounds_as_it_was_recorded(role):
    folded = placed(Part("a", role, "piano", ())).mean(axis=0)
    assert np.abs(folded - NOISE[0]).max() < 0.02


def test_pan_says_where_and_who_carries_the_piece_stays_near_the_middle():
    part = Part("a", "arpeggio", "piano", (), pan=0.5)
    left, right = placed(part).std(axis=1)
    assert 1.3 < right / left < 3.0
    mirrored = placed(replace(part, pan=-0.5)).std(axis=1)
    assert mirrored == pytest.approx((right, left), rel=0.15)
    assert abs(stage.angle(replace(part, role="melody", pan=-0.9))) <= 0.2
    assert stage.angle(replace(part, role="bass")) == 0


def test_no_ear_waits_longer_than_a_millisecond_for_the_other():
    part = Part("a", "counter", "piano", (), pan=1.0)
    left, right = placed(replace(part, pan=0.7))
    late = np.correlate(left[5000:15_000], right[4900:15_100], "valid").argmax() - 100
    assert abs(late) <= SAMPLE_RATE // 1000


def test_what_is_wide_by_itself_is_spread_less():
    part = Part("a", "pad", "strings", ())
    bare, wide = (stage.placing(part, FLAT, own).middle for own in (0.0, 0.8))
    spread = [np.abs(left - right)[1000:5000].mean() for left, right in (bare, wide)]
    assert spread[1] < 0.5 * spread[0]


def test_a_wall_of_guitars_is_played_twice_and_not_by_a_machine():
    score = solo(parts=(GUITAR,))
    first, second = stage.takes(score, GUITAR)
    assert (first.pan, second.pan) == (-second.pan, -first.pan)
    assert first.notes == GUITAR.notes
    assert [note.pitch for note in second.notes] == [note.pitch for note in first.notes]
    apart = [(b.start - a.start) * 60 / score.tempos[0].bpm for a, b in zip(first.notes, second.notes, strict=True)]
    assert 0.001 < np.std(apart) < 0.02
    assert max(map(abs, apart)) < 0.03
    assert second.controls[0].number == 128
    assert stage.takes(score, GUITAR)[1] == second


def test_a_take_that_bends_keeps_its_bends():
    bent = replace(GUITAR, controls=(Control(1.0, 128, 400),))
    assert stage.takes(solo(parts=(bent,)), bent)[1].controls == bent.controls


@pytest.mark.parametrize("part", [replace(GUITAR, role="melody"), replace(GUITAR, instrument="piano", pan=0.3)])
def test_everybody_else_is_played_once(part):
    [take] = stage.takes(solo(parts=(part,)), part)
    assert take == replace(part, pan=0.0)
