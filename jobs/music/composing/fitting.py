"""The sections that a person has laid so that they begin at the moments of a picture, and the piece stays as long."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from itertools import accumulate
from math import ceil, log2

from jobs.music.brief import Brief, Cue, Remark
from jobs.music.composing.form import Form, Stretch, ending_of
from jobs.music.composing.legs import NAMES, leg_bars
from jobs.music.composing.sections import STAND_INS, UNITS
from jobs.music.score import seconds_at
from jobs.music.styles import Style
from jobs.music.styles.cueing import BEND, PASSED, SHORTEST_END, Course, Ending, Leg, cost_of, last_legs, legs_of
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS

MET = 0.02  # seconds by which a section may begin beside a moment
_FOLLOWED = 16  # ways to a moment that are followed, the plainest; and moments from which one leads on, the nearest
_RESIZED = 4.0  # what twice or half the bars cost; less than a moment that no section meets
_PLAIN = Ending(0.0, 0.0, 0.0)  # of a leg that leads to a moment
_RENAMED = 1.0  # what it costs that a section at a moment is of another kind than that asks for


_Beats = tuple[tuple[Leg, ...], tuple[float, ...]]  # the parts of a leg, and the moments at which one begins


@dataclass(frozen=True, slots=True)
class Wish:
    """A section as it is to be. ``is_sized``: a person has said its bars; ``is_named``: and its kind."""

    stretch: Stretch
    is_sized: bool
    is_named: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """From the beginning to where a section begins, or to the last chord. ``met``: the number of the moment there."""

    cost: float = 0.0
    sections: int = 0
    met: int = 0
    leg: Leg | None = None
    before: _Way | None = None

    def steps(self) -> list[_Way]:
        """The ways of which this one is the end, without the beginning."""
        return [*self.before.steps(), self] if self.before else []


class _Search:
    """What leads through the moments: a leg at a time, each with whole sections."""

    def __init__(self, wishes: Sequence[Wish], cues: Sequence[Cue], tempo: float, brief: Brief) -> None:
        self.wishes, self.cues, self.tempo, self.brief = wishes, cues, tempo, brief
        self._pulses = round(BAR_BEATS[brief.metre] / PULSE_BEATS[brief.metre])
        wished = [wish.stretch.bars for wish in wishes]
        self._wished = [0, *accumulate(wished)]  # bars of the first sections together
        self._least = [0, *accumulate(b if w.is_sized else ceil(b / 2) for w, b in zip(wishes, wished, strict=True))]
        self._most = [0, *accumulate(b if w.is_sized else 2 * b for w, b in zip(wishes, wished, strict=True))]

    def reaching(self) -> Iterable[_Way]:
        """The plainest ways to begin each section at each moment."""
        times = [0.0, *(cue.at for cue in self.cues)]
        best: list[dict[int, _Way]] = [{0: _Way()}, *({} for _ in self.cues)]  # by moments, by sections
        for after in range(1, len(times)):
            misnamed = [self._misnamed(sections, after) for sections in range(len(self.wishes) + 1)]
            for before in [before for before in range(after) if best[before]][-_FOLLOWED:]:
                passed = PASSED * (after - before - 1)
                for leg in legs_of(times[after] - times[before], self.tempo, self.brief.metre):
                    of_leg = passed + cost_of(leg, self.tempo, self.brief.metre)
                    for begun, way in best[before].items():
                        for sections, resized in self._reached(begun, leg):
                            cost = way.cost + of_leg + resized + misnamed[sections]
                            there = best[after].get(sections)
                            if there is None or cost < there.cost:
                                best[after][sections] = _Way(cost, sections, after, leg, way)
            best[after] = dict(nsmallest(_FOLLOWED, best[after].items(), key=lambda row: row[1].cost))
        return [way for ways in best for way in ways.values()]

    def ways(self, duration: float, style: Style) -> Iterator[tuple[_Way, float]]:
        """All the ways to the end of the piece, with the seconds for which its last chord sounds."""
        ending, all_of_them = ending_of(self.brief, style), len(self.wishes)
        for way in self.reaching():
            missed = PASSED * (len(self.cues) - way.met)
            left = duration - (self.cues[way.met - 1].at if way.met else 0.0)
            if way.sections == all_of_them:
                if SHORTEST_END <= left <= ending.high:
                    yield replace(way, cost=way.cost + missed), left
                continue
            for leg, hold in last_legs(left, self.tempo, self.brief.metre, ending):
                cost = way.cost + missed + ending.cost(hold) + cost_of(leg, self.tempo, self.brief.metre)
                for sections, resized in self._reached(way.sections, leg):
                    if sections == all_of_them:
                        yield _Way(cost + resized, sections, 0, leg, way), hold

    def _reached(self, begun: int, leg: Leg) -> Iterator[tuple[int, float]]:
        """Up to which sections the leg may lead from there, and what it costs that they have its bars."""
        if self.brief.tune and leg.pulses % self._pulses:
            return  # what was given has whole bars
        bars = ceil(leg.pulses / self._pulses)
        first = bisect_left(self._most, self._most[begun] + bars, begun + 1)
        last = bisect_right(self._least, self._least[begun] + bars, begun + 1)
        for sections in range(first, last):
            yield sections, _RESIZED * abs(log2(bars / (self._wished[sections] - self._wished[begun])))

    def with_beats(self, course: Course, duration: float, style: Style) -> Course:
        """The same way, on which beats fall on the moments between those that it meets, as far as can be."""
        legs: list[Leg] = []
        met: list[float] = []
        ends = [*course.met, duration - course.hold][: len(course.legs)]
        for number, (leg, start, end) in enumerate(zip(course.legs, (0.0, *ends), ends, strict=False)):
            inside = [cue.at - start for cue in self.cues if start + MET < cue.at < end - MET]
            is_last = number == len(course.met)
            ending = ending_of(self.brief, style) if is_last else _PLAIN
            parts, times = _on_beats(leg, end - start, inside, self.tempo, self.brief.metre, ending)
            legs += parts
            met += [start + time for time in times] + ([] if is_last else [end])
        return replace(course, legs=tuple(legs), met=tuple(met))

    def _misnamed(self, sections: int, moment: int) -> float:
        """What it costs that a moment meets the section behind so many."""
        if sections == len(self.wishes):
            return 0.0
        wish, name = self.wishes[sections], NAMES.get(self.cues[moment - 1].kind, "")
        return _RENAMED * (1 + wish.is_named) / 2 if name and not _stands_for(wish.stretch.kind, name) else 0.0


def fitted(
    wishes: Sequence[Wish], cues: Sequence[Cue], tempo: float, brief: Brief, style: Style, seconds: float
) -> tuple[Course, list[Stretch]] | None:
    """The way on which the sections meet as many of the moments as can be, and the sections on it.

    The tempo (pulses a minute) is bent by no more than ``jobs.music.styles.cueing.BEND``; bars that nobody has written
    are chosen, as is the kind of a section for a moment that asks for one. None where no way leads to the end.
    """
    search = _Search(wishes, [cue for cue in cues if cue.at > 0], tempo, brief)
    found = min(search.ways(seconds, style), key=lambda row: row[0].cost, default=None)
    if found is None:
        return None
    way, hold = found
    steps = way.steps()
    met = tuple(search.cues[step.met - 1].at for step in steps if step.met)
    course = Course(tuple(step.leg for step in steps if step.leg), met, hold, way.cost)
    stretches: list[Stretch] = []
    for step, (bars, cut) in zip(steps, leg_bars(course, brief.metre), strict=True):
        part = wishes[len(stretches) : step.sections]
        stretches += [replace(wish.stretch, bars=size) for wish, size in zip(part, _sizes(part, bars), strict=True)]
        stretches[-1] = replace(stretches[-1], cut=cut)
    course = search.with_beats(course, seconds, style)
    begins = {step.sections: search.cues[step.met - 1].kind for step in steps if step.met}
    return course, _named(stretches, wishes, begins)


def _on_beats(leg: Leg, seconds: float, inside: Sequence[float], tempo: float, metre: str, ending: Ending) -> _Beats:
    """The leg divided so that beats fall on as many as can be of the moments ``inside`` it (seconds from its start).

    ``ending``: of the last leg, which may slow down; of others it adds nothing.
    """
    times = [0.0, *inside]
    best: dict[tuple[int, int], tuple[float, _Beats]] = {(0, 0): (0.0, ((), ()))}
    for after in range(1, len(times)):
        for (before, done), (cost, (legs, met)) in list(best.items()):
            for part in legs_of(times[after] - times[before], tempo, metre):
                pulses = done + part.pulses
                further = cost + cost_of(part, tempo, metre) + PASSED * (after - before - 1)
                if pulses < leg.pulses and further < best.get((after, pulses), (float("inf"),))[0]:
                    best[after, pulses] = further, ((*legs, part), (*met, times[after]))
    divided = []
    for (at, done), (cost, (legs, met)) in best.items():
        left = leg.pulses - done
        rest = Leg(left, (left + ending.slowed_in(left)) * 60 / (seconds - times[at]))
        if not at or abs(rest.tempo / tempo - 1) <= BEND:
            further = cost + cost_of(rest, tempo, metre) + PASSED * (len(inside) - at)
            divided.append((further, ((*legs, rest), met)))
    return min(divided, key=lambda row: row[0])[1]


def within(form: Form) -> list[float]:
    """Seconds of the moments at which neither a section begins nor the last chord."""
    begins = [seconds_at(form.tempos, beat) for beat in (*(span.start for span in form.spans), form.landing)]
    return [cue.at for cue in form.cues if not any(abs(cue.at - at) < MET for at in begins)]


def with_remarks(form: Form, remarks: Sequence[Remark]) -> Form:
    inside = [Remark("cues_within", {"asked": moments})] if (moments := within(form)) else []
    return replace(form, remarks=(*remarks, *inside))


def _sizes(wishes: Sequence[Wish], bars: int) -> Sequence[int]:
    """So many bars among the sections, as many as are left for those that nobody has sized."""
    wished = [wish.stretch.bars for wish in wishes]
    free = [at for at, wish in enumerate(wishes) if not wish.is_sized]
    natural = sum(wished[at] for at in free)
    rest = bars - (sum(wished) - natural)
    if rest == natural:
        return wished
    unit = next(unit for unit in UNITS if unit * len(free) <= rest or unit == 1)
    sizes = dict.fromkeys(free, unit)
    while sum(sizes.values()) + unit <= rest:
        sizes[max(free, key=lambda at: wished[at] * rest / natural - sizes[at])] += unit
    sizes[free[-1]] += rest - sum(sizes.values())
    return [sizes.get(at, size) for at, size in enumerate(wished)]


def _named(stretches: list[Stretch], wishes: Sequence[Wish], begins: Mapping[int, str]) -> list[Stretch]:
    """The sections, of the kinds that the moments at which they begin ask for where nobody has said another."""
    for at, kind in begins.items():
        name = NAMES.get(kind, "")
        if not name or at == len(wishes) or wishes[at].is_named or _stands_for(stretches[at].kind, name):
            continue
        stretches[at] = replace(stretches[at], kind=name, energy=None)
        is_led_to = kind == "drop" and at > 1 and at - 1 not in begins and not wishes[at - 1].is_named
        if is_led_to and stretches[at - 1].bars > 1:
            stretches[at - 1] = replace(stretches[at - 1], kind="build", energy=None)
    return stretches


def _stands_for(kind: str, name: str) -> bool:
    return kind in (name, *STAND_INS.get(name, ()))
