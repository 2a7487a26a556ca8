"""Rhythms of tunes by family, metre and place in the phrase, read once from ``_rhythms.toml``."""

from __future__ import annotations

from collections.abc import Mapping
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
    """The bars of a family in a metre."""
    row = rhythms.get(family, {}).get(metre)
    return row or rhythms[IN_OTHER_METRES.get(family, "song")][metre]
