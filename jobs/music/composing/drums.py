"""The drum kit: grooves by intensity, ghost notes and accents, fills and crashes where sections meet."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from jobs.music.composing.form import Bar, Span
from jobs.music.composing.phrases import SOLO
from jobs.music.composing.plan import Plan, phase
from jobs.music.composing.variation import DIFFERS, FIGURES
from jobs.music.score import Note
from jobs.music.styles import shared
from jobs.music.styles.metres import nearest_written
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
LONG, BRIEF = 8, 0.75  # bars of a section that ends with a whole fill; how strong one is after fewer
CALMING = 0.6  # how strong one is that leads to a quieter section
LOUD_START = 0.7  # intensity from which even the first section opens with a crash, and later ones with two
LIFTING = 0.1  # rise of intensity from which a refrain is played on the ride cymbal
DROP = 0.15  # rise of intensity before which the kick is left out
SPLASHING, RIDING = ("rock", "soft"), ("rock", "soft", "hiphop")  # rows of fills whose drummers do so
STEADY = 0.4  # how much rarer than other players a drummer changes a bar
GHOST = 62  # velocity
KICKS, TIME = (35, 36), (42, 44, 51)
BESIDE = tuple(
    DRUM_KEYS[lane]
    for lane in (
        "claves", "agogo", "cowbell", "guiro", "maracas", "shaker", "cabasa", "triangle", "conga_hi", "conga_mute",
        "conga_lo", "bongo_hi", "bongo_lo",
    )
)  # other hands than the drummer's  # fmt: skip


def drum_line(plan: Plan, bars: list[Bar]) -> list[Note]:
    """The kit in those bars. Beats are before the groove."""
    fills = shared().fills.get(plan.style.fills, ())
    notes: list[Note] = []
    for bar in bars:
        span = plan.span(bar)
        groove = pick_groove(plan, span.energy, span.kind)
        strokes = _bar(plan, groove, bar, phase(plan, bar))
        rng = plan.stream(f"drums:{span.kind}:{FIGURES[bar.place % 8]}")
        fill = _fill(fills, plan, bar, rng)
        if fill:
            strokes = _filled(plan, strokes, fill, bar)
        elif not groove.sections:
            strokes = changed(plan, strokes, bar, rng)
        strokes = _opened(plan, strokes, bar) if bar.place == 0 and fills else strokes
        notes += _before_the_drop(plan, strokes, bar) if bar.left == 0 else strokes
    return sorted(notes)


def _opened(plan: Plan, strokes: list[Note], bar: Bar) -> list[Note]:
    """The first bar of a section with a cymbal: a crash where it is loud, a splash where it is not."""
    span = plan.span(bar)
    if bar.start == 0 and span.energy <= LOUD_START:
        return strokes
    kept = [note for note in strokes if note.start > bar.start or note.pitch not in TIME]
    if span.energy >= CRASH_FROM:
        other = span.occurrence % 2 and span.energy >= LOUD_START
        pair = [Note(bar.start, STROKE, DRUM_KEYS["crash"], 104)]
        return kept + pair + [Note(bar.start, STROKE, DRUM_KEYS["crash2"], 92)] * bool(other)
    if span.energy >= FILL_FROM and span.bars >= 4 and plan.style.fills in SPLASHING:
        return [*strokes, Note(bar.start, STROKE, DRUM_KEYS["splash"], 70)]
    return strokes


def _before_the_drop(plan: Plan, strokes: list[Note], bar: Bar) -> list[Note]:
    """In music for dancing the kick is out before a drop, and the last pulse is left to one stroke or to none."""
    following = plan.form.spans[min(bar.span + 1, len(plan.form.spans) - 1)]
    rise = following.energy - plan.span(bar).energy
    if plan.style.fills != "electronic" or rise < DROP or bar.span == len(plan.form.spans) - 1:
        return strokes
    middle, end = bar.start + bar.length / 2, bar.start + bar.length - plan.pulse
    return [
        note
        for note in strokes
        if not (note.start >= middle - 1e-6 and note.pitch in KICKS) and not note.start >= end + plan.pulse / 2 - 1e-6
    ]


def changed(plan: Plan, strokes: list[Note], bar: Bar, rng: Random) -> list[Note]:
    """What a drummer does inside eight bars: a kick more, a ghost note, an open hat, a stroke left out."""
    lot, way = rng.random(), rng.choice(CHANGES)
    calm = lot >= STEADY * plan.style.vary * DIFFERS[FIGURES[bar.place % 8]]
    return strokes if calm else way(strokes, plan, bar, rng)


def _another_kick(strokes: list[Note], plan: Plan, bar: Bar, rng: Random) -> list[Note]:
    """A soft kick on the eighth before or after one that is there; on every beat already there is none to add."""
    kicks = [note for note in strokes if note.pitch in KICKS]
    taken = {round(note.start, 3) for note in kicks}
    if not kicks or len(kicks) >= 4 or plan.style.phase:
        return strokes
    half = plan.pulse / 2 if plan.pulse == 1.0 else plan.pulse / 3
    places = [note.start + side * half for note in kicks for side in (-1, 1)]
    free = [at for at in places if bar.start < at < bar.start + bar.length - 1e-6 and round(at, 3) not in taken]
    return [*strokes, Note(rng.choice(free), STROKE, kicks[0].pitch, 84)] if free else strokes


def _ghosts(strokes: list[Note], plan: Plan, bar: Bar, rng: Random) -> list[Note]:
    """One or two ghost notes on the snare, in sixteenths that are free, or in the triplets of a swung style."""
    snares = [note for note in strokes if note.pitch in (38, 40)]
    if not snares:
        return strokes
    step = plan.pulse / 3 if plan.style.swing > 0.5 or plan.pulse == 1.5 else plan.pulse / 4
    taken = {round(note.start - bar.start, 3) for note in snares}
    free = [index * step for index in range(round(bar.length / step)) if round(index * step, 3) not in taken]
    free = [at for at in free if at % plan.pulse]
    chosen = rng.sample(free, min(len(free), rng.randint(1, 2)))
    return strokes + [Note(bar.start + at, STROKE, snares[0].pitch, 50 + rng.randint(0, 8)) for at in chosen]


def _open_hat(strokes: list[Note], plan: Plan, bar: Bar, rng: Random) -> list[Note]:
    """The last hat before a beat opens."""
    hats = [note for note in strokes if note.pitch == DRUM_KEYS["hat"] and (note.start - bar.start) % plan.pulse]
    if not hats or any(note.pitch == DRUM_KEYS["open"] for note in strokes):
        return strokes
    chosen = hats[-1] if rng.random() < 0.6 else rng.choice(hats)
    return [
        replace(note, pitch=DRUM_KEYS["open"], velocity=note.velocity + 8) if note is chosen else note
        for note in strokes
    ]


def _left_out(strokes: list[Note], plan: Plan, bar: Bar, rng: Random) -> list[Note]:
    """A quiet stroke of hat, shaker or ghost note less; a clave, a bell, a surdo is never touched."""
    free = {DRUM_KEYS[lane] for lane in TIMEKEEPERS}
    quiet = [
        note
        for note in strokes
        if note.start > bar.start and note.velocity < 84 and (note.pitch in free or note.velocity <= GHOST)
    ]
    gone = rng.choice(quiet) if quiet else None
    return [note for note in strokes if note is not gone]


CHANGES = (_another_kick, _ghosts, _ghosts, _open_hat, _left_out)


def pick_groove(plan: Plan, energy: float, kind: str) -> Groove:
    """The busiest groove whose level the intensity reaches: the section's own before the metre's before any."""
    grooves = plan.style.grooves or shared().grooves
    own = [groove for groove in grooves if kind in groove.sections] or [g for g in grooves if not g.sections]
    metre = nearest_written(plan.brief.metre, tuple(groove.metre for groove in own))
    written = [groove for groove in own if groove.metre == metre]
    reached = [groove for groove in written if groove.level <= energy] or written[:1]
    return max(reached, key=lambda groove: groove.level)


def _bar(plan: Plan, groove: Groove, bar: Bar, place: int, *, ends: bool = False) -> list[Note]:
    notes = []
    ride = _rides(plan, bar)
    for lane, pattern in groove.lanes.items():
        rhythm = steps(pattern, groove.metre, plan.brief.metre, lane in TIMEKEEPERS, ends)
        key = DRUM_KEYS["ride" if ride and lane == "hat" and "ride" not in groove.lanes else lane]
        for step in rhythm[place % len(rhythm)]:
            if step.at < bar.length - 1e-6 and not (key == DRUM_KEYS["ride"] and lane == "hat" and step.sign in "go"):
                velocity = LOUDNESS[step.sign] + round(LANE_OFFSET.get(lane, 0) * (0.6 if step.sign in QUIET else 1))
                notes.append(Note(bar.start + step.at, STROKE, key, velocity))
    return notes


def _rides(plan: Plan, bar: Bar) -> bool:
    """In solos, and in refrains that lift the piece, the right hand goes over to the ride cymbal."""
    span, style = plan.span(bar), plan.style
    if style.fills not in RIDING:
        return False
    lifts = span.kind == style.core and bar.span > 0 and span.energy - plan.form.spans[bar.span - 1].energy >= LIFTING
    return SOLO in span.kind or lifts


def _fill(fills: tuple[Groove, ...], plan: Plan, bar: Bar, rng: Random) -> Groove | None:
    """The fill for this bar: at the end of a section, after eight bars of a long one, and a small one after four."""
    span = plan.span(bar)
    last = bar.span == len(plan.form.spans) - 1
    ends = bar.left == (1 if last and plan.form.rests else 0)
    inside = bar.left > 1 and bar.place % 4 == 3
    eighth = inside and bar.place % 8 == 7
    following = plan.form.spans[min(bar.span + 1, len(plan.form.spans) - 1)]
    energy = _prepared(span, following) if ends else span.energy * (0.8 if eighth else 0.55)
    lot = rng.random()
    if not fills or energy < FILL_FROM or not (ends or inside) or (not ends and lot > (0.8 if eighth else 0.25)):
        return None
    fitting = [fill for fill in fills if fill.level <= energy] or list(fills[:1])
    return rng.choice(fitting[-3:]) if ends or eighth else fitting[0]


def _prepared(span: Span, following: Span) -> float:
    """How strong the fill is that ends a section: as what it leads to, less into a quieter one or after a few bars."""
    energy = following.energy if following.energy >= span.energy else span.energy * CALMING
    return energy * (BRIEF if span.bars < LONG else 1.0)


def _filled(plan: Plan, strokes: list[Note], fill: Groove, bar: Bar) -> list[Note]:
    """The groove up to the fill's first stroke, then the fill over the kick; who plays beside the drummer plays on."""
    added = _bar(plan, fill, bar, -1, ends=True)  # the last bar, where the other metre makes several of one
    if not added:
        return strokes
    first = min(note.start for note in added)
    keep = [note for note in strokes if note.start < first - 1e-6 or note.pitch in (*KICKS, *BESIDE)]
    taken = {(note.start, note.pitch) for note in added}
    return [note for note in keep if (note.start, note.pitch) not in taken] + added


def kick_beats(drums: list[Note]) -> list[float]:
    """Where the kick sounds, rising."""
    return sorted({note.start for note in drums if note.pitch in KICKS})
