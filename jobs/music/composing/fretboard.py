"""Chords that a hand can take on the neck of a guitar."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from jobs.music.composing.voicing import clear

STRINGS = (40, 45, 50, 55, 59, 64)  # pitches of the open strings
REACH = 3  # frets that a hand spans beyond its first finger
POSITIONS = 10  # up to which fret the first finger goes
FINGERS = 4
FEWEST = 3  # strings of a chord
ROOTLESS = 3.0  # semitones' worth of another tone than the root below
FULL = 0.7  # semitones' worth of a string more
WIDE = 4  # semitones by which the middle has to move before the hand does


@lru_cache(maxsize=4096)
def grip(tones: tuple[int, ...], low: int, high: int, centre: int) -> tuple[int, ...]:
    """The pitches of the chord on neighbouring strings, root below if it can be, as near to ``centre`` as can be.

    Empty, where no hand can take the chord between ``low`` and ``high``. The same chord is taken in the same way until
    the middle has moved by some semitones.
    """
    middle = round(centre / WIDE) * WIDE

    def cost(pitches: tuple[int, ...]) -> float:
        away = abs(sum(pitches) / len(pitches) - middle)
        return away + ROOTLESS * (pitches[0] % 12 != tones[0]) - FULL * len(pitches)

    return min(_grips(tones, low, high), key=cost, default=())


@lru_cache(maxsize=4096)
def _grips(tones: tuple[int, ...], low: int, high: int) -> tuple[tuple[int, ...], ...]:
    found = dict.fromkeys(
        pitches
        for position in range(POSITIONS)
        for pitches in _in_position(tones, position)
        if pitches[0] >= low and pitches[-1] <= high
    )
    return tuple(found)


def _in_position(tones: tuple[int, ...], position: int) -> Iterator[tuple[int, ...]]:
    """The chord with the first finger at that fret (0: open strings), on all runs of neighbouring strings."""
    first = max(1, position)
    frets = [
        next(
            (f for f in (*((0,) if not position else ()), *range(first, first + REACH + 1)) if (s + f) % 12 in tones),
            -1,
        )
        for s in STRINGS
    ]
    needed = set(tones[:4])
    for lowest in range(len(STRINGS) - FEWEST + 1):
        for highest in range(lowest + FEWEST, len(STRINGS) + 1):
            held = frets[lowest:highest]
            pitches = tuple(STRINGS[lowest + index] + fret for index, fret in enumerate(held))
            barre = first in held and 0 not in held
            fingers = 1 + sum(fret > first for fret in held) if barre else sum(fret > 0 for fret in held)
            complete = needed <= {pitch % 12 for pitch in pitches}
            rising = all(one < other for one, other in zip(pitches, pitches[1:], strict=False))
            if min(held) >= 0 and fingers <= FINGERS and complete and rising and clear(pitches):
                yield pitches
