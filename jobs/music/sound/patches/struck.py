"""Tones that die away: plucked strings, bells, bars and membranes by their modes, and frequency modulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.music.sound.fluid import SAMPLE_RATE

Samples = NDArray[np.float32]

_STEP = 512  # frames: modes are rows times columns of exponentials, which a matrix product sums
_HIGHEST = 16_000.0  # Hz
_FADE = 0.03  # seconds at the end, so that no sample breaks off
_SIXTY = math.log(1000.0)  # 60 dB in nepers


def modes(
    frequencies: NDArray[np.float64], amplitudes: NDArray[np.float64], decays: NDArray[np.float64],
    phases: NDArray[np.float64], frames: int,
) -> NDArray[np.float64]:  # fmt: skip
    """The sum of decaying sines: Hz, peak, seconds to −60 dB, radians."""
    poles = (2j * np.pi * frequencies - _SIXTY / decays) / SAMPLE_RATE
    rows = np.exp(np.outer(np.arange(-(-frames // _STEP)) * _STEP, poles)).astype(np.complex64)
    columns = np.exp(np.outer(poles, np.arange(_STEP))) * (amplitudes * np.exp(1j * phases))[:, None]
    columns = columns.astype(np.complex64)
    # The imaginary part of the product, as one real product: half the work of the complex one.
    result = np.hstack((rows.real, rows.imag)) @ np.vstack((columns.imag, columns.real))
    return np.asarray(result.reshape(-1)[:frames], np.float64)


def string(frequency: float, layer: dict[str, Any], rng: np.random.Generator) -> Samples:
    """A plucked string: ``pluck`` (share of its length), ``stiffness``, ``tilt`` (dB an octave).

    ``decay``: seconds to −60 dB at 220 Hz, ``damping``: how much sooner high partials are gone. The two planes in which
    it swings beat, ``beat`` cents apart. ``peaks`` is its body, ``nail`` (dB) the noise of the stroke.
    """
    stiffness = layer.get("stiffness", 0.00005)
    numbers = np.arange(1, max(int(_HIGHEST / frequency), 2))
    stretched = frequency * numbers * np.sqrt((1 + stiffness * numbers**2) / (1 + stiffness))
    kept = stretched < _HIGHEST
    numbers, stretched = numbers[kept], stretched[kept]
    levels = layer.get("tilt", -3.0) * np.log2(numbers)
    for centre, level, width in layer.get("peaks", ()):
        levels = levels + level * np.exp(-0.5 * (np.log2(stretched / centre) / width) ** 2)
    amplitudes = 10 ** (levels / 20) * np.abs(np.sin(np.pi * numbers * layer.get("pluck", 0.13))) / numbers
    lasting = layer.get("decay", 4.0) * (220.0 / frequency) ** 0.5
    decays = lasting / (1 + layer.get("damping", 0.3) * (stretched / 1000.0) * lasting / 2)
    beat = 2 ** (layer.get("beat", 1.0) / 1200)
    frequencies = np.concatenate((stretched, stretched * beat))
    both = np.concatenate((amplitudes, amplitudes * 0.3))
    lengths = np.concatenate((decays, decays * 1.8))
    phases = np.concatenate((np.zeros(len(numbers)), rng.uniform(0, 2 * np.pi, len(numbers))))
    frames = round(layer.get("seconds", 2.5) * SAMPLE_RATE)
    wave = modes(frequencies, both, lengths, phases, frames)
    return _finished(wave + _stroke(wave, layer.get("nail"), layer.get("nail_tone", (1500.0, 6000.0)), rng))


def bars(frequency: float, layer: dict[str, Any], rng: np.random.Generator) -> Samples:
    """Whatever rings with partials of its own: ``ratios`` to the fundamental, their ``levels`` (dB), ``decays`` (s)."""
    ratios = np.array(layer["ratios"], np.float64)
    levels = np.array(layer.get("levels", [0.0] * len(ratios)), np.float64)
    decays = np.broadcast_to(np.array(layer.get("decays", 2.0), np.float64), ratios.shape)
    scale = (440.0 / frequency) ** layer.get("follow", 0.4)
    chosen = frequency * ratios < _HIGHEST
    beat = layer.get("beat", 0.0)
    frequencies = frequency * ratios[chosen]
    amplitudes, lengths = 10 ** (levels[chosen] / 20), decays[chosen] * scale
    phases = rng.uniform(0, 2 * np.pi, len(frequencies)) * layer.get("scatter", 0.0)
    if beat:
        frequencies = np.concatenate((frequencies, frequencies * 2 ** (beat / 1200)))
        amplitudes, lengths = np.tile(amplitudes * 0.6, 2), np.tile(lengths, 2)
        phases = np.concatenate((phases, phases + 1.0))
    frames = round(layer.get("seconds", 2.5) * SAMPLE_RATE)
    wave = modes(frequencies, amplitudes, lengths, phases, frames)
    return _finished(wave + _stroke(wave, layer.get("nail"), layer.get("nail_tone", (800.0, 5000.0)), rng))


def modulated(frequency: float, layer: dict[str, Any], _rng: np.random.Generator) -> Samples:
    """Pairs of sines, the second of which bends the first: ``pairs`` of {ratio, by, index, fall, decay, level}."""
    seconds = np.arange(round(layer.get("seconds", 3.0) * SAMPLE_RATE)) / SAMPLE_RATE
    shorter = (330.0 / frequency) ** layer.get("follow", 0.4)
    wave = np.zeros(len(seconds))
    for pair in layer["pairs"]:
        ratio, by = pair.get("ratio", 1.0), pair.get("by", 1.0)
        reach = max(min(1.0, (0.4 * SAMPLE_RATE / frequency / by - ratio / by) / 3), 0.0)  # no partial folds back
        index = min(pair.get("index", 1.0), 8 * reach) * np.exp(-seconds / (pair.get("fall", 0.5) * shorter))
        envelope = np.exp(-seconds * (_SIXTY / (pair.get("decay", 3.0) * shorter))) * 10 ** (
            pair.get("level", 0.0) / 20
        )
        detuned = frequency * 2 ** (pair.get("cents", 0.0) / 1200)
        phase = 2 * np.pi * detuned * seconds
        wave += envelope * np.sin(ratio * phase + index * np.sin(by * phase))
    return _finished(wave)


def _stroke(
    wave: NDArray[np.float64], level: float | None, band: tuple[float, float], rng: np.random.Generator
) -> NDArray[np.float64]:
    """The noise of nail, plectrum or stick, ``level`` dB against the tone's peak, some 12 ms long."""
    result = np.zeros(len(wave))
    if level is not None:
        frames = 2048
        noise = np.fft.rfft(rng.standard_normal(frames) * np.exp(-np.arange(frames) / 180.0))
        bins = np.fft.rfftfreq(frames, 1 / SAMPLE_RATE)
        burst = np.fft.irfft(noise * ((bins > band[0]) & (bins < band[1])), frames)
        result[:frames] = burst * (10 ** (level / 20) * np.abs(wave).max() / np.abs(burst).max())
    return result


def _finished(wave: NDArray[np.float64]) -> Samples:
    """One channel with 1 ms of attack and a fade at the end."""
    frames, rise = round(_FADE * SAMPLE_RATE), 32
    wave[-frames:] *= np.linspace(1.0, 0.0, frames)
    wave[:rise] *= np.linspace(0.0, 1.0, rise)
    return wave[None].astype(np.float32)
