"""Loudness and peaks as broadcasters measure them: ITU-R BS.1770-4, in hops that a limiter can work with."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from jobs.music.sound.filters import HOP, Biquad, Samples, evaluate
from jobs.music.sound.fluid import SAMPLE_RATE

_STEP, _WINDOW = 70, 4  # hops in 100 ms; a measuring window is 400 ms
OFFSET = -0.691  # LUFS of a mean square of 1 (BS.1770-4, equation 2)
_BATCH = 256  # hops interpolated at once; larger products wake threads of the maths library
_OVERSAMPLING, _REACH = 4, 6  # true peak: 4 times, from 6 samples on each side


def _k_weighting() -> tuple[Biquad, Biquad]:
    """The two biquads of BS.1770-4, annex 1, as analogue prototypes warped to our sample rate (De Man 2014)."""
    k = math.tan(math.pi * 1681.974450955533 / SAMPLE_RATE)
    q, high = 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    shelf: Biquad = (
        (high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k),
        (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k),
    )
    k = math.tan(math.pi * 38.13547087602444 / SAMPLE_RATE)
    q = 0.5003270373238773
    a0 = 1 + k / q + k * k
    highpass: Biquad = (1.0, -2.0, 1.0), (1.0, 2 * (k * k - 1) / a0, (1 - k / q + k * k) / a0)
    return shelf, highpass


K_WEIGHTING = _k_weighting()


def energy(weighted: Samples) -> NDArray[np.float64]:
    """Energy (both channels, summed squares) of each whole hop of K-weighted samples (2, frames)."""
    hops = weighted[:, : weighted.shape[1] // HOP * HOP].reshape(2, -1, HOP)
    result: NDArray[np.float64] = np.einsum("cht,cht->h", hops, hops).astype(np.float64)
    return result


def weigh(samples: Samples) -> Samples:
    """K-weight samples (2, frames) that are there as a whole."""
    size = -(-(samples.shape[1] + SAMPLE_RATE // 4) // 4096) * 4096
    spectrum = np.fft.rfft(samples, size) * evaluate(K_WEIGHTING, size).astype(np.complex64)
    return np.fft.irfft(spectrum, size)[:, : samples.shape[1]].astype(np.float32, copy=False)


def integrated(hops: NDArray[np.float64]) -> float:
    """Gated loudness (LUFS) from the energies of consecutive hops; −inf for silence."""
    steps = hops[: len(hops) // _STEP * _STEP].reshape(-1, _STEP).sum(axis=1)
    power = np.convolve(steps, np.ones(_WINDOW), "valid") / (_STEP * _WINDOW * HOP)
    audible = power[power > 10 ** ((-70 - OFFSET) / 10)]
    if not len(audible):
        return -math.inf
    loud = audible[audible > audible.mean() / 10]  # 10 LU under what the absolute gate let through
    return OFFSET + 10 * math.log10(float(loud.mean()))


def mean(hops: NDArray[np.float64]) -> float:
    """The same without gates (LUFS)."""
    return OFFSET + 10 * math.log10(max(float(hops.mean()) / HOP, 1e-20))


def _interpolator() -> Samples:
    """Matrix (positions between the samples of a hop, samples of a hop and its surroundings) of a windowed sinc."""
    positions = np.arange(HOP * _OVERSAMPLING) / _OVERSAMPLING
    distance = positions[:, None] - (np.arange(HOP + 2 * _REACH) - _REACH)[None, :]
    inside = np.abs(distance) < _REACH
    window = np.where(inside, np.cos(np.pi * distance / (2 * _REACH)) ** 2, 0.0)
    return (np.sinc(distance) * window).astype(np.float32)


_MATRIX = _interpolator()


def true_peaks(samples: Samples, above: float = 0.0) -> Samples:
    """The peak of each hop, of the louder channel; ``samples`` (2, frames) hold whole hops.

    Where samples reach ``above`` it is the true peak (BS.1770-4, annex 2), elsewhere the loudest sample.
    """
    hops = samples.reshape(2, -1, HOP)
    peaks = np.maximum(hops.max(axis=2), -hops.min(axis=2))
    for channel, peak in zip(samples, peaks, strict=True):
        surroundings = np.lib.stride_tricks.sliding_window_view(np.pad(channel, _REACH), HOP + 2 * _REACH)[::HOP]
        high = np.flatnonzero(peak >= above)
        for at in range(0, len(high), _BATCH):
            chosen = high[at : at + _BATCH]
            dense = _MATRIX @ surroundings[chosen].T
            peak[chosen] = np.maximum(dense.max(axis=0), -dense.min(axis=0))
    result: Samples = peaks.max(axis=0)
    return result


def stretch(hops: NDArray[np.float32] | NDArray[np.float64]) -> Samples:
    """Values given at the middle of hops, as one value for each frame, linear in between."""
    values: Samples = hops.astype(np.float32)
    inner: Samples = (values[1:] + values[:-1]) / np.float32(2)
    edges = np.concatenate((values[:1], inner, values[-1:]))
    frames = np.empty((len(values), HOP), np.float32)
    half = HOP // 2
    away = np.arange(1, half + 1, dtype=np.float32) / np.float32(half + 0.5)  # from the middle to the edge
    frames[:, :half] = values[:, None] + (edges[:-1] - values)[:, None] * away[::-1]
    frames[:, half] = values
    frames[:, half + 1 :] = values[:, None] + (edges[1:] - values)[:, None] * away
    return frames.reshape(-1)
