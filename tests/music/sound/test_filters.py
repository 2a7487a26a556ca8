from __future__ import annotations

import numpy as np
import pytest

from jobs.music.sound.filters import BLOCK, HOP, Overlap, evaluate, highpass, lowpass, response, samples, shelf
from jobs.music.sound.fluid import SAMPLE_RATE, TICK


def through(signal: np.ndarray, *biquads) -> np.ndarray:
    overlap, shape = Overlap(1), response(*biquads)
    blocks = []
    for at in range(0, len(signal), BLOCK):
        spectrum = overlap(signal[None, at : at + BLOCK])
        blocks.append(np.zeros(BLOCK) if spectrum is None else samples(spectrum * shape)[0])
    return np.concatenate(blocks)


def recursion(signal: np.ndarray, *biquads) -> np.ndarray:
    for (b0, b1, b2), (a0, a1, a2) in biquads:
        result, x1, x2, y1, y2 = [], 0.0, 0.0, 0.0, 0.0
        for x in signal:
            y = (b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) / a0
            x1, x2, y1, y2 = x, x1, y, y1
            result.append(y)
        signal = result
    return np.array(signal)


def test_blocks_are_whole_hops_and_ticks():
    assert BLOCK % HOP == BLOCK % TICK == 0


@pytest.mark.parametrize(
    "biquads",
    [[highpass(90.0)], [lowpass(3000.0), shelf(150.0, 5.0, high=False)], [shelf(8000.0, -6.0, high=True)]],
    ids=["highpass", "lowpass and shelf", "high shelf"],
)
def test_blocks_join_to_what_the_recursion_gives(biquads):
    signal = np.random.default_rng(1).standard_normal(2 * BLOCK).astype(np.float32)
    assert np.allclose(through(signal, *biquads), recursion(signal, *biquads), rtol=0, atol=2e-3)


@pytest.mark.parametrize(
    ("biquad", "frequency", "decibels"),
    [
        (highpass(100.0), 100.0, -3.0),
        (highpass(100.0), 25.0, -24.0),
        (lowpass(4000.0), 4000.0, -3.0),
        (shelf(150.0, 6.0, high=False), 20.0, 6.0),
        (shelf(150.0, 6.0, high=False), 5000.0, 0.0),
        (shelf(8000.0, -4.0, high=True), 20_000.0, -4.0),
        (shelf(8000.0, -4.0, high=True), 200.0, 0.0),
    ],
)
def test_responses_are_as_drawn(biquad, frequency, decibels):
    gain = np.abs(evaluate([biquad], SAMPLE_RATE))[round(frequency)]
    assert 20 * np.log10(gain) == pytest.approx(decibels, abs=0.3)


def test_silence_is_passed_by_until_sound_comes_back():
    overlap = Overlap(1)
    silence, sound = np.zeros((1, BLOCK), np.float32), np.ones((1, BLOCK), np.float32)
    assert overlap(silence) is None
    assert overlap(sound) is not None
    assert overlap(silence) is not None  # the end of the block before is still in reach
    assert overlap(silence) is None
