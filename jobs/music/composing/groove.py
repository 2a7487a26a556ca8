"""How written notes are played: swing, push and lay-back, accents of the metre, the small spread of human hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from jobs.music.composing.plan import Plan
from jobs.music.composing.voicing import fold
from jobs.music.instruments import Instrument
from jobs.music.score import Note
from jobs.music.styles.metres import BAR_BEATS, compound
from jobs.music.styles.reader import PartStyle

ACCENTS = {
    "4/4": (8, 0, 5, 1), "3/4": (9, 0, 1), "6/8": (8, 4), "2/4": (8, 1), "5/4": (9, 0, 1, 6, 0), "7/8": (9, 2, 6, 0),
    "12/8": (8, 2, 5, 2),
}  # velocity by pulse  # fmt: skip
OFFBEAT, SIXTEENTH = -6, -10
LEANS = 0.55  # share of the metre's accents that a tune takes: it is shaped by its phrases
SHORTEST = 0.06  # beats
TRIPLET = 1e-3  # thirds of a pair by which a triplet may lie beside its place
FLOOR, CEILING = 18, 124  # velocity


def swung(beat: float, swing: float, unit: float) -> float:
    """The beat moved by swing: the off-beat ``unit`` goes from the half to two thirds of its pair at 1.0.

    Triplets lie where swing leads to, and stay.
    """
    if not swing:
        return beat
    pair = 2 * unit
    whole, inside = divmod(beat, pair)
    inside /= pair
    if abs(3 * inside - round(3 * inside)) < TRIPLET:
        return beat
    late = 0.5 + swing / 6
    inside = inside / 0.5 * late if inside <= 0.5 else late + (inside - 0.5) / 0.5 * (1 - late)
    return (whole + inside) * pair


def accent(beat: float, bar_start: float, plan: Plan) -> float:
    """Velocity that the place in the bar adds."""
    pulse, place = divmod(beat - bar_start + 1e-6, plan.pulse)
    row = ACCENTS[plan.brief.metre]
    if place < 1e-3:
        return row[int(pulse) % len(row)]
    share = place / plan.pulse
    main = (1 / 3, 2 / 3) if compound(plan.brief.metre) else (1 / 2,)
    return OFFBEAT if any(abs(share - off) < 1e-3 for off in main) else SIXTEENTH


def perform(
    plan: Plan, part: PartStyle, notes: Iterable[Note], instrument: Instrument, loudness: dict[int, float]
) -> list[Note]:
    """The notes as played. ``loudness``: velocity to add in each bar, by its index.

    A tune that was given is played just as it is; one that is written on the grid swings with the others. A strum goes
    from the lowest string to the highest, off the beat of guitars the other way.
    """
    notes = list(notes)
    rng = plan.stream(f"groove:{part.name}")
    given = plan.given if part.role == "melody" else None
    leaning = plan.style.dynamics * (LEANS if part.role == "melody" else 1.0)
    even = compound(plan.brief.metre) or BAR_BEATS[plan.brief.metre] % 1  # no pairs of eighths in a bar
    swing = 0.0 if even or (given and not given.on_grid) else plan.style.swing
    late = 0.0 if given else plan.beats(part.late / 1000)
    spread = 0.0 if given else plan.beats(plan.style.loose / 1000)
    strum = plan.beats(part.strum / 1000)
    strings = Counter(note.start for note in notes) if strum else Counter()
    played: list[Note] = []
    bars = iter(enumerate(plan.form.bars))
    index, bar = next(bars)
    chord_start, string = -1.0, 0
    for note in sorted(notes):
        section = bar.span
        while note.start >= bar.start + bar.length - 1e-6 and index < len(plan.form.bars) - 1:
            index, bar = next(bars)
        if bar.span != section:  # a section is played alike, whatever comes before it
            rng = plan.stream(f"groove:{part.name}:{plan.span(bar).kind}")
        string = string + 1 if note.start == chord_start else 0
        chord_start = note.start
        upwards = strum > 0 and instrument.family == "guitar" and accent(note.start, bar.start, plan) < 0
        struck = strings[note.start] - 1 - string if upwards else string  # when this string's turn is
        start = swung(note.start, swing, plan.style.swing_unit)
        end = swung(note.start + note.length, swing, plan.style.swing_unit)
        shift = late + strum * struck + max(-2.0, min(2.0, rng.gauss(0, 1))) * spread
        velocity = note.velocity + loudness[index]
        if not given:
            velocity += accent(note.start, bar.start, plan) * leaning + rng.uniform(-3, 3)
        start = max(0.0, start + shift)
        if start > plan.form.end - 2 * SHORTEST:
            continue
        length = max(SHORTEST, min(end + shift, plan.form.end - SHORTEST) - start)
        pitch = note.pitch if instrument.drums else fold(note.pitch, instrument.low, instrument.high)
        played.append(Note(start, length, pitch, int(max(FLOOR, min(CEILING, velocity)))))
    return without_overlaps(played)


def without_overlaps(notes: Iterable[Note]) -> list[Note]:
    """The same notes, none sounding into the next of its own pitch, none twice at once."""
    result: list[Note] = []
    last: dict[int, int] = {}
    for note in sorted(notes):
        at = last.get(note.pitch)
        if at is not None:
            before = result[at]
            gap = note.start - before.start
            if gap < SHORTEST / 2:
                continue
            if before.length > gap - 0.01:
                result[at] = Note(before.start, max(0.02, gap - 0.01), before.pitch, before.velocity)
        last[note.pitch] = len(result)
        result.append(note)
    return result
