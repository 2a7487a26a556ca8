"""Pictures of figures over time as paths for SVG; knows nothing of jobs. Colours come from the style sheet.

A picture is WIDTH × HEIGHT units; values are one for each bar, oldest first, None where nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 200
LEFT, RIGHT, TOP, BOTTOM = 50, 8, 10, 22  # room around the plot, for the labels of the axes
GAP = 0.2  # of a bar's width, between two
_TIMES = (0.01, 0.1, 1, 10, 60, 600, 3600, 36000)  # seconds: lines of a scale of times

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Label:
    """A label of a line of an axis: where along the axis, in units of the picture, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A path of one series; ``name`` is its class in the style sheet."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The room of one bar, from top to bottom, in units of the picture; ``text``: what a pointer there is told."""

    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole picture, ready for a template."""

    shapes: tuple[Shape, ...]
    rows: tuple[Label, ...]  # y
    columns: tuple[Label, ...]  # x
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What the pictures of a page have in common: one text for each bar, and the labels below some of them."""

    texts: Sequence[str]
    columns: Sequence[tuple[int, str]]  # index of a bar, label

    @property
    def step(self) -> float:
        """Units of the picture for one bar."""
        return (WIDTH - LEFT - RIGHT) / len(self.texts)

    def left(self, index: float) -> float:
        """Where the bar of that index begins, in units of the picture."""
        return LEFT + index * self.step

    def chart(self, shapes: Sequence[Shape], rows: Sequence[Label], details: Sequence[str]) -> Chart:
        """The whole picture; ``rows`` label its lines. ``details``: what is said of each bar, after its time."""
        slots = (
            Slot(round(self.left(index), 1), round(self.step, 1), f"{text}: {detail}" if detail else text)
            for index, (text, detail) in enumerate(zip(self.texts, details, strict=True))
        )
        columns = (Label(round(self.left(index), 1), text) for index, text in self.columns)
        return Chart(tuple(shapes), tuple(rows), tuple(columns), tuple(slots))


def count_scale(highest: float) -> tuple[Callable[[float], float], list[Label]]:
    """A function from a number to its y, and labels at round numbers: at most five, the first at 0."""
    step = next(step for step in _round_steps() if highest <= 4 * step)
    top = max(1, math.ceil(highest / step)) * step
    lines = [Label(_y(at / top), f"{at:g}") for at in range(0, top + 1, step)]
    return (lambda value: _y(value / top)), lines


def _round_steps() -> Iterator[int]:
    for power in range(16):
        for digit in (1, 2, 5):
            yield digit * 10**power


def time_scale(values: Sequence[float], word: Callable[[float], str]) -> tuple[Callable[[float], float], list[Label]]:
    """A function from seconds to their y, logarithmic, and labels at round times, the outer ones around all values.

    ``word``: seconds as a label says them.
    """
    low, high = max(min(values, default=1), _TIMES[0]), max(values, default=1)
    first = max((at for at in _TIMES if at <= low), default=_TIMES[0])
    last = min((at for at in _TIMES if at >= high and at > first), default=max(high, first * 10))
    ratio = math.log(last / first)

    def scale(value: float) -> float:
        return _y(math.log(max(value, first) / first) / ratio)

    return scale, [Label(scale(at), word(at)) for at in sorted({*_TIMES, last}) if first <= at <= last]


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP), 1)


def stacked(frame: Frame, scale: Callable[[float], float], series: Sequence[tuple[str, Values]]) -> list[Shape]:
    """Bars one above the other, a shape for each series (name, values), the first at the bottom."""
    below = [0.0] * len(frame.texts)
    shapes = []
    for name, values in series:
        path = []
        for index, value in enumerate(values):
            if value:
                path.append(_bar(frame, index, scale(below[index]), scale(below[index] + value)))
                below[index] += value
        shapes.append(Shape(name, "".join(path)))
    return shapes


def ranges(frame: Frame, scale: Callable[[float], float], low: Values, high: Values) -> list[Shape]:
    """For each bar the range between two values, with a mark at the lower and the upper one: three shapes."""
    between, lower, upper = [], [], []
    for index, (bottom, top) in enumerate(zip(low, high, strict=True)):
        if bottom is not None and top is not None:
            between.append(_bar(frame, index, scale(bottom), scale(top)))
            lower.append(_mark(frame, index, scale(bottom)))
            upper.append(_mark(frame, index, scale(top)))
    return [Shape("between", "".join(between)), Shape("upper", "".join(upper)), Shape("lower", "".join(lower))]


def area(frame: Frame, scale: Callable[[float], float], name: str, values: Values) -> Shape:
    """Filled steps down to 0, with a hole where nothing is known."""
    path = []
    for first, last in _runs(values):
        path.append(f"M{frame.left(first):.1f} {_y(0)}")
        path += [f"V{scale(values[at] or 0)}H{frame.left(at + 1):.1f}" for at in range(first, last)]
        path.append(f"V{_y(0)}Z")
    return Shape(name, "".join(path))


def steps(frame: Frame, scale: Callable[[float], float], name: str, values: Values) -> Shape:
    """A line of steps, with a hole where nothing is known."""
    path = []
    for first, last in _runs(values):
        path.append(f"M{frame.left(first):.1f} {scale(values[first] or 0)}")
        path += [f"V{scale(values[at] or 0)}H{frame.left(at + 1):.1f}" for at in range(first, last)]
    return Shape(name, "".join(path))


def holes(frame: Frame, name: str, values: Values) -> Shape:
    """The room of the bars of which nothing is known, from top to bottom."""
    unknown = [None if value is not None else 1.0 for value in values]
    path = [
        f"M{frame.left(first):.1f} {TOP}H{frame.left(last):.1f}V{_y(0)}H{frame.left(first):.1f}Z"
        for first, last in _runs(unknown)
    ]
    return Shape(name, "".join(path))


def _runs(values: Values) -> Iterator[tuple[int, int]]:
    """Where values are known: (first, one after the last)."""
    first = None
    for index, value in enumerate([*values, None]):
        if value is not None and first is None:
            first = index
        elif value is None and first is not None:
            yield first, index
            first = None


def _bar(frame: Frame, index: int, bottom: float, top: float) -> str:
    width = frame.step * (1 - GAP)
    return f"M{frame.left(index + GAP / 2):.1f} {bottom}v{top - bottom:.1f}h{width:.1f}v{bottom - top:.1f}z"


def _mark(frame: Frame, index: int, y: float) -> str:
    return f"M{frame.left(index + GAP / 2):.1f} {y}h{frame.step * (1 - GAP):.1f}"
