"""The last gain: to the loudness of every track, under the ceiling that no peak may pass."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from jobs.music.sound.filters import BLOCK, HOP, Samples
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loudness import integrated, stretch, true_peaks
from jobs.music.sound.mix import Mixed, Step

TARGET = -14.0  # LUFS
CEILING = -2.8  # dBTP before encoding: MP3 overshoots by up to 1.4 dB, and −1 is the promise
_AHEAD = 4  # hops (5.7 ms) in which the limiter comes down
_RELEASE = 45.0  # dB a second
_PRECISION = 0.02  # LU
_MARGIN = 7.0  # dB: samples this far under the ceiling have no true peak over it


@dataclass(frozen=True, slots=True)
class Mastered:
    """``loudness`` in LUFS, ``true_peak`` in dBTP, ``limited`` the deepest gain reduction in dB."""

    loudness: float
    true_peak: float
    limited: float


def master(mixed: Mixed, step: Step, target: float = TARGET, *, draft: bool = False) -> Mastered:
    """Bring the mix to ``target`` (LUFS) under CEILING, in place.

    ``draft``: by its samples alone, whose true peaks may lie over that by 1 dB or so.
    """
    samples = mixed.samples
    peaks = np.empty(samples.shape[1] // HOP, np.float32)
    near = math.inf if draft else 10 ** ((CEILING - _MARGIN - (target - integrated(mixed.energy))) / 20)
    for at in range(0, samples.shape[1], BLOCK):
        before = min(at, HOP)  # a block that knew nothing of its neighbours would have false peaks at its edges
        found = true_peaks(samples[:, at - before : at + BLOCK + HOP], near)
        peaks[at // HOP : (at + BLOCK) // HOP] = found[before // HOP :][: BLOCK // HOP]
        step(0.8 * at / samples.shape[1])
    gain, reduction, loudness = _solve(mixed.energy, peaks, target)
    envelope = 10 ** ((gain + reduction) / 20)
    envelope = np.pad(envelope, 1, mode="edge")  # a hop to each side of every block: the gain goes on over seams
    limit = 10 ** (CEILING / 20)
    for at in range(0, samples.shape[1], BLOCK):
        block = samples[:, at : at + BLOCK]
        block *= stretch(envelope[at // HOP : (at + BLOCK) // HOP + 2])[HOP:-HOP]
        np.clip(block, -limit, limit, out=block)
        step(0.8 + 0.2 * (at + BLOCK) / samples.shape[1])
    peak = float((peaks * envelope[1:-1]).max())
    return Mastered(loudness, 20 * math.log10(max(peak, 1e-9)), -float(reduction.min()))


def _solve(energy: NDArray[np.float64], peaks: Samples, target: float) -> tuple[float, NDArray[np.float64], float]:
    """The gain (dB), the reduction on top of it (dB, per hop) and the loudness (LUFS) that they give."""
    gain = target - integrated(energy)
    for _ in range(12):
        reduction = limit(20 * np.log10(np.maximum(peaks, 1e-9)) + gain)
        loudness = integrated(energy * 10 ** ((gain + reduction[: len(energy)]) / 10))
        if abs(target - loudness) < _PRECISION:
            break
        gain += target - loudness
    return gain, reduction, loudness


def limit(peaks: NDArray[np.floating]) -> NDArray[np.float64]:
    """The reduction (dB ≤ 0) for each hop that keeps its peak (dBTP) under CEILING.

    It looks ahead, holds, comes down along a smooth curve, and recovers at _RELEASE.
    """
    needed = np.minimum(CEILING - peaks.astype(np.float64), 0.0)
    held = sliding_window_view(np.pad(needed, _AHEAD, mode="edge"), 2 * _AHEAD + 1).min(axis=1)
    slope = np.arange(len(held)) * (_RELEASE * HOP / SAMPLE_RATE)
    released = np.minimum(np.minimum.accumulate(held - slope) + slope, 0.0)
    window = np.hanning(2 * _AHEAD + 1)[1:-1]
    return np.convolve(np.pad(released, _AHEAD - 1, mode="edge"), window / window.sum(), "valid")
