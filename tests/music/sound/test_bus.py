from __future__ import annotations

import numpy as np
import pytest

from jobs.music.sound.bus import Compressor, Knob, glide, levels, reduction
from jobs.music.sound.filters import BLOCK, HOP
from jobs.music.sound.fluid import SAMPLE_RATE

KNOB = Knob(threshold=-20.0, ratio=2.0, attack=10.0, release=60.0)


def steady(decibels: float) -> np.ndarray:
    return np.full(BLOCK // HOP, decibels)


def test_what_is_over_the_threshold_is_taken_down_by_the_ratio():
    down = reduction(np.array([-60.0, -24.0, -20.0, -10.0, 0.0]), -20.0, 4.0)
    assert down[:2].tolist() == [0.0, 0.0]
    assert down[3:] == pytest.approx([-7.5, -15.0])
    assert -1.0 < down[2] < 0.0


def test_levels_are_those_of_both_channels():
    block = np.full((2, 2 * HOP), 0.1, np.float32)
    block[1] = 0.0
    assert levels(block) == pytest.approx([-23.01, -23.01], abs=0.01)


def test_it_comes_down_in_its_attack_and_back_in_its_release():
    compressor = Compressor(KNOB)
    assert compressor.gain(steady(-60.0))[-1] == pytest.approx(1.0)
    loud = 20 * np.log10(compressor.gain(steady(-8.0)))
    assert loud[round(0.002 * SAMPLE_RATE)] > -2.0
    assert loud[-1] == pytest.approx(-6.0, abs=0.1)
    back = 20 * np.log10(compressor.gain(steady(-60.0)))
    assert back[round(0.05 * SAMPLE_RATE)] == pytest.approx(-6.0 + 60 * 0.04, abs=0.8)
    assert back[-1] == pytest.approx(0.0, abs=0.01)


def test_a_parallel_one_lifts_what_is_soft_against_what_is_loud():
    plain = Compressor(Knob(-20.0, 2.0, 10.0, 60.0))
    parallel = Compressor(Knob(-20.0, 2.0, 10.0, 60.0, parallel=0.5))

    def spread(compressor: Compressor) -> float:
        soft = compressor.gain(steady(-40.0))[-1]
        return float(20 * np.log10(soft / compressor.gain(steady(-5.0))[-1]))

    assert spread(parallel) > spread(plain) + 1.0


def test_no_step_between_blocks():
    compressor = Compressor(KNOB)
    random = np.random.default_rng(4)
    gain = np.concatenate([compressor.gain(random.uniform(-50.0, 0.0, BLOCK // HOP)) for _ in range(4)])
    assert np.abs(np.diff(gain)).max() < 2e-3
    seams = np.abs(np.diff(gain))[BLOCK - 1 :: BLOCK]
    assert seams.max() <= np.abs(np.diff(gain)).max()


def test_a_glide_ends_where_the_hop_does():
    line = glide(0.0, np.array([1.0, 1.0]))
    assert (line[HOP - 1], line[-1]) == (1.0, 1.0)
    assert line[0] == pytest.approx(1 / HOP)
    assert np.all(np.diff(line) >= 0)
