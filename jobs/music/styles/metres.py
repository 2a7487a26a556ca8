"""Metres: how long a bar is, where the foot taps, and how a bar written in one is played in another."""

from __future__ import annotations

BAR_BEATS = {"4/4": 4.0, "3/4": 3.0, "6/8": 3.0, "2/4": 2.0, "5/4": 5.0, "7/8": 3.5, "12/8": 6.0}  # quarter notes
PULSE_BEATS = {
    "4/4": 1.0,
    "3/4": 1.0,
    "6/8": 1.5,
    "2/4": 1.0,
    "5/4": 1.0,
    "7/8": 1.0,
    "12/8": 1.5,
}  # what the foot taps
STEPS = {"4/4": 4, "3/4": 3, "6/8": 2, "2/4": 2, "5/4": 5, "7/8": 7, "12/8": 4}  # parts that a written bar divides into
# Groups of pulses begin there, in beats: 3+2 in 5/4, 2+2+3 eighths in 7/8.
STRONG = {
    "4/4": (0.0, 2.0), "3/4": (0.0,), "6/8": (0.0, 1.5), "2/4": (0.0,), "5/4": (0.0, 3.0), "7/8": (0.0, 2.0),
    "12/8": (0.0, 3.0),
}  # fmt: skip
# Whose patterns a metre rather takes, where it has none of its own.
KIN = {
    "4/4": ("2/4", "12/8", "3/4", "6/8"), "3/4": ("4/4", "6/8"), "6/8": ("12/8", "4/4", "3/4"), "2/4": ("4/4", "6/8"),
    "5/4": ("4/4", "3/4"), "7/8": ("4/4", "3/4"), "12/8": ("6/8", "4/4", "3/4"),
}  # fmt: skip
REST, HOLD = ".", "-"

# Which pulses of a bar stand for which, and over how many bars of the new metre; 7/8 has three and a half of them.
_PULSES_FROM = {
    ("4/4", "3/4"): ((0, 1, 3),),
    ("4/4", "6/8"): ((0, 1), (2, 3)),
    ("4/4", "2/4"): ((0, 1), (2, 3)),
    ("4/4", "5/4"): ((0, 1, 3, 2, 3),),
    ("4/4", "12/8"): ((0, 1, 2, 3),),
    ("3/4", "4/4"): ((0, 1, 0, 2),),
    ("3/4", "6/8"): ((0, 1), (0, 2)),
    ("3/4", "5/4"): ((0, 1, 2, 0, 1),),
    ("6/8", "4/4"): ((0, 1, 0, 1),),
    ("6/8", "3/4"): ((0, 1, 1),),
    ("6/8", "2/4"): ((0, 1),),
    ("2/4", "4/4"): ((0, 1, 0, 1),),
    ("5/4", "4/4"): ((0, 1, 3, 4),),
    ("12/8", "4/4"): ((0, 1, 2, 3),),
    ("12/8", "6/8"): ((0, 1), (2, 3)),
}
# The same for what leads to the bar line, such as a fill: its last pulse stays the last.
_ENDS_FROM = {("4/4", "5/4"): ((0, 0, 1, 2, 3),)}


def compound(metre: str) -> bool:
    """Its pulses divide into three."""
    return PULSE_BEATS[metre] == 1.5


def nearest_written(metre: str, written: tuple[str, ...]) -> str:
    """Which of the metres in which something is written is the best for playing it in this one; the first, if none."""
    return next((other for other in (metre, *KIN[metre]) if other in written), written[0])


def adapted(bars: tuple[str, ...], written: str, played: str, *, fill: bool = False, ends: bool = False) -> list[str]:
    """The bars of a pattern as played in another metre.

    ``fill``: a lane that only keeps time gets a stroke on every third of a compound pulse. ``ends``: what matters is
    how the bar ends.
    """
    if written == "6/8" and played == "12/8":
        pairs = range(0, len(bars) + len(bars) % 2, 2)
        return [bars[first % len(bars)] + bars[(first + 1) % len(bars)] for first in pairs]
    if written == "7/8":
        in_four = tuple(bar + _after(bar[-1]) * (len(bar) // 7) for bar in bars)
        return list(in_four) if played == "4/4" else adapted(in_four, "4/4", played, fill=fill, ends=ends)
    if played == "7/8":
        in_four = tuple(bars) if written == "4/4" else tuple(adapted(bars, written, "4/4", fill=fill, ends=ends))
        return [_seven(bar, fill=fill, ends=ends) for bar in in_four]
    if (written, played) not in _PULSES_FROM:
        in_four = tuple(adapted(bars, written, "4/4", fill=fill, ends=ends))
        return list(in_four) if played == "4/4" else adapted(in_four, "4/4", played, fill=fill, ends=ends)
    table = _ENDS_FROM if ends and (written, played) in _ENDS_FROM else _PULSES_FROM
    return [new for bar in bars for new in _regrouped(bar, table[written, played], written, played, fill=fill)]


def _regrouped(bar: str, groups: tuple[tuple[int, ...], ...], written: str, played: str, *, fill: bool) -> list[str]:
    pulses = _pulses(bar, STEPS[written])
    if compound(played) and not compound(written):
        pulses = [_compound(pulse, fill=fill) for pulse in pulses]
    elif compound(written) and not compound(played):
        pulses = [_simple(pulse) for pulse in pulses]
    return ["".join(pulses[index] for index in group) for group in groups]


def _seven(bar: str, *, fill: bool, ends: bool) -> str:
    """A bar of four pulses without its last eighth (or its first, where it leads on), felt as 2+2+3.

    Who taps all four, and nothing between, taps three: the last one lasts three eighths.
    """
    pulses = [_simple(pulse) if len(pulse) % 2 else pulse for pulse in _pulses(bar, 4)]
    half = len(pulses[0]) // 2
    if ends:
        return "".join(pulses)[half:]
    taps = all(pulse[0] not in (REST, HOLD) and set(pulse[1:]) <= {REST, HOLD} for pulse in pulses)
    last = pulses[3][:half]
    if taps and not fill:
        last = _after(pulses[2][-1]) * half
    return "".join(pulses[:3]) + last


def _pulses(bar: str, count: int) -> list[str]:
    size = len(bar) // count
    return [bar[index * size : (index + 1) * size] for index in range(count)]


def _compound(pulse: str, *, fill: bool) -> str:
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
