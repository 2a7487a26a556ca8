"""What tells a tune that somebody might have written from one made bar by bar, in numbers, from the notes alone.

Onsets are set on the grid {0 1/4 1/3 1/2 2/3 3/4} of a quarter, written in twelfths. A phrase ends at a rest of 0.45
beats or at a note after which 2.5 pulses pass. Windows of 16 bars make pieces of different length comparable.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from statistics import fmean, pstdev

from jobs.music.score import Note, Part, Score
from tests.music.measures import bar_beats, part, pulse_beats

GRID = (0, 3, 4, 6, 8, 9, 12)
WINDOW = 16  # bars
REST = 5.4  # twelfths


@dataclass(frozen=True)
class Row:
    """A note of the tune on the grid, in twelfths: onset, to the next onset, sounding; bar and place in it."""

    onset: int
    step: int
    length: float
    pitch: int
    bar: int
    place: int


def on_grid(beat: float) -> int:
    whole, rest = divmod(beat * 12, 12)
    return int(whole) * 12 + min(GRID, key=lambda line: abs(line - rest))


def skyline(notes: Sequence[Note]) -> list[Note]:
    """The highest of notes struck together, each to the next one; grace notes left out."""
    top: list[Note] = []
    for note in sorted(notes, key=lambda one: (one.start, -one.pitch)):
        if top and note.start - top[-1].start < 0.06:
            if note.pitch > top[-1].pitch:
                top[-1] = Note(top[-1].start, note.length, note.pitch, note.velocity)
            continue
        top.append(note)
    following = [*(note.start for note in top[1:]), float("inf")]
    return [
        Note(note.start, min(note.length, after - note.start), note.pitch, note.velocity)
        for note, after in zip(top, following, strict=True)
        if not (note.length < 0.14 and after - note.start < 0.16)
    ]


def rows_of(score: Score) -> list[Row]:
    """The tune on the grid."""
    tune = part(score, "melody")
    bar = round(bar_beats(score) * 12)
    kept: list[tuple[int, Note]] = []
    for note in skyline(tune.notes if tune else ()):
        at = on_grid(note.start)
        if not kept or at > kept[-1][0]:
            kept.append((at, note))
    ends = [at for at, _ in kept[1:]] + [kept[-1][0] + 12] if kept else []
    return [
        Row(at, end - at, note.length * 12, note.pitch, at // bar, at % bar)
        for (at, note), end in zip(kept, ends, strict=True)
    ]


def entropy(counts: Counter[object]) -> float:
    total = sum(counts.values())
    return -sum(count / total * log2(count / total) for count in counts.values())


def conditional(sequence: Sequence[object]) -> float:
    """Bits that a symbol carries when the one before is known."""
    after: dict[object, Counter[object]] = defaultdict(Counter)
    for one, other in pairwise(sequence):
        after[one][other] += 1
    total = sum(counts.total() for counts in after.values())
    return sum(counts.total() / total * entropy(counts) for counts in after.values())


def melody(score: Score) -> dict[str, float]:
    """The features of the tune; none where it is too short."""
    rows = rows_of(score)
    if len(rows) < 20:
        return {}
    pulse, bar = pulse_beats(score) * 12, round(bar_beats(score) * 12)
    bars: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        bars[row.bar].append(row)
    live = sorted(bars)
    rhythm = {k: tuple(row.place for row in bars[k]) for k in live}
    pitches = {k: tuple(row.pitch for row in bars[k]) for k in live}
    found = _repetition(live, rhythm, pitches)
    steps = [min(row.step, 96) for row in rows[:-1]]
    moves = [other.pitch - one.pitch for one, other in pairwise(rows)]
    counts = [len(rhythm[k]) for k in live]
    held = [any(row.onset < k * bar < row.onset + row.length - 1 for row in bars.get(k - 1, [])[-1:]) for k in live[1:]]
    found |= {
        "m_longest": max(row.length for row in rows[:-1]) / pulse,
        "m_ioi_cond_entropy": conditional(steps),
        "m_density": len(rows) / (len(live) * bar / pulse),
        "m_density_cv": pstdev(counts) / fmean(counts),
        "m_offbeat": fmean((row.onset % pulse if pulse == 12 else row.place % 18) != 0 for row in rows),
        "m_downbeat": fmean(0 in rhythm[k] for k in live),
        "m_tied_over_bar": fmean(held) if held else 0.0,
        "m_range": max(row.pitch for row in rows) - min(row.pitch for row in rows),
        "m_repeat": fmean(move == 0 for move in moves),
        "m_step": fmean(0 < abs(move) <= 2 for move in moves),
        "m_third": fmean(2 < abs(move) <= 4 for move in moves),
        "m_leap": fmean(abs(move) >= 5 for move in moves),
        "m_interval_entropy": entropy(Counter(moves)),
        "m_interval_cond": conditional(moves),
    }
    return found | _phrases(rows, pulse)


def _repetition(
    live: Sequence[int], rhythm: dict[int, tuple[int, ...]], pitches: dict[int, tuple[int, ...]]
) -> dict[str, float]:
    distinct, commonest, exact, new = [], [], [], []
    for first in range(0, len(live), WINDOW):
        window = live[first : first + WINDOW]
        if len(window) < WINDOW // 2:
            continue
        counts = Counter(rhythm[k] for k in window)
        distinct.append(len(counts) / len(window))
        commonest.append(max(counts.values()) / len(window))
        seen, seen_rhythms, twins = set(), set(), 0
        for k in window:
            twins += (rhythm[k], pitches[k]) in seen
            seen.add((rhythm[k], pitches[k]))
            seen_rhythms.add(rhythm[k])
        exact.append(twins / (len(window) - 1))
        new.append((len(seen_rhythms) - 1) / (len(window) - 1))
    found = (
        {
            "m_rhythm_distinct16": fmean(distinct),
            "m_rhythm_top": fmean(commonest),
            "m_bar_exact": fmean(exact),
            "m_bar_new_rhythm": fmean(new),
        }
        if distinct
        else {}
    )
    for lag in (1, 4, 8):
        pairs = [(set(rhythm[k]), set(rhythm[k + lag])) for k in live if k + lag in rhythm]
        if pairs:
            found[f"m_rsame{lag}"] = fmean(len(one & other) / len(one | other) for one, other in pairs)
    return found


def _phrases(rows: Sequence[Row], pulse: float) -> dict[str, float]:
    phrases: list[list[Row]] = [[rows[0]]]
    for one, other in pairwise(rows):
        if one.step - one.length >= REST or one.step >= 2.5 * pulse:
            phrases.append([])
        phrases[-1].append(other)
    inner = [phrase for phrase in phrases if len(phrase) > 1]
    lasts = [phrase[-1].length for phrase in inner]
    others = [row.length for phrase in inner for row in phrase[:-1]]
    if not others:
        return {}
    starts = {phrase[0].place for phrase in inner}
    return {
        "m_phrase_end_long": fmean(lasts) / fmean(others),
        "m_phrase_pickup": fmean(phrase[0].place != 0 for phrase in inner),
        **({"m_phrase_start_kinds": len(starts) / min(8, len(inner))} if len(inner) > 2 else {}),
    }


def arrangement(score: Score) -> dict[str, float]:
    """Features of everybody else: how many different bars of rhythm in 16, how often the commonest."""
    found: dict[str, float] = {}
    comping = [one for one in score.parts if one.role not in ("melody", "bass", "drums")]
    for name, parts in (("comp", comping), ("bass", [one for one in score.parts if one.role == "bass"])):
        pairs = [_rhythms(score, one) for one in parts]
        distinct = [share for shares, _ in pairs for share in shares]
        commonest = [share for _, shares in pairs for share in shares]
        if distinct:
            found |= {f"a_{name}_rhythms16": fmean(distinct), f"a_{name}_top": fmean(commonest)}
    return found


def _rhythms(score: Score, one: Part) -> tuple[list[float], list[float]]:
    bar = bar_beats(score)
    bars: dict[int, set[int]] = defaultdict(set)
    for note in one.notes:
        index = int((note.start + 0.03) // bar)
        bars[index].add(on_grid(note.start) - round(index * bar * 12))
    live = sorted(bars)
    distinct, commonest = [], []
    for first in range(0, len(live), WINDOW):
        window = live[first : first + WINDOW]
        if len(window) >= WINDOW // 2:
            counts = Counter(frozenset(bars[k]) for k in window)
            distinct.append(len(counts) / len(window))
            commonest.append(max(counts.values()) / len(window))
    return distinct, commonest


def features(score: Score) -> dict[str, float]:
    return melody(score) | arrangement(score)
