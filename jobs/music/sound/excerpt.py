"""A section of a score as a score of its own: from a beat before it to the end of its room."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobs.music.score import Control, Part, Score, Section, Tempo
from jobs.music.sound.rooms import ROOMS

MOST_SECONDS = 45.0  # of a section that are heard; a longer one ends at a bar
_LEAD = 1.0  # beats that are heard before it
_LONGEST_RING = 4.0  # seconds that notes and room are heard after it
_RING_STEP = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``score`` begins ``lead`` seconds before the section, which begins at ``start`` in the piece.

    ``start_beat`` and ``end_beat`` are where the excerpt's notes begin, in beats of the piece.
    """

    score: Score
    start_beat: float
    end_beat: float
    start: float
    lead: float
    length: float  # seconds of the section that are heard
    bars: int  # of these

    def of(self, part: Part) -> Part:
        """What a part of the piece plays here."""
        until = self.end_beat + self.score.beats  # more than it rings
        before: dict[int, Control] = {}
        for control in sorted(part.controls):
            if control.start <= self.start_beat:
                before[control.number] = replace(control, start=0.0)
        later = tuple(
            replace(control, start=control.start - self.start_beat)
            for control in part.controls
            if self.start_beat < control.start < until
        )
        notes = tuple(
            replace(note, start=note.start - self.start_beat)
            for note in part.notes
            if self.start_beat <= note.start < self.end_beat
        )
        return replace(part, notes=notes, controls=(*before.values(), *later))

    def beside(self, part: Part) -> Part:
        """What a part of the piece plays before and after it."""
        return replace(part, notes=tuple(n for n in part.notes if not self.start_beat <= n.start < self.end_beat))


def excerpt(score: Score, number: int) -> Excerpt:
    """The section of that number, counted from 0. Raise ValueError where the score has no such section."""
    if not 0 <= number < len(score.sections):
        raise ValueError(f"section: the piece has {len(score.sections)} sections, counted from 0")
    section = score.sections[number]
    start_beat, end_beat = max(section.start - _LEAD, 0.0), _end(score, section)
    start, begins, ends = (score.seconds(beat) for beat in (section.start, start_beat, end_beat))
    is_last = number == len(score.sections) - 1 and end_beat >= section.start + section.length
    ring = score.duration - ends if is_last else _ring(score, start_beat, end_beat)
    bars = round((end_beat - section.start) * max(section.bars, 1) / section.length)
    cut = Excerpt(score, start_beat, end_beat, start, start - begins, ends - start, bars)
    of_score = replace(
        score,
        tempos=_tempos(score.tempos, start_beat),
        sections=_around(score.sections, number, start_beat),
        chords=(),
        beats=end_beat - start_beat,
        duration=ends - begins + max(ring, 0.0),
        fade_out=score.fade_out if is_last else 0.0,
        loop=None,
    )
    cut = replace(cut, score=of_score)
    return replace(cut, score=replace(of_score, parts=tuple(cut.of(part) for part in score.parts)))


def section_at(score: Score, seconds: float) -> int:
    """The number of the section that sounds at that moment of the piece: the first before it, the last after it."""
    begun = [at for at, section in enumerate(score.sections) if score.seconds(section.start) <= seconds + 1e-6]
    return begun[-1] if begun else 0


def _end(score: Score, section: Section) -> float:
    """The beat at which what is heard of the section ends: its end, or the last bar line within MOST_SECONDS."""
    bar = section.length / max(section.bars, 1)
    start = score.seconds(section.start)
    for bars in range(section.bars, 1, -1):
        end = section.start + bars * bar
        if score.seconds(end) - start <= MOST_SECONDS:
            return end
    return section.start + bar


def _ring(score: Score, start_beat: float, end_beat: float) -> float:
    """Seconds from the end of the section to the end of its notes and its room, in steps.

    A last note that gets a little longer does not have everybody played anew.
    """
    ends = [
        note.start + note.length for part in score.parts for note in part.notes if start_beat <= note.start < end_beat
    ]
    notes = score.seconds(max(ends, default=end_beat)) - score.seconds(end_beat)
    ring = max(notes, 0.0) + max(ROOMS[score.mix.space].decay)
    return min(math.ceil(ring / _RING_STEP) * _RING_STEP, _LONGEST_RING)


def _tempos(tempos: Sequence[Tempo], start_beat: float) -> tuple[Tempo, ...]:
    begun = [tempo for tempo in tempos if tempo.start <= start_beat]
    later = [replace(tempo, start=tempo.start - start_beat) for tempo in tempos if tempo.start > start_beat]
    return (replace(begun[-1], start=0.0), *later)


def _around(sections: Sequence[Section], number: int, start_beat: float) -> tuple[Section, ...]:
    """The section between its neighbours: what the desk does at its edges depends on these."""
    near = sections[max(number - 1, 0) : number + 2]
    return tuple(replace(section, start=section.start - start_beat) for section in near)
