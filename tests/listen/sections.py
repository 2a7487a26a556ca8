"""Sections as a listener notices them: novelty of timbre, harmony and loudness."""

from __future__ import annotations

from collections.abc import Sequence

import librosa
import numpy as np

HOP = 22_050  # half a second
NEAR = 3.0  # seconds
KERNEL = 8.0  # seconds to each side that are compared
EDGE = 5.0  # seconds at either end in which no change is looked for
SHORTEST = 60.0  # seconds: shorter pieces prove nothing, chance would do as well


def found(mono: np.ndarray, rate: int, planned: Sequence[float]) -> float | None:
    """Share of the planned boundaries (seconds) within 3 s of one of as many peaks of novelty, less what chance finds.

    0 is chance, 1 is all; None for short pieces and such with fewer than two boundaries. Novelty after J. Foote,
    "Automatic audio segmentation using a measure of audio novelty" (2000).
    """
    length = len(mono) / rate
    wanted = [time for time in planned if EDGE < time < length - EDGE]
    if length < SHORTEST or len(wanted) < 2:
        return None
    novelty = _novelty(mono, rate)
    step = HOP / rate
    peaks: list[float] = []
    for index in np.argsort(novelty)[::-1]:
        time = float(index * step)
        if EDGE < time < length - EDGE and all(abs(time - other) > 2 * NEAR for other in peaks):
            peaks.append(time)
        if len(peaks) == len(wanted):
            break
    hit = np.mean([any(abs(time - peak) <= NEAR for peak in peaks) for time in wanted])
    chance = min(0.9, 2 * NEAR * len(peaks) / (length - 2 * EDGE))
    return float((hit - chance) / (1 - chance))


def _novelty(mono: np.ndarray, rate: int) -> np.ndarray:
    """One value for each half second: how little the seconds before and after are like each other."""
    features = np.vstack(
        [
            librosa.feature.mfcc(y=mono, sr=rate, n_mfcc=14, hop_length=HOP, n_fft=HOP),
            librosa.power_to_db(librosa.feature.rms(y=mono, frame_length=HOP, hop_length=HOP) ** 2),
        ]
    )
    features = (features - features.mean(axis=1, keepdims=True)) / (features.std(axis=1, keepdims=True) + 1e-9)
    unit = features / (np.linalg.norm(features, axis=0) + 1e-9)
    alike = unit.T @ unit
    half = int(KERNEL * rate / HOP)
    ramp = np.exp(-0.5 * ((np.arange(-half, half) + 0.5) / (half / 2)) ** 2)
    sign = np.sign(np.arange(-half, half) + 0.5)
    kernel = np.outer(ramp * sign, ramp * sign)
    padded = np.pad(alike, half, mode="reflect")
    size = len(alike)
    return np.array([(padded[i : i + 2 * half, i : i + 2 * half] * kernel).sum() for i in range(size)])
