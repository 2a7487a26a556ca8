"""Titles that suit the piece, from word lists and templates; never from the prompt's own letters."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any, Literal

_PARTICLE = re.compile(r"(.)\[([가-힣]+)/([가-힣]+)\]")
_RIEUL = 8  # number of the final consonant ㄹ


@cache
def _lists() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def compose(
    *, language: Literal["en", "ko"], style: str, moods: Sequence[str] = (), images: Sequence[str] = (), seed: int = 0
) -> str:
    """A title in that language. ``images`` are names of pictures in the words ("rain", "night", …).

    The same arguments give the same title. A style without words of its own gets common ones.
    """
    lists, chance = _lists(), Random("/".join([str(seed), language, style, *moods, *images]))  # noqa: S311 - titles, not secrets
    adjectives, nouns = _words(language, style, tuple(moods[:2]), tuple(images))
    common = {name: chance.choice(lists["common"][name][language]) for name in ("second", "time", "place")}
    template = chance.choice(lists["template"][language])
    first, other = chance.sample(adjectives, 2)
    noun = chance.choice(nouns)
    apart = sorted(set(nouns) - {noun}) or [common["second"]]
    filled = template.format(
        a=first, a2=other, n=noun, m=chance.choice(apart), s=common["second"], t=common["time"], p=common["place"]
    )
    return with_particles(filled) if language == "ko" else filled


@lru_cache(maxsize=1000)
def _words(language: str, style: str, moods: tuple[str, ...], images: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Adjectives, in their order, and nouns, those of the pictures twice."""
    lists = _lists()
    adjectives = _gather(lists["mood"], moods or ("none",), language)
    nouns = _gather(lists["image"], images, language) * 2 + _gather(lists["style"], (style,), language)
    return sorted(set(adjectives)), nouns or lists["common"]["second"][language]


def _gather(table: Mapping[str, Any], names: Sequence[str], language: str) -> list[str]:
    return [word for name in names if name in table for word in table[name][language]]


def with_particles(text: str) -> str:
    """Korean particles by the syllable before: "달빛[을/를]" → "달빛을", "나무[을/를]" → "나무를".

    [으로/로] takes 로 after a vowel and after ㄹ.
    """

    def choose(match: re.Match[str]) -> str:
        final = (ord(match[1]) - ord("가")) % 28 if "가" <= match[1] <= "힣" else 0
        closed = final != 0 and not (match[2] == "으로" and final == _RIEUL)
        return match[1] + (match[2] if closed else match[3])

    return _PARTICLE.sub(choose, text)
