"""How loud a piece will be, and in which bands, when only a section of it is played.

From its notes and what the bank's sounds measure; what plays in the section tells how far that is off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from jobs.music.score import Part, Score
from jobs.music.sound import bands, bank_levels, kept, rooms
from jobs.music.sound.bands import Powers
from jobs.music.sound.filters import BINS, BLOCK, HOP, Spectrum
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loudness import OFFSET
from jobs.music.sound.mix import Strip, ducking
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import Voice, ringing, seconds

STEP = 0.1  # seconds
_SHORTEST = 0.1  # seconds in which a note's energy comes at the soonest
_WINDOW = 4  # steps of a measuring window (BS.1770)
_GATE = 10.0  # LU
_HELD = 0.5  # of the energy of drums that soft clip and compressor leave, where nothing of them was played
_SURE = 4.0  # notes and seconds of a part in the section, after which half of what it measures counts for its rest
_MOST_OFF = 10.0  # times the energy
_EXPRESSION, _FULL = 11, 127
_FINE = 0.05  # seconds: how closely swells are followed

# Of one transform of jobs.music.sound.filters, with the end of the block before it, to summed squares of both channels
# × seconds, as bank_levels has energies.
_ENERGY = 2 * 2 / (2 * (BINS - 1)) * BLOCK / (2 * (BINS - 1)) / SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What a piece has beside its section: ``energy`` of middle and side by band (2, bands), in so many ``seconds``."""

    energy: Powers
    seconds: float


class Meter:
    """The energy of each strip by band, (strips, middle and side, bands), as the desk leaves it."""

    def __init__(self, strips: int) -> None:
        self.energy = np.zeros((strips, 2, len(bands.NAMES)))

    def __call__(self, strip: int, spectrum: Spectrum) -> None:
        self.energy[strip] += _ENERGY * _halves(spectrum)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Of a piece and a section of it, by strip.

    ``evidence``: how many notes the section has, and how many seconds these last, together. ``wet``: what rooms and
    echoes add (strips, middle and side, bands) for each unit of a strip's middle. ``section`` and ``piece``: energies
    as Meter has them. ``courses``: K-weighted power at each STEP of the piece, of which ``start`` to ``end`` are the
    section's.
    """

    evidence: NDArray[np.float64]
    wet: Powers
    section: Powers
    piece: Powers
    courses: NDArray[np.float64]
    start: int
    end: int
    seconds: float  # of the piece beside the section

    @property
    def name(self) -> str:
        """Of everything that is forecast, to keep by it what was made with it."""
        values = (self.evidence, self.wet, self.section, self.piece, self.courses)
        return kept.digest(*(value.tobytes() for value in values), self.start, self.end, self.seconds)

    def louder(self, energy: Powers) -> float:
        """LU by which the section is louder than the piece; ``energy`` is what was measured of its strips."""
        power = self._off(energy.sum(axis=(1, 2)), self.section.sum(axis=(1, 2)), self.evidence) @ self.courses
        return loudness(power[self.start : self.end]) - loudness(power)

    def rest(self, energy: Powers) -> Rest:
        """What the piece has beside its section, whose strips measured ``energy``."""
        off = self._off(energy, self.section, self.evidence[:, None, None])
        rest = off * np.maximum(self.piece - self.section, 0.0)
        return Rest(rest.sum(axis=0) + np.einsum("scb,sb->cb", self.wet, rest[:, 0]), self.seconds)

    @staticmethod
    def _off(measured: Powers, expected: Powers, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """What to multiply a forecast by, for what was measured where it had expected that."""
        played = (measured > 0) & (expected > 0)
        ratio = np.where(played, measured, 1.0) / np.where(played, expected, 1.0)
        return np.clip(ratio, 1 / _MOST_OFF, _MOST_OFF) ** (evidence / (evidence + _SURE))


def forecast(
    score: Score, section: Score, start: float, length: float, bank: Bank, strips: Sequence[Strip],
    voices: Sequence[Voice], played: Sequence[Voice],
) -> Forecast:  # fmt: skip
    """Of the ``score``, whose ``voices`` play on these strips, and its ``section``, in which they are ``played``.

    The section is heard from ``start`` (seconds of the piece) for so many seconds.
    """
    evidence = np.zeros(len(strips))
    for voice in played:
        lengths = (section.seconds(note.start + note.length) - section.seconds(note.start) for note in voice.part.notes)
        evidence[voice.group] += len(voice.part.notes) + sum(lengths)
    steps = round(start / STEP), round((start + length) / STEP)
    placings = [(_passed(strip.placing.middle), _passed(strip.placing.side)) for strip in strips]
    beside = max(score.duration - section.duration, 0.0)
    return Forecast(
        evidence,
        _wet(score, strips),
        energies(section, bank, strips, played, placings),
        energies(score, bank, strips, voices, placings),
        courses(score, bank, strips, voices),
        *steps,
        beside,
    )


def courses(score: Score, bank: Bank, strips: Sequence[Strip], voices: Sequence[Voice]) -> NDArray[np.float64]:
    """The power that is to be expected of each strip, (strips, STEPs of the score)."""
    dips = ducking(score, round(score.duration * SAMPLE_RATE))
    edges = np.zeros((len(strips), math.ceil(score.duration / STEP) + 2))
    for voice in voices:
        notes = ringing(voice.part)
        if not notes:
            continue
        spans = seconds(score, np.array([(n.start, n.start + n.length) for n in notes]).ravel()).reshape(-1, 2)
        energy, heard = bank_levels.strokes(bank, voice.instrument, notes, spans)
        gains = _gains(score, strips[voice.group], voice, spans, dips)
        starts = heard[:, 0]
        lasting = np.maximum(heard[:, 1] - starts, _SHORTEST)
        power = energy / lasting * gains
        for moments, sign in ((starts, 1.0), (starts + lasting, -1.0)):
            at = np.clip(np.rint(moments / STEP).astype(int), 0, edges.shape[1] - 1)
            np.add.at(edges[voice.group], at, sign * power)
    return np.maximum(np.cumsum(edges, axis=1)[:, :-1], 0.0)


def energies(
    score: Score,
    bank: Bank,
    strips: Sequence[Strip],
    voices: Sequence[Voice],
    placings: Sequence[tuple[Powers, Powers]],
) -> Powers:
    """What these voices put on each strip, as Meter measures it; ``placings`` is what becomes of middle and side."""
    dips = ducking(score, round(score.duration * SAMPLE_RATE))
    total = np.zeros((len(strips), 2, len(bands.NAMES)))
    for voice in voices:
        notes = ringing(voice.part)
        if not notes:
            continue
        spans = seconds(score, np.array([(n.start, n.start + n.length) for n in notes]).ravel()).reshape(-1, 2)
        strip = strips[voice.group]
        gains = _gains(score, strip, voice, spans, dips)
        middle, side = bank_levels.spectrum(bank, voice.instrument, notes, spans, gains)
        of_middle, of_side = placings[voice.group]
        total[voice.group] += middle * of_middle + side * of_side
    return total


def _gains(
    score: Score, strip: Strip, voice: Voice, spans: bank_levels.Spans, dips: NDArray[np.float32]
) -> NDArray[np.float64]:
    """What comes of the energy of each note on its strip, before it is equalised; ``dips`` is the score's ducking."""
    level = 10 ** (-voice.attenuation / 10) * (_HELD if strip.drums else 1.0)
    gains = level * swells(score, voice.part, spans)
    if strip.duck and dips.any():
        gains *= _means((1.0 - strip.duck * dips.astype(np.float64)) ** 2, HOP / SAMPLE_RATE, spans)
    return gains


def swells(score: Score, part: Part, spans: bank_levels.Spans) -> NDArray[np.float64]:
    """What the part's expression leaves of each note's power: its controller squared is a gain."""
    moves = sorted((control.start, control.value) for control in part.controls if control.number == _EXPRESSION)
    if not moves:
        return np.ones(len(spans))
    times = np.arange(0.0, float(spans.max()) + _FINE, _FINE)
    moments = seconds(score, np.array([start for start, _ in moves]))
    values = np.array([_FULL, *(value for _, value in moves)])[np.searchsorted(moments, times, "right")]
    return _means((values / _FULL) ** 4, _FINE, spans)


def _means(curve: NDArray[np.float64], step: float, spans: bank_levels.Spans) -> NDArray[np.float64]:
    """The mean of a curve, which has a value for each ``step`` (seconds), over each of the spans."""
    summed = np.concatenate(([0.0], np.cumsum(curve)))
    starts = np.clip((spans[:, 0] / step).astype(int), 0, len(curve) - 1)
    ends = np.clip((spans[:, 1] / step).astype(int), starts + 1, len(curve))
    result: NDArray[np.float64] = (summed[ends] - summed[starts]) / (ends - starts)
    return result


def loudness(power: NDArray[np.float64]) -> float:
    """Gated loudness (LUFS) of a course or a stretch of it; −inf where nothing sounds."""
    windows = np.convolve(power, np.ones(_WINDOW) / _WINDOW, "valid") if len(power) >= _WINDOW else power
    audible = windows[windows > 1e-12]
    if not len(audible):
        return -math.inf
    loud = audible[audible > audible.mean() / 10 ** (_GATE / 10)]
    return OFFSET + 10 * math.log10(float(loud.mean()))


def _wet(score: Score, strips: Sequence[Strip]) -> Powers:
    """What a Forecast has as ``wet``."""
    room, echo = _answers(score.mix.space, 60.0 / score.tempos[0].bpm)
    return np.array([strip.room**2 * room + strip.echo**2 * echo for strip in strips])


@lru_cache(maxsize=32)
def _answers(space: str, beat: float) -> tuple[Powers, Powers]:
    """The energy, middle and side by band, that room and echo make of one in each band of one channel."""
    return _passed(fft.rfft(rooms.room(space))), _passed(fft.rfft(rooms.echo(beat)))


def _passed(response: Spectrum) -> Powers:
    """The energy, middle and side by band, that is left of one in each band: what a response does on average."""
    result: Powers = _halves(response) / bands.sums(np.ones(response.shape[-1]))
    return result


def _halves(spectrum: Spectrum) -> Powers:
    """The power of middle and side by band."""
    halves = np.array((spectrum[0] + spectrum[1], spectrum[0] - spectrum[1]))
    return bands.sums(halves.real**2 + halves.imag**2) / 4
