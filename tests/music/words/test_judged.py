"""The judged prompts are understood, and the judge would see it if they were not."""

from collections import Counter

import pytest

from tests.words.__main__ import rows
from tests.words.judge import CHECKS, judge


def test_most_judged_prompts_are_understood_and_hardly_any_is_wrong() -> None:
    levels = Counter(judge(row)[0] for row in rows())
    assert levels.total() >= 200
    assert levels["right"] >= 0.92 * levels.total()
    assert levels["major"] <= 0.03 * levels.total()


@pytest.mark.parametrize(
    ("prompt", "want", "level"),
    [
        ("jazz", {"style": ["jazz"]}, "right"),
        ("punk rock", {"style": ["rock"]}, "right"),  # a kind of it
        ("jazz", {"style": ["rock"]}, "major"),
        ("sad", {"style": ["ballad"]}, "major"),  # only assumed
        ("sad jazz", {"moods": [["happy"]]}, "minor"),
        ("jazz, 120 bpm", {"tempo": [60, 80]}, "major"),
        ("jazz, 90 seconds", {"no_duration": True}, "major"),
        ("jazz with kazoo", {"instruments": [["kazoo", "harmonica"]]}, "right"),
        ("jazz with harmonica", {"instruments": [["kazoo", "harmonica"]]}, "minor"),
        ("jazz", {"instruments": [["harmonica"]]}, "major"),
        ("jazz, no drums", {"not_excluded": ["*"]}, "major"),
        ("jazz", {"excluded": ["drums"]}, "major"),
        ("jazz with singing", {"sings": True}, "right"),
        ("jazz", {"sings": True}, "minor"),
    ],
)
def test_the_judge_tells_right_from_wrong(prompt: str, want: dict[str, object], level: str) -> None:
    assert judge({"prompt": prompt, "want": want})[0] == level


def test_every_want_can_be_checked() -> None:
    assert {name for row in rows() for name in row["want"]} <= set(CHECKS)
