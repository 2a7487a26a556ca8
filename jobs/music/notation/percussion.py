"""Drums on paper: where each is written on the staff, with which head."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jobs.music.notation.quantise import DIVISIONS, Event
from jobs.music.score import Part


@dataclass(frozen=True, slots=True)
class Drum:
    """``step`` and ``octave`` as on a treble staff; ``head``: "" is the ordinary one."""

    name: str
    step: str
    octave: int
    head: str = ""


DRUMS = {
    35: Drum("Bass drum", "F", 4), 36: Drum("Kick", "F", 4), 37: Drum("Side stick", "C", 5, "x"),
    38: Drum("Snare", "C", 5), 39: Drum("Clap", "C", 5, "x"), 40: Drum("Brush", "C", 5, "slash"),
    41: Drum("Floor tom", "A", 4), 42: Drum("Hi-hat", "G", 5, "x"), 43: Drum("High floor tom", "A", 4),
    44: Drum("Pedal hi-hat", "D", 4, "x"), 45: Drum("Low tom", "B", 4), 46: Drum("Open hi-hat", "G", 5, "circle-x"),
    47: Drum("Mid tom", "D", 5), 48: Drum("High mid tom", "D", 5), 49: Drum("Crash", "A", 5, "x"),
    50: Drum("High tom", "E", 5), 51: Drum("Ride", "F", 5, "x"), 52: Drum("China", "A", 5, "circle-x"),
    53: Drum("Ride bell", "F", 5, "diamond"), 54: Drum("Tambourine", "B", 5, "x"),
    55: Drum("Splash", "B", 5, "diamond"),
    56: Drum("Cowbell", "E", 5, "triangle"), 57: Drum("Second crash", "A", 5, "x"),
}  # fmt: skip
_OTHERS = {
    60: "High bongo", 61: "Low bongo", 62: "Muted conga", 63: "High conga", 64: "Low conga", 65: "High timbale",
    66: "Low timbale", 67: "High agogo", 69: "Cabasa", 70: "Maracas", 73: "Guiro", 75: "Claves", 76: "Wood block",
    81: "Triangle", 82: "Shaker",
}  # fmt: skip


def drum(key: int) -> Drum:
    """How a General MIDI percussion key is written; what has no place of its own lies on the middle line."""
    return DRUMS.get(key) or Drum(_OTHERS.get(key, f"Percussion {key}"), "B", 4, "x")


def used(part: Part) -> list[int]:
    """The keys that a part strikes, ascending."""
    return sorted({note.pitch for note in part.notes})


def merged(events: Iterable[Event]) -> list[Event]:
    """One voice: what is struck together is one event, until the next stroke or the end of its beat."""
    struck: dict[int, set[int]] = {}
    for event in events:
        struck.setdefault(event.start, set()).update(event.pitches)
    starts = sorted(struck)
    ends = [min(after, (start // DIVISIONS + 1) * DIVISIONS) for start, after in zip(starts, starts[1:], strict=False)]
    ends += [(starts[-1] // DIVISIONS + 1) * DIVISIONS] if starts else []
    return [Event(start, end, tuple(sorted(struck[start]))) for start, end in zip(starts, ends, strict=True)]
