"""How loud an instrument of a sound bank is. Banks differ by 20 dB and more, so the desk measures before it mixes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jobs.music.instruments import Instrument
from jobs.music.score import Note
from jobs.music.sound import bands, choice
from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE, TICK, Buffers, Fluid
from jobs.music.sound.loudness import OFFSET, energy, weigh
from jobs.music.sound.soundfont import Bank

Spans = NDArray[np.float64]  # (notes, 2): start and end in seconds

STANDARD_VELOCITY = 90
_SHORT, _LONG, _TAIL = 0.25, 1.0, 1.0  # seconds: two lengths of a note, and how long its ring is listened to
_PLACES = (0.2, 0.5, 0.8)  # of the keys that are measured, in the instrument's range


@dataclass(frozen=True, eq=False)
class Sound:
    """Energy (K-weighted, summed squares × seconds) of a note of STANDARD_VELOCITY, its ring included."""

    short: float  # held for .25 s
    long: float  # held for 1 s
    voices: int  # of the synthesizer for one note
    middle: bands.Powers  # energy of left and right together by band (not weighted), for each unit of its own energy
    side: bands.Powers  # of their difference
    semitones: bands.Powers  # the same of middle and side by semitone (2, bands.KEYS)

    @property
    def dies_away(self) -> bool:
        """Held four times as long it has less than twice the energy, as strings that are plucked or struck."""
        return self.long < 2 * self.short

    def energy(self, lengths: NDArray[np.float64]) -> NDArray[np.float64]:
        """For notes held so long (seconds): as measured up to _LONG, then as the sound goes on dying away."""
        slope = max(self.long - self.short, 0.0) / (_LONG - _SHORT)
        measured = np.maximum(self.short + slope * (np.minimum(lengths, _LONG) - _SHORT), 0.25 * self.short)
        later = np.maximum(lengths - _LONG, 0.0)
        if not self.dies_away:
            return measured + slope * later
        to_come = self.short * self.left ** (_LONG / _SHORT) / (1 - self.left)  # of a geometric series
        result: NDArray[np.float64] = measured + to_come * (1 - self.left ** (later / _SHORT))
        return result

    @cached_property
    def left(self) -> float:
        """What is left of its energy from each _SHORT to the next, of which four make a _LONG; of what dies away."""
        ratio = self.long / max(self.short, 1e-12)
        roots = np.roots([1.0, 1.0, 1.0, 1.0 - max(ratio, 1.0)])  # 1 + x + x² + x³ = ratio
        return float(roots[np.abs(roots.imag) < 1e-9].real.max())


_measured: dict[tuple[Bank, Instrument, int], Sound] = {}
_listened: dict[tuple[Bank, Instrument, int], bands.Powers] = {}


def sounds(bank: Bank, instrument: Instrument, pitches: Iterable[int]) -> dict[int, Sound]:
    """Measure these keys of an instrument; once in a process."""
    wanted = sorted(set(pitches))
    if missing := [pitch for pitch in wanted if (bank, instrument, pitch) not in _measured]:
        with Fluid(bank.path) as fluid:
            choice.put(fluid, 0, bank, instrument)
            for pitch in missing:
                _measured[bank, instrument, pitch] = _measure(fluid, pitch)
    return {pitch: _measured[bank, instrument, pitch] for pitch in wanted}


def _measure(fluid: Fluid, pitch: int) -> Sound:
    """Without effects: what a bank sends to them by itself is no part of the instrument's own level."""
    energies, voices = [], 1
    power = np.zeros((2, 1))
    for held in (_SHORT, _LONG):
        samples, sounding = _note(fluid, pitch, held, _TAIL)
        voices = max(voices, sounding)
        energies.append(float(energy(weigh(samples)).sum()) / SAMPLE_RATE)
        power = _power(samples)
    unit = max(energies[1], 1e-12)
    middle, side = 2 * bands.sums(power) / SAMPLE_RATE / unit
    return Sound(energies[0], energies[1], voices, middle, side, 2 * bands.semitones(power)[0] / SAMPLE_RATE / unit)


def _note(fluid: Fluid, pitch: int, held: float, tail: float) -> tuple[Samples, int]:
    """A note of STANDARD_VELOCITY, held and rung out for so many seconds, and how many voices it took."""
    lengths = [round(length * SAMPLE_RATE / TICK) * TICK for length in (held, tail)]
    dry = Buffers(2, sum(lengths))
    fluid.note_on(0, pitch, STANDARD_VELOCITY)
    fluid.render(dry, 0, lengths[0])
    voices = fluid.voices
    fluid.note_off(0, pitch)
    fluid.render(dry, lengths[0], lengths[1])
    heard = dry.samples.copy()
    fluid.silence()
    fluid.render(dry, 0, TICK)
    return heard, voices


def _power(samples: Samples) -> NDArray[np.float64]:
    """The power of middle and side from 0 to half the sample rate."""
    left, right = samples
    return bands.spectrum(np.array(((left + right) / 2, (left - right) / 2)))


def loudness(bank: Bank, instrument: Instrument, notes: Sequence[Note], spans: Spans) -> float:
    """What these notes would read (LUFS) while any of them is well heard.

    A sound that dies away counts for as long as it would last at the level that it starts with.
    """
    energies, heard = strokes(bank, instrument, notes, spans)
    return OFFSET + 10 * math.log10(max(float(energies.sum()) / _covered(heard), 1e-9))


def strokes(
    bank: Bank, instrument: Instrument, notes: Sequence[Note], spans: Spans
) -> tuple[NDArray[np.float64], Spans]:
    """Of each note its energy (K-weighted, summed squares × seconds), and when it is well heard."""
    lengths = spans[:, 1] - spans[:, 0]
    touch = np.array([(note.velocity / STANDARD_VELOCITY) ** 4 for note in notes])
    stand_ins = _stand_ins(instrument, notes)
    keys = np.array([stand_ins[note.pitch] for note in notes])
    heard, energies = spans.copy(), np.zeros(len(spans))
    for key, sound in sounds(bank, instrument, keys.tolist()).items():
        chosen = keys == key
        energies[chosen] = sound.energy(lengths[chosen])
        lasting = np.minimum(energies[chosen] / max(sound.short / _SHORT, 1e-12), lengths[chosen])
        heard[chosen, 1] = heard[chosen, 0] + lasting
    return energies * touch, heard


def fading(bank: Bank, instrument: Instrument, notes: Sequence[Note], spans: Spans) -> float:
    """Decibels by which notes that die away have less energy than if they lasted as loud as they begin."""
    stand_ins = _stand_ins(instrument, notes)
    found = sounds(bank, instrument, stand_ins.values())
    dying = np.array([found[stand_ins[note.pitch]].dies_away for note in notes])
    _, heard = strokes(bank, instrument, notes, spans)
    held = spans[:, 1] - spans[:, 0]
    lasting = np.where(dying, heard[:, 1] - heard[:, 0], held)
    return 10 * math.log10(max(float(held.sum()) / max(float(lasting.sum()), 1e-9), 1.0))


def spectrum(
    bank: Bank, instrument: Instrument, notes: Sequence[Note], spans: Spans, gains: NDArray[np.float64] | float = 1.0
) -> tuple[bands.Powers, bands.Powers]:
    """What these notes put into each band, middle and side: summed squares of both channels × seconds.

    ``gains``: what each note's energy is multiplied by.
    """
    lengths = spans[:, 1] - spans[:, 0]
    touch = np.array([(note.velocity / STANDARD_VELOCITY) ** 4 for note in notes]) * gains
    stand_ins = _stand_ins(instrument, notes)
    keys = np.array([stand_ins[note.pitch] for note in notes])
    middle, side = np.zeros(len(bands.NAMES)), np.zeros(len(bands.NAMES))
    for key, sound in sounds(bank, instrument, keys.tolist()).items():
        chosen = keys == key
        total = float(sound.energy(lengths[chosen]) @ touch[chosen])
        middle += total * sound.middle
        side += total * sound.side
    return middle, side


def spectrum_by_pitch(
    bank: Bank,
    instrument: Instrument,
    notes: Sequence[Note],
    spans: Spans,
    gains: NDArray[np.float64],
    *,
    closely: bool,
) -> bands.Powers:
    """``spectrum`` by semitone (2, bands.KEYS): with the key that is measured transposed to each pitch.

    ``closely``: with each pitch as it sounds itself, which is listened to for half a second.
    """
    lengths = spans[:, 1] - spans[:, 0]
    touch = np.array([(note.velocity / STANDARD_VELOCITY) ** 4 for note in notes]) * gains
    pitches = np.array([note.pitch for note in notes])
    stand_ins = _stand_ins(instrument, notes)
    found = sounds(bank, instrument, stand_ins.values())
    own = _own(bank, instrument, stand_ins) if closely and not instrument.drums else {}
    result = np.zeros((2, len(bands.KEYS)))
    for pitch, key in stand_ins.items():
        chosen = pitches == pitch
        energy = float(found[key].energy(lengths[chosen]) @ touch[chosen])
        result += energy * (own[pitch] if own else bands.transposed(found[key].semitones, pitch - key))
    return result


def _own(bank: Bank, instrument: Instrument, pitches: Iterable[int]) -> dict[int, bands.Powers]:
    """What each unit of energy of a short note has by semitone; listened to once in a process."""
    wanted = sorted(set(pitches))
    if missing := [pitch for pitch in wanted if (bank, instrument, pitch) not in _listened]:
        with Fluid(bank.path) as fluid:
            choice.put(fluid, 0, bank, instrument)
            for pitch in missing:
                samples = _note(fluid, pitch, _SHORT, _SHORT)[0]
                unit = max(float(energy(weigh(samples)).sum()) / SAMPLE_RATE, 1e-12)
                _listened[bank, instrument, pitch] = 2 * bands.semitones(_power(samples))[0] / SAMPLE_RATE / unit
    return {pitch: _listened[bank, instrument, pitch] for pitch in wanted}


def weights(bank: Bank, instrument: Instrument, notes: Sequence[Note], spans: Spans) -> dict[int, float]:
    """Pitch → what its notes cost the synthesizer, in seconds of one sounding voice."""
    stand_ins = _stand_ins(instrument, notes)
    found = sounds(bank, instrument, stand_ins.values())
    costs: dict[int, float] = {}
    for note, length in zip(notes, (spans[:, 1] - spans[:, 0] + _SHORT).tolist(), strict=True):
        voices = found[stand_ins[note.pitch]].voices
        costs[note.pitch] = costs.get(note.pitch, 0.0) + voices * length
    return costs


def _stand_ins(instrument: Instrument, notes: Sequence[Note]) -> dict[int, int]:
    """Pitch → the key that is measured for it: itself on drums, else the nearest of a few."""
    pitches = {note.pitch for note in notes}
    if instrument.drums:
        return {pitch: pitch for pitch in pitches}
    low, high = instrument.low, instrument.high
    measured = [round(low + (high - low) * place) for place in _PLACES]
    return {pitch: min(measured, key=lambda key: abs(key - pitch)) for pitch in pitches}


def _covered(spans: Spans) -> float:
    """Seconds in which any note sounds; a stroke counts as _SHORT."""
    order = spans[np.argsort(spans[:, 0])]
    starts, ends = order[:, 0], np.maximum.accumulate(np.maximum(order[:, 1], order[:, 0] + _SHORT))
    return float(ends[-1] - starts[0] - np.maximum(starts[1:] - ends[:-1], 0.0).sum())
