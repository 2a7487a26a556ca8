"""The rhythm of a phrase: bars from the table, ideas that return changed, pushes over the bar line, upbeats, breath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from random import Random

from jobs.music.composing.phrases import REST, Phrase
from jobs.music.styles.pattern import BAR_BEATS, HOLD, steps
from jobs.music.styles.rhythms import ByPlace
from jobs.music.styles.tune import Manner

USED = 0.2  # how much less likely a rhythm is that this tune had already
NARROW = 0.7  # how closely the number of notes follows what is wanted
UPBEATS = (
    (0.5,),
    (0.5, 0.5),
    (0.5, 0.5, 0.5),
    (1.0,),
    (1.0, 0.5),
    (0.25, 0.25),
    (0.5, 0.25, 0.25),
    (1.5, 0.5),
)  # beats
SHORTEST = 0.25  # beats


@dataclass(frozen=True, slots=True)
class Onset:
    """A note without its pitch. Beats from the bar line; ``source``: the pitch it had where its idea was invented."""

    at: float
    length: float
    source: int | None = None
    bar: int = 0  # of the phrase, to which it belongs even where it comes before its bar line


@dataclass(frozen=True, slots=True)
class BarRhythm:
    """The onsets of a bar; ``held``: beats by which it prolongs the note before it."""

    onsets: tuple[Onset, ...]
    held: float = 0.0


@dataclass(frozen=True, slots=True)
class Metre:
    """What a rhythm must know of the bar."""

    name: str
    pulse: float  # beats
    bar: float  # beats

    @property
    def half(self) -> float:
        """The shortest even part of a pulse: an eighth note."""
        return 0.5


def draw_bar(rows: ByPlace, stage: str, wanted: float, used: Sequence[str], metre: Metre, rng: Random) -> str:
    """A bar of the table with about ``wanted`` notes, rather one that was not there yet."""
    options = rows[stage]
    weights = [
        exp(-NARROW * abs(bar.count("x") - wanted)) * (USED ** used.count(bar)) * (0.5 if bar[0] == HOLD else 1.0)
        for bar in options
    ]
    return rng.choices(options, weights)[0]


def read_bar(pattern: str, metre: Metre) -> BarRhythm:
    onsets = tuple(Onset(step.at, step.length) for step in steps(pattern, metre.name, metre.name)[0])
    held = len(pattern) - len(pattern.lstrip(HOLD))
    return BarRhythm(onsets, held * BAR_BEATS[metre.name] / len(pattern))


def varied(bar: BarRhythm, metre: Metre, rng: Random) -> BarRhythm:
    """The same idea with one thing changed: a note divided, two joined, or one that comes earlier or later."""
    onsets = list(bar.onsets)
    long = [i for i, onset in enumerate(onsets) if onset.length >= 2 * metre.half]
    weak = [i for i, onset in enumerate(onsets) if i and onset.at % metre.pulse and onset.length <= metre.pulse]
    way = rng.choice(("divide", "divide", "join", "shift"))
    if way == "divide" and long:
        place = rng.choice(long)
        onset = onsets[place]
        first = onset.length * 0.75 if onset.length <= 1.0 and rng.random() < 0.4 else onset.length / 2
        first = max(SHORTEST, first)
        onsets[place : place + 1] = [
            replace(onset, length=first),
            Onset(onset.at + first, onset.length - first),
        ]
    elif way == "join" and weak and len(onsets) > 2:
        place = rng.choice(weak)
        gone = onsets.pop(place)
        before = onsets[place - 1]
        onsets[place - 1] = replace(before, length=gone.at + gone.length - before.at)
    elif onsets:
        place = rng.randrange(len(onsets))
        onset = onsets[place]
        if onset.length >= 2 * metre.half:
            onsets[place] = replace(onset, at=onset.at + metre.half, length=onset.length - metre.half)
            if place and abs(onsets[place - 1].at + onsets[place - 1].length - onset.at) < 1e-6:
                onsets[place - 1] = replace(onsets[place - 1], length=onsets[place - 1].length + metre.half)
    return BarRhythm(tuple(onsets), bar.held)


def phrase_rhythm(phrase: Phrase, bars: Sequence[BarRhythm], metre: Metre, manner: Manner, rng: Random) -> list[Onset]:
    """The bars joined: notes held and pushed over bar lines, an upbeat, air in the middle. Beats from the phrase."""
    joined: list[Onset] = []
    for index, (place, bar) in enumerate(zip(phrase.places, bars, strict=True)):
        start = index * metre.bar
        if place.idea == REST:
            continue
        if bar.held and joined and abs(joined[-1].at + joined[-1].length - start) < 1e-6:
            joined[-1] = replace(joined[-1], length=joined[-1].length + bar.held)
        onsets = [replace(onset, at=onset.at + start, bar=index) for onset in bar.onsets]
        if joined and onsets and onsets[0].at == start and rng.random() < manner.push:
            _push(joined, onsets, metre)
        joined += onsets
    if len(bars) >= 3 and rng.random() < manner.breath:
        _breathe(joined, 2 * metre.bar, metre, rng)
    early, late = rng.random() < manner.pickup, rng.random() < manner.breath
    if joined and joined[0].at == 0.0 and early:
        return [*_upbeat(metre, rng), *joined]
    if joined and joined[0].at == 0.0 and late and joined[0].length >= 2 * metre.half:
        by = metre.half if joined[0].length <= metre.pulse else rng.choice((metre.half, metre.pulse))
        joined[0] = replace(joined[0], at=by, length=joined[0].length - by)
    return joined


def _push(joined: list[Onset], onsets: list[Onset], metre: Metre) -> None:
    """The downbeat comes half a pulse early and is tied over the bar line."""
    first, before = onsets[0], joined[-1]
    if before.at > first.at - 2 * metre.half + 1e-6:
        return
    onsets[0] = replace(first, at=first.at - metre.half, length=first.length + metre.half)
    joined[-1] = replace(before, length=min(before.length, onsets[0].at - before.at))


def _breathe(joined: list[Onset], line: float, metre: Metre, rng: Random) -> None:
    """The last note before that bar line ends early, and the one after it may come late."""
    late = rng.random() < 0.5
    for index, onset in enumerate(joined):
        end = onset.at + onset.length
        if line - metre.bar / 2 <= onset.at < line - 1e-6 <= end and onset.length >= 2 * metre.half:
            air = metre.half if onset.length <= metre.pulse else metre.pulse
            joined[index] = replace(onset, length=min(end, line) - air - onset.at)
            after = joined[index + 1] if index + 1 < len(joined) else None
            if late and after and after.at == line and after.length >= 2 * metre.half:
                by = metre.half if after.length <= metre.pulse else metre.pulse
                joined[index + 1] = replace(after, at=line + by, length=after.length - by)
            return


def _upbeat(metre: Metre, rng: Random) -> list[Onset]:
    lengths = rng.choice(UPBEATS)
    at = -sum(lengths)
    onsets = []
    for length in lengths:
        onsets.append(Onset(at, length))
        at += length
    return onsets
