"""How a piece meets the moments of a picture: bars from one to the next, and the tempo bent until they end there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.music.brief import MAX_CUES, Cue, Remark
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS

BEND = 0.04  # share by which the tempo may be bent
SHORTEST_END = 0.5  # seconds that a last chord on a cue sounds at least
_ROUNDING = 1e-6  # seconds
PASSED = 8.0  # what a moment costs at which no leg begins
_OFF, _SHORT_BAR, _ODD, _HOLD = 12.0, 1.5, 0.25, 0.15  # what it costs: see cost_of and Ending.cost


@dataclass(frozen=True, slots=True)
class Leg:
    """From one cue to the next: so many pulses, at so many a minute."""

    pulses: int
    tempo: float


@dataclass(frozen=True, slots=True)
class Course:
    """The legs up to the last chord, which is held for ``hold`` seconds.

    ``met``: the cues at which a leg begins, or the last chord; others fall within a leg. ``cost``: how far from plain.
    """

    legs: tuple[Leg, ...]
    met: tuple[float, ...]
    hold: float
    cost: float


@dataclass(frozen=True, slots=True)
class Ending:
    """Seconds for which the last chord sounds: at least, best, at most.

    ``slowed``: pulses' worth of time of a ritardando before it, where the last leg has more than ``over`` pulses.
    """

    low: float
    ideal: float
    high: float
    slowed: float = 0.0
    over: int = 0

    def slowed_in(self, pulses: int) -> float:
        """Of a last leg of so many pulses."""
        return self.slowed if pulses > self.over else 0.0

    def cost(self, hold: float) -> float:
        """Of a last chord of so many seconds."""
        return abs(hold - self.ideal) * _HOLD


def kept(cues: Sequence[Cue], duration: float, tempo: float) -> tuple[tuple[Cue, ...], list[Remark]]:
    """The cues that can be met, in their order, and what is to be said of the others.

    ``duration``: seconds of the piece; ``tempo``: beats a minute, as ``Brief.tempo``.
    """
    remarks = []
    ordered = sorted(dict.fromkeys(cues), key=lambda cue: cue.at)
    inside = [cue for cue in ordered if 0 <= cue.at <= duration - SHORTEST_END]
    if outside := [cue.at for cue in ordered if cue not in inside]:
        remarks.append(Remark("cues_outside", {"asked": outside[:MAX_CUES], "used": duration}))
    apart: list[Cue] = []
    close = []
    for cue in inside:
        if apart and cue.at - apart[-1].at < 60 / tempo - _ROUNDING:
            close.append(cue.at)
        else:
            apart.append(cue)
    if close:
        remarks.append(Remark("cues_close", {"asked": close[:MAX_CUES]}))
    if len(apart) > MAX_CUES:
        remarks.append(Remark("cues_many", {"asked": len(apart), "used": MAX_CUES}))
    return tuple(apart[:MAX_CUES]), remarks


def course(cues: Sequence[float], duration: float, tempo: float, metre: str, ending: Ending) -> Course | None:
    """The plainest way through the cues (seconds, in their order) to the end of ``duration``.

    Whole bars if possible, else the last one before a cue has fewer pulses. Where no way leads to a cue with the tempo
    within BEND it falls within a leg. None where not even the end can be reached.
    """
    times = [0.0, *(cue for cue in cues if cue > 0)]
    best: list[tuple[float, tuple[Leg, ...], tuple[int, ...]] | None] = [(0.0, (), ())] + [None] * (len(times) - 1)
    for after in range(1, len(times)):
        for before in range(after):
            reached = best[before]
            if reached is None:
                continue
            for leg in legs_of(times[after] - times[before], tempo, metre):
                cost = reached[0] + cost_of(leg, tempo, metre) + PASSED * (after - before - 1)
                there = best[after]
                if there is None or cost < there[0]:
                    best[after] = cost, (*reached[1], leg), (*reached[2], after)
    ways: list[Course] = []
    for at, reached in enumerate(best):
        if reached is None:
            continue
        cost, legs, met = reached
        cost += PASSED * (len(times) - 1 - at)
        moments = tuple(times[index] for index in met)
        left = duration - times[at]
        if at and SHORTEST_END <= left <= ending.high:
            ways.append(Course(legs, moments, left, cost))
        for leg, hold in last_legs(left, tempo, metre, ending):
            ways.append(Course((*legs, leg), moments, hold, cost + ending.cost(hold) + cost_of(leg, tempo, metre)))
    return min(ways, key=lambda way: way.cost, default=None)


def _pulses_of_bar(metre: str) -> int:
    return round(BAR_BEATS[metre] / PULSE_BEATS[metre])


def legs_of(seconds: float, tempo: float, metre: str) -> Iterator[Leg]:
    """Legs of so many seconds, at least a bar long."""
    around = int(seconds * tempo / 60)
    spread = int(around * BEND) + 1
    for pulses in range(max(around - spread, _pulses_of_bar(metre)), around + spread + 1):
        leg = Leg(pulses, pulses * 60 / seconds)
        if abs(leg.tempo / tempo - 1) <= BEND:
            yield leg


def last_legs(seconds: float, tempo: float, metre: str, ending: Ending) -> Iterator[tuple[Leg, float]]:
    """Legs up to a last chord, which is held for the rest of so many seconds."""
    for pulses in range(_pulses_of_bar(metre), int(seconds * tempo / 60 * (1 + BEND)) + 1):
        slowed = ending.slowed_in(pulses)
        plain = (pulses + slowed) * 60 / tempo
        span = min(max(plain, seconds - ending.high), seconds - ending.low)
        if span > 0 and abs(plain / span - 1) <= BEND:
            yield Leg(pulses, (pulses + slowed) * 60 / span), seconds - span


def cost_of(leg: Leg, tempo: float, metre: str) -> float:
    """How far a leg is from plain: its tempo, a bar cut, bars in no groups of four."""
    bars, over = divmod(leg.pulses, _pulses_of_bar(metre))
    return _OFF * abs(leg.tempo / tempo - 1) + (_SHORT_BAR if over else 0.0) + _ODD * (bars % 2 + bars % 4 / 2)
