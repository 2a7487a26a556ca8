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
KEYS = np.arange(12, 137)  # of MIDI, one for each semitone from below these bands to over them
Powers = NDArray[np.float64]  # by band


def powers(samples: Samples) -> Powers:
    """Energy (summed squares) by channel and band of ``samples`` (channels, frames)."""
    return sums(spectrum(samples))


def spectrum(samples: Samples) -> NDArray[np.float64]:
    """The same from 0 to half the sample rate (channels, bins)."""
    size = fft.next_fast_len(samples.shape[-1], real=True)
    result: NDArray[np.float64] = np.abs(fft.rfft(samples, size)).astype(np.float64) ** 2 * (2.0 / size)
    return result


def sums(spectrum: NDArray[np.float64]) -> Powers:
    """A power spectrum from 0 to half the sample rate (…, bins) summed up by band."""
    width = SAMPLE_RATE / 2 / (spectrum.shape[-1] - 1)
    edges = np.searchsorted(np.arange(spectrum.shape[-1]) * width, EDGES)
    result: Powers = np.add.reduceat(spectrum, edges, axis=-1)[..., :-1]
    return result


def semitones(spectrum: NDArray[np.float64]) -> tuple[Powers, Powers]:
    """What such a spectrum (…, bins) has in the semitone around each of KEYS: its sum, and its mean."""
    width = SAMPLE_RATE / 2 / (spectrum.shape[-1] - 1)
    edges = np.searchsorted(np.arange(spectrum.shape[-1]) * width, hertz(np.append(KEYS, KEYS[-1] + 1) - 0.5))
    total: Powers = np.add.reduceat(spectrum, edges, axis=-1)[..., :-1]
    return total, total / np.maximum(np.diff(edges), 1)


def transposed(semitones: Powers, by: int) -> Powers:
    """Powers by semitone (…, KEYS), so many semitones higher; what leaves KEYS is lost."""
    result = np.zeros(semitones.shape)
    count = semitones.shape[-1]
    result[..., max(by, 0) : count + min(by, 0)] = semitones[..., max(-by, 0) : count - max(by, 0)]
    return result


def of_semitones(semitones: Powers) -> Powers:
    """Powers by band of powers by semitone (…, KEYS)."""
    edges = np.searchsorted(hertz(KEYS), EDGES)
    result: Powers = np.add.reduceat(semitones, edges, axis=-1)[..., :-1]
    return result


def hertz(keys: NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
    """The frequencies of keys of MIDI."""
    result: NDArray[np.float64] = 440.0 * 2.0 ** ((keys - 69) / 12)
    return result


def decibels(power: Powers) -> Powers:
    """10 log₁₀, of nothing −120."""
    result: Powers = 10 * np.log10(np.maximum(power, 1e-12))
    return result
