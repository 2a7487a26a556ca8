"""Notes as a person writes them: ``1: C4 1, E4 0.5, - 0.5, 4: G4 1 v96``.

A note is its pitch (C4 is MIDI 60) and its length in beats. It follows the one before, or comes at the beat in front
of it, counted from 1; ``-`` is a rest. ``v`` and a number from 1 to 127: how loud. Between notes stands a comma, a bar
line or the end of a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jobs.music.score import Note
from jobs.music.theory import pitch_name

USUAL_VELOCITY = 88
LATEST, LONGEST = 256, 64  # beats at which a note may begin, and that it may last
REST = "-"
_BETWEEN = re.compile(r"[,|\n]")
_NOTE = re.compile(
    r"(?:(?P<beat>\d{1,4}(?:\.\d{1,6})?) ?: ?)?(?P<pitch>[A-Ga-g][#b♯♭]?-?\d{1,2}|-)"
    r"(?: (?P<length>\d{1,4}(?:\.\d{1,6})?))?(?: v(?P<velocity>\d{1,3}))?"
)
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"#": 1, "♯": 1, "b": -1, "♭": -1}


def read_notes(text: str) -> list[Note]:
    """The notes of a text, from its first beat, in their order. Raise ValueError for the first that is none."""
    notes: list[Note] = []
    now = 0.0
    for written in (" ".join(word.split()) for word in _BETWEEN.split(text)):
        if not written:
            continue
        match = _NOTE.fullmatch(written)
        if match is None:
            raise ValueError(f"{written[:20]!r} is not a note")
        start = float(match["beat"]) - 1 if match["beat"] else now
        length = float(match["length"] or 1)
        velocity = int(match["velocity"] or USUAL_VELOCITY)
        now = start + length
        if match["pitch"] == REST:
            continue
        pitch = _pitch(match["pitch"])
        if not (0 <= start <= LATEST and 0 < length <= LONGEST and 0 <= pitch <= 127 and 1 <= velocity <= 127):
            raise ValueError(f"{written[:20]!r} is not a note")
        notes.append(Note(start, length, pitch, velocity))
    return sorted(notes)


def write_notes(notes: Sequence[Note], bar: float, tonic: int, mode: str) -> str:
    """The notes as a text that ``read_notes`` takes back, a line for each bar of so many beats; a rest for none."""
    bars: dict[int, list[str]] = {}
    for note in notes:
        text = f"{_number(note.start + 1)}: {name_of(note.pitch, tonic, mode)} {_number(note.length)}"
        loud = "" if note.velocity == USUAL_VELOCITY else f" v{note.velocity}"
        bars.setdefault(int((note.start + 1e-6) // bar), []).append(text + loud)
    return "\n".join(", ".join(texts) for _number_of_bar, texts in sorted(bars.items())) or REST


def name_of(pitch: int, tonic: int, mode: str) -> str:
    """ "Eb4", as the key's signature has it."""
    return f"{pitch_name(pitch % 12, tonic, mode)}{pitch // 12 - 1}"


def _pitch(name: str) -> int:
    sign = _SIGNS.get(name[1], 0)
    return _STEPS[name[0].upper()] + sign + 12 * (int(name[1 + bool(sign) :]) + 1)


def _number(beats: float) -> str:
    return f"{beats:.4f}".rstrip("0").rstrip(".")
