from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from jobs.music.sound.filters import HOP
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loudness import energy, integrated, stretch, true_peaks, weigh

SECONDS = np.arange(HOP * 7000) / SAMPLE_RATE  # ten


def stereo(left, right=None) -> np.ndarray:
    return np.array([left, left if right is None else right], np.float32)


def noise(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    swell = np.where(SECONDS > 5, 1.0, 0.01) * (1 + np.sin(SECONDS))  # the quiet half is gated away
    return stereo(*(random.standard_normal((2, len(SECONDS))) * 0.1 * swell))


@pytest.mark.parametrize(
    "samples",
    [stereo(np.sin(2 * np.pi * 997 * SECONDS)), stereo(0.1 * np.sin(2 * np.pi * 50 * SECONDS)), noise(1), noise(2)],
    ids=["tone", "bass", "noise", "other noise"],
)
def test_it_reads_what_an_independent_meter_reads(samples):
    expected = pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(samples.T.astype(np.float64))
    assert integrated(energy(weigh(samples))) == pytest.approx(expected, abs=0.1)


def test_a_full_scale_tone_in_both_channels_reads_zero():
    """BS.1770-4: 997 Hz at 0 dBFS in one channel is −3.01 LUFS."""
    tone = np.sin(2 * np.pi * 997 * SECONDS)
    assert integrated(energy(weigh(stereo(tone, 0 * tone)))) == pytest.approx(-3.01, abs=0.05)
    assert integrated(energy(weigh(stereo(tone)))) == pytest.approx(0.0, abs=0.05)


def test_silence_is_infinitely_quiet():
    assert integrated(np.zeros(7000)) == -np.inf


def test_it_finds_peaks_between_the_samples():
    """A quarter of the sample rate, sampled 45° off its crests: samples reach .707 of the true peak."""
    wave = 0.5 * np.sin(np.pi / 2 * np.arange(HOP * 100) + np.pi / 4)
    peaks = true_peaks(stereo(wave))[2:-2]
    assert np.abs(wave).max() == pytest.approx(0.3536, abs=1e-3)
    assert peaks == pytest.approx(0.5, abs=0.01)


def test_it_looks_between_samples_only_where_they_are_loud():
    wave = 0.5 * np.sin(np.pi / 2 * np.arange(HOP * 100) + np.pi / 4)
    assert true_peaks(stereo(wave), above=0.4)[2:-2] == pytest.approx(0.3536, abs=1e-3)
    assert true_peaks(stereo(wave), above=0.3)[2:-2] == pytest.approx(0.5, abs=0.01)


def test_the_louder_channel_counts():
    quiet, loud = 0.1 * np.ones(HOP * 10), -0.8 * np.ones(HOP * 10)
    assert true_peaks(stereo(quiet, loud), above=1.0) == pytest.approx(0.8)


def test_stretched_values_run_straight_from_hop_to_hop():
    result = stretch(np.array([1.0, 2.0, 0.0]))
    assert result.shape == (3 * HOP,)
    assert result[[HOP // 2, HOP + HOP // 2, 2 * HOP + HOP // 2]] == pytest.approx([1.0, 2.0, 0.0])
    assert np.abs(np.diff(result)).max() < 2.0 / HOP * 1.1
    assert result.min() >= 0.0
    assert result.max() <= 2.0
