"""Rhythm as text: one character a step, ``|`` between bars."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from jobs.music.styles.metres import BAR_BEATS, HOLD, PULSE_BEATS, REST, STEPS, adapted

__all__ = ["BAR_BEATS", "HOLD", "PULSE_BEATS", "REST", "Step", "bars_of", "check", "steps"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stroke of a pattern: beats after the bar line, the character, beats until the next stroke or rest."""

    at: float
    sign: str
    length: float


def bars_of(pattern: str) -> tuple[str, ...]:
    """The bars of a pattern, without the spaces that only help the eye."""
    return tuple("".join(bar.split()) for bar in pattern.split("|"))


@lru_cache(maxsize=8192)
def steps(
    pattern: str, written: str, played: str, fill: bool = False, ends: bool = False
) -> tuple[tuple[Step, ...], ...]:
    """The strokes of each bar of ``pattern`` (metre ``written``), adapted to the metre ``played``.

    ``fill``: a lane that only keeps time gets a stroke on every third of a compound pulse. ``ends``: what matters is
    how the bar ends.
    """
    bars = bars_of(pattern)
    if written != played:
        bars = tuple(adapted(bars, written, played, fill=fill, ends=ends))
    return tuple(_strokes(bar, BAR_BEATS[played]) for bar in bars)


def check(pattern: str, metre: str, signs: str) -> None:
    """Raise ValueError where a pattern has a sign that means nothing, or bars that do not divide into pulses."""
    for bar in bars_of(pattern):
        if wrong := set(bar) - set(signs + REST + HOLD):
            raise ValueError(f"{sorted(wrong)[0]!r} in {pattern!r} means nothing here")
        if not bar or len(bar) % STEPS[metre]:
            raise ValueError(f"{bar!r} has {len(bar)} steps: not a multiple of {STEPS[metre]}")


def _strokes(bar: str, beats: float) -> tuple[Step, ...]:
    step = beats / len(bar)
    strokes = []
    for index, sign in enumerate(bar):
        if sign in (REST, HOLD):
            continue
        end = index + 1
        while end < len(bar) and bar[end] == HOLD:
            end += 1
        strokes.append(Step(index * step, sign, (end - index) * step))
    return tuple(strokes)
