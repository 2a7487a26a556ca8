"""How far pieces are from those that people wrote: Cliff's delta, feature by feature, against quantiles of these.

``reference.json`` holds numbers only: 21 quantiles of each feature over pieces by people (folk tunes, chorales, lieder,
quartets, ragtime, jazz solos, pop songs, music of games), each corpus counted alike.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from statistics import fmean

from jobs.music.score import Note, Part, Score
from tests.music.composed.features import features

REFERENCE: dict[str, list[float]] = json.loads(Path(__file__).with_name("reference.json").read_text("utf-8"))


def cliff(people: Sequence[float], ours: Sequence[float]) -> float:
    """−1 … 1: how much oftener a value of ours lies above one of people's than below."""
    size = len(people)
    return fmean((bisect_left(people, value) - (size - bisect_right(people, value))) / size for value in ours)


def distances(scores: Sequence[Score]) -> dict[str, float]:
    """Feature → Cliff's delta of the scores against people's pieces."""
    tables = [features(score) for score in scores]
    values = {name: [table[name] for table in tables if name in table] for name in REFERENCE}
    return {name: cliff(REFERENCE[name], column) for name, column in values.items() if len(column) >= 5}


def mean_distance(scores: Sequence[Score], prefix: str = "m_") -> float:
    return fmean(abs(delta) for name, delta in distances(scores).items() if name.startswith(prefix))


def shuffled(score: Score, seed: int = 0) -> Score:
    """The control: the tune's spacings and pitches in another order, everything else as it was."""
    rng = Random(seed)

    def mixed(source: Part) -> Part:
        if source.role != "melody" or len(source.notes) < 3:
            return source
        notes = sorted(source.notes)
        gaps = [max(0.1, other.start - one.start) for one, other in zip(notes, notes[1:], strict=False)]
        pitches = [note.pitch for note in notes]
        rng.shuffle(gaps)
        rng.shuffle(pitches)
        start, made = notes[0].start, []
        for note, pitch, gap in zip(notes, pitches, [*gaps, 1.0], strict=True):
            made.append(Note(start, gap * 0.9, pitch, note.velocity))
            start += gap
        return replace(source, notes=tuple(made))

    return replace(score, parts=tuple(mixed(one) for one in score.parts))
