"""Filters for consecutive blocks, by overlap-save convolution: one transform in, any number of filters, one out.

The responses are those of classic biquads (Audio EQ Cookbook, R. Bristow-Johnson), cut after REACH frames.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from jobs.music.sound.fluid import SAMPLE_RATE, TICK

Samples = NDArray[np.float32]  # (channels, frames)
Spectrum = NDArray[np.complex64]  # (channels, bins)
Biquad = tuple[tuple[float, float, float], tuple[float, float, float]]  # b, a

HOP = 63  # frames; 70 hops are 100 ms exactly
BLOCK = 8 * HOP * TICK  # frames of one step: whole hops and whole ticks of the synthesizer, .73 s
REACH = 3584  # frames (81 ms) of a filter's response that are kept: the lowest are gone by then
_SIZE = BLOCK + REACH
BINS = _SIZE // 2 + 1


class Overlap:
    """The spectra of consecutive blocks of some channels, each with the end of the one before."""

    def __init__(self, channels: int) -> None:
        self._frames = np.zeros((channels, _SIZE), np.float32)

    def __call__(self, block: Samples) -> Spectrum | None:
        """The spectrum of the next block (channels, BLOCK); None where there is only silence."""
        self._frames[:, :REACH] = self._frames[:, BLOCK:]
        self._frames[:, REACH:] = block
        if not self._frames.any():
            return None
        spectrum: Spectrum = fft.rfft(self._frames)  # in single precision, which numpy's is not
        return spectrum


def samples(spectrum: Spectrum) -> Samples:
    """The block (channels, BLOCK) that belongs to a filtered spectrum of Overlap."""
    block: Samples = fft.irfft(spectrum, _SIZE)[:, REACH:]
    return block


@lru_cache(maxsize=32)
def response(*biquads: Biquad) -> NDArray[np.complex64]:
    """What to multiply a spectrum of Overlap by, so that its block goes through these biquads; not to be changed."""
    return cut(fft.irfft(evaluate(biquads, 2 * _SIZE), 2 * _SIZE))


def cut(impulse: NDArray[np.floating]) -> NDArray[np.complex64]:
    """What to multiply a spectrum of Overlap by, to convolve its block with the first REACH frames of ``impulse``."""
    result: NDArray[np.complex64] = fft.rfft(impulse[: REACH + 1], _SIZE).astype(np.complex64)
    return result


def short(product: NDArray[np.complex64]) -> NDArray[np.complex64]:
    """A product of responses, which is longer than each of them, cut to REACH again."""
    return cut(fft.irfft(product, _SIZE))


def drawn(frequencies: Sequence[float], decibels: Sequence[float]) -> NDArray[np.complex64]:
    """An equaliser whose gain goes through these points, even between them (over log frequency); minimum phase.

    The phase follows from the gain by the cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, 13.5).
    """
    bins = np.maximum(np.arange(_SIZE + 1) * SAMPLE_RATE / (2 * _SIZE), 1.0)
    gain = np.interp(np.log(bins), np.log(np.asarray(frequencies)), np.asarray(decibels, np.float64))
    cepstrum = fft.irfft(gain * (math.log(10) / 20), 2 * _SIZE)
    cepstrum[1:_SIZE] *= 2
    cepstrum[_SIZE + 1 :] = 0
    return cut(fft.irfft(np.exp(fft.rfft(cepstrum)), 2 * _SIZE))


def evaluate(biquads: Sequence[Biquad], size: int) -> NDArray[np.complex128]:
    """The exact response of biquads in series at the bins of a real transform of ``size`` frames."""
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    result = np.ones(len(z), np.complex128)
    for (b0, b1, b2), (a0, a1, a2) in biquads:
        result *= (b0 + (b1 + b2 * z) * z) / (a0 + (a1 + a2 * z) * z)
    return result


def _angle(frequency: float, q: float) -> tuple[float, float]:
    w = 2 * math.pi * min(frequency, 0.45 * SAMPLE_RATE) / SAMPLE_RATE
    return math.cos(w), math.sin(w) / (2 * q)


def highpass(frequency: float, q: float = math.sqrt(0.5)) -> Biquad:
    cos, alpha = _angle(frequency, q)
    return ((1 + cos) / 2, -(1 + cos), (1 + cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)


def lowpass(frequency: float, q: float = math.sqrt(0.5)) -> Biquad:
    cos, alpha = _angle(frequency, q)
    return ((1 - cos) / 2, 1 - cos, (1 - cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)


def bell(frequency: float, decibels: float, q: float = 1.0) -> Biquad:
    """Raise or lower what is around the frequency."""
    cos, alpha = _angle(frequency, q)
    a = 10 ** (decibels / 40)
    return (1 + alpha * a, -2 * cos, 1 - alpha * a), (1 + alpha / a, -2 * cos, 1 - alpha / a)


def shelf(frequency: float, decibels: float, *, high: bool) -> Biquad:
    """Raise or lower what is above (``high``) or below the frequency."""
    cos, alpha = _angle(frequency, math.sqrt(0.5))
    a = 10 ** (decibels / 40)
    root, sign = 2 * math.sqrt(a) * alpha, -1.0 if high else 1.0
    more, less = a + 1 - sign * (a - 1) * cos, a + 1 + sign * (a - 1) * cos
    return (
        (a * (more + root), sign * 2 * a * (a - 1 - sign * (a + 1) * cos), a * (more - root)),
        (less + root, sign * -2 * (a - 1 + sign * (a + 1) * cos), less - root),
    )
