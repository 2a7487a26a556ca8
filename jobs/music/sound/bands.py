"""The seven bands in which the balance of a sound is measured, drawn and judged."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE

NAMES = ("sub", "bass", "lowmid", "mid", "presence", "high", "air")
EDGES = (20.0, 60.0, 250.0, 800.0, 2500.0, 5000.0, 10_000.0, 16_000.0)  # Hz
CENTRES = tuple(math.sqrt(low * high) for low, high in zip(EDGES, EDGES[1:], strict=False))
Powers = NDArray[np.float64]  # by band


def powers(samples: Samples) -> Powers:
    """Energy (summed squares) by channel and band of ``samples`` (channels, frames)."""
    frames = samples.shape[-1]
    size = fft.next_fast_len(frames, real=True)
    return sums(np.abs(fft.rfft(samples, size)).astype(np.float64) ** 2 * (2.0 / size))


def sums(spectrum: NDArray[np.float64]) -> Powers:
    """A power spectrum from 0 to half the sample rate (…, bins) summed up by band."""
    width = SAMPLE_RATE / 2 / (spectrum.shape[-1] - 1)
    edges = np.searchsorted(np.arange(spectrum.shape[-1]) * width, EDGES)
    result: Powers = np.add.reduceat(spectrum, edges, axis=-1)[..., :-1]
    return result


def decibels(power: Powers) -> Powers:
    """10 log₁₀, of nothing −120."""
    result: Powers = 10 * np.log10(np.maximum(power, 1e-12))
    return result
