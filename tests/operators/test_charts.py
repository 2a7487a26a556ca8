import math
import re

import pytest

from jobs.operators import charts
from jobs.operators.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Frame

FLOOR = HEIGHT - BOTTOM


@pytest.fixture
def frame() -> Frame:
    return Frame(["a", "b", "c", "d"], [(0, "a"), (2, "c")])


@pytest.mark.parametrize(("highest", "lines"), [(0, "0 1"), (3, "0 1 2 3"), (9, "0 5 10"), (41, "0 20 40 60")])
def test_counts_have_few_round_lines_from_zero(highest: int, lines: str) -> None:
    scale, rows = charts.count_scale(highest)
    assert [row.text for row in rows] == lines.split()
    assert scale(0) == FLOOR
    assert TOP <= scale(highest) <= FLOOR
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)


@pytest.mark.parametrize("highest", [0, 1, 7, 99, 1234, 5_000_000])
def test_counts_never_have_more_than_five_lines(highest: int) -> None:
    _scale, rows = charts.count_scale(highest)
    assert 2 <= len(rows) <= 5
    assert float(rows[-1].text) >= highest


@pytest.mark.parametrize("values", [[], [0.0], [1.0], [0.3, 200.0], [1e-5, 1e6], [36000.0]])
def test_times_lie_between_the_outer_lines(values: list[float]) -> None:
    scale, rows = charts.time_scale(values, "{:g}".format)
    assert len(rows) >= 2
    assert (rows[0].at, rows[-1].at) == (FLOOR, TOP)
    for value in values:
        assert TOP <= scale(value) <= FLOOR


def test_times_are_drawn_on_their_logarithm() -> None:
    scale, rows = charts.time_scale([0.1, 1000.0], "{:g}".format)
    assert [row.text for row in rows] == ["0.1", "1", "10", "60", "600", "3600"]
    assert scale(1) - scale(10) == pytest.approx(scale(0.1) - scale(1), abs=0.2)
    assert scale(0.1) - scale(1) == pytest.approx((FLOOR - TOP) / math.log10(36000), abs=0.2)


def test_bars_stand_one_on_the_other(frame: Frame) -> None:
    lower, upper = charts.stacked(frame, lambda value: 100 - value, [("low", [1, 0, 2, 3]), ("high", [4, 5, 0, 0])])
    assert [float(y) for y in re.findall(r"M\S+ (\S+?)v", lower.path)] == [100, 100, 100]
    assert [float(y) for y in re.findall(r"M\S+ (\S+?)v", upper.path)] == [99, 100]
    assert "v-4.0h" in upper.path


def test_what_is_not_known_is_a_hole(frame: Frame) -> None:
    values = [1, None, 2, 3]
    line = charts.steps(frame, lambda value: 100 - value, "running", values)
    assert line.path.count("M") == 2
    hole = charts.holes(frame, "unknown", values)
    assert hole.path == f"M{frame.left(1):.1f} {TOP}H{frame.left(2):.1f}V{FLOOR}H{frame.left(1):.1f}Z"
    assert charts.holes(frame, "unknown", [1, 1, 1, 1]).path == ""


def test_a_range_reaches_from_the_lower_to_the_upper_value(frame: Frame) -> None:
    between, upper, lower = charts.ranges(frame, lambda value: 100 - value, [1, None, 2, 3], [4, None, 2, 9])
    assert (between.path.count("M"), upper.path.count("M"), lower.path.count("M")) == (3, 3, 3)
    assert " 99v-3.0h" in between.path


def test_every_bar_tells_its_figures(frame: Frame) -> None:
    chart = frame.chart([], [], ["1 done", "", "2 done", "3 done"])
    assert [slot.text for slot in chart.slots] == ["a: 1 done", "b", "c: 2 done", "d: 3 done"]
    assert chart.slots[0].x == LEFT
    assert chart.slots[-1].x + chart.slots[-1].width == pytest.approx(WIDTH - RIGHT, abs=0.2)
    assert [column.text for column in chart.columns] == ["a", "c"]
