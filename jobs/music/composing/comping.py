"""Chords, pads and arpeggios: the style's patterns played with voicings that lead into one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import groupby

from jobs.music.composing.form import Bar, Span
from jobs.music.composing.fretboard import grip
from jobs.music.composing.harmony import Harmony
from jobs.music.composing.plan import Plan, phase
from jobs.music.composing.variation import FIGURES, varied
from jobs.music.composing.voicing import fold, nearest
from jobs.music.instruments import Instrument
from jobs.music.score import Note
from jobs.music.styles.metres import nearest_written
from jobs.music.styles.pattern import Step, steps
from jobs.music.styles.reader import PartStyle, Patterns

LOUDNESS = {"X": 98, "x": 84, "o": 68, "g": 52}
THIRDS = {3: 18, 4: 8}  # velocity by which thirds of so many semitones, which make a chord what it is, sing out of it
LIGHT = 0.75  # how much shorter a chord off the beat is
SINGLE = 78  # a single note of an arpeggio
LOW_HAND = (36, 50)  # where the left hand strikes its roots and fifths
DRIFT = 14  # semitones by which the middle of the hands lies higher or lower in intense and calm sections
ROOM = 6  # semitones above the register that they may reach
MOVING = ("chords", "arpeggio", "pad")
TURNING = ("chords", "pad")  # who moves on to another inversion inside a bar
TIED = 8.0  # beats that a pad holds a chord at most

Voicings = Mapping[float, tuple[int, ...]]  # by the beat at which the chord begins


def voicings(plan: Plan, part: PartStyle, instrument: Instrument | None = None) -> tuple[tuple[int, ...], ...]:
    """One voicing per chord of the plan, each nearest to the one before it; on a guitar, what a hand can take there.

    Every section begins from the first voicing of all, so that what returns is voiced as it was.
    """
    low, high = part.register
    voiced: list[tuple[int, ...]] = []
    before: tuple[int, ...] | None = None
    spans = plan.form.spans
    fretted = instrument is not None and instrument.family == "guitar" and part.role == "chords" and not part.power
    index = 0
    for chord in plan.chords:
        while index + 1 < len(spans) and spans[index + 1].start <= chord.start + 1e-6:
            index += 1
        if voiced and chord.start == spans[index].start:
            before = voiced[0]
        voices = max(part.voices, min(4, len(chord.tones))) if part.voices >= 3 else part.voices
        drift = DRIFT * _height(plan, spans[index]) * (part.role in MOVING)
        tones = (chord.tones[0], chord.tones[min(2, len(chord.tones) - 1)]) if part.power else chord.tones
        gripped = grip(tones, low, high + ROOM, round((low + high) / 2 + drift)) if fretted else ()
        before = gripped or nearest(tones, voices, low, high + ROOM * (part.role in MOVING), before, round(drift))
        voiced.append(before)
    return tuple(voiced)


def _height(plan: Plan, span: Span) -> float:
    """How high the hands lie in a section, −1 … 1: in intense ones higher, inside one always there."""
    return max(-1.0, min(1.0, 2.2 * (plan.style.kinds[span.kind].energy - 0.5)))


def pick_pattern(patterns: Patterns, metre: str, energy: float) -> tuple[str, str]:
    """The pattern for that intensity and the metre it is written in."""
    written = nearest_written(metre, tuple(patterns))
    row = patterns[written]
    return row[min(len(row) - 1, int(energy * len(row)))], written


def comp(plan: Plan, part: PartStyle, bars: list[Bar], instrument: Instrument | None = None) -> list[Note]:
    """The part's notes in those bars. Starts and lengths in beats, before the groove."""
    voiced = dict(zip(plan.starts, voicings(plan, part, instrument), strict=True))
    turned = {chord.start: _turned(part, chord, voiced[chord.start]) for chord in plan.chords}
    notes: list[Note] = []
    for _, inside in groupby(bars, key=lambda bar: bar.span):
        section = _section(plan, part, inside, voiced, turned)
        notes += _tied(section) if part.role == "pad" else section
    return notes


def _section(plan: Plan, part: PartStyle, bars: Iterable[Bar], voiced: Voicings, turned: Voicings) -> list[Note]:
    notes: list[Note] = []
    for bar in bars:
        pattern, written = pick_pattern(part.patterns, plan.brief.metre, plan.span(bar).energy)
        rhythm = steps(pattern, written, plan.brief.metre)
        lowest: Harmony | None = None  # the chord whose root the left hand struck last
        for step in varied(plan, part, bar, rhythm[phase(plan, bar) % len(rhythm)]):
            if step.at < bar.length - 1e-6:
                chord = plan.chord_at(bar.start + step.at)
                if "b" in pattern and chord is not lowest:
                    step = replace(step, sign="b")
                lowest = chord
                moves = FIGURES[bar.place % 8] and part.role in TURNING and step.at >= bar.length / 2 - 1e-6
                notes += _stroke(plan, part, bar, step, turned if moves and chord.start <= bar.start + 1e-6 else voiced)
    return notes


def _turned(part: PartStyle, chord: Harmony, voicing: tuple[int, ...]) -> tuple[int, ...]:
    """The same chord in the inversion next to that one, as hands move on while the harmony waits."""
    if part.power or len(voicing) < 3:
        return voicing
    return nearest(chord.tones, len(voicing), part.register[0], part.register[1] + ROOM, voicing)


def _stroke(plan: Plan, part: PartStyle, bar: Bar, step: Step, voiced: Voicings) -> list[Note]:
    """One stroke; held across a change of chord it is struck again with the new one."""
    start, end = bar.start + step.at, min(bar.start + step.at + step.length, bar.start + bar.length)
    notes = []
    for chord in plan.chords_between(start, end):
        at = max(start, chord.start)
        stop = chord.end if part.ring else min(end, chord.end)
        length = max(0.1, (stop - at) * part.short * _touch(plan, part, at, bar))
        velocity = LOUDNESS.get(step.sign, SINGLE) + part.velocity
        pitches = _pitches(step.sign, voiced[chord.start], chord.tones)
        if part.role == "chords" and step.sign in LOUDNESS:
            pitches = _weighed(pitches, step, bar, part)
        third, louder = _third(chord.tones)
        notes += [Note(at, length, pitch, velocity + louder * (pitch % 12 == third)) for pitch in pitches]
        if step.sign not in LOUDNESS and end - chord.end < plan.pulse - 1e-6:
            break  # a single voice that is held a little into the next chord
    return notes


def _third(tones: tuple[int, ...]) -> tuple[int, int]:
    """The pitch class of a chord's third and how much louder (velocity) it is struck; none of fifths and suspensions.

    A root has the major third among its overtones: a minor one has to sing out to be heard against it.
    """
    louder = THIRDS.get((tones[1] - tones[0]) % 12, 0) if len(tones) > 1 else 0
    return (tones[1], louder) if louder else (-1, 0)


def _touch(plan: Plan, part: PartStyle, at: float, bar: Bar) -> float:
    """Share of its length that a stroke sounds: chords off the beat are let go of earlier than those on it."""
    off = (at - bar.start) % plan.pulse > 1e-6
    return LIGHT if off and part.role == "chords" and not part.ring else 1.0


def _pitches(sign: str, voicing: tuple[int, ...], tones: tuple[int, ...]) -> tuple[int, ...]:
    """The pitches that a sign of a chord pattern stands for."""
    if sign in LOUDNESS:
        return voicing
    if sign == "t":
        return voicing[1:] or voicing
    if sign == "b":
        return (fold(tones[0], *LOW_HAND),)
    if sign == "f":
        return (fold(tones[min(2, len(tones) - 1)], *LOW_HAND),)
    octave, voice = divmod(int(sign) - 1, len(voicing))
    return (voicing[voice] + 12 * octave,)


def _weighed(pitches: tuple[int, ...], step: Step, bar: Bar, part: PartStyle) -> tuple[int, ...]:
    """The hand is fuller where a phrase begins and on accents, lighter on soft strokes."""
    full = step.sign == "X" or (step.at == 0.0 and bar.place % 4 == 0)
    if full and pitches[0] + 12 > pitches[-1] and pitches[0] + 12 <= part.register[1] + ROOM:
        return (*pitches, pitches[0] + 12)
    if step.sign == "g" and len(pitches) >= 3:
        return pitches[1:]
    return pitches


def _tied(notes: list[Note]) -> list[Note]:
    """The same notes, those that repeat without a gap held on."""
    held: dict[int, Note] = {}
    done: list[Note] = []
    for note in notes:
        before = held.get(note.pitch)
        if before and abs(before.start + before.length - note.start) < 1e-6 and before.length + note.length <= TIED:
            held[note.pitch] = Note(before.start, before.length + note.length, note.pitch, before.velocity)
            continue
        if before:
            done.append(before)
        held[note.pitch] = note
    return done + list(held.values())
