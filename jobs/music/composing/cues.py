"""Moments of a picture met: what is struck there is struck together, and louder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from jobs.music.brief import Cue
from jobs.music.composing.groove import without_overlaps
from jobs.music.score import CuePoint, Note, Part, Score, beat_at
from jobs.music.styles.reader import DRUM_KEYS

_NEAR = 0.15  # beats around a cue: what is struck there is struck together
_LOUDER, _LEAST, _STROKE = 14, 96, 116  # velocity
_ROLES = ("chords", "pad", "arpeggio", "melody", "counter")  # who strikes a chord, the first that is there
_CHORD = 1.5  # beats
_EARLIEST_END = 0.2  # seconds before the end after which nobody strikes


def cued(score: Score, cues: Sequence[Cue]) -> Score:
    """The score with its cues, and at those that are to be heard an accent of everybody who plays."""
    beats = [(beat_at(score.tempos, cue.at), cue.kind) for cue in cues if cue.at < score.duration - _EARLIEST_END]
    strokes = [beat for beat, kind in beats if kind != "calm"]
    if not strokes:
        return replace(score, cues=tuple(CuePoint(*row) for row in beats))
    striking = next((part.name for role in _ROLES for part in score.parts if part.role == role and part.notes), "")
    parts = tuple(_struck(part, score, strokes, with_chord=part.name == striking) for part in score.parts)
    return replace(score, parts=parts, cues=tuple(CuePoint(*row) for row in beats))


def _struck(part: Part, score: Score, strokes: Sequence[float], *, with_chord: bool) -> Part:
    notes = []
    for note in part.notes:
        stroke = next((beat for beat in strokes if abs(note.start - beat) <= _NEAR), None)
        if stroke is not None:
            end = max(note.start + note.length, stroke + 0.1)
            note = Note(stroke, end - stroke, note.pitch, min(max(note.velocity + _LOUDER, _LEAST), 127))
        notes.append(note)
    for stroke in strokes:
        notes += _added(part, score, stroke, with_chord=with_chord)
    return replace(part, notes=tuple(without_overlaps(notes)))


def _added(part: Part, score: Score, stroke: float, *, with_chord: bool) -> Iterator[Note]:
    """What a part strikes there besides what it plays."""
    there = {note.pitch for note in part.notes if abs(note.start - stroke) <= _NEAR}
    if part.role == "drums":
        keys = (DRUM_KEYS["kick"], DRUM_KEYS["crash"])
        yield from (Note(stroke, 0.25, key, _STROKE) for key in keys if key not in there)
    elif part.notes and (with_chord or (part.role == "bass" and not there)):
        chord = next((c for c in reversed(score.chords) if c.start <= stroke + 1e-6), score.chords[0])
        middle = median(note.pitch for note in part.notes)
        classes = (chord.root,) if part.role == "bass" else chord.pitches
        near = {round(middle) + (pitch - round(middle) + 6) % 12 - 6 for pitch in classes}
        yield from (Note(stroke, _CHORD, pitch, _STROKE - 8) for pitch in sorted(near - there))
