"""The measure of the hand-over: a gain alone is no jump, what changes within the section is."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from jobs.music.sound.fluid import SAMPLE_RATE
from tests.bench.handover import Sound, jumps

NOISE = 0.05 * np.random.default_rng(1).standard_normal((5 * SAMPLE_RATE, 2))


def sound(samples: np.ndarray, lead: float = 0.0) -> Sound:
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE, format="WAV", subtype="FLOAT")
    return Sound(file.getvalue(), lead)


def test_another_gain_is_no_jump():
    early = np.concatenate((np.zeros((SAMPLE_RATE // 2, 2)), 0.7 * NOISE))
    assert jumps(sound(early, 0.5), sound(NOISE), 4.0) == pytest.approx([0.0] * 4, abs=1e-3)


def test_what_is_pressed_less_at_the_end_jumps():
    rising = NOISE.copy()
    rising[3 * SAMPLE_RATE :] *= 10 ** (2.0 / 20)
    found = jumps(sound(rising), sound(NOISE), 4.0)
    assert found[:2] == pytest.approx([0.0, 0.0], abs=0.05)
    assert found[-1] > 0.8  # a listener has heard half of it come


def test_a_section_comes_down_only_so_far():
    assert jumps(sound(NOISE), sound(NOISE / 10), 2.0) == pytest.approx([20 + 20 * np.log10(0.4)] * 2, abs=0.05)
