"""What was said of a loop: how many bars it has, and how many come before it; and what fits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jobs.music.brief import MAX_INTRO
from jobs.music.styles.lengths import bar_seconds, loop_bars
from jobs.music.words.hearing import Heard

_COUNTS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "twelve": 12, "sixteen": 16,
    "한": 1, "두": 2, "세": 3, "네": 4, "여덟": 8,
}  # fmt: skip
_COUNT = rf"(?<![\w.])(\d{{1,2}}|{'|'.join(_COUNTS)})"
_INTRO = re.compile(
    rf"{_COUNT}[ -]?bars?(?:[ -]long)? (?:intro(?:duction)?\b|lead[ -]?in\b)"
    rf"|\bintro(?:duction)? (?:of|for|lasting|with|is)? ?{_COUNT}[ -]?bars?\b"
    rf"|{_COUNT} ?마디(?:짜리|의)? ?(?:인트로|전주|도입부)"
    rf"|(?:인트로|전주|도입부)(?:는|가|이|를|을)? ?{_COUNT} ?마디"
)
_LENGTH = re.compile(
    rf"{_COUNT}[ -]?bars?(?:[ -]long)?(?![ -]?(?:long )?(?:intro|lead))(?: [a-z-]+){{0,4}} loop"
    rf"|loop (?:of|with|lasting|over) {_COUNT}[ -]?bars?\b"
    rf"|{_COUNT} ?마디(?:짜리|의)?(?! ?(?:인트로|전주|도입부)) (?:[가-힣a-z]+ ){{0,4}}?루프"
    rf"|루프(?:는|가|를|을)? ?{_COUNT} ?마디"
)
USUAL_INTRO = 4  # bars, where one is named and no number


def intro_bars(heard: Heard) -> int:
    """How many bars come before the loop; 0 where nothing is said of any."""
    named = any(said.concept.name == "intro" for said in heard.of("section"))
    return min(_count(_INTRO, heard.text) or USUAL_INTRO * named, MAX_INTRO)


def length_in_bars(heard: Heard) -> int:
    """How many bars the loop is to have; 0 where no number is said."""
    return _count(_LENGTH, heard.text)


def fitted(intro: int, values: Mapping[str, Any]) -> tuple[int, float]:
    """Bars of the intro as far as there is room for it, and how many seconds it lasts with the loop; of whole bars."""
    tempo, metre = values["tempo"], values["metre"]
    intro, bars = loop_bars(values["duration"], tempo, metre, intro)
    return intro, (intro + bars) * bar_seconds(tempo, metre)


def _count(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.search(text)
    number = next(filter(None, match.groups())) if match else "0"
    return _COUNTS.get(number) or int(number)
