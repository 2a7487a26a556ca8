"""A piece that ends where it begins: what of it is repeated, and what is heard before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from math import ceil
from typing import TypeVar

from jobs.music.brief import Brief
from jobs.music.score import RING, TICKS, Chord, Control, Loop, Note, Part, Score, Section
from jobs.music.styles.pattern import BAR_BEATS

_NEAR = 1e-6  # beats, and seconds
_EARLY = 0.2  # beats

Row = TypeVar("Row", Note, Control, Chord, Section)


def looped(score: Score, brief: Brief) -> Score:
    """The score as the loop that the brief orders; itself where it orders none, or a person has given it an ending.

    Behind an intro the first bars of what is repeated come once more at the end, at least RING long: there it may begin
    anew, with the same music still ringing as where it began.
    """
    if not brief.loop or abs(score.duration - score.seconds(score.beats)) > _NEAR:
        return score
    opens = brief.intro > 0 and len(score.sections) > 1 and score.sections[0].name == "intro"
    if not opens:
        return replace(score, loop=Loop(0.0, 0.0))
    first, bar = score.sections[0].length, BAR_BEATS[brief.metre]
    end = score.beats + ceil(RING * score.tempos[0].bpm / 60 / bar) * bar

    score = replace(score, parts=tuple(_parted(part, first) for part in score.parts))

    def again(rows: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(chain(rows, _again(rows, first, score.beats, end)))

    sections = (_cut(section, end) for section in again(score.sections))
    return replace(
        score,
        parts=tuple(
            replace(part, notes=tuple(_cut(n, end) for n in again(part.notes)), controls=again(part.controls))
            for part in score.parts
        ),
        sections=tuple(replace(section, bars=round(section.length / bar)) for section in sections),
        chords=tuple(_cut(chord, end) for chord in again(score.chords)),
        beats=end,
        duration=score.seconds(end),
        loop=Loop(first + end - score.beats, first),
    )


def _parted(part: Part, first: float) -> Part:
    """The part without notes over the seam: those that hands play a little early begin there, others end there."""
    notes = []
    for note in part.notes:
        if note.start < first < note.start + note.length:
            early = first - note.start < _EARLY
            note = replace(note, start=first) if early else replace(note, length=first - note.start)
        notes.append(note)
    return replace(part, notes=tuple(notes))


def _again(rows: Sequence[Row], first: float, last: float, end: float) -> Iterator[Row]:
    """What is between ``first`` and ``last`` once more behind it, as often as it takes to reach the ``end``."""
    for lap in range(1, ceil((end - last) / (last - first)) + 1):
        later = lap * (last - first)
        for row in rows:
            if first - _NEAR <= row.start < last - _NEAR and row.start + later < end - 1 / TICKS:
                yield replace(row, start=row.start + later)


def _cut(row: Row, end: float) -> Row:
    if isinstance(row, Control):
        return row
    return replace(row, length=min(row.length, end - row.start))
