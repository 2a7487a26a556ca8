"""The score as a picture: a piano roll in SVG, coloured by part, with a line where each section begins.

It is as wide and as high as a page likes, so it holds no words: those would be stretched, and in one language.
Colours suit a light and a dark ground. They are attributes, with classes (``part-0`` … ``part-7``) by which a page may
choose others: no style element, which a strict content policy would refuse.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import numpy as np

from jobs.music.files.tags import clean
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Part, Score
from jobs.music.sound.synth import seconds

WIDTH, _ROW, _HEAD = 1600, 5, 10  # units of the picture; a row is a semitone
_HUES = (210, 28, 150, 280, 345, 55, 185, 100)
_DRUM_ROWS = 3  # kick, snare, all others
_KICKS, _SNARES = {35, 36}, {37, 38, 39, 40}


def svg(score: Score) -> str:
    """The picture as text; what comes after ``score.duration`` lies outside of it."""
    parts = [part for part in score.parts if part.notes]
    pitches = [note.pitch for part in parts if not _is_drums(part) for note in part.notes] or [60]
    low, high = min(pitches) - 1, max(pitches) + 1
    floor = _HEAD + (high - low + 1) * _ROW
    height = floor + (_DRUM_ROWS + 1) * _ROW * any(map(_is_drums, parts))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="roll" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' preserveAspectRatio="none"><title>{_text(score.title)}</title>',
        '<g stroke="#808080" stroke-opacity=".35">',
    ]
    begins = _columns(score, [section.start for section in score.sections])
    lines += [
        f'<path d="M{at} 0V{height}"><title>{_text(section.name)}</title></path>'
        for section, at in zip(score.sections, begins, strict=True)
    ]
    lines.append(f'</g><g fill="none" stroke-width="{_ROW - 1}">')
    for index, part in enumerate(parts):
        rows = _drum_rows(part, floor) if _is_drums(part) else [_HEAD + (high - n.pitch) * _ROW for n in part.notes]
        starts = _columns(score, [note.start for note in part.notes])
        ends = _columns(score, [note.start + note.length for note in part.notes])
        bars = dict.fromkeys(
            f"M{start} {row}h{max(end - start, 2)}" for start, end, row in zip(starts, ends, rows, strict=True)
        )
        colour, name = index % len(_HUES), _text(part.name)
        lines.append(
            f'<path class="part-{colour}" stroke="hsl({_HUES[colour]} 65% 50%)" data-part="{name}" d="{"".join(bars)}">'
            f"<title>{name}</title></path>"
        )
    return "\n".join([*lines, "</g></svg>\n"])


def write(score: Score, path: Path) -> None:
    path.write_text(svg(score), encoding="utf-8")


def _is_drums(part: Part) -> bool:
    return INSTRUMENTS[part.instrument].drums


def _drum_rows(part: Part, floor: int) -> list[int]:
    rows = (2 if n.pitch in _KICKS else 1 if n.pitch in _SNARES else 0 for n in part.notes)
    return [floor + (row + 1) * _ROW for row in rows]


def _columns(score: Score, beats: list[float]) -> list[int]:
    found = seconds(score, np.array(beats, np.float64)) * (WIDTH / score.duration)
    return [int(column) for column in np.rint(found)]


def _text(text: str) -> str:
    return escape(clean(text), quote=True)
