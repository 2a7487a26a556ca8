"""A loop as sound: played once, its ring laid over its beginning, and treated as if it had always been going on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor
from typing import TypeVar

import numpy as np

from jobs.music.score import RING, Control, Loop, Note, Part, Score
from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE, TICK

_RING = round(RING * SAMPLE_RATE)
_FADED = SAMPLE_RATE  # frames at the end of the ring in which its last rest is let go
_AFTER = SAMPLE_RATE // 2  # frames behind the seam that limiter and filters have to know

Event = TypeVar("Event", Note, Control)


@dataclass(frozen=True, slots=True)
class Cycle:
    """Where a loop lies, in frames. In the file: heard first from ``first``, repeated from ``start`` for ``length``.

    ``played``: where its music begins in the playing of ``unrolled``. ``lead``: how much of its end is laid before a
    file that begins with it, so that compressors are in full swing at its first frame; it is cut off again.
    """

    first: int
    start: int
    length: int
    played: int
    lead: int

    @property
    def frames(self) -> int:
        """Of the file."""
        return self.start + self.length

    @property
    def seconds(self) -> dict[str, float]:
        """``start`` and ``length``."""
        return {"start": self.start / SAMPLE_RATE, "length": self.length / SAMPLE_RATE}

    def laid(self, playing: Samples) -> Samples:
        """The lead, the file and what is heard after it, of the playing of ``unrolled`` (channels, frames)."""
        total = self.lead + self.frames + _AFTER
        laid = np.zeros((len(playing), total), np.float32)
        if self.played:
            before = _let_go(playing[:, : self.played])
            laid[:, : before.shape[1]] += before[:, :total]
        music = _let_go(playing[:, self.played : self.played + self.length + _RING])
        begins = self.first + self.lead
        laps = (
            range(ceil((total - begins) / self.length))
            if self.first
            else range(floor(-(self.lead + music.shape[1]) / self.length), ceil((total - begins) / self.length))
        )
        for lap in laps:
            at = begins + lap * self.length
            low, high = max(at, 0), min(at + music.shape[1], total)
            if low < high:
                laid[:, low:high] += music[:, low - at : high - at]
        return laid

    def cut(self, laid: Samples) -> Samples:
        """The file of what ``laid`` gave."""
        return laid[:, self.lead : self.lead + self.frames]

    def around(self, file: Samples, frames: int) -> tuple[Samples, Samples]:
        """So many frames before the file, where it begins with what is repeated, and behind it."""
        file = file[:, : self.frames]
        before = np.zeros((len(file), frames), np.float32) if self.start else file[:, -frames:]
        return before, file[:, self.start : self.start + frames]


def cycle_of(score: Score) -> Cycle | None:
    """The loop of a score, if it is one."""
    if score.loop is None:
        return None
    first, start = (score.seconds(beat) for beat in (score.loop.first, score.loop.start))
    length = score.seconds(score.beats) - start
    first, start, length = (round(seconds * SAMPLE_RATE) for seconds in (first, start, length))
    return Cycle(first, start, length, _played(score), 0 if first else _RING)


def _played(score: Score) -> int:
    """The frame, at a tick of the synthesizers, at which the loop's music begins when its intro has died away."""
    if not score.loop or not score.loop.first:
        return 0
    return ceil((score.seconds(score.loop.first) + RING) * SAMPLE_RATE / TICK) * TICK


def unrolled(score: Score) -> Score:
    """What is to be played of a loop: its intro until that has died away, then its music once, until it has.

    The ``loop`` of what is returned is that music, of which the ring is no part.
    """
    if score.loop is None:
        return score
    first, length = score.loop.first, score.beats - score.loop.start
    beats = score.tempos[0].bpm / 60
    later = _played(score) / SAMPLE_RATE * beats - first
    begins = first + later

    def moved(part: Part) -> Part:
        end = first + length
        notes = [_from(note, first, later) for note in part.notes if note.start < end]
        controls = [_from(control, first, later) for control in part.controls if control.start < end]
        held = [Control(at, 64, 0) for at in dict.fromkeys((first, begins + length)) if at and _pedals(part)]
        return replace(part, notes=tuple(notes), controls=tuple(sorted((*controls, *held))))

    inside = [section for section in score.sections if section.start < first + length]
    return replace(
        score,
        parts=tuple(moved(part) for part in score.parts),
        sections=tuple(
            replace(section, start=section.start + later if section.start >= first else section.start)
            for section in inside
        ),
        beats=begins + length,
        duration=(begins + length) / beats + RING,
        loop=Loop(begins, begins),
    )


def _from(event: Event, first: float, later: float) -> Event:
    return replace(event, start=event.start + later) if event.start >= first else event


def _pedals(part: Part) -> bool:
    return any(control.number == 64 for control in part.controls)


def _let_go(samples: Samples) -> Samples:
    """The samples, silent at their end."""
    faded = samples.copy()
    faded[:, -_FADED:] *= np.cos(np.linspace(0.0, np.pi / 2, _FADED, dtype=np.float32)) ** 2
    return faded
