"""Tones that go on: built as a spectrum whose every partial fits the loop, so that no seam can be heard.

Stacks of detuned oscillators, pads whose partials are bands of noise, organs, winds and bowed strings.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.music.sound.fluid import SAMPLE_RATE

Samples = NDArray[np.float32]
Spectrum = NDArray[np.complex64]

LEAD = 32  # frames before a loop, and as many after it, that interpolation looks at
_HIGHEST = 17_500.0  # Hz
_SHORT, _MEDIUM, _LONG = 1 << 14, 1 << 16, 1 << 17  # frames of a loop: .37, 1.5 and 3 s
_BAND = 3.0  # standard deviations of a partial's band that are kept


def tone(frequency: float, layer: dict[str, Any], rng: np.random.Generator) -> tuple[Samples, float, tuple[int, int]]:
    """The sample of a spectral layer near ``frequency`` (Hz), the frequency that it has, and its loop.

    ``wave``: "saw", "square", "pulse" (of ``width``), "triangle", "sine", or levels of partials in dB. ``voices``
    spread over ``detune`` cents and ``spread`` (0 … 1) of the stereo width; ``bandwidth`` (cents) makes bands of
    noise of the partials. ``tilt`` dB an octave, ``peaks`` [[Hz, dB, octaves], …] and ``noise`` [[low Hz, high Hz, dB],
    …] shape it; ``sub`` and ``over`` (dB) add the octave below and above.
    """
    moving = layer.get("voices", 1) > 1 or layer.get("bandwidth") or layer.get("noise")
    frames = _SHORT if not moving else _LONG if layer.get("long") else _MEDIUM
    cycles = max(round(frequency * frames / SAMPLE_RATE), 1)
    spectrum = np.zeros((2, frames // 2 + 1), np.complex64)
    parts = [(1.0, 0.0), (0.5, layer.get("sub")), (2.0, layer.get("over")), (1.5, layer.get("fifth"))]
    for ratio, level in parts:
        if level is not None:
            _stack(spectrum, cycles * ratio, 10 ** (level / 20), layer, rng)
    bins = np.arange(1, frames // 2 + 1, dtype=np.float64) * (SAMPLE_RATE / frames)
    shape = 10 ** (_curve(bins, cycles * SAMPLE_RATE / frames, layer) / 20)
    spectrum[:, 1:] *= shape.astype(np.float32)
    loudest = float(np.sqrt((np.abs(spectrum) ** 2).sum()))
    for low, high, level in layer.get("noise", ()):
        band = np.exp(-(((np.log2(bins) - math.log2(low * high) / 2) / (math.log2(high / low) / 2)) ** 4))
        hiss = rng.standard_normal((2, len(bins))) + 1j * rng.standard_normal((2, len(bins)))
        hiss *= band
        spectrum[:, 1:] += hiss * (10 ** (level / 20) * loudest / np.sqrt((np.abs(hiss) ** 2).sum()))
    wide = layer.get("spread", 0.0) > 0
    wave = np.fft.irfft(spectrum if wide else spectrum.sum(axis=0, keepdims=True), frames)
    looped = np.concatenate((wave[:, -LEAD:], wave, wave[:, :LEAD]), axis=1).astype(np.float32)
    return looped, cycles * SAMPLE_RATE / frames, (LEAD, LEAD + frames)


def _stack(spectrum: Spectrum, cycles: float, level: float, layer: dict[str, Any], rng: np.random.Generator) -> None:
    """Add all voices of an oscillator with so many ``cycles`` in the loop."""
    count, spread = layer.get("voices", 1), layer.get("spread", 0.0)
    frames = 2 * (spectrum.shape[1] - 1)
    bandwidth = layer.get("bandwidth", 0.0)
    for place in np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1):
        cents = layer.get("detune", 0.0) / 2 * math.copysign(abs(place) ** 1.3, place)
        fundamental = max(round(cycles * 2 ** (cents / 1200)), 1)
        highest = int(min(_HIGHEST * frames / SAMPLE_RATE, spectrum.shape[1] - 1) // fundamental)
        if highest < 1:
            continue
        numbers = np.arange(1, highest + 1)
        amplitudes = level * partials(layer, numbers) * (1.0 if count % 2 and place == 0 else 0.8 if count > 1 else 1.0)
        if bandwidth:
            _bands(spectrum, fundamental, amplitudes, bandwidth, spread, rng)
            continue
        phases = 2 * np.pi * rng.random() * numbers if count > 1 else 0.0
        values = -1j * amplitudes * np.exp(1j * phases)
        side = spread * place * (-1.0 if round(4 * (place + 1)) % 2 else 1.0)  # neighbours in pitch on opposite sides
        angle = (side + 1) * np.pi / 4
        spectrum[0, fundamental * numbers] += values * math.cos(angle)
        spectrum[1, fundamental * numbers] += values * math.sin(angle)


def _bands(
    spectrum: Spectrum, fundamental: int, amplitudes: NDArray[np.float64], cents: float, spread: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Partials as narrow bands of noise (P. Nasca's PADsynth); what left and right do not share is ``spread``."""
    size = spectrum.shape[1]
    for number, amplitude in enumerate(amplitudes.tolist(), 1):
        centre = fundamental * number
        deviation = max(centre * (2 ** (cents / 1200) - 1) * 0.5, 0.5)
        reach = math.ceil(_BAND * deviation)
        bins = np.arange(max(centre - reach, 1), min(centre + reach + 1, size))
        shape = np.exp(-0.5 * ((bins - centre) / deviation) ** 2)
        shape *= amplitude / math.sqrt((shape**2).sum())
        phases = rng.uniform(0, 2 * np.pi, (2, len(bins)))
        both, own = np.exp(1j * phases[0]), np.exp(1j * phases[1])
        spectrum[0, bins] += shape * (both + spread * own)
        spectrum[1, bins] += shape * (both - spread * own)


def partials(layer: dict[str, Any], numbers: NDArray[np.int_]) -> NDArray[np.float64]:
    """The amplitudes of the partials with these numbers (from 1)."""
    wave = layer.get("wave", "saw")
    if isinstance(wave, list):
        levels = np.full(len(numbers), -200.0)
        levels[: len(wave)] = wave[: len(numbers)]
        return np.asarray(10 ** (levels / 20))
    match wave:
        case "saw":
            return 1.0 / numbers
        case "square":
            return np.where(numbers % 2, 1.0, 0.0) / numbers
        case "pulse":
            return np.abs(np.sin(np.pi * numbers * layer.get("width", 0.25))) / numbers
        case "triangle":
            return np.where(numbers % 2, 1.0, 0.0) / numbers**2
        case "sine":
            return np.where(numbers == 1, 1.0, 0.0)
    raise ValueError(f"wave {wave!r}")


def _curve(bins: NDArray[np.float64], frequency: float, layer: dict[str, Any]) -> NDArray[np.float64]:
    """How the spectrum is shaped, in dB at each bin (Hz)."""
    octaves = np.log2(bins / frequency)
    curve = layer.get("tilt", 0.0) * np.maximum(octaves, 0.0)
    for centre, level, width in layer.get("peaks", ()):
        curve = curve + level * np.exp(-0.5 * (np.log2(bins / centre) / width) ** 2)
    return np.asarray(curve)
