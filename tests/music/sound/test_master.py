from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from jobs.music.sound.filters import BLOCK, HOP
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loudness import energy, integrated, true_peaks, weigh
from jobs.music.sound.master import CEILING, TARGET, limit, master
from jobs.music.sound.mix import Mixed


def mixed(level: float, clicks: float = 0.0) -> Mixed:
    """Ten blocks of noise, with clicks so many times as loud."""
    random = np.random.default_rng(3)
    samples = (random.standard_normal((2, 10 * BLOCK)) * level).astype(np.float32)
    samples[:, 5000::10_000] *= 1 + clicks
    return Mixed(samples, 10 * BLOCK, energy=energy(weigh(samples)))


@pytest.mark.parametrize("level", [0.001, 0.1, 2.0])
@pytest.mark.parametrize("clicks", [0.0, 10.0])
def test_it_reaches_the_loudness_under_the_ceiling(level, clicks):
    mix = mixed(level, clicks)
    steps = []
    found = master(mix, steps.append)
    assert pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(mix.samples.T.astype(float)) == pytest.approx(
        TARGET, abs=0.15
    )
    assert found.loudness == pytest.approx(TARGET, abs=0.05)
    assert 20 * np.log10(true_peaks(mix.samples).max()) < CEILING + 0.1
    assert found.true_peak < CEILING + 0.01
    assert (found.limited > 1.0) == (clicks > 0)
    assert steps == sorted(steps)
    assert steps[-1] == 1.0


def test_the_gain_goes_on_where_blocks_meet():
    """A stroke right behind a seam: the limiter comes down over it."""
    steady = np.full((2, 6 * BLOCK), 0.1, np.float32)
    steady[:, 3 * BLOCK + 2 * HOP] = 3.0
    mix = Mixed(steady.copy(), 6 * BLOCK, energy=energy(weigh(mixed(0.1).samples[:, : 6 * BLOCK])))
    assert master(mix, lambda _: None).limited > 6.0
    steps = np.abs(np.diff(mix.samples[0, 3 * BLOCK - 4 * HOP : 3 * BLOCK + HOP]))
    assert steps[4 * HOP - 1] <= 1.05 * np.delete(steps, 4 * HOP - 1).max()


def test_no_peak_is_found_where_a_block_is_cut():
    """A tone that stays just under the ceiling is left alone; cut at its crest it would have peaks 1 dB higher."""
    tone = 0.2 * np.cos(2 * np.pi * np.arange(6 * BLOCK) / HOP)
    tone[:BLOCK] *= np.linspace(0.0, 1.0, BLOCK)
    tone[-BLOCK:] *= np.linspace(1.0, 0.0, BLOCK)
    samples = np.stack((tone, tone)).astype(np.float32)
    mix = Mixed(samples, 6 * BLOCK, energy=energy(weigh(samples)))
    just_under = integrated(mix.energy) + CEILING - 0.3 - 20 * np.log10(0.2)
    assert master(mix, lambda _: None, just_under).limited == 0.0


def test_the_limiter_keeps_every_peak_under_the_ceiling():
    peaks = np.random.default_rng(4).normal(-6.0, 6.0, 5000)
    assert (peaks + limit(peaks)).max() <= CEILING + 1e-9


def test_the_limiter_leaves_quiet_sound_alone():
    assert not limit(np.full(1000, CEILING - 0.1)).any()


def test_the_limiter_comes_down_early_and_recovers_slowly():
    peaks = np.full(3000, -20.0)
    peaks[1000] = CEILING + 6.0
    reduction = limit(peaks)
    assert reduction[1000] == pytest.approx(-6.0)
    assert reduction[:990].max() == reduction[:990].min() == 0.0
    assert np.all(np.diff(reduction[1010:]) >= 0)
    recovered = np.flatnonzero(reduction[1000:] > -0.01)[0] * HOP / SAMPLE_RATE
    assert 0.1 < recovered < 0.2
    assert np.abs(np.diff(reduction)).max() < 3.0  # no step that clicks
