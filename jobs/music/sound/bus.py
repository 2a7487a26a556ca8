"""Compressors: gain curves by hops, for the drums and for the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.music.sound.filters import HOP, Samples
from jobs.music.sound.fluid import SAMPLE_RATE

Hops = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Knob:
    """``threshold`` in dB (mean square of both channels), ``ratio``, ``attack`` in ms, ``release`` in dB a second.

    ``parallel``: how much of a second compressor, 8 : 1 from 10 dB lower, is added (0: nothing).
    """

    threshold: float
    ratio: float
    attack: float
    release: float
    parallel: float = 0.0


_KNEE = 6.0  # dB around the threshold in which it begins
_HEAVY = (8.0, -10.0)  # ratio, and dB from the threshold, of the parallel one


class Compressor:
    """The gain for consecutive blocks, each hop's from the level of that hop and those before."""

    def __init__(self, knob: Knob) -> None:
        self._knob = knob
        length = max(round(knob.attack / 1000 * SAMPLE_RATE / HOP), 1)
        rise = np.exp(-np.arange(5 * length) / length)
        self._rise = rise / rise.sum()
        self._heavy = _Slope(knob.release)
        self._light = _Slope(knob.release)
        self._before = np.zeros(len(self._rise) - 1)
        self._last = 1.0

    def __call__(self, block: Samples) -> Samples:
        """What to multiply each frame of the block (channels, frames in whole hops) by; no step between blocks."""
        return self.gain(levels(block))

    def gain(self, level: Hops) -> Samples:
        """The same for levels (dB) of hops."""
        knob = self._knob
        down = self._light(reduction(level, knob.threshold, knob.ratio))
        gain = 10 ** (down / 20)
        if knob.parallel:
            ratio, lower = _HEAVY
            gain = gain + knob.parallel * 10 ** (self._heavy(reduction(level, knob.threshold + lower, ratio)) / 20)
            gain /= 1 + knob.parallel
        late = np.concatenate((self._before, np.log(gain)))
        self._before = late[len(late) - len(self._before) :]
        smooth = np.exp(np.convolve(late, self._rise, "valid"))
        before, self._last = self._last, float(smooth[-1])
        return glide(before, smooth)


class _Slope:
    """Lets a reduction (dB ≤ 0) go back only so fast."""

    def __init__(self, release: float) -> None:
        self._step = release * HOP / SAMPLE_RATE
        self._last = 0.0

    def __call__(self, reduction: Hops) -> Hops:
        slope = np.arange(1, len(reduction) + 1) * self._step
        held = np.minimum.accumulate(np.concatenate(([self._last], reduction - slope)))[1:] + slope
        held = np.minimum(held, 0.0)
        self._last = float(held[-1])
        return held


def levels(block: Samples) -> Hops:
    """The mean square (dB) of each hop, both channels together."""
    hops = block.reshape(block.shape[0], -1, HOP)
    power = np.einsum("cht,cht->h", hops, hops) / (block.shape[0] * HOP)
    result: Hops = 10 * np.log10(power.astype(np.float64) + 1e-12)
    return result


def reduction(level: Hops, threshold: float, ratio: float) -> Hops:
    """How far (dB ≤ 0) what is over the threshold is taken down; quadratic around it (Giannoulis et al. 2012)."""
    over = level - threshold
    soft = np.clip(over + _KNEE / 2, 0.0, _KNEE)
    result: Hops = -(1 - 1 / ratio) * np.where(over > _KNEE / 2, over, soft**2 / (2 * _KNEE))
    return result


def glide(before: float, hops: NDArray[np.floating]) -> Samples:
    """Values at the ends of hops as one for each frame, linear in between; ``before`` is where the first comes from."""
    values = np.concatenate(([before], hops)).astype(np.float32)
    share = np.arange(1, HOP + 1, dtype=np.float32) / np.float32(HOP)
    return (values[:-1, None] + np.diff(values)[:, None] * share).reshape(-1)
