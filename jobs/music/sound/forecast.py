"""How loud a piece will be, and in which bands, when only a section of it is played.

From its notes and what the bank's sounds measure; what plays in the section tells how far that is off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from jobs.music.score import Part, Score
from jobs.music.sound import automation, bands, bank_levels, kept, rooms
from jobs.music.sound.bands import Powers
from jobs.music.sound.excerpt import Excerpt
from jobs.music.sound.filters import BINS, BLOCK, HOP, Samples, Spectrum
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
_TOGETHER = 0.1  # seconds after it began in which a tone still sounds when it comes back from the walls
LOOKED_AT = 2  # blocks of a piece, of the first of which the bus takes level, tone and width
_FINE = 0.05  # seconds: how closely swells are followed

# Of one transform of jobs.music.sound.filters, with the end of the block before it, to summed squares of both channels
# × seconds, as bank_levels has energies.
_ENERGY = 2 * 2 / (2 * (BINS - 1)) * BLOCK / (2 * (BINS - 1)) / SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What a piece has beside its section: ``energy`` of middle and side by band (2, bands), in so many ``seconds``.

    ``gated``: LU by which the gates of its measure raise the loudness of the piece.
    """

    energy: Powers
    seconds: float
    gated: float = 0.0


class Meter:
    """The energy of each strip by band, (strips, middle and side, bands), as the desk leaves it."""

    def __init__(self, strips: int) -> None:
        self.energy = np.zeros((strips, 2, len(bands.NAMES)))

    def __call__(self, strip: int, spectrum: Spectrum) -> None:
        self.energy[strip] += _ENERGY * _halves(spectrum)


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Of a piece and a section of it, by strip.

    ``evidence``: how many notes the section has, and how many seconds these last, together. ``section`` and ``beside``,
    what the piece has beside it: energies as Meter has them; ``wet``: what rooms and echoes add to the latter.
    ``courses``: K-weighted power at each STEP of the piece.
    """

    evidence: NDArray[np.float64]
    section: Powers
    beside: Powers
    wet: Powers
    courses: NDArray[np.float64]
    seconds: float  # of the piece beside the section

    @property
    def name(self) -> str:
        """Of everything that is forecast, to keep by it what was made with it."""
        values = (self.evidence, self.section, self.beside, self.wet, self.courses)
        return kept.digest(*(value.tobytes() for value in values), self.seconds)

    def rest(self, energy: Powers) -> Rest:
        """What the piece has beside its section, whose strips measured ``energy``."""
        off = self._off(energy, self.section, self.evidence[:, None, None])
        rest = off * self.beside + off[:, :1] * self.wet
        power = self._off(energy.sum(axis=(1, 2)), self.section.sum(axis=(1, 2)), self.evidence) @ self.courses
        gated = loudness(power) - OFFSET - 10 * math.log10(max(float(power.mean()), 1e-20))
        return Rest(np.maximum(rest.sum(axis=0), 0.0), self.seconds, max(gated, 0.0))

    @staticmethod
    def _off(measured: Powers, expected: Powers, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """What to multiply a forecast by, for what was measured where it had expected that."""
        played = (measured > 0) & (expected > 0)
        ratio = np.where(played, measured, 1.0) / np.where(played, expected, 1.0)
        return np.clip(ratio, 1 / _MOST_OFF, _MOST_OFF) ** (evidence / (evidence + _SURE))


def forecast(
    score: Score, cut: Excerpt, bank: Bank, strips: Sequence[Strip], voices: Sequence[Voice], played: Sequence[Voice]
) -> Forecast:
    """Of the ``score``, whose ``voices`` play on these strips, and a section of it, in which they are ``played``."""
    section = cut.score
    evidence = np.zeros(len(strips))
    for voice in played:
        lengths = (section.seconds(note.start + note.length) - section.seconds(note.start) for note in voice.part.notes)
        evidence[voice.group] += len(voice.part.notes) + sum(lengths)
    beside = [replace(voice, part=cut.beside(voice.part)) for voice in voices]
    unheard = {strip.name for strip, known in zip(strips, evidence, strict=True) if known < _SURE}
    of_rest = energies(score, bank, strips, beside, looked_at(score.duration), unheard)
    return Forecast(
        evidence,
        bands.of_semitones(energies(section, bank, strips, played)),
        bands.of_semitones(of_rest),
        bands.of_semitones(of_rest[:, :1] * _wet(score, strips)),
        courses(score, bank, strips, voices),
        max(score.duration - section.duration, 0.0),
    )


def courses(score: Score, bank: Bank, strips: Sequence[Strip], voices: Sequence[Voice]) -> NDArray[np.float64]:
    """The power that is to be expected of each strip, (strips, STEPs of the score)."""
    frames = round(score.duration * SAMPLE_RATE)
    dips, rides = ducking(score, frames), automation.rides(score, -(-frames // HOP))
    edges = np.zeros((len(strips), math.ceil(score.duration / STEP) + 2))
    for voice in voices:
        notes = ringing(voice.part)
        if not notes:
            continue
        spans = seconds(score, np.array([(n.start, n.start + n.length) for n in notes]).ravel()).reshape(-1, 2)
        energy, heard = bank_levels.strokes(bank, voice.instrument, notes, spans)
        gains = _gains(score, strips[voice.group], voice, spans, dips, rides)
        starts = heard[:, 0]
        lasting = np.maximum(heard[:, 1] - starts, _SHORTEST)
        power = energy / lasting * gains
        for moments, sign in ((starts, 1.0), (starts + lasting, -1.0)):
            at = np.clip(np.rint(moments / STEP).astype(int), 0, edges.shape[1] - 1)
            np.add.at(edges[voice.group], at, sign * power)
    return np.maximum(np.cumsum(edges, axis=1)[:, :-1], 0.0)


def looked_at(duration: float) -> NDArray[np.float64]:
    """By how much a moment (a value each _FINE seconds) counts for the bus, which looks at some blocks of a piece."""
    blocks = np.arange(0.0, duration + _FINE, _FINE) * SAMPLE_RATE // BLOCK
    return np.where(blocks % LOOKED_AT == 0, float(LOOKED_AT), 0.0)


def energies(
    score: Score, bank: Bank, strips: Sequence[Strip], voices: Sequence[Voice],
    counts: NDArray[np.float64] | None = None, unheard: Set[str] = frozenset(),
) -> Powers:  # fmt: skip
    """What these voices put on each strip, by semitone (strips, middle and side, bands.KEYS), else as Meter has it.

    ``counts``: what each moment (a value each _FINE seconds) is multiplied by. ``unheard``: strips on which nothing
    corrects this, so that it is looked at closely.
    """
    frames = round(score.duration * SAMPLE_RATE)
    dips, rides = ducking(score, frames), automation.rides(score, -(-frames // HOP))
    placings = [(_passed(strip.placing.middle), _passed(strip.placing.side)) for strip in strips]
    total = np.zeros((len(strips), 2, len(bands.KEYS)))
    for voice in voices:
        notes = ringing(voice.part)
        if not notes:
            continue
        spans = seconds(score, np.array([(n.start, n.start + n.length) for n in notes]).ravel()).reshape(-1, 2)
        strip = strips[voice.group]
        gains = _gains(score, strip, voice, spans, dips, rides)
        if counts is not None:
            gains *= _means(counts, _FINE, bank_levels.strokes(bank, voice.instrument, notes, spans)[1])
        middle, side = bank_levels.spectrum_by_pitch(
            bank, voice.instrument, notes, spans, gains, closely=strip.name in unheard
        )
        of_middle, of_side = placings[voice.group]
        total[voice.group] += middle * of_middle + side * of_side
    return total


def _gains(
    score: Score,
    strip: Strip,
    voice: Voice,
    spans: bank_levels.Spans,
    dips: NDArray[np.float32],
    rides: NDArray[np.float32],
) -> NDArray[np.float64]:
    """What comes of the energy of each note on its strip, before it is equalised: ducked, and by its fader."""
    level = 10 ** (-voice.attenuation / 10) * (_HELD if strip.drums else 1.0)
    gains = level * swells(score, voice.part, spans)
    if strip.duck and dips.any():
        gains *= _means((1.0 - strip.duck * dips.astype(np.float64)) ** 2, HOP / SAMPLE_RATE, spans)
    if strip.ridden:
        gains *= _means(rides.astype(np.float64) ** 2, HOP / SAMPLE_RATE, spans)
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
    """What rooms and echoes add for each unit of a strip's middle (strips, middle and side, bands.KEYS)."""
    (room, together), (echo, _) = _answers(score.mix.space, 60.0 / score.tempos[0].bpm)
    return np.array([s.room**2 * room + 2 * s.room * together + s.echo**2 * echo for s in strips])


@lru_cache(maxsize=32)
def _answers(space: str, beat: float) -> tuple[tuple[Powers, Powers], tuple[Powers, Powers]]:
    """Of room and echo, middle and side by semitone: the energy that they make of one in each bin of one channel.

    And how far their middle goes with what still sounds: first reflections of a tone add to it or take away from it.
    """
    return _answer(rooms.room(space)), _answer(rooms.echo(beat))


def _answer(response: Samples) -> tuple[Powers, Powers]:
    size = fft.next_fast_len(2 * response.shape[-1], real=True)
    _, energy = bands.semitones(_power(fft.rfft(response, size)))
    first = fft.rfft(response[:, : round(_TOGETHER * SAMPLE_RATE)].sum(axis=0) / 2, size)
    _, together = bands.semitones(first.real.astype(np.float64))
    return energy, np.array((together, np.zeros(together.shape)))


def _passed(response: Spectrum) -> Powers:
    """The energy, middle and side by semitone, that is left of one: what a smooth response does there."""
    width = SAMPLE_RATE / 2 / (response.shape[-1] - 1)
    nearest = np.rint(bands.hertz(bands.KEYS) / width).astype(int)
    return _power(response[:, nearest])


def _halves(spectrum: Spectrum) -> Powers:
    """The power of middle and side by band."""
    return bands.sums(_power(spectrum))


def _power(spectrum: Spectrum) -> Powers:
    """The power of middle and side."""
    halves = np.array((spectrum[0] + spectrum[1], spectrum[0] - spectrum[1]))
    result: Powers = (halves.real**2 + halves.imag**2).astype(np.float64) / 4
    return result
