"""Drum hits as a sum of parts: tones whose pitch falls, membranes, metal, and noise in bursts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.patches.struck import modes

Samples = NDArray[np.float32]

_SIXTY = math.log(1000.0)
_SIX_SQUARES = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)  # Hz: the oscillators of the classic machines' cymbals
_MEMBRANE = (1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.5)  # ideal round skin
_FADE = 0.01  # seconds


def hit(parts: list[dict[str, Any]], rng: np.random.Generator) -> Samples:
    """One stroke: (2, frames) where a part is ``wide``, else (1, frames); its peak is 1.

    Each part has its ``level`` (dB), ``decay`` (seconds to −60 dB), ``delay`` (s), and one of ``tone``, ``skin``,
    ``metal``, ``noise``.
    """
    seconds = max(part.get("delay", 0.0) + min(part["decay"], 4.0) * 1.05 + 0.03 for part in parts)
    frames = round(seconds * SAMPLE_RATE)
    sides = 2 if any(part.get("wide") for part in parts) else 1
    result = np.zeros((sides, frames))
    for part in parts:
        for side in range(sides):
            if side == 0 or part.get("wide"):
                wave = _part(part, frames, rng)
            delay = round(part.get("delay", 0.0) * SAMPLE_RATE)
            result[side, delay:] += wave[: frames - delay]
    fade = round(_FADE * SAMPLE_RATE)
    result[:, -fade:] *= np.linspace(1.0, 0.0, fade)
    result[:, :16] *= np.linspace(0.0, 1.0, 16)
    return (result / np.abs(result).max()).astype(np.float32)


def _part(part: dict[str, Any], frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    seconds = np.arange(frames) / SAMPLE_RATE
    envelope = np.exp(-seconds * (_SIXTY / part["decay"]))
    if attack := part.get("attack"):
        envelope *= np.minimum(seconds / attack, 1.0)
    if "tone" in part:
        wave = _tone(part, seconds) * envelope
    elif "skin" in part:
        wave = _skin(part, frames, rng)
    elif "metal" in part:
        wave = _filtered(_metal(part, seconds, rng), part) * envelope
    else:
        wave = _noise(part, seconds, envelope, rng)
    if drive := part.get("drive"):
        wave = np.tanh(wave / max(np.abs(wave).max(), 1e-9) * drive)
    return wave * (10 ** (part.get("level", 0.0) / 20) / max(np.abs(wave).max(), 1e-9))


def _tone(part: dict[str, Any], seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """``tone`` Hz, reached from ``start`` Hz with a time constant of ``fall`` s."""
    end, start = part["tone"], part.get("start", part["tone"])
    frequency = end + (start - end) * np.exp(-seconds / part.get("fall", 0.03))
    phase = 2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE
    wave = np.sin(phase)
    match part.get("wave", "sine"):
        case "square":
            wave = np.tanh(4 * wave)
        case "triangle":
            wave = np.arcsin(wave) * (2 / np.pi)
    return np.asarray(wave)


def _skin(part: dict[str, Any], frames: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A round skin of ``skin`` Hz, struck ``off`` (0 … 1) its middle; ``stretch`` pulls its modes together."""
    stretch = part.get("stretch", 1.0)
    ratios = np.array(part.get("ratios", _MEMBRANE), np.float64) ** stretch
    frequencies = part["skin"] * ratios
    levels = -part.get("tilt", 5.0) * np.arange(len(ratios)) * (1.2 - part.get("off", 0.4))
    decays = part["decay"] / ratios ** part.get("damping", 1.0)
    phases = rng.uniform(-0.4, 0.4, len(ratios))
    return modes(frequencies, 10 ** (levels / 20), decays, phases, frames)


def _metal(part: dict[str, Any], seconds: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Square waves out of tune with each other, times ``metal``; or ``count`` sines strewn over the band."""
    factor = part["metal"]
    wave = np.zeros(len(seconds))
    if count := part.get("count"):
        low, high = part.get("low", 300.0), part.get("high", 14_000.0)
        frequencies = np.exp(rng.uniform(math.log(low), math.log(high), count)) * factor
        decays = part["decay"] * (low / frequencies) ** 0.35 * rng.uniform(0.5, 1.3, count)
        return modes(frequencies, np.ones(count), np.maximum(decays, 0.05), rng.uniform(0, 6.28, count), len(seconds))
    for frequency in part.get("squares", _SIX_SQUARES):
        start = rng.random()
        wave += np.where((seconds * frequency * factor + start) % 1.0 < 0.5, 1.0, -1.0)
    return wave


def _noise(
    part: dict[str, Any], seconds: NDArray[np.float64], envelope: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Noise between ``low`` and ``high`` Hz; ``bursts`` are seconds at which it begins anew before it dies away."""
    wave = rng.standard_normal(len(seconds))
    if held := part.get("held"):  # a shift register that is clocked this often in a second
        steps = (seconds * held).astype(np.int64)
        wave = np.where(rng.random(int(steps[-1]) + 1) < 0.5, -1.0, 1.0)[steps]
    wave = _filtered(wave, part)
    if bursts := part.get("bursts"):
        shape = np.zeros(len(seconds))
        for start in bursts[:-1]:
            shape += np.where(seconds >= start, np.exp(-(seconds - start) / 0.0035), 0.0)
        last = seconds - bursts[-1]
        return wave * (shape + np.where(last >= 0, np.exp(-np.maximum(last, 0.0) * (_SIXTY / part["decay"])), 0.0))
    return wave * envelope


def _filtered(wave: NDArray[np.float64], part: dict[str, Any]) -> NDArray[np.float64]:
    """Between ``low`` and ``high`` Hz, with slopes of 12 dB an octave."""
    size = next_fast_len(len(wave), real=True)
    frequencies = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)[1:]
    shape = np.zeros(len(frequencies) + 1)
    shape[1:] = 1.0 / np.sqrt(
        (1 + (part.get("low", 20.0) / frequencies) ** 4) * (1 + (frequencies / part.get("high", 18_000.0)) ** 4)
    )
    return np.fft.irfft(np.fft.rfft(wave, size) * shape, size)[: len(wave)]
