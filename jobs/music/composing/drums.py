"""The drum kit: grooves by intensity, ghost notes and accents, fills and crashes where sections meet."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from jobs.music.composing.form import Bar
from jobs.music.composing.plan import Plan
from jobs.music.score import Note
from jobs.music.styles import shared
from jobs.music.styles.pattern import steps
from jobs.music.styles.reader import DRUM_KEYS, Groove

LOUDNESS = {"X": 108, "x": 97, "o": 82, "g": 60}
QUIET = "og"
LANE_OFFSET = {  # cymbals and small percussion lie behind kick and snare
    "hat": -18, "pedal": -22, "open": -14, "ride": -14, "bell": -8, "shaker": -24, "cabasa": -24, "maracas": -24,
    "tamb": -20, "triangle": -22, "guiro": -20, "claves": -22, "block": -22, "cowbell": -24, "agogo": -24,
    "conga_hi": -14, "conga_mute": -16, "conga_lo": -10, "bongo_hi": -16, "bongo_lo": -14, "brush": -18,
}  # fmt: skip
TIMEKEEPERS = ("hat", "ride", "shaker", "cabasa", "maracas", "tamb")
STROKE = 0.2  # beats; a drum sounds as long as it sounds
CRASH_FROM = 0.5  # intensity from which a section opens with a crash
FILL_FROM = 0.3


def drum_line(plan: Plan, bars: list[Bar]) -> list[Note]:
    """The kit in those bars. Beats are before the groove."""
    fills = shared().fills.get(plan.style.fills, ())
    notes: list[Note] = []
    for bar in bars:
        span = plan.span(bar)
        groove = pick_groove(plan, span.energy, span.kind)
        strokes = _bar(plan, groove, bar)
        fill = _fill(fills, plan, bar, plan.stream(f"drums:{span.kind}:{bar.place}"))
        if fill:
            strokes = _filled(plan, strokes, fill, bar)
        opens = bar.place == 0 and span.energy >= CRASH_FROM
        if opens and fills and (bar.start > 0 or span.energy > 0.7):
            strokes = [note for note in strokes if note.start > bar.start or note.pitch not in (42, 44, 51)]
            strokes.append(Note(bar.start, STROKE, DRUM_KEYS["crash"], 104))
        notes += strokes
    return sorted(notes)


def pick_groove(plan: Plan, energy: float, kind: str) -> Groove:
    """The busiest groove whose level the intensity reaches: the section's own before the metre's before any."""
    grooves = plan.style.grooves or shared().grooves
    own = [groove for groove in grooves if kind in groove.sections] or [g for g in grooves if not g.sections]
    written = [groove for groove in own if groove.metre == plan.brief.metre] or own
    reached = [groove for groove in written if groove.level <= energy] or written[:1]
    return max(reached, key=lambda groove: groove.level)


def _bar(plan: Plan, groove: Groove, bar: Bar) -> list[Note]:
    notes = []
    for lane, pattern in groove.lanes.items():
        rhythm = steps(pattern, groove.metre, plan.brief.metre, lane in TIMEKEEPERS)
        for step in rhythm[bar.place % len(rhythm)]:
            if step.at < bar.length - 1e-6:
                velocity = LOUDNESS[step.sign] + round(LANE_OFFSET.get(lane, 0) * (0.6 if step.sign in QUIET else 1))
                notes.append(Note(bar.start + step.at, STROKE, DRUM_KEYS[lane], velocity))
    return notes


def _fill(fills: tuple[Groove, ...], plan: Plan, bar: Bar, rng: Random) -> Groove | None:
    """The fill for this bar: at the end of a section, and a small one halfway through a long one."""
    span = plan.span(bar)
    last = bar.span == len(plan.form.spans) - 1
    ends = bar.left == (1 if last else 0)
    halfway = span.bars >= 8 and bar.place % 8 == 3 and bar.left > 1
    following = plan.form.spans[min(bar.span + 1, len(plan.form.spans) - 1)]
    energy = max(span.energy, following.energy if ends else 0.0) * (0.6 if halfway else 1.0)
    if not fills or energy < FILL_FROM or not (ends or halfway):
        return None
    fitting = [fill for fill in fills if fill.level <= energy] or list(fills[:1])
    if halfway and rng.random() < 0.5:
        return None
    return fitting[0] if halfway else rng.choice(fitting[-3:])


def _filled(plan: Plan, strokes: list[Note], fill: Groove, bar: Bar) -> list[Note]:
    """The groove up to the fill's first stroke, then the fill over the kick."""
    added = _bar(plan, fill, replace(bar, place=-1))  # the last bar, where the other metre makes several of one
    if not added:
        return strokes
    first = min(note.start for note in added)
    keep = [note for note in strokes if note.start < first - 1e-6 or note.pitch == DRUM_KEYS["kick"]]
    taken = {(note.start, note.pitch) for note in added}
    return [note for note in keep if (note.start, note.pitch) not in taken] + added


def kick_beats(drums: list[Note]) -> list[float]:
    """Where the kick sounds, rising."""
    return sorted({note.start for note in drums if note.pitch in (35, 36)})
