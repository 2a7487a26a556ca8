"""What was said of a loop: how many bars it has, and how many come before it; and what fits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jobs.music.brief import MAX_DURATION, MAX_INTRO, MIN_DURATION, Remark, Source
from jobs.music.styles.lengths import bar_seconds, loop_bars
from jobs.music.words.hearing import Heard
from jobs.music.words.numbers import plain

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


def settled(
    heard: Heard, form: Mapping[str, Any], values: dict[str, Any], sources: dict[str, Source], *, has_tune: bool
) -> list[Remark]:
    """Set intro and length of a loop in ``values`` and ``sources``; what is to be said of what did not fit.

    A tune that was given has its own way of beginning.
    """
    asked = form.get("intro") or 0 if has_tune or "intro" in form else intro_bars(heard)
    bar = bar_seconds(values["tempo"], values["metre"])
    if sources["duration"] == "style" and (bars := length_in_bars(heard)):
        values["duration"] = min(max(round((asked + bars) * bar, 2), MIN_DURATION), MAX_DURATION)
        sources["duration"] = "words"
    values["intro"], bars = loop_bars(values["duration"], values["tempo"], values["metre"], asked)
    remarks = []
    if values["intro"] != asked:
        remarks.append(Remark("intro_cut", {"asked": asked, "used": values["intro"]}))
    used = (values["intro"] + bars) * bar
    if sources["duration"] in ("form", "words") and abs(used - values["duration"]) >= 1:
        remarks.append(Remark("loop_length", {"asked": plain(values["duration"]), "used": plain(used)}))
    return remarks


def _count(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.search(text)
    number = next(filter(None, match.groups())) if match else "0"
    return _COUNTS.get(number) or int(number)
