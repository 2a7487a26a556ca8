"""From text to items: words of the vocabulary, figures, keys, unknown words and breaks, in their order.

English words count where they stand alone (plural and possessive included). Korean glues particles to nouns and
words to each other, so there a word counts where it begins cleanly (at the start of a run of Hangul or where the
word before it ended) and, if it is a noun, where what follows is a known ending or another word up to the end of
the run: 록 is found in 신나는록을 and not in 기록 or 록키. All steps take time in proportion to the text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.music.words.keys import Key, find_keys
from jobs.music.words.numbers import Figure, find_figures
from jobs.music.words.vocabulary import Concept, Vocabulary, vocabulary

WORD = Concept("word", "unknown")
BREAK = Concept("break", "sentence")
COMMA = Concept("break", "comma")
FIGURE = Concept("figure", "figure")
KEY = Concept("key", "key")
_BREAKS = {".": BREAK, ";": BREAK, "!": BREAK, "?": BREAK, "\n": BREAK, "|": BREAK, "…": BREAK, ",": COMMA, "、": COMMA}
_DASHES = str.maketrans(dict.fromkeys("-_‐‑‒–—―\t\xa0", " ") | {"’": "'", "‘": "'", "`": "'"})

# Words that have no plural, possessive or "-less": "notes" is no "not", "lights" no "light".
_UNINFLECTED = frozenset({"not", "only", "join", "degree", "order", "energy", "pace", "tempo", "feel", "length"})
# Stems take any ending; nouns need their particles, or 테크노 would be found in 테크놀로지.
_STEMS = frozenset({"mood", "energy", "pace", "arc", "order", "not", "image", "vocal", "instrument", "noise", "use"})
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

    @property
    def kind(self) -> str:
        return self.concept.kind


def normalise(prompt: str) -> str:
    """Compatibility forms folded, accents and control characters dropped, dashes (but in "80-90") and runs of
    white space made one space. Letter case is kept: "Am" is a chord, "am" is not."""
    folded = unicodedata.normalize("NFKD", prompt)
    folded = unicodedata.normalize("NFC", "".join(c for c in folded if not "\u0300" <= c <= "\u036f"))
    letters: list[str] = []
    for at, letter in enumerate(folded):
        if letter in "-~–" and folded[at - 1 : at].isdecimal() and folded[at + 1 : at + 2].isdecimal():
            letters.append("~")
        elif letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn"):
            letters.append(letter)
    lines = "".join(letters).translate(_DASHES).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines)


def lower(text: str) -> str:
    """In lower case, letter by letter, so that positions stay."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def read(text: str) -> list[Item]:
    """The items of a normalised text."""
    return list(_Lexer(text, vocabulary()).items())


def _is_hangul(letter: str) -> bool:
    return "가" <= letter <= "힣"


def _is_latin(letter: str) -> bool:
    return "a" <= letter <= "z"


class _Lexer:
    def __init__(self, text: str, words: Vocabulary) -> None:
        self.text = lower(text)
        self.words = words
        self.fixed: dict[int, Item] = {}
        for key in find_keys(text):
            self.fixed[key.start] = Item(KEY, key.start, key.end, key=key)
        for figure in find_figures(self.text):
            self.fixed.setdefault(figure.start, Item(FIGURE, figure.start, figure.end, figure=figure))
        self.korean, self.clean = self._analyse_hangul()

    def items(self) -> Iterator[Item]:
        at, last_end = 0, -1
        while at < len(self.text):
            item = self.fixed.get(at) or self._item(at, last_end)
            if item is None:
                at += 1
                continue
            item.tail = self._tail(item.end) if item.kind not in ("word", "break") else ""
            at = item.end + len(item.tail)
            last_end = at if item.kind not in ("word", "break") else last_end
            yield item

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
        before = self.text[at - 1] if at else " "
        if (_is_latin(self.text[at]) and _is_latin(before)) or (self.text[at].isdigit() and before.isdigit()):
            return None
        best = None
        for end, concept in self.words.matches(self.text, at):
            stop = self._word_end(end, concept.kind)
            if stop is not None:
                best = Item(concept, at, stop, negated=self._less(end))
        return best

    def _less(self, end: int) -> bool:
        return self.text.startswith("less", end) and self._at_boundary(end + 4)

    def _word_end(self, end: int, kind: str) -> int | None:
        """Where the word ending at ``end`` ends with its plural, possessive or "-less"; None if inside another."""
        if self.text[end - 1].isdigit():
            return None if self.text[end : end + 1].isdigit() else end
        for suffix in ("",) if kind in _UNINFLECTED else _SUFFIXES:
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
            if found and (starts_clean or found[0] - end >= 3):
                return Item(found[1], end, found[0]) if end == at else Item(WORD, at, end)
            starts_clean = False
            end += 1
        return Item(WORD, at, end)
