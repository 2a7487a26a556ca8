"""From text to items: words of the vocabulary, figures, keys, unknown words and breaks, in their order.

English words count where they stand alone (plural and possessive included). Korean glues particles to nouns and
words to each other, so there a word counts where it begins cleanly (at the start of a run of Hangul or where the
word before it ended) and, if it is a noun, where what follows is a known ending or another word up to the end of
the run: 록 is found in 신나는록을 and not in 기록 or 록키. All steps take time in proportion to the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.music.words.chords import Progression, find_progressions
from jobs.music.words.keys import Key, find_keys
from jobs.music.words.numbers import Figure, find_figures
from jobs.music.words.text import lower
from jobs.music.words.vocabulary import Concept, Vocabulary, vocabulary

WORD = Concept("word", "unknown")
BREAK = Concept("break", "sentence")
COMMA = Concept("break", "comma")
COLON = Concept("break", "colon")
FIGURE = Concept("figure", "figure")
KEY = Concept("key", "key")
CHORDS = Concept("chords", "chords")
_BREAKS = {".": BREAK, ";": BREAK, "!": BREAK, "?": BREAK, "\n": BREAK, "|": BREAK, "…": BREAK, ",": COMMA, "、": COMMA,
           ":": COLON}  # fmt: skip

_CROSSED_OUT = re.compile(r"(?<=[가-힣])[x×](?![a-z])|(?<=[가-힣] )[x×](?=$|[,.!)\n/])")  # "보컬X", not "댄스 X 재즈"

# Words that have no plural, possessive or "-less": "notes" is no "not", "lights" no "light".
_UNINFLECTED = frozenset({"not", "only", "join", "degree", "order", "energy", "pace", "tempo", "feel", "length"})
# Stems take any ending; nouns need their particles, or 테크노 would be found in 테크놀로지.
_STEMS = frozenset({"mood", "energy", "pace", "arc", "order", "not", "image", "vocal", "instrument", "noise", "use"})
# Words that are not looked for within an unknown run of Hangul: 정적인 is no part of 서정적인.
_INNER = frozenset({"mood", "energy", "pace", "degree", "not", "only", "order", "length"})
_WITHIN_A_PHRASE = frozenset({"word", "mood", "energy", "pace"})
_IN_PHRASES = frozenset({"era", "number", "perhaps"})
_SUFFIXES = ("", "s", "es", "'s", "s'", "less", "like", "ish")


@dataclass(slots=True)
class Item:
    """One piece of the text, ``text[start:end]``; ``tail`` is the Korean ending glued to it."""

    concept: Concept
    start: int
    end: int
    tail: str = ""
    key: Key | None = None
    figure: Figure | None = None
    negated: bool = False
    degree: float = 1.0
    scene: bool = False  # tells of a scene, see scenes.py
    rank: float = 0.0  # how plainly it names its style, see genres.py
    placed: bool = False  # speaks of one place of the piece, see course.py
    joined: bool = False  # one of several styles side by side

    @property
    def kind(self) -> str:
        return self.concept.kind


def read(text: str) -> tuple[list[Item], tuple[Progression, ...]]:
    """The items of a normalised text, and the chord progressions in it."""
    lexer = _Lexer(text, vocabulary())
    items = list(lexer.items())
    _find_parted(items, lexer)
    return items, lexer.progressions


def _find_parted(items: list[Item], lexer: _Lexer) -> None:
    """Of an instrument's phrase with one word within ("clean tapping guitars") the instrument."""
    for first, between, last in zip(items, items[1:], items[2:], strict=False):
        if last.kind != "instrument" or first.end == first.start or between.kind not in _WITHIN_A_PHRASE:
            continue
        phrase = f"{lexer.text[first.start : first.end]} {lexer.text[last.start : last.end].removesuffix('s')}"
        concept = lexer.words.words.get(phrase)
        if concept and concept.kind == "instrument":
            last.concept = concept


def _is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"


def _is_latin(letter: str) -> bool:
    return "a" <= letter <= "z"


class _Lexer:
    def __init__(self, text: str, words: Vocabulary) -> None:
        self.text = lower(text)
        self.words = words
        self.fixed: dict[int, Item] = {}
        self.progressions = tuple(find_progressions(text))
        spelt = bytearray(len(text) + 1)
        for progression in self.progressions:
            self.fixed.setdefault(progression.start, Item(CHORDS, progression.start, progression.end))
            spelt[progression.start : progression.end] = b"\1" * (progression.end - progression.start)
        for key in find_keys(text):
            if not spelt[key.start]:
                self.fixed[key.start] = Item(KEY, key.start, key.end, key=key)
        for figure in find_figures(self.text):
            self.fixed.setdefault(figure.start, Item(FIGURE, figure.start, figure.end, figure=figure))
        for cross in _CROSSED_OUT.finditer(self.text):
            self.fixed.setdefault(cross.start(), Item(words.words["없음"], *cross.span()))
        self.korean, self.clean = self._analyse_hangul()

    def items(self) -> Iterator[Item]:
        at, last_end = 0, -1
        while at < len(self.text):
            item = self._phrase_with_number(at) or self.fixed.get(at) or self._item(at, last_end)
            if item is None:
                at += 1
                continue
            item.tail = self._tail(item.end) if item.kind not in ("word", "break") else ""
            at = item.end + len(item.tail)
            last_end = at if item.kind not in ("word", "break") else last_end
            yield item

    def _phrase_with_number(self, at: int) -> Item | None:
        """A phrase that begins with a decade or a bare number, and is longer: "50s ballad", "16 bit", "12 tone"."""
        number = self.fixed.get(at)
        if number is None or number.figure is None or number.figure.kind not in _IN_PHRASES:
            return None
        phrase = self._longest_latin(at)
        return phrase if phrase and phrase.end > number.end else None

    def _item(self, at: int, last_end: int) -> Item | None:
        letter = self.text[at]
        if letter in _BREAKS:
            return Item(_BREAKS[letter], at, at + 1)
        if _is_hangul(letter):
            return self._hangul_item(at, last_end)
        found = self._longest_latin(at)
        if found:
            return found
        if _is_latin(letter):
            end = at
            while end < len(self.text) and (_is_latin(self.text[end]) or self.text[end] == "'"):
                end += 1
            return Item(WORD, at, end)
        return None

    # English -------------------------------------------------------------------------------------------------

    def _longest_latin(self, at: int) -> Item | None:
        letter = self.text[at - 1] if at else " "
        if (_is_latin(self.text[at]) and _is_latin(letter)) or (self.text[at].isdigit() and letter.isdigit()):
            return None
        before: Item | None = None
        best: Item | None = None
        for end, concept in self.words.matches(self.text, at):
            stop = self._word_end(end, concept.kind)
            if stop is not None:
                before, best = best, Item(concept, at, stop, negated=self._less(end))
        return before if best and best.kind == "instrument" and self._is_shared(best) else best

    def _is_shared(self, item: Item) -> bool:
        """Does its last word begin a longer style: "electronic drum and bass"?"""
        last = self.text.rfind(" ", item.start, item.end) + 1
        longer = self.words.matches(self.text, last) if last > item.start else ()
        return any(
            concept.kind == "style" and self._word_end(end, "style") and end > item.end for end, concept in longer
        )

    def _less(self, end: int) -> bool:
        return self.text.startswith("less", end) and self._at_boundary(end + 4)

    def _word_end(self, end: int, kind: str) -> int | None:
        """Where the word ending at ``end`` ends with its plural, possessive or "-less"; None if inside another."""
        if self.text[end - 1].isdigit():
            return None if self.text[end : end + 1].isdigit() else end
        for suffix in ("",) if kind in _UNINFLECTED else _SUFFIXES:
            if suffix == "s" and self.text[end - 1] == "s":
                continue  # "beatless" is no plural of "beatles"
            if self.text.startswith(suffix, end) and self._at_boundary(end + len(suffix)):
                return end + len(suffix)
        return None

    def _at_boundary(self, at: int) -> bool:
        return at >= len(self.text) or not _is_latin(self.text[at])

    # Korean --------------------------------------------------------------------------------------------------

    def _analyse_hangul(self) -> tuple[dict[int, tuple[int, Concept]], set[int]]:
        """From the end backwards: the longest word at each position, and the positions where a noun may end."""
        longest: dict[int, tuple[int, Concept]] = {}
        clean = {len(self.text)}
        for at in range(len(self.text) - 1, -1, -1):
            if not _is_hangul(self.text[at]):
                clean.add(at)
                continue
            for end, concept in self.words.matches(self.text, at):
                if end in clean or (concept.kind in _STEMS and end - at > 1):
                    longest[at] = (end, concept)
            if at in longest or self._tail_lengths(at, clean):
                clean.add(at)
        return longest, clean

    def _tail_lengths(self, at: int, clean: set[int]) -> list[int]:
        lengths = range(self.words.longest_tail, 0, -1)
        return [n for n in lengths if self.text[at : at + n] in self.words.tails and at + n in clean]

    def _tail(self, at: int) -> str:
        """The chain of endings at ``at``: each as long as leads to a clean end, a word of the vocabulary first."""
        end = at
        while end < len(self.text) and _is_hangul(self.text[end]) and end not in self.korean and end not in self.fixed:
            lengths = self._tail_lengths(end, self.clean)
            if not lengths:
                break
            end += lengths[0]
        return self.text[at:end]

    def _hangul_item(self, at: int, last_end: int) -> Item:
        starts_clean = at == last_end or not (at and _is_hangul(self.text[at - 1]))
        end = at
        while end < len(self.text) and _is_hangul(self.text[end]):
            if end in self.fixed and end > at:
                break
            found = self.korean.get(end)
            if found and (starts_clean or (found[0] - end >= 3 and found[1].kind not in _INNER)):
                return Item(found[1], end, found[0]) if end == at else Item(WORD, at, end)
            starts_clean = False
            end += 1
        return Item(WORD, at, end)
