"""What becomes of a phrase when its section returns: the same, embellished, thinned, pushed, or in two voices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from jobs.music.composing.harmony import Harmony
from jobs.music.composing.pitch import Line, Tone, at, rung

SAME = 0.6  # of the phrases of a section that is developed
WAYS = ("embellish", "embellish", "thin", "push", "turn")
MOST = 3  # notes that are changed
BELOW = (3, 9)  # semitones between a tone and its second voice


def developed(tones: Sequence[Tone], line: Line, chords: Sequence[Harmony], rng: Random) -> list[Tone]:
    """The phrase at its return; some come as they were."""
    if rng.random() < SAME:
        return list(tones)
    way = rng.choice(WAYS)
    if way == "embellish":
        return _embellished(tones, line, chords, rng)
    if way == "thin":
        return _thinned(tones, rng)
    if way == "push":
        return _pushed(tones, line, rng)
    return _turned(tones, line, chords, rng)


def _embellished(tones: Sequence[Tone], line: Line, chords: Sequence[Harmony], rng: Random) -> list[Tone]:
    """Long notes divided, the second half a neighbour on the way to what follows."""
    long = [index for index, tone in enumerate(tones[:-1]) if tone.length >= 0.99 * line.metre.pulse]
    chosen = set(rng.sample(long, min(len(long), rng.randint(1, MOST))))
    result: list[Tone] = []
    for index, tone in enumerate(tones):
        if index not in chosen:
            result.append(tone)
            continue
        half = tone.length - min(tone.length, line.metre.pulse) / 2
        ladder = line.ladder(at(chords, tone.at + half))
        after = tones[index + 1].pitch
        here = rung(ladder, tone.pitch)
        step = 1 if after > tone.pitch else -1 if after < tone.pitch else rng.choice((-1, 1))
        neighbour = ladder[min(len(ladder) - 1, max(0, here + step))]
        result += [replace(tone, length=half), Tone(tone.at + half, tone.length - half, neighbour, False)]
    return result


def _thinned(tones: Sequence[Tone], rng: Random) -> list[Tone]:
    """Some weak notes left out, the ones before them held on."""
    result: list[Tone] = []
    left = MOST
    for tone in tones:
        if result and result[-1].strong and not tone.strong and left and rng.random() < 0.4:
            before = result[-1]
            result[-1] = replace(before, length=max(before.length, tone.at + tone.length - before.at))
            left -= 1
            continue
        result.append(tone)
    return result


def _pushed(tones: Sequence[Tone], line: Line, rng: Random) -> list[Tone]:
    """Some notes on the beat come half a pulse early, where the note before gives way."""
    result = list(tones)
    half = line.metre.half
    for index in range(1, len(result)):
        tone, before = result[index], result[index - 1]
        off_the_strong = tone.at % line.metre.bar % line.metre.pulse == 0 and not tone.strong
        if off_the_strong and before.length >= 2 * half and rng.random() < 0.6:
            result[index] = replace(tone, at=tone.at - half, length=tone.length + half)
            result[index - 1] = replace(before, length=tone.at - half - before.at)
    return result


def _turned(tones: Sequence[Tone], line: Line, chords: Sequence[Harmony], rng: Random) -> list[Tone]:
    """Weak notes on the other side of the line."""
    result = list(tones)
    inner = [i for i in range(1, len(tones) - 1) if not tones[i].strong]
    for index in rng.sample(inner, min(len(inner), MOST)):
        tone = tones[index]
        ladder = line.ladder(at(chords, tone.at))
        goal = rung(ladder, tones[index + 1].pitch)
        side = -1 if tone.pitch > tones[index + 1].pitch else 1
        result[index] = replace(tone, pitch=ladder[min(len(ladder) - 1, max(0, goal + side))])
    return result


def second_voice(tones: Sequence[Tone], line: Line, chords: Sequence[Harmony]) -> list[Tone]:
    """Thirds and sixths below the tones that matter: chord tones, at least a pulse apart."""
    voice: list[Tone] = []
    for tone in tones:
        if not tone.strong or (voice and tone.at - voice[-1].at < line.metre.pulse - 1e-6):
            continue
        chord = at(chords, tone.at)
        options = [tone.pitch - gap for gap in range(BELOW[0], BELOW[1] + 1)]
        fitting = [pitch for pitch in options if pitch % 12 in chord.tones[:4] and pitch >= line.low - 5]
        if fitting:
            voice.append(replace(tone, pitch=fitting[0]))
    return voice
