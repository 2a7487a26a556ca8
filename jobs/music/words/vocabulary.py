"""The vocabularies of this folder, read once into one tree of letters.

Every TOML table ``[kind.name]`` is a concept: ``en`` and ``ko`` are its words, the rest says what it means.
Words under ``everyday`` mean something else outside music as well; ``hints`` has, by style, words of an instrument that
suggest another style than the rest of them.
A space in a word may be missing in the text ("lo fi" also finds "lofi"; hyphens count as spaces).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "lists"
_LATIN = re.compile("[a-z]+")
_ROCK = re.compile("(?<![가-힣])록(?![가-힣])")
END = "\0"  # key of a tree node's concept; prompts are freed of NUL before they are read


@dataclass(frozen=True, slots=True)
class Concept:
    """What a word stands for. Only the fields its kind needs are set."""

    kind: str
    name: str
    style: str = ""
    rank: float = 4  # of the style: 4 genre, 3 form, 2 general word, 1 a use's habit, 0 a picture's
    near: bool = False  # the closest there is to what was asked
    colours: bool = False  # of the style: however general, it is heard in another one that is named …
    silences: tuple[str, ...] = ()  # … and there these instruments and families are not
    only: bool = False  # nothing but these instruments
    vocal: bool = False
    moods: tuple[str, ...] = ()
    energy: float | None = None
    pace: float | None = None  # −1 slow … 1 fast within the style's range
    tempo: tuple[float, float] | None = None  # beats a minute
    factor: float = 1.0
    mode: str = ""
    metre: str = ""
    seconds: float = 0.0
    arc: str = ""
    loop: bool = False  # it shall go round
    image: str = ""
    hint: str = ""  # the style an instrument suggests
    instruments: tuple[str, ...] = ()  # words for instruments, as in the vocabulary
    id: str = ""  # the instrument
    by: Mapping[str, str] = field(default_factory=dict)  # style → the instrument natural for it
    out: tuple[str, ...] = ()  # what "no …" leaves out
    manner: bool = False  # a way of playing ("riff"): an instrument of its own only where no other is near
    everyday: bool = False  # this word of the concept is an everyday word as well: "metal", "dream"
    takes_adjectives: bool = False  # other styles before it describe it: "folk pop"
    yields: bool = False  # of a use: its style gives way to what instruments suggest
    of_places: bool = False  # after a country it is that country's: "armenian folk", "그리스 민요"

    def instrument(self, style: str, base: str = "") -> str:
        """The id of the instrument this word means in that style, a kind of ``base``; "" if it names none."""
        return self.id or self.by.get(style) or self.by.get(base) or self.by.get("*", "")

    @property
    def is_form(self) -> bool:
        """A style that others can take on, and that is heard in pace, energy or metre then: a ballad, a waltz."""
        return self.kind == "style" and self.rank == 3 and (self.pace is not None or bool(self.metre))

    @property
    def excludes(self) -> tuple[str, ...]:
        """Ids and families that "no …" leaves out."""
        return self.out or ((self.id,) if self.id else ())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """``tree`` maps letter → node; ``tails`` are the Korean endings, at most ``longest_tail`` letters long."""

    tree: Mapping[str, Any]
    tails: frozenset[str]
    longest_tail: int
    concepts: tuple[Concept, ...]
    words: Mapping[str, Concept]
    eras: Mapping[str, Concept]  # name → concept
    parts: Mapping[str, frozenset[str]]  # Latin word, also of a phrase → the kinds of concepts it belongs to

    def matches(self, text: str, start: int) -> Iterator[tuple[int, Concept]]:
        """All words of the vocabulary that begin at ``start``, shortest first: (end, concept)."""
        node: Any = self.tree
        for at in range(start, len(text)):
            node = node.get(text[at])
            if node is None:
                return
            if (concept := node.get(END)) is not None:
                yield at + 1, concept


def _as_heard(word: str) -> tuple[str, ...]:
    """The word, and as those write it who hear another vowel (글램 록, 글램 락) or leave a sign out (don't, dont)."""
    other = _ROCK.sub("락", word).replace("n't", "nt")
    return (word, other) if other != word else (word,)


def _spellings(word: str) -> Iterator[str]:
    parts = word.split(" ")
    for gaps in product((" ", ""), repeat=len(parts) - 1):
        yield "".join(part + gap for part, gap in zip(parts, (*gaps, ""), strict=True))


def _concept(kind: str, name: str, data: dict[str, Any]) -> Concept:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    if "is" in values:
        values["id"] = values.pop("is")
    return Concept(kind, name, **values)


@cache
def vocabulary() -> Vocabulary:
    """Raise ValueError where one word is given two meanings, TypeError for an unknown field."""
    tree: dict[str, Any] = {}
    words: dict[str, Concept] = {}
    concepts: list[Concept] = []
    parts: dict[str, set[str]] = {}
    tails: frozenset[str] = frozenset()
    for path in sorted(FOLDER.glob("*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        tails = tails.union(data.pop("tails", {}).get("ko", ()))
        for kind, tables in data.items():
            for name, table in tables.items():
                spoken = [spelt for word in (*table.pop("en", ()), *table.pop("ko", ())) for spelt in _as_heard(word)]
                everyday = table.pop("everyday", ())
                hints = table.pop("hints", {})
                concept = _concept(kind, name, table)
                concepts.append(concept)
                for part in _LATIN.findall(" ".join([*spoken, *everyday])):
                    parts.setdefault(part, set()).add(kind)
                hinting = {word: variant for variant, hinted in _hinting(concept, hints) for word in hinted}
                if not hinting.keys() <= set(spoken):
                    raise ValueError(f"{kind}.{name}: {hinting.keys() - set(spoken)} are not among its words")
                for word in spoken:
                    _plant(tree, words, word, hinting.get(word, concept))
                ambiguous = replace(concept, everyday=True)
                for word in everyday:
                    _plant(tree, words, word, ambiguous)
    eras = {concept.name: concept for concept in concepts if concept.kind == "era"}
    kinds = {part: frozenset(found) for part, found in parts.items()}
    return Vocabulary(tree, tails, max(map(len, tails)), tuple(concepts), words, eras, kinds)


def _hinting(concept: Concept, hints: Mapping[str, list[str]]) -> Iterator[tuple[Concept, list[str]]]:
    """For each style the concept as it suggests that one, and the words that do."""
    return ((replace(concept, hint=style), words) for style, words in hints.items())


def _plant(tree: dict[str, Any], words: dict[str, Concept], word: str, concept: Concept) -> None:
    for spelling in _spellings(word):
        node = tree
        for letter in spelling:
            node = node.setdefault(letter, {})
        if (other := node.get(END, concept)) is not concept:
            raise ValueError(f"{word!r} is both {other.kind}.{other.name} and {concept.kind}.{concept.name}")
        node[END] = concept
        words[spelling] = concept
