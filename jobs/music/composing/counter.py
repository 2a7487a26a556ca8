"""The second voice: it answers in the melody's rests, and else holds a line of guide tones under it.

Where another family answers the tune, that one alone does so, and the second voice holds its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from math import inf

from jobs.music.composing.form import Bar
from jobs.music.composing.plan import Plan
from jobs.music.score import Note
from jobs.music.styles.reader import PartStyle

GAP = 0.9  # pulses of rest in the melody that invite an answer
SOUNDED = 2.0  # pulses after which a held note of the tune leaves room for another family, if a pulse is left of it
ECHO = 3  # notes of the melody that an answer takes up
PHRASE = 4  # bars, of a tune that is answered; half as many in short sections
HELD, ANSWERING = 66, 76
THIRD = 4  # semitones, the widest step that is filled in


def counter_line(
    plan: Plan, part: PartStyle, bars: Sequence[Bar], melody: Sequence[Note], spoken: Sequence[Note] = ()
) -> list[Note]:
    """Guide tones, one a chord, broken off for answers where the melody rests. Beats are before the groove.

    A part that ``answers`` has no guide tones. ``spoken``: what others answer; there this part does not.
    """
    notes: list[Note] = []
    for _, inside in groupby(bars, key=lambda bar: bar.span):  # what returns is led as it was
        notes += _section(plan, part, list(inside), melody, spoken)
    return notes


def room_made(plan: Plan, bars: Sequence[Bar], melody: Sequence[Note]) -> list[Note]:
    """The melody, in which phrases end by the middle of their last bar, so that another family can answer there."""
    notes = list(melody)
    for bar in bars:
        phrase = PHRASE if bar.place + bar.left + 1 >= 2 * PHRASE else PHRASE // 2
        if bar.place % phrase < phrase - 1:
            continue
        end, middle = bar.start + bar.length, bar.start + bar.length / plan.pulse // 2 * plan.pulse
        notes = [note for note in notes if not middle + 0.1 < note.start < end - 0.1]
        for index, note in enumerate(notes):
            if bar.start - 0.1 <= note.start <= middle + 0.1:
                notes[index] = replace(note, length=min(note.length, max(middle - note.start, plan.pulse)))
    return notes


def _section(
    plan: Plan, part: PartStyle, bars: Sequence[Bar], melody: Sequence[Note], spoken: Sequence[Note]
) -> list[Note]:
    answers: list[Note] = []
    last = (part.register[0] + part.register[1]) // 2
    for start, end, before in _rests(plan, bars, melody, SOUNDED if part.answers else inf):
        if any(start <= note.start < end for note in spoken):
            continue
        edge = bars[-1].start + bars[-1].length if part.answers else end
        answer = _answer(plan, part, start, min(end, edge), before, last)
        answers += answer
        last = answer[-1].pitch if answer else last
    if part.answers:
        return answers
    guides = (_cut(note, answers, plan.pulse) for note in _led(plan, _guides(plan, part, bars)))
    return sorted(answers + [note for note in guides if note])


def _rests(
    plan: Plan, bars: Sequence[Bar], melody: Sequence[Note], sounded: float
) -> list[tuple[float, float, Sequence[Note]]]:
    """Gaps of the melody inside the bars, with the notes before each; held notes count for so many pulses at most."""
    covered = [(bar.start, bar.start + bar.length) for bar in bars]
    rests = []
    for index in range(len(melody) - 1):
        note, following = melody[index], melody[index + 1].start
        held = note.length >= (sounded + 1) * plan.pulse
        end = note.start + (sounded * plan.pulse if held else note.length)
        inside = any(start <= end < stop for start, stop in covered)
        if inside and GAP * plan.pulse <= following - end <= 6 * plan.pulse:
            rests.append((end, following, melody[max(0, index - ECHO + 1) : index + 1]))
    return rests


def _answer(plan: Plan, part: PartStyle, start: float, end: float, before: Sequence[Note], last: int) -> list[Note]:
    """The rhythm of the melody's last notes again, on chord tones nearby."""
    step = plan.pulse / 2 if plan.pulse == 1.0 else plan.pulse / 3
    at = -(-start // step) * step
    lengths = [max(step, round(min(note.length, plan.pulse) / step) * step) for note in before]
    if part.answers and sum(lengths[:2]) > end - at:
        lengths = [step] * ECHO
    notes: list[Note] = []
    low, high = part.register
    for index, length in enumerate(lengths):
        length = min(length, end - at)
        if length < step * 0.6:
            break
        tones = plan.chord_at(at).tones[:4]
        options = [pitch for pitch in range(low, high + 1) if pitch % 12 in tones and (pitch != last or not index)]
        last = min(options, key=lambda pitch: abs(pitch - last))
        notes.append(Note(at, length * 0.9, last, ANSWERING + part.velocity))
        at += length
    return notes


def _guides(plan: Plan, part: PartStyle, bars: Sequence[Bar]) -> list[Note]:
    """One tone of each chord, as near as can be to the one before, rather not the root."""
    low, high = part.register
    pitch = (low + high) // 2
    notes: list[Note] = []
    for bar in bars:
        for chord in plan.chords_between(bar.start, bar.start + bar.length):
            start = max(bar.start, chord.start)
            length = min(bar.start + bar.length, chord.end) - start
            options = [option for option in range(low, high + 1) if option % 12 in chord.tones[:4]]
            pitch = min(options, key=lambda option: abs(option - pitch) + (option % 12 == chord.root))
            notes.append(Note(start, length, pitch, HELD + part.velocity))
    return notes


def _led(plan: Plan, guides: Sequence[Note]) -> list[Note]:
    """The guide tones joined: every second time a third is filled in, and a tone that stays swings to its neighbour."""
    led: list[Note] = []
    for index, note in enumerate(guides):
        after = guides[index + 1] if index + 1 < len(guides) else None
        scale = plan.chord_at(note.start + note.length - plan.pulse).scale
        if after is None or index % 2 == 0 or note.length < 2 * plan.pulse:
            led.append(note)
            continue
        step = after.pitch - note.pitch
        between = (
            range(min(note.pitch, after.pitch) + 1, max(note.pitch, after.pitch))
            if step
            else (note.pitch + 1, note.pitch + 2)
        )
        passing = [pitch for pitch in between if pitch % 12 in scale]
        if not passing or abs(step) > THIRD:
            led.append(note)
            continue
        stays = note.length - plan.pulse
        led += [replace(note, length=stays), Note(note.start + stays, plan.pulse, passing[0], note.velocity - 4)]
    return led


def _cut(note: Note, answers: Sequence[Note], shortest: float) -> Note | None:
    """The held note up to the first answer within it; None where too little is left."""
    end = note.start + note.length
    first = min((answer.start for answer in answers if note.start - 0.1 < answer.start < end), default=end)
    return replace(note, length=first - note.start) if first - note.start >= shortest else None
