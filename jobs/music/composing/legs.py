"""The way from one moment of a picture to the next: its bars, its tempo, and the sections that begin there."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.music.brief import Cue
from jobs.music.composing.sections import STAND_INS, Sections, allotted, kind_in
from jobs.music.score import Tempo
from jobs.music.styles import Style
from jobs.music.styles.cueing import Course
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS

NAMES = {"drop": "drop", "calm": "break"}  # kinds of cues → of the sections that begin there


def leg_bars(course: Course, metre: str) -> list[tuple[int, float]]:
    """For each leg its bars, and the beats by which the last of them is shorter than the others."""
    bar, pulse = BAR_BEATS[metre], PULSE_BEATS[metre]
    rows = []
    for leg in course.legs:
        bars = -int(-leg.pulses * pulse // bar)
        rows.append((bars, bars * bar - leg.pulses * pulse))
    return rows


def tempos_of(course: Course, metre: str) -> tuple[Tempo, ...]:
    """The tempo of each leg, in quarter notes."""
    pulse, start, tempos = PULSE_BEATS[metre], 0.0, []
    for leg in course.legs:
        tempos.append(Tempo(start, leg.tempo * pulse))
        start += leg.pulses * pulse
    return tuple(tempos)


def over_legs(sections: Sections, course: Course, cues: Sequence[Cue], style: Style, metre: str) -> list[Sections]:
    """The sections laid over the legs, so that one begins with each: another than before, or what the cue names."""
    kinds = {cue.at: cue.kind for cue in cues}
    names = ["", *(NAMES.get(kinds[at], "") for at in course.met)]
    rest = [kind for kind, _ in sections]
    starts = [sum(bars for _, bars in sections[:at]) for at in range(len(sections))]
    placed: list[Sections] = []
    end, before = 0, ""
    for index, (bars, _) in enumerate(leg_bars(course, metre)):
        end += bars
        last = index == len(course.legs) - 1
        choices = range(1, len(rest))
        at = len(rest) if last or not choices else min(choices, key=lambda at: abs(starts[at] - end))
        part = [_inside(kind, style, first=index == 0, last=last) for kind in rest[:at]]
        part[0] = kind_in(style.kinds, names[index]) if names[index] else _another(part[0], before, style)
        if not last and names[index + 1] == "drop" and bars > 1 and len(part) > 1:
            part[-1] = kind_in(style.kinds, "build")
        placed.append(allotted(part, style, bars))
        before = placed[-1][-1][0]
        rest, starts = rest[at:] or rest[-1:], starts[at:] or starts[-1:]
    return placed


def _inside(kind: str, style: Style, *, first: bool, last: bool) -> str:
    """The kind, or the style's fullest instead of one that only begins or ends a piece, where it does neither."""
    begins, ends = ({name, *STAND_INS[name]} for name in ("intro", "outro"))
    return style.core if (kind in begins and not first) or (kind in ends and not last) else kind


def _another(kind: str, before: str, style: Style) -> str:
    if kind != before:
        return kind
    others = (
        name for name, _ in style.plan if name != before and _inside(name, style, first=False, last=False) == name
    )
    return style.core if before != style.core else next(others, kind)
