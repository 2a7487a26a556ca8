"""Chords for a tune that was given: the best way through the chords of its key, with cadences where phrases end."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from jobs.music.given import GivenNote
from jobs.music.styles.metres import PULSE_BEATS, STRONG
from jobs.music.theory import SCALES, numeral

# The chords of each mode, with how much each is at home there.
CHORDS: dict[str, dict[str, float]] = {
    "major": {"I": 0.35, "IV": 0.2, "V": 0.2, "vi": 0.05, "ii": 0.05, "iii": -0.3},
    "minor": {"i": 0.35, "iv": 0.15, "V": 0.15, "VI": 0.1, "VII": 0.05, "III": 0.05, "v": -0.35},
    "dorian": {"i": 0.35, "IV": 0.25, "VII": 0.15, "ii": -0.1, "III": 0.05, "v": 0.1},
    "mixolydian": {"I": 0.35, "VII": 0.25, "IV": 0.2, "ii": -0.05, "v": 0.05, "vi": 0.0},
    "phrygian": {"i": 0.35, "II": 0.25, "vii": 0.0, "VI": 0.1, "III": 0.05, "iv": 0.05},
    "lydian": {"I": 0.35, "II": 0.25, "V": 0.1, "vi": 0.05, "iii": 0.0},
}
# What one chord gains by leading to another, by the semitones of both roots above the tonic.
LEADS = {
    (7, 0): 0.55, (2, 7): 0.5, (5, 7): 0.35, (5, 0): 0.3, (10, 0): 0.3, (0, 5): 0.15, (9, 2): 0.3, (9, 5): 0.25,
    (4, 9): 0.25, (4, 5): 0.15, (8, 10): 0.25, (8, 7): 0.25, (3, 8): 0.25, (7, 9): 0.1, (10, 3): 0.2, (1, 0): 0.4,
    (7, 5): -0.6, (7, 2): -0.6, (7, 4): -0.4,
}  # fmt: skip
FIT = 3.0  # weight of the tune beside everything else
TONE, ROOT, PASSING, RUB, FOREIGN = 1.0, 0.08, -0.5, -1.1, -1.3  # of a note that is in the chord, its root, …
FIRST_BEAT, ON_BEAT, OFF_BEAT = 1.6, 1.0, 0.5  # weight of a note by where it is struck
WITHIN = -0.75  # for a chord that changes inside a bar
STAYS = -0.3  # for one that stays over a bar line
OPENS, CLOSES, BEFORE, HALF = 0.8, 2.5, 0.9, 0.35  # tonic first and last, what goes before, a phrase's end
PHRASE = 4  # bars


def harmonised(
    notes: Sequence[GivenNote], bars: int, metre: str, bar: float, tonic: int, mode: str
) -> list[tuple[str, ...]]:
    """Numerals for each of so many bars of ``bar`` beats. ``notes``: counted from the first bar line.

    ``tonic``: the pitch class of the key in which the notes are. A bar has one chord, or one for each of its groups of
    pulses.
    """
    halves = len(STRONG[metre])
    tokens = list(CHORDS[mode])
    edges = [number * bar + place for number in range(bars) for place in STRONG[metre]] + [bars * bar]
    pulse = PULSE_BEATS[metre]
    fits = [_fits(notes, start, end - start, pulse, tonic, mode, tokens) for start, end in pairwise(edges)]
    best = {token: fits[0][token] + (OPENS if _root(token, mode) == 0 else 0.0) for token in tokens}
    ways: list[dict[str, str]] = []
    for slot in range(1, len(fits)):
        at = {
            token: max(tokens, key=lambda before: best[before] + _step(before, token, slot, halves, mode))
            for token in tokens
        }
        closing = {token: _closing(token, slot, len(fits), halves, mode) for token in tokens}
        best = {
            token: best[at[token]] + _step(at[token], token, slot, halves, mode) + fits[slot][token] + closing[token]
            for token in tokens
        }
        ways.append(at)
    chosen = [max(tokens, key=best.__getitem__)]
    for at in reversed(ways):
        chosen.append(at[chosen[-1]])
    chosen.reverse()
    by_bar = [chosen[start : start + halves] for start in range(0, len(chosen), halves)]
    return [tuple(dict.fromkeys(bar)) for bar in by_bar]


def _root(token: str, mode: str) -> int:
    return numeral(token, mode).root


def _fits(
    notes: Sequence[GivenNote], start: float, size: float, pulse: float, tonic: int, mode: str, tokens: Sequence[str]
) -> dict[str, float]:
    """How well each chord goes with what sounds in a stretch; chords at home in the key a little better."""
    heard: list[tuple[int, float]] = []
    for note in notes:
        begin, end = max(note.start, start), min(note.start + note.length, start + size)
        if end - begin <= 1e-6:
            continue
        place = (note.start - start) / pulse
        near = abs(place - round(place)) < 0.07
        weight = FIRST_BEAT if note.start <= start + 0.1 else ON_BEAT if near else OFF_BEAT
        heard.append(((note.pitch - tonic) % 12, (end - begin) * weight))
    total = sum(weight for _, weight in heard)
    scale = {step % 12 for step in SCALES[mode]}
    result = {}
    for token in tokens:
        quality = numeral(token, mode)
        tones = [(quality.root + interval) % 12 for interval in quality.intervals]
        fit = sum(weight * _fit(step, tones, scale) for step, weight in heard)
        result[token] = CHORDS[mode][token] + (FIT * fit / total if total else 0.0)
    return result


def _fit(step: int, tones: Sequence[int], scale: set[int]) -> float:
    if step in tones:
        return TONE + ROOT * (step == tones[0])
    if any((step - tone) % 12 == 1 for tone in tones):
        return RUB
    return PASSING if step in scale else FOREIGN


def _step(before: str, token: str, slot: int, halves: int, mode: str) -> float:
    """What it is worth to go from one chord to another at the beginning of a slot."""
    if before == token:
        return 0.0 if slot % halves else STAYS
    return LEADS.get((_root(before, mode), _root(token, mode)), 0.0) + (WITHIN if slot % halves else 0.0)


def _closing(token: str, slot: int, count: int, halves: int, mode: str) -> float:
    """What a chord is worth where a phrase or the tune ends."""
    root = _root(token, mode)
    left = count - 1 - slot
    if left < halves:
        return CLOSES if root == 0 else 0.0
    if left < 2 * halves:
        return BEFORE if root == 7 else BEFORE / 2 if root in (5, 10) else 0.0
    last_of_phrase = slot // halves % PHRASE == PHRASE - 1
    return HALF if last_of_phrase and root in (0, 7) else 0.0
