"""The form: which sections, how many bars each, how intense, and the tempo that makes the last bar end in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log2
from random import Random

from jobs.music.brief import Brief, Cue, Remark
from jobs.music.composing.legs import leg_bars, over_legs, tempos_of
from jobs.music.composing.sections import asked_sections, at_their_time, implied, in_their_place, without_edges
from jobs.music.composing.statements import layout
from jobs.music.score import Tempo
from jobs.music.styles import Style
from jobs.music.styles.cueing import Course, Ending, course
from jobs.music.styles.lengths import bar_seconds, loop_bars
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS

NUDGE = 0.01  # the tempo asked may be changed by this share to end in time
SLOWING = (0.96, 0.91, 0.84, 0.76)  # the last four pulses of a ritardando
NATURAL = 16.0  # seconds that a section likes to last
MANY = 24  # sections: too many to try every choice of two to leave out
GROWTH = 0.08  # intensity that a section gains when it comes for the third time
SHORTEST_HOLD = 1.0  # seconds that the last chord sounds at least


@dataclass(frozen=True, slots=True)
class Span:
    """A section as planned. ``shift``: semitones by which its key lies above the first."""

    kind: str
    start: float  # beats
    length: float
    bars: int
    occurrence: int  # 0 for the first of its kind
    energy: float  # 0 … 1
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: which section, its place there; ``final`` is the one in which the piece comes to rest."""

    start: float  # beats
    length: float
    span: int
    place: int  # from 0 within the section
    left: int  # bars of the section that follow
    final: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The plan of time. Beats are quarter notes."""

    spans: tuple[Span, ...]
    bars: tuple[Bar, ...]
    tempos: tuple[Tempo, ...]
    landing: float  # beat of the last chord
    beats: float  # where the last bar ends
    end: float  # beat at which the file ends
    fade_out: float  # seconds
    seconds: float  # of the file
    cues: tuple[Cue, ...] = ()  # moments at which something is to happen, in their order
    remarks: tuple[Remark, ...] = ()  # what a person should know of their moments
    unbent: float | None = None  # BPM in quarter notes that moments have bent to ``tempos``; None: they have not

    @property
    def bpm(self) -> float:
        """The tempo in which it is felt, in quarter notes a minute."""
        return self.unbent or self.tempos[0].bpm

    @property
    def rests(self) -> bool:
        """Whether its last bar has the last chord; that of a loop leads back to the first one."""
        return self.bars[-1].final


@dataclass(frozen=True, slots=True)
class Stretch:
    """A section to be laid out. ``bars`` without the last chord's; ``energy`` None: as kind and place have it."""

    kind: str
    bars: int
    shift: int = 0
    energy: float | None = None
    cut: float = 0.0  # beats by which its last bar is shorter than others


@dataclass(frozen=True, slots=True)
class Timing:
    """How many beats before the last chord, how fast, and how many beats remain for it."""

    body: float  # beats
    bpm: float  # quarter notes a minute
    hold: float  # seconds; 0 where there is no last chord: of a loop


def plan_form(brief: Brief, style: Style, rng: Random) -> Form:
    """Fit the style's form to the length asked, and to the moments that it shall meet."""
    if brief.cues and not brief.tune and (form := _cued_form(brief, style)):
        return form
    form = _timed_form(brief, style, rng)
    return replace(form, cues=brief.cues) if brief.cues else form


def _timed_form(brief: Brief, style: Style, rng: Random) -> Form:
    """The form of the length asked."""
    bar = BAR_BEATS[brief.metre]
    timing = fit_time(brief, style)
    count = max(1, int(timing.body // bar))
    bar_seconds = bar * 60 / timing.bpm
    if brief.tune:
        kinds, _ = layout(brief, style, count)
    elif brief.loop:
        kinds = _loop_sections(brief, style, bar_seconds)
    elif brief.sections:
        kinds = asked_sections(brief, style, count, bar_seconds)
    else:
        kinds = fit_sections(style, count, bar_seconds, starts_full=brief.arc == "burst")
    if not brief.tune:
        kinds = at_their_time(kinds, brief, style, count, bar_seconds)
        kinds = in_their_place(kinds, brief.places, style.core)
        kinds = in_their_place(kinds, implied(brief, style, [kind for kind, _ in kinds]), style.core)
    shift_from = _key_change(kinds, style, brief, rng)
    stretches = [Stretch(kind, size, 2 if at >= shift_from else 0) for at, (kind, size) in enumerate(kinds)]
    return laid_out(stretches, timing, brief, style, brief.duration if timing.hold else timing.body * 60 / timing.bpm)


def _cued_form(brief: Brief, style: Style) -> Form | None:
    """The form that meets the cues; None where there is no time for one."""
    way = course([cue.at for cue in brief.cues], brief.duration, brief.tempo, brief.metre, ending_of(brief, style))
    if way is None:
        return None
    rows = leg_bars(way, brief.metre)
    count, seconds = sum(bars for bars, _ in rows), bar_seconds(brief.tempo, brief.metre)
    if brief.sections:
        kinds = asked_sections(brief, style, count, seconds)
    else:
        kinds = fit_sections(style, count, seconds, starts_full=brief.arc == "burst")
    legs = over_legs(kinds, way, brief.cues, style, brief.metre)
    stretches = [
        Stretch(kind, size, cut=cut if at == len(sections) - 1 else 0.0)
        for sections, (_, cut) in zip(legs, rows, strict=True)
        for at, (kind, size) in enumerate(sections)
    ]
    form = along(way, stretches, brief, style, brief.duration)
    return replace(form, cues=brief.cues, unbent=brief.tempo * PULSE_BEATS[brief.metre])


def ending_of(brief: Brief, style: Style) -> Ending:
    """How the last chord may sound behind the way through the moments."""
    bar, pulse = BAR_BEATS[brief.metre], PULSE_BEATS[brief.metre]
    if style.ending == "fade":
        bar = bar_seconds(brief.tempo, brief.metre)
        return Ending(bar * 0.1, bar, bar * 1.1)
    slowed = sum(1 / factor - 1 for factor in SLOWING) if style.ending == "ritard" else 0.0
    return Ending(SHORTEST_HOLD, style.ring, style.ring * 1.5, slowed, over=round(4 * bar / pulse))


def along(way: Course, stretches: Sequence[Stretch], brief: Brief, style: Style, seconds: float) -> Form:
    """The sections, which begin with the legs of that way, in their tempos; the file has so many ``seconds``."""
    tempos = tempos_of(way, brief.metre)
    body = sum(leg.pulses for leg in way.legs) * PULSE_BEATS[brief.metre]
    timing = Timing(body, tempos[-1].bpm, way.hold)
    ends_on_cue = len(way.met) == len(way.legs)
    if not ends_on_cue and ending_of(brief, style).slowed_in(way.legs[-1].pulses):
        last = _tempos(timing, style, brief)
        tempos = (*tempos[:-1], replace(last[0], start=tempos[-1].start), *last[1:])
    return laid_out(stretches, timing, brief, style, seconds, tempos)


def _loop_sections(brief: Brief, style: Style, bar_seconds: float) -> list[tuple[str, int]]:
    """The intro, and what is repeated, in which nothing begins or ends."""
    intro, count = loop_bars(brief.duration, brief.tempo, brief.metre, brief.intro)
    asked = tuple(kind for kind in brief.sections if kind not in ("intro", "outro"))
    if asked:
        repeated = asked_sections(replace(brief, sections=asked), style, count, bar_seconds)
    else:
        repeated = fit_sections(without_edges(style), count, bar_seconds, starts_full=True)
    return [("intro", intro), *repeated] if intro else repeated


def laid_out(
    stretches: Sequence[Stretch],
    timing: Timing,
    brief: Brief,
    style: Style,
    seconds: float,
    tempos: tuple[Tempo, ...] = (),
) -> Form:
    """The sections one after another, the last chord behind the last of them; the file has so many ``seconds``.

    ``tempos``: where they are others than the ``timing`` has.
    """
    bar = BAR_BEATS[brief.metre]
    tempos = tempos or _tempos(timing, style, brief)
    held = timing.hold * tempos[-1].bpm / 60
    rests = held > 0
    spans: list[Span] = []
    bars: list[Bar] = []
    start = 0.0
    seen: dict[str, int] = {}
    for index, stretch in enumerate(stretches):
        kind, size = stretch.kind, stretch.bars
        last = index == len(stretches) - 1
        first_beat = start
        for place in range(size):
            end = timing.body if last and place == size - 1 else start + bar - stretch.cut * (place == size - 1)
            bars.append(Bar(start, end - start, index, place, size - 1 - place + (last and rests)))
            start = end
        if last and rests:
            bars.append(Bar(start, min(bar, held), index, size, 0, final=True))
        energy = stretch.energy
        if energy is None:
            energy = _energy(brief, style, kind, (first_beat + start) / 2 / timing.body, seen.get(kind, 0))
        length = start - first_beat + (bars[-1].length if last and rests else 0.0)
        spans.append(Span(kind, first_beat, length, size + (last and rests), seen.get(kind, 0), energy, stretch.shift))
        seen[kind] = seen.get(kind, 0) + 1
    fade = min(8.0, seconds * 0.2) if style.ending == "fade" and rests else 0.0
    end = timing.body + held
    return Form(tuple(spans), tuple(bars), tempos, timing.body, bars[-1].start + bars[-1].length, end, fade, seconds)


def fit_time(brief: Brief, style: Style) -> Timing:
    """Choose the number of bars before the last chord, so that chord and ring-out end with the file.

    Whole groups of four bars are preferred; the tempo gives way by at most NUDGE. Where not even one bar fits, the
    body is as many pulses as leave the last chord its second.
    """
    pulse = PULSE_BEATS[brief.metre]
    bpm = brief.tempo * pulse
    bar = BAR_BEATS[brief.metre]
    bar_seconds = bar * 60 / bpm
    if brief.loop:
        return _whole_bars(brief)
    if style.ending == "fade":
        low, ideal, high = bar_seconds * 0.1, bar_seconds, bar_seconds * 1.1
    else:
        ideal = min(style.ring, brief.duration * 0.2)
        low, high = max(min(SHORTEST_HOLD, ideal), bar_seconds * 0.15), max(style.ring * 1.5, bar_seconds * 1.15)
    best: tuple[float, Timing] | None = None
    for count in range(1, int(brief.duration * (1 + NUDGE) / bar_seconds) + 1):
        slowed = slowing(style, brief, count * bar)
        seconds = count * bar_seconds + slowed * 60 / bpm
        hold = min(max(brief.duration - seconds, low), high)
        pace = seconds / (brief.duration - hold)
        if abs(pace - 1) > NUDGE:
            continue
        uneven = {0: 0.0, 2: 0.6}.get(count % 4, 1.2) if count > 4 else 0.3 * (count % 2)
        cost = abs(pace - 1) * 300 + uneven + abs(hold - ideal) * 0.15
        if best is None or cost < best[0]:
            best = cost, Timing(count * bar, bpm * pace, hold)
    if best:
        return best[1]
    pulses = max(1, int((brief.duration - SHORTEST_HOLD) * bpm / 60 / pulse))
    return Timing(pulses * pulse, bpm, brief.duration - pulses * pulse * 60 / bpm)


def _whole_bars(brief: Brief) -> Timing:
    """A loop: what is repeated lasts whole hundredths of a second, which are whole frames at 44.1 and 48 kHz."""
    intro, repeated = loop_bars(brief.duration, brief.tempo, brief.metre, brief.intro)
    beats = BAR_BEATS[brief.metre]
    seconds = round(repeated * bar_seconds(brief.tempo, brief.metre), 2)
    return Timing((intro + repeated) * beats, repeated * beats * 60 / seconds, 0.0)


def slowing(style: Style, brief: Brief, body: float) -> float:
    """Beats' worth of time that a ritardando adds."""
    pulse = PULSE_BEATS[brief.metre]
    if brief.loop or style.ending != "ritard" or body < 4 * BAR_BEATS[brief.metre]:
        return 0.0
    return sum(pulse * (1 / factor - 1) for factor in SLOWING)


def _tempos(timing: Timing, style: Style, brief: Brief) -> tuple[Tempo, ...]:
    tempos = [Tempo(0.0, timing.bpm)]
    if slowing(style, brief, timing.body):
        pulse = PULSE_BEATS[brief.metre]
        first = timing.body - len(SLOWING) * pulse
        tempos += [Tempo(first + index * pulse, timing.bpm * factor) for index, factor in enumerate(SLOWING)]
        tempos.append(Tempo(timing.body, timing.bpm * SLOWING[-1]))
    return tuple(tempos)


def fit_sections(style: Style, count: int, bar_seconds: float, starts_full: bool = False) -> list[tuple[str, int]]:
    """The style's plan cut, stretched or repeated to exactly ``count`` bars."""
    if count < 6:
        return [(style.core, count)]
    best: tuple[float, list[tuple[str, int]]] = float("-inf"), []
    for plan in _candidates(style, count, bar_seconds):
        fitted = _adjusted(plan, count, style.core)
        if sum(bars for _, bars in fitted) != count:
            continue
        score = _worth(fitted, style, bar_seconds, starts_full)
        if score > best[0]:
            best = score, fitted
    return best[1]


def _candidates(style: Style, count: int, bar_seconds: float) -> Iterator[list[tuple[str, int]]]:
    """Plans of nearly ``count`` bars: the style's own with sections left out, halved, doubled or repeated."""
    yield [(style.core, count)]
    for scale in (0.5, 1, 2):
        plan = [(kind, max(2, int(bars * scale))) for kind, bars in style.plan]
        lap = [(kind, dict(plan)[kind]) for kind in style.cycle]
        room = count - sum(bars for _, bars in plan)
        laps = max(0, room // max(1, sum(bars for _, bars in lap))) if lap else 0
        others = [section for section in plan[1:-1] if section[0] not in style.cycle]
        at = next((index for index, (kind, _) in enumerate(plan) if lap and kind == lap[-1][0]), 0) + 1
        plan = plan[:at] + _laps(lap, laps, others) + plan[at:]
        size = len(plan)
        drops = range(size) if size <= 9 else range(3 if size <= MANY else 2)
        slack = max(5, count // 5)
        for drop in drops:
            for keep in combinations(plan, size - drop):
                if abs(sum(bars for _, bars in keep) - count) <= slack and any(kind == style.core for kind, _ in keep):
                    yield list(keep)


def _laps(lap: list[tuple[str, int]], count: int, others: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The cycle so many times, after every second time something else."""
    sections: list[tuple[str, int]] = []
    for index in range(count):
        sections += lap
        if others and index % 2 == 1:
            sections.append(others[index // 2 % len(others)])
    return sections


def _adjusted(plan: list[tuple[str, int]], count: int, core: str) -> list[tuple[str, int]]:
    """The same sections with ``count`` bars in all, if it can be: four bars go to the core, odd ones to the edges."""
    sizes = [bars for _, bars in plan]
    left = count - sum(sizes)
    cores = [index for index, (kind, _) in enumerate(plan) if kind == core]
    while abs(left) >= 4:
        step = 4 if left > 0 else -4
        longest = max(cores, key=lambda index: sizes[index] if step < 0 else -sizes[index])
        if sizes[longest] + step < 4:
            break
        sizes[longest] += step
        left -= step
    for index in (len(sizes) - 1, *([0] if plan[0][0] != core else [])):
        share = max(left, 2 - sizes[index]) if left < 0 else left
        sizes[index] += share
        left -= share
    return [(kind, size) for (kind, _), size in zip(plan, sizes, strict=True)]


def _worth(plan: list[tuple[str, int]], style: Style, bar_seconds: float, starts_full: bool) -> float:
    """How good a form is: variety, a frame, sections of a natural length in whole groups of four bars."""
    first, last = style.plan[0][0], style.plan[-1][0]
    kinds = [kind for kind, _ in plan]
    unit = 12 if dict(style.plan)[style.core] % 12 == 0 else 4
    variety = max(3, sum(bars for _, bars in plan) // 6)
    worth = 2.0 * min(len(set(kinds)), variety) + 1.6 * min(kinds.count(style.core), 3)
    worth += 1.5 * (kinds[-1] == last) - (6.0 if starts_full else -1.0) * (kinds[0] == first and first != style.core)
    worth -= 4.0 * (kinds[0] not in {kind for kind, _ in style.plan[:2]} | {style.core})
    worth -= 1.5 * sum(one == other for one, other in zip(kinds, kinds[1:], strict=False))
    natural = min(NATURAL, max(NATURAL / 2, sum(bars for _, bars in plan) * bar_seconds / 4))
    lengths = [abs(log2(bars * bar_seconds / natural)) for kind, bars in plan if kind not in (first, last)]
    worth -= 4.0 * sum(max(0.0, length - 0.3) for length in lengths) / max(1, len(lengths))
    for index, (kind, bars) in enumerate(plan):
        edge = kind in (first, last) and index in (0, len(plan) - 1)
        worth -= 0.4 * max(0.0, bars * bar_seconds / natural - 1) if edge else 0.0
        worth -= 0.0 if bars % (4 if edge else unit) == 0 else 0.15 if edge else 0.4 * unit
    order = {kind: index for index, (kind, _) in reversed(list(enumerate(style.plan)))}
    worth -= 0.8 * sum(order[one] > order[other] and other not in style.cycle for one, other in _pairs(kinds))
    follows = {(one, other) for one, other in _pairs([kind for kind, _ in style.plan])}
    worth += 2.0 * sum(pair in follows for pair in _pairs(kinds)) / max(1, len(kinds) - 1)
    return worth


def _pairs(items: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(items, items[1:], strict=False)


def _key_change(kinds: list[tuple[str, int]], style: Style, brief: Brief, rng: Random) -> int:
    """The section from which the piece lies a tone higher: its last refrain, in long pieces of some styles."""
    wanted = rng.random() < style.modulate
    refrains = [index for index, (kind, _) in enumerate(kinds) if kind == style.core]
    given = brief.chords or brief.section_chords or brief.tune or brief.loop
    if wanted and len(refrains) >= 3 and brief.duration >= 75 and not given:
        return refrains[-1]
    return len(kinds)


def _energy(brief: Brief, style: Style, kind: str, place: float, occurrence: int) -> float:
    """Intensity of a section: the style's own, shaped by the arc and the energy asked."""
    own = style.kinds[kind].energy + GROWTH * (occurrence >= 2)
    shaped = {
        "wave": own,
        "steady": own * 0.4 + style.kinds[style.core].energy * 0.5,
        "build": own * 0.45 + (0.1 + 0.9 * place) * 0.5,
        "fade": own * 0.45 + (1.0 - 0.9 * place) * 0.5,
        "burst": max(own, 0.9) if place < 0.35 else own,
    }[brief.arc]
    return min(1.0, max(0.05, shaped + (brief.energy - style.energy) * 0.7))
