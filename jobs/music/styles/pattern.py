"""Rhythm as text: one character a step, ``|`` between bars; and how a pattern of one metre is played in another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

BAR_BEATS = {"4/4": 4.0, "3/4": 3.0, "6/8": 3.0}  # quarter notes
PULSES = {"4/4": 4, "3/4": 3, "6/8": 2}  # what the foot taps
PULSE_BEATS = {"4/4": 1.0, "3/4": 1.0, "6/8": 1.5}
REST, HOLD = ".", "-"

# Which pulses of a bar stand for which, and over how many bars of the new metre.
PULSES_FROM = {
    ("4/4", "3/4"): ((0, 1, 3),),
    ("4/4", "6/8"): ((0, 1), (2, 3)),
    ("3/4", "4/4"): ((0, 1, 0, 2),),
    ("3/4", "6/8"): ((0, 1), (0, 2)),
    ("6/8", "4/4"): ((0, 1, 0, 1),),
    ("6/8", "3/4"): ((0, 1, 1),),
}


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
def steps(pattern: str, written: str, played: str, fill: bool = False) -> tuple[tuple[Step, ...], ...]:
    """The strokes of each bar of ``pattern`` (metre ``written``), adapted to the metre ``played``.

    ``fill``: a lane that only keeps time gets a stroke on every third of a compound pulse.
    """
    bars = bars_of(pattern)
    if written != played:
        bars = tuple(new for bar in bars for new in _adapted(bar, written, played, fill))
    return tuple(_strokes(bar, BAR_BEATS[played]) for bar in bars)


def check(pattern: str, metre: str, signs: str) -> None:
    """Raise ValueError where a pattern has a sign that means nothing, or bars that do not divide into pulses."""
    for bar in bars_of(pattern):
        if wrong := set(bar) - set(signs + REST + HOLD):
            raise ValueError(f"{sorted(wrong)[0]!r} in {pattern!r} means nothing here")
        if not bar or len(bar) % PULSES[metre]:
            raise ValueError(f"{bar!r} has {len(bar)} steps: not a multiple of {PULSES[metre]}")


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


def _adapted(bar: str, written: str, played: str, fill: bool) -> list[str]:
    size = len(bar) // PULSES[written]
    pulses = [bar[index * size : (index + 1) * size] for index in range(PULSES[written])]
    if played == "6/8":
        pulses = [_compound(pulse, fill) for pulse in pulses]
    elif written == "6/8":
        pulses = [_simple(pulse) for pulse in pulses]
    return ["".join(pulses[index] for index in group) for group in PULSES_FROM[written, played]]


def _compound(pulse: str, fill: bool) -> str:
    """A quarter's worth of signs as a dotted quarter's: six sixteenths, the off-beat on the last third."""
    grid = _resampled(pulse, 4)
    first, second, third = grid[0], grid[1], grid[2] if grid[2] not in (REST, HOLD) else grid[3]
    if fill and second in (REST, HOLD) and first not in (REST, HOLD) and third not in (REST, HOLD):
        second = "o"
    return "".join(sign + _after(sign) for sign in (first, second, third))


def _simple(pulse: str) -> str:
    """A dotted quarter's worth of signs as a quarter's: two eighths."""
    grid = _resampled(pulse, 6)
    first, off = grid[0], grid[4] if grid[4] not in (REST, HOLD) else grid[2]
    return first + _after(first) + off + _after(off)


def _after(sign: str) -> str:
    return REST if sign == REST else HOLD


def _resampled(pulse: str, size: int) -> str:
    """The same signs on a grid of ``size`` steps; those between the grid's lines move to the line before."""
    grid = [""] * size
    for index, sign in enumerate(pulse):
        slot = index * size // len(pulse)
        if not grid[slot] or grid[slot] in (REST, HOLD):
            grid[slot] = sign
    for slot in range(size):
        grid[slot] = grid[slot] or _after(grid[slot - 1] if slot else REST)
    return "".join(grid)
