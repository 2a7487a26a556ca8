"""Which words of a prompt gave each field of the brief."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jobs.music.words.hearing import Heard
from jobs.music.words.lexer import Item
from jobs.music.words.timing import Said

_ANY = -1.0  # value of a figure


def evidence(
    heard: Heard, values: Mapping[str, Any], sources: Mapping[str, str], played: Mapping[str, str]
) -> dict[str, str]:
    """Field → the words that gave it, in small letters as they were written; only where ``sources`` says "words".

    What is a list in the brief has a field for each entry: "moods.sad", "instruments.piano". ``played``: instrument →
    the words that asked for it.
    """
    found = {name: text for name, text in _words(heard, values) if text}
    found |= {f"instruments.{name}": text for name, text in played.items()}
    return {name: text for name, text in found.items() if sources.get(name.partition(".")[0]) == "words"}


def _words(heard: Heard, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    said = heard.said
    yield "style", heard.style_word.text if heard.style_word else ""
    yield "fusion", _first(said, lambda s: s.concept.style == values["fusion"] and s.concept.kind == "style")
    figure = _figure(heard, "tempo") or _figure(heard, "number", "perhaps", value=heard.tempo_number)
    yield "tempo", figure or _first(said, lambda s: bool(s.concept.tempo or s.concept.pace))
    key = next((heard.text_of(item) for item in heard.items if item.key), "")
    yield "tonic", key
    yield (
        "mode",
        key or _first(said, lambda s: s.concept.kind == "mode") or _first(said, lambda s: bool(s.concept.mode)),
    )
    yield "metre", _figure(heard, "metre") or _first(said, lambda s: bool(s.concept.metre))
    yield "duration", _figure(heard, "duration") or (heard.lengths[0].text if heard.lengths else "")
    yield "loop", _first(said, lambda s: s.concept.loop)
    yield "arc", _first(said, lambda s: bool(s.concept.arc))
    spelt = {item.start: heard.text_of(item) for item in heard.items if item.kind == "chords"}
    for progression in reversed(heard.progressions):
        field = f"section_chords.{progression.section}" if progression.section else "chords"
        yield field, spelt.get(progression.start, "")
    for mood in values["moods"]:
        yield f"moods.{mood}", _first(said, lambda s, mood=mood: mood in s.concept.moods)  # type: ignore[misc]
    for denied in heard.denied:
        for name in denied.concept.excludes:
            yield f"excluded.{name}", denied.text


def _first(said: list[Said], fits: Callable[[Said], bool]) -> str:
    return next((one.text for one in said if not one.scene and fits(one)), "")


def _figure(heard: Heard, *kinds: str, value: float | None = _ANY) -> str:
    def fits(item: Item) -> bool:
        if item.figure is None or item.scene or item.negated:
            return False
        return item.figure.kind in kinds and value in (_ANY, item.figure.value)

    return next((heard.text_of(item) for item in heard.items if fits(item)), "")
