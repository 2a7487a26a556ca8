from __future__ import annotations

from typing import Any

import pytest

from jobs.music.editing import Outline
from jobs.music.summaries import LONGEST, summarised

COMPOSED = Outline(
    (("verse", 8), ("chorus", 8), ("verse", 8)), {"drums": ("drums", "drums")}, ("verse", "chorus"), 90, "C", 0, "ring",
    "standard", 60,
)  # fmt: skip
SECTIONS: list[dict[str, Any]] = [{"of": 0}, {"of": 1}, {"of": 2}]


def with_last(**changes: Any) -> dict[str, Any]:
    return {"sections": [*SECTIONS[:2], {"of": 2, **changes}]}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, with_last(cells={"drums": "off"}), "drums off in verse 2"),
        (with_last(cells={"drums": "off"}), {}, "drums as composed in verse 2"),
        ({}, with_last(chords="Am F", seed=3), "chords in verse 2, another idea in verse 2"),
        ({}, {"sections": SECTIONS[:2]}, "sections"),
        ({}, {"kinds": {"chorus": {"chords": "C G"}}}, "chords of each chorus"),
        ({}, {"parts": {"drums": {"removed": True}, "bass": {"volume": -3}}}, "drums out, bass: volume -3"),
        ({"tempo": 90}, {"key": "Eb"}, "tempo as composed, key Eb"),
        ({"tempo": 90}, {"tempo": 90}, ""),
    ],
)
def test_a_step_is_told_in_a_few_words(before: dict[str, Any], after: dict[str, Any], words: str) -> None:
    assert summarised(before, after, COMPOSED) == words


def test_however_much_is_changed_it_stays_short() -> None:
    after = {"sections": [{**section, "cells": dict.fromkeys("abcdefghij", "off")} for section in SECTIONS]}
    assert len(summarised({}, after, COMPOSED)) == LONGEST
