"""Rhythms of tunes by family, metre and place in the phrase, read once from ``_rhythms.toml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jobs.music.brief import METRES
from jobs.music.styles.pattern import check
from jobs.music.styles.table import Table

PLACES = ("opens", "goes", "closes")
SIGNS = "x"

# How phrases follow each other. Letters name ideas; a bar takes its idea again as it was (a), varied (a'), a step
# higher or lower (a+, a-). O closes and stays open, C closes and comes home, R is left to others. "/" parts phrases.
FORMS = {
    "period": "a b c O / a b d C",
    "parallel": "a b a' O / a b a+ C",
    "sentence": "a b a+ b' / c c+ d C",
    "lyric": "a b a' O / c d a C",
    "call": "a O b O / a' O c C",
    "hook": "a a' b O / a c a' C",
    "riff": "a b a b' / a b a' C",
    "through": "a b c O / d e f C",
    "solo": "a b c d / c' e f O / g h a' i / j k l C",
    "aab": "a b O R / a' b' O R / c d e C",
}

# Which row a family takes in a metre for which it has none of its own.
IN_OTHER_METRES = {"reel": "folk", "dotted": "folk"}

ByPlace = Mapping[str, tuple[str, ...]]
Rhythms = Mapping[str, Mapping[str, ByPlace]]  # family → metre → place → bars


def read_rhythms(data: dict[str, Any], file: str) -> Rhythms:
    """Check the table. Raise StyleError for the first field at fault."""
    top = Table(data, file, "")
    found: dict[str, dict[str, ByPlace]] = {}
    for family in list(top.left):
        metres = top.table(family)
        found[family] = {metre: _by_place(metres.table(metre), metre) for metre in METRES if metre in metres.left}
        metres.close()
    return found


def _by_place(row: Table, metre: str) -> ByPlace:
    rows = {place: row.texts(place) for place in PLACES}
    for place, bars in rows.items():
        for bar in bars:
            try:
                check(bar, metre, SIGNS)
            except ValueError as error:
                raise row.fail(place, str(error)) from error
    row.close()
    return rows


def bars_for(rhythms: Rhythms, family: str, metre: str) -> ByPlace:
    """The bars of a family in a metre; those of rarer metres are made from its bars in the common ones."""
    if metre == "12/8":
        return _doubled(bars_for(rhythms, family, "6/8"))
    if metre in _FROM_FOUR:
        return {place: _FROM_FOUR[metre](bars, place) for place, bars in bars_for(rhythms, family, "4/4").items()}
    if metre == "5/4":
        three, four = (bars_for(rhythms, family, other) for other in ("3/4", "4/4"))
        return {place: _five(three[place], four["closes" if place == "closes" else "goes"]) for place in PLACES}
    row = rhythms.get(family, {}).get(metre)
    return row or rhythms[IN_OTHER_METRES.get(family, "song")][metre]


def _doubled(rows: ByPlace) -> ByPlace:
    """Two bars as one: the second goes on, or closes."""
    second = {"opens": rows["goes"], "goes": rows["goes"], "closes": rows["closes"]}
    first = {**rows, "closes": rows["goes"]}
    return {place: tuple(one + other for one, other in _side_by_side(first[place], second[place])) for place in PLACES}


def _five(three: Sequence[str], four: Sequence[str]) -> tuple[str, ...]:
    """A bar of three and half a bar of four: 3+2."""
    pairs = _side_by_side([_in_sixteenths(bar, 3) for bar in three if len(bar) in (6, 12)], _halves(four, 1))
    return tuple(one + other for one, other in pairs)


def _seven(bars: Sequence[str], place: str) -> tuple[str, ...]:
    """Bars of four without their last eighth."""
    return tuple(dict.fromkeys(bar[: len(bar) * 7 // 8] for bar in bars if len(bar) % 8 == 0))


def _two(bars: Sequence[str], place: str) -> tuple[str, ...]:
    """The first halves of bars of four, or the second ones of those that go on."""
    return tuple(dict.fromkeys(half for half in _halves(bars, place == "goes") if "x" in half))


def _halves(bars: Sequence[str], second: bool | int) -> list[str]:
    even = [_in_sixteenths(bar, 4) for bar in bars if len(bar) in (8, 16)]
    return [bar[8:] if second else bar[:8] for bar in even]


def _in_sixteenths(bar: str, beats: int) -> str:
    step = 4 * beats // len(bar)
    return "".join(sign + ("." if sign == "." else "-") * (step - 1) for sign in bar)


def _side_by_side(first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
    """Every one of the first with two of the second."""
    count = len(second)
    return [(one, second[(2 * index + turn) % count]) for index, one in enumerate(first) for turn in (0, 1)]


_FROM_FOUR: Mapping[str, Callable[[Sequence[str], str], tuple[str, ...]]] = {"7/8": _seven, "2/4": _two}
