"""The same rhythm on other notes: a line that is there, sung anew over its chords."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from jobs.music.composing.melody import in_first_key
from jobs.music.composing.phrases import Phrase, Place
from jobs.music.composing.pitch import CONTOURS, Line
from jobs.music.composing.plan import Plan
from jobs.music.composing.rhythm import Metre, Onset
from jobs.music.composing.voicing import fold
from jobs.music.score import Note
from jobs.music.styles.pattern import BAR_BEATS

PHRASE = 4  # bars
ROOM = 2  # semitones beyond the line's own range
NARROWEST = 12  # semitones of a range
HEIGHTS = (-0.1, 0.14)  # how far above the middle of its range a phrase lies, in shares of it
TOGETHER = 0.05  # beats within which notes are struck at once


def repitched(plan: Plan, index: int, notes: Sequence[Note], lowest: int, highest: int, seed: int) -> list[Note]:
    """As many notes at the same beats on other pitches; of several at once the highest alone.

    ``notes``: of the section of that index, counted from its start. ``lowest``, ``highest``: what can be played.
    """
    span, bar = plan.form.spans[index], BAR_BEATS[plan.brief.metre]
    line = top_line(notes)
    rng = Random(f"{seed}:repitched")  # noqa: S311 - music, not secrets
    low, high = _range([note.pitch - span.shift for note in line], lowest - span.shift, highest - span.shift)
    metre = Metre(plan.brief.metre, plan.pulse, bar)
    singer = Line(low, high, metre, plan.brief.mode, plan.brief.tonic_pitch_class, plan.style.melody)
    phrases: dict[int, list[Note]] = {}
    for note in line:
        phrases.setdefault(int((note.start + 1e-6) // (PHRASE * bar)), []).append(note)
    sung: list[Note] = []
    for number, phrase in phrases.items():
        start = number * PHRASE * bar
        at = span.start + start
        chords = [in_first_key(one, at, span.shift) for one in plan.chords_between(at - bar, at + PHRASE * bar)]
        onsets = [Onset(n.start - start, n.length, None, int((n.start - start + 1e-6) // bar)) for n in phrase]
        tones = singer.pitched(onsets, _phrase(number == max(phrases), rng), chords, rng)
        pitches = [fold(tone.pitch + span.shift, lowest, highest) for tone in tones]
        sung += [Note(n.start, n.length, pitch, n.velocity) for n, pitch in zip(phrase, pitches, strict=True)]
    return sung


def top_line(notes: Sequence[Note]) -> list[Note]:
    """Of notes that are struck together the highest."""
    line: list[Note] = []
    for note in sorted(notes):
        if line and note.start - line[-1].start < TOGETHER:
            line[-1] = max(line[-1], note, key=lambda one: one.pitch)
        else:
            line.append(note)
    return line


def _phrase(is_last: bool, rng: Random) -> Phrase:
    places = [Place("A", "", "goes")] * (PHRASE - 1) + [Place("C" if is_last else "O", "", "closes")]
    return Phrase(tuple(places), rng.uniform(*HEIGHTS), rng.choice(sorted(CONTOURS)), False)


def _range(pitches: Sequence[int], lowest: int, highest: int) -> tuple[int, int]:
    low, high = min(pitches, default=60) - ROOM, max(pitches, default=60) + ROOM
    wider = max(0, NARROWEST - (high - low))
    low, high = max(lowest, low - wider // 2), min(highest, high + wider - wider // 2)
    return min(low, highest - NARROWEST), max(high, lowest + NARROWEST)
