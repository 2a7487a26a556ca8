from __future__ import annotations

import numpy as np
import pytest

from jobs.music.score import CURVES, Mix
from jobs.music.sound import tone
from jobs.music.sound.bands import CENTRES, decibels
from jobs.music.sound.filters import BINS
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.mix import ROLES

DULL, BRIGHT = 10.0 ** np.array((0, 1, 0, -2, -3, -5, -6)), 10.0 ** np.array((-4, -2, 0, 0, 0, -0.5, -1))


def test_the_curves_are_those_that_a_style_may_name():
    assert tuple(tone.CURVES) == CURVES
    assert set(tone._LIMITS) == set(ROLES)


@pytest.mark.parametrize("curve", CURVES)
def test_the_shares_of_all_bands_are_the_whole(curve):
    assert (10 ** (tone.target(Mix(curve=curve)) / 10)).sum() == pytest.approx(1.0)


def test_warmth_and_brightness_tilt_the_target():
    flat = tone.target(Mix())
    warm = tone.target(Mix(warmth_db=4.0)) - flat
    bright = tone.target(Mix(brightness_db=4.0)) - flat
    assert warm[0] - warm[3] == pytest.approx(2.0)
    assert bright[6] - bright[3] == pytest.approx(2.0)
    lid = tone.target(Mix(lowpass_hz=3000.0)) - flat
    assert lid[6] < -6
    assert lid[1] >= 0


def test_parts_bring_the_sum_nearer_to_the_target_within_their_roles():
    energies = [DULL, BRIGHT, BRIGHT]
    roles = ["bass", "melody", "pad"]
    gains = tone.settings(Mix(), roles, energies)
    before = np.abs(tone.lacking(Mix(), np.sum(energies, axis=0)))
    after = np.abs(tone.lacking(Mix(), np.sum(energies * 10 ** (gains / 10), axis=0)))
    assert after.mean() < 0.6 * before.mean()
    for role, row in zip(roles, gains, strict=True):
        low, high = np.array(tone._LIMITS[role]).T
        assert np.all((row >= low) & (row <= high))


def test_who_is_hardly_heard_in_a_band_is_left_alone_there():
    faint = 1e-4 * BRIGHT
    gains = tone.settings(Mix(), ["chords", "arpeggio"], [BRIGHT, faint])
    assert np.abs(gains[1]).sum() < 0.35 * np.abs(gains[0]).sum()


def test_an_equaliser_goes_through_its_points_and_is_at_once():
    wanted = np.array((3.0, -2.0, 0.0, 4.0, -6.0, -3.0, 1.0))
    response = tone.equaliser(wanted)
    bins = np.rint(np.array(CENTRES) / SAMPLE_RATE * 2 * (BINS - 1)).astype(int)
    assert 2 * decibels(np.abs(response[bins])) == pytest.approx(wanted, abs=0.7)
    impulse = np.fft.irfft(response)
    assert np.abs(impulse).argmax() == 0
    assert (impulse[: len(impulse) // 10] ** 2).sum() > 0.999 * (impulse**2).sum()


def test_a_bass_leaves_the_octaves_of_tune_and_chords_to_them():
    bass, melody = tone.settings(Mix(), ["bass", "melody"], [DULL, BRIGHT])
    assert max(bass[2:4]) <= -4.0  # its overtones would stand out more than what lies there
    assert min(melody[2:4]) >= -2.0
