"""Names of artists and works that music shall be like: they are told that they are not followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r"[A-Z0-9][\w.&']*(?: (?:(?:of|the|and|&|de|van|der|la|y) )*[A-Z0-9][\w.&']*){0,4}"
_LIKE = (
    r"(?:in the (?:style|vein|manner|spirit|tradition) of|a la|inspired by|influenced by|reminiscent of|"
    r"sound(?:s|ing)?(?: a (?:bit|little)| just| kind of| something| exactly)? like|similar to|"
    r"remind(?:s|ing)? (?:me|us) of|(?:song|songs|track|tune|music|something|anything|album|hit) by)"
)
_STRONG = re.compile(
    rf"(?i:\b{_LIKE} )(?i:(?:the (?:music|songs?|sound) of|something by|songs? by|music by) )?"
    rf"(?P<name>{_NAME}|[a-z][\w.&']*(?: [a-z][\w.&']*)?)"
)
_WEAK = re.compile(rf"(?i:\b(?:like|style of|vibes? of|feat\.?|ft\.?) )(?P<name>{_NAME})(?![\w:])")
_BEFORE = re.compile(
    r"(?P<name>[A-Z][\w.&']+(?: [A-Z][\w.&']*){0,3})"
    r"(?: (?:type|style|esque|ish|inspired|vibes?|sounding)\b|'s (?:style|sound|music)\b)"
)
_KOREAN = re.compile(
    r"(?<![가-힣])(?P<name>[가-힣A-Za-z0-9]{2,12})"
    r"(?:[ ]?스타일|[ ]?(?:같은|풍의)(?=[^.,\n]{0,14}(?:곡|노래|음악|음색|목소리|밴드))"
    r"|처럼(?=[^.,\n]{0,16}(?:부르|불러|부른|노래|곡|음악|연주|만들)))"
)
# In a list of small letters a part that is all names: "trip hop, Massive Attack, dusty drums".
_LISTED = re.compile(
    r"(?:(?<=^)|(?<=[,;/|\n] )|(?<=[,;/|\n]))(?P<name>[A-Z][\w.&']*(?: (?:(?:of|the|and|&) )?[A-Z][\w.&']*){1,3})"
    r"(?= ?(?:[,;/|\n.]|$))"
)
_LIST = re.compile(r"[,;/|\n]")
_PLACES = frozenset({  # before names of places
    "New", "Los", "Las", "San", "Santa", "Saint", "St", "North", "South", "East", "West", "Northern", "Southern",
    "Eastern", "Western", "Hong", "Rio", "Mount", "Lake", "El", "La", "Sao", "Cape", "Port", "Fort", "Costa",
    "Puerto", "Buenos", "Old", "Upper", "Lower", "Great", "Grand", "Mexico", "United",
})  # fmt: skip
_NOT_NAMES = frozenset({
    "한국", "미국", "유럽", "일본", "중국", "영국", "서양", "동양", "요즘", "최신", "이런", "그런",
    "저런", "어떤", "다른", "자기", "나만의", "비슷한", "옛날", "같은", "이", "그", "저", "최근",
    "예전", "이거", "이것", "그것", "저것", "사진", "그림", "영상", "이전", "기존", "전형적인", "무슨",
    "하드", "프리", "핑거", "올드", "라이프", "헤어", "모던", "심플", "빈티지",
})  # fmt: skip
_NO_NAME = frozenset({
    "it", "this", "that", "these", "those", "a", "an", "the", "something", "someone", "somebody", "i", "you", "me",
    "him", "her", "us", "them", "my", "your", "our", "their", "his", "op", "no", "what", "when", "how", "one",
    "being", "music", "song", "songs", "old", "new", "real", "true", "people", "life", "if",
})  # fmt: skip

_NEXT = ("with", "but", "and", "for", "in", "on", "about", "of", "as")


@dataclass(frozen=True, slots=True)
class Named:
    """A name as it was written, ``text[start:end]``."""

    name: str
    start: int
    end: int
    bare: bool = False  # nothing says that it is a name, but how it is written


def find_names(text: str) -> Iterator[Named]:
    """Names in a normalised text with its letter case; whether they are words for music, the caller knows."""
    parts = [part.strip() for part in _LIST.split(text)]
    listed = len(parts) > 2 and sum(part == part.lower() for part in parts) * 2 > len(parts)
    for pattern in (_STRONG, _WEAK, _BEFORE, _KOREAN, *([_LISTED] if listed else [])):
        for match in pattern.finditer(text):
            name = match["name"].rstrip(".,' ").removesuffix("'s")
            first = name.split(" ")[0].lower()
            if first in _NO_NAME or name in _NOT_NAMES or name[0].isdecimal():
                continue
            if pattern is _LISTED and name.split(" ")[0] in _PLACES:
                continue
            if pattern is _STRONG and name[0].islower():
                name = _plain_end(name)
            yield Named(name, match.start("name"), match.start("name") + len(name), pattern is _LISTED)


def _plain_end(name: str) -> str:
    """A name in small letters: its second word only if it may be a part of a name."""
    first, _, second = name.partition(" ")
    return first if second in _NO_NAME or second in _NEXT else name
