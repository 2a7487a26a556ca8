"""Measures of a score that music passes and random notes fail. All read the notes, none the plan, except where said."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import log2
from random import Random
from statistics import fmean, pstdev

from jobs.music.instruments import INSTRUMENTS
from jobs.music.notation.lead_sheet import tune_of
from jobs.music.score import Chord, Note, Part, Score

KICKS, CRASH = (35, 36), 49
HALF_BEAT_GRID = 0.25
TWIN = 0.55  # share of equal notes from which two bars are twins


def bar_beats(score: Score) -> float:
    return score.metre[0] * 4 / score.metre[1]


def pulse_beats(score: Score) -> float:
    return 1.5 if score.metre in ((6, 8), (12, 8)) else 1.0


def part(score: Score, role: str) -> Part | None:
    """The first part of that role; of the melody, all of it, whoever leads."""
    if role == "melody" and any(part.role == role and part.notes for part in score.parts):
        return tune_of(score)
    return next((part for part in score.parts if part.role == role), None)


def pitched(score: Score) -> list[Note]:
    return [note for part in score.parts if part.role != "drums" for note in part.notes]


def chord_at(score: Score, beat: float) -> Chord:
    starts = [chord.start for chord in score.chords]
    return score.chords[max(0, bisect_left(starts, beat + 0.12) - 1)]


def on_grid(score: Score, note: Note) -> float:
    """The note's place in sixteenths, groove taken off."""
    return round(note.start / HALF_BEAT_GRID) * HALF_BEAT_GRID


def is_strong(score: Score, note: Note, tolerance: float = 0.13) -> bool:
    """On the first beat of the bar or its middle pulse."""
    bar = bar_beats(score)
    places = {(3, 4): (0.0,), (2, 4): (0.0,), (5, 4): (0.0, 3.0), (7, 8): (0.0, 2.0)}.get(score.metre, (0.0, bar / 2))
    return any(min((note.start - at) % bar, (at - note.start) % bar) < tolerance for at in places)


def strong_chord_tones(score: Score) -> float:
    """Share of the melody's notes on strong beats that belong to the chord."""
    melody = part(score, "melody")
    notes = [note for note in (melody.notes if melody else ()) if is_strong(score, note) and note.length > 0.2]
    hits = [note.pitch % 12 in chord_at(score, note.start).pitches for note in notes]
    return fmean(hits) if hits else 1.0


def bar_entropy(score: Score, notes: Sequence[Note]) -> float:
    """Mean entropy in bits of the pitch classes of a bar, weighted by how often they are struck."""
    bars: dict[int, Counter[int]] = {}
    for note in notes:
        bars.setdefault(int((note.start + 0.1) // bar_beats(score)), Counter())[note.pitch % 12] += 1
    entropies = []
    for counts in bars.values():
        total = sum(counts.values())
        entropies.append(-sum(count / total * log2(count / total) for count in counts.values()))
    return fmean(entropies) if entropies else 0.0


def repeated_figures(score: Score) -> float:
    """Share of the melody's figures of four notes (pitch and onset spacing) that occur more than once."""
    melody = part(score, "melody")
    notes = [note for note in (melody.notes if melody else ()) if note.length > 0.16]
    moves = [(b.pitch - a.pitch, round((b.start - a.start) * 4)) for a, b in pairwise(notes)]
    figures = list(zip(moves, moves[1:], moves[2:], strict=False))
    counts = Counter(figures)
    return fmean(counts[figure] > 1 for figure in figures) if figures else 0.0


def twin_bars(score: Score) -> float:
    """Share of bars, after the first, most of whose notes sounded in an earlier bar at the same place."""
    bar = bar_beats(score)
    count = int(score.beats // bar)
    contents: list[Counter[tuple[int, int]]] = [Counter() for _ in range(count)]
    for note in pitched(score):
        index, place = divmod(on_grid(score, note), bar)
        if index < count:
            contents[int(index)][round(place * 4), note.pitch] += 1
    twins = 0
    for index in range(1, count):
        size = sum(contents[index].values()) or 1
        best = max(
            (contents[index] & contents[other]).total() / max(size, contents[other].total()) for other in range(index)
        )
        twins += best >= TWIN
    return twins / max(1, count - 1)


def voice_movement(score: Score, role: str) -> float:
    """Mean semitones from each voice of a chord to the nearest voice of the chord before."""
    source = part(score, role)
    voicings = []
    for chord in score.chords:
        middle = chord.start + chord.length / 2
        sounding = {n.pitch for n in (source.notes if source else ()) if n.start <= middle < n.start + n.length}
        if len(sounding) > 1:
            voicings.append(sorted(sounding))
    moves = [fmean(min(abs(pitch - old) for old in before) for pitch in after) for before, after in pairwise(voicings)]
    return fmean(moves) if moves else 0.0


def bass_on_kick(score: Score, seconds: float = 0.03) -> float | None:
    """Share of bass onsets with a kick within so many seconds, where both play; None where they never do."""
    bass, drums = part(score, "bass"), part(score, "drums")
    if not bass or not drums:
        return None
    kicks = sorted(score.seconds(note.start) for note in drums.notes if note.pitch in KICKS)
    sections = [
        (section.start, section.start + section.length)
        for section in score.sections
        if sum(section.start <= note.start < section.start + section.length for note in drums.notes) > 4
    ]
    onsets = [
        score.seconds(note.start) for note in bass.notes if any(start <= note.start < end for start, end in sections)
    ]
    if not onsets or not kicks:
        return None
    return fmean(_near(kicks, onset, seconds) for onset in onsets)


def _near(times: Sequence[float], time: float, tolerance: float) -> bool:
    index = bisect_left(times, time - tolerance)
    return index < len(times) and times[index] <= time + tolerance


def velocities(score: Score) -> float:
    """Standard deviation of all velocities."""
    return pstdev(note.velocity for part in score.parts for note in part.notes)


def metre_in_velocity(score: Score) -> float:
    """How much louder notes on the bar's first beat are than those off the beat, part by part, in velocity."""
    gains = []
    for source in score.parts:
        first = [note.velocity for note in source.notes if note.start % bar_beats(score) < 0.1]
        off = [
            note.velocity for note in source.notes if 0.2 < note.start % pulse_beats(score) < pulse_beats(score) - 0.2
        ]
        if len(first) > 3 and len(off) > 3:
            gains.append(fmean(first) - fmean(off))
    return fmean(gains) if gains else 0.0


def fill_density(score: Score) -> float | None:
    """Drum onsets in the last two beats before a new section against those at the same place in other bars."""
    drums = part(score, "drums")
    if not drums:
        return None
    bar = bar_beats(score)
    hands = [note for note in drums.notes if note.pitch not in KICKS and note.pitch not in (42, 44, 46, 51, 82)]
    edges = {round(section.start, 3) for section in score.sections[1:]}
    filled, plain = [], []
    for index in range(int(score.beats // bar)):
        end = (index + 1) * bar
        if not any(index * bar <= note.start < end for note in drums.notes):
            continue
        count = sum(end - 2.05 <= note.start < end - 0.05 for note in hands)
        (filled if round(end, 3) in edges else plain).append(count)
    if not filled or not plain:
        return None
    return fmean(filled) / max(0.25, fmean(plain))


def playing(score: Score) -> list[frozenset[str]]:
    """Which parts play in each section."""
    return [
        frozenset(
            part.name
            for part in score.parts
            if any(section.start - 0.1 <= note.start < section.start + section.length - 0.1 for note in part.notes)
        )
        for section in score.sections
    ]


def ends_on_tonic(score: Score) -> bool:
    """The lowest pitch of the last chord is the root of the chord that the plan has there."""
    last = max(note.start for note in pitched(score) if note.length > 0.5)
    final = [note for note in pitched(score) if note.start > last - 0.4 and note.length > 0.5]
    return min(final, key=lambda note: note.pitch).pitch % 12 == score.chords[-1].root


def clashes(score: Score) -> float:
    """Share of long melody notes that lie a semitone from a tone of the chord without belonging to it."""
    melody = part(score, "melody")
    notes = [note for note in (melody.notes if melody else ()) if note.length >= 0.9 * pulse_beats(score)]
    bad = []
    for note in notes:
        tones = chord_at(score, note.start).pitches
        bad.append(note.pitch % 12 not in tones and any((note.pitch - tone) % 12 in (1, 11) for tone in tones))
    return fmean(bad) if bad else 0.0


def muddy(score: Score) -> float:
    """Share of bars in which two parts or voices sound less than five semitones apart below C3."""
    bar = bar_beats(score)
    low = [note for note in pitched(score) if note.pitch < 48]
    bad = set()
    for index, note in enumerate(low):
        for other in low[index + 1 :]:
            overlap = min(note.start + note.length, other.start + other.length) - max(note.start, other.start)
            if overlap > 0.25 and 0 < abs(note.pitch - other.pitch) < 5:
                bad.add(int(note.start // bar))
    return len(bad) / max(1, score.beats / bar)


def on_the_pulse(score: Score) -> float:
    """Share of onset strength (velocity) that falls within 40 ms of a pulse, against chance being far lower."""
    pulse = pulse_beats(score)
    window = 0.04 * score.tempos[0].bpm / 60
    total = hit = 0
    for source in score.parts:
        for note in source.notes:
            total += note.velocity
            if min(note.start % pulse, -note.start % pulse) <= window:
                hit += note.velocity
    return hit / max(1, total)


def key_fit(score: Score) -> float:
    """Share of sounding time that lies in the scale asked for."""
    from jobs.music.theory import SCALES

    scale = {(score.tonic + step) % 12 for step in SCALES[score.mode]}
    notes = pitched(score)
    return sum(note.length for note in notes if note.pitch % 12 in scale) / sum(note.length for note in notes)


def randomised(score: Score, seed: int = 0) -> Score:
    """The control: as many notes of the same parts, at random places, pitches, lengths and velocities."""
    rng = Random(seed)

    def scattered(source: Part) -> Part:
        instrument = INSTRUMENTS[source.instrument]
        pitches = sorted({note.pitch for note in source.notes}) if source.role == "drums" else None
        notes = sorted(
            Note(
                rng.uniform(0, score.beats),
                rng.choice((0.25, 0.5, 1.0, 2.0)),
                rng.choice(pitches) if pitches else rng.randint(instrument.low, instrument.high),
                rng.randint(30, 120),
            )
            for _ in source.notes
        )
        return replace(source, notes=tuple(notes))

    return replace(score, parts=tuple(scattered(part) for part in score.parts))


Measure = Callable[[Score], float | None]
