"""A tune that a person gives: its notes, checked and made one line, and the key that it is in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.music.theory import MINOR_THIRD, SCALES

MAX_NOTES = 2000
MAX_SECONDS = 300.0
LOWEST, HIGHEST = 21, 108  # MIDI numbers: the keys of a piano
USUAL_TEMPO, USUAL_METRE = 120.0, "4/4"  # where nothing is said, as in MIDI files
USUAL_VELOCITY = 80
SLOWEST, FASTEST = 40.0, 240.0  # beats a minute; beyond, the same notes are written twice as long or short
LONGEST_NAME = 80  # characters
TOGETHER = 1 / 32  # beats within which notes are struck at once
OVERLAP = 0.5  # share of a note that may lie under a higher one, as where somebody plays legato
RELEASED = 0.5  # beats by which a last note may reach into another bar

# How much each degree belongs to a key, by listeners (Krumhansl and Kessler 1982).
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
HELD = 2.0  # beats beyond which a note weighs no more
CLOSE, OPENING = 0.2, 0.05  # what it adds to a key that the tune ends, begins on its tonic
CLEARLY = 0.05  # share of the tune that another mode must explain better than plain major or minor


class BadTune(ValueError):
    """The tune cannot be played; the message is a sentence for people."""


@dataclass(frozen=True, slots=True, order=True)
class GivenNote:
    """``start`` and ``length`` in beats (quarter notes) from the first bar line."""

    start: float
    length: float
    pitch: int  # MIDI number
    velocity: int = USUAL_VELOCITY  # 1 … 127


@dataclass(frozen=True, slots=True)
class GivenTune:
    """One line of notes, each ended when the next begins. ``name``: of the file, "" where it came without one.

    ``tempo`` (quarter notes a minute) and ``metre`` ("5/4") are None where they were not given. ``notices``: codes of
    what was done to make a tune of what was given.
    """

    notes: tuple[GivenNote, ...]
    name: str = ""
    tempo: float | None = None
    metre: str | None = None
    notices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; ``from_json`` takes it back."""
        return {
            "name": self.name,
            "tempo": self.tempo,
            "metre": self.metre,
            "notices": list(self.notices),
            "notes": [[note.pitch, note.start, note.length, note.velocity] for note in self.notes],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GivenTune:
        """Raise BadTune for what ``tune_of`` would not take, and for another shape."""
        try:
            notes = [GivenNote(start, length, pitch, velocity) for pitch, start, length, velocity in data["notes"]]
            tempo, metre, name, notices = (data.get(key) for key in ("tempo", "metre", "name", "notices"))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise BadTune("The melody is not in the shape in which notes are given.") from error
        return tune_of(notes, name=name or "", tempo=tempo, metre=metre, notices=tuple(notices or ()))


@dataclass(frozen=True, slots=True)
class Key:
    """``tonic``: a pitch class; ``mode``: a name of ``theory.SCALES``."""

    tonic: int
    mode: str


def tune_of(
    notes: Iterable[GivenNote],
    *,
    name: str = "",
    tempo: float | None = None,
    metre: str | None = None,
    notices: Sequence[str] = (),
) -> GivenTune:
    """The notes as a tune: of several at once the highest. Raise BadTune saying what is wrong."""
    given = list(notes)
    if not given:
        raise BadTune("There is not one note in the melody.")
    if len(given) > MAX_NOTES:
        raise BadTune(f"The melody has more than {MAX_NOTES} notes.")
    for note in given:
        _check(note)
    factor, tempo = _written(tempo)
    line = _top_line(sorted(given))
    written = tuple(
        GivenNote(_round(note.start * factor), max(0.01, _round(note.length * factor)), note.pitch, note.velocity)
        for note in line
    )
    end = max(note.start + note.length for note in written)
    if end * 60 / (tempo or USUAL_TEMPO) > MAX_SECONDS:
        raise BadTune("The melody is longer than 5 minutes.")
    told = [*notices, "tune_top_line"] if len(line) < len(given) else notices
    return GivenTune(written, name[:LONGEST_NAME], tempo, metre, tuple(dict.fromkeys(told)))


def _check(note: GivenNote) -> None:
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in (note.pitch, note.velocity))
    times = (note.start, note.length)
    real = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in times)
    if not whole or not real:
        raise BadTune("The melody is not in the shape in which notes are given.")
    if not LOWEST <= note.pitch <= HIGHEST:
        raise BadTune(f"The melody has notes outside a piano's keys, from {LOWEST} to {HIGHEST} in MIDI numbers.")
    if not 1 <= note.velocity <= 127:
        raise BadTune("The velocity of a note is from 1 to 127.")
    if note.start < 0 or note.length <= 0:
        raise BadTune("A note of the melody starts before its beginning, or has no length.")
    if note.start + note.length > MAX_SECONDS * FASTEST * 4:
        raise BadTune("The melody is longer than 5 minutes.")


def _written(tempo: float | None) -> tuple[float, float | None]:
    """By what to multiply beats, so that the tempo is one that people count in, and that tempo."""
    if tempo is None:
        return 1.0, None
    if isinstance(tempo, bool) or not isinstance(tempo, int | float) or not math.isfinite(tempo) or tempo <= 0:
        raise BadTune("The tempo of the melody is not a number of beats a minute.")
    if not 1 <= tempo <= 2000:
        raise BadTune("Nobody can count the tempo of the melody.")
    factor = 1.0
    while tempo > FASTEST:
        tempo, factor = tempo / 2, factor / 2
    while tempo < SLOWEST:
        tempo, factor = tempo * 2, factor * 2
    return factor, round(tempo, 2)


def _top_line(notes: Sequence[GivenNote]) -> list[GivenNote]:
    """Of notes struck together the highest, nothing that lies mostly under a higher one, each ended by the next."""
    line: list[GivenNote] = []
    for note in notes:
        if line and note.start - line[-1].start < TOGETHER:
            if note.pitch > line[-1].pitch:
                line[-1] = note
            continue
        under = bool(line) and line[-1].pitch > note.pitch
        if under and line[-1].start + line[-1].length - note.start > OVERLAP * note.length:
            continue
        line.append(note)
    ends = [note.start for note in line[1:]] + [math.inf]
    return [
        GivenNote(note.start, min(note.length, end - note.start), note.pitch, note.velocity)
        for note, end in zip(line, ends, strict=True)
    ]


def _round(beats: float) -> float:
    return round(beats, 4)


def find_key(tune: GivenTune) -> Key:
    """The key whose profile goes best with how long each pitch class sounds; church modes where they say more."""
    weights = [0.0] * 12
    for note in tune.notes:
        weights[note.pitch % 12] += min(note.length, HELD)
    first, last = tune.notes[0].pitch % 12, tune.notes[-1].pitch % 12
    best, tonic, minor = -math.inf, 0, False
    for root in range(12):
        turned = weights[root:] + weights[:root]
        for profile, is_minor in ((MAJOR, False), (MINOR, True)):
            fit = _correlation(turned, profile) + CLOSE * (last == root) + OPENING * (first == root)
            if fit > best:
                best, tonic, minor = fit, root, is_minor
    degrees = weights[tonic:] + weights[:tonic]
    small, large = degrees[3], degrees[4]  # the thirds say more than the whole profile
    return Key(tonic, _mode(degrees, small > large if small != large else minor))


def _mode(weights: Sequence[float], minor: bool) -> str:
    """Of the modes with that third the plain one, unless another holds clearly more of the tune."""
    alike = [mode for mode in SCALES if (mode in MINOR_THIRD) == minor]
    held = {mode: sum(weights[step] for step in SCALES[mode]) for mode in alike}
    if minor:  # the leading note belongs to minor
        held["minor"] = max(held["minor"], held["minor"] + weights[11] - weights[10])
    plain = "minor" if minor else "major"
    best = max(alike, key=lambda mode: (held[mode], mode == plain))
    return best if held[best] > held[plain] + CLEARLY * sum(weights) else plain


def _correlation(weights: Sequence[float], profile: Sequence[float]) -> float:
    mean, middle = sum(weights) / 12, sum(profile) / 12
    pairs = [(weight - mean, share - middle) for weight, share in zip(weights, profile, strict=True)]
    spread = math.sqrt(sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs))
    return sum(a * b for a, b in pairs) / spread if spread else 0.0


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a tune lies among bar lines. ``origin``: the beat of its first bar line; ``bars`` from there on.

    What comes before the origin is an upbeat.
    """

    origin: float
    bars: int
    upbeat: bool


def extent(tune: GivenTune, bar: float) -> Extent:
    """The tune's place among bars of so many beats; empty bars before it do not count, and three are four."""
    first = tune.notes[0].start
    origin = first // bar * bar
    upbeat = first - origin >= bar / 2
    origin += bar if upbeat else 0.0
    last = tune.notes[-1]
    begun = math.floor((last.start - origin) / bar) + 1
    held = math.ceil((last.start + last.length - RELEASED - origin) / bar)
    bars = max(1, begun, held)
    return Extent(origin, bars + (bars % 4 == 3), upbeat)
