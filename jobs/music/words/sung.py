"""Which lines of a prompt are sung, and which of them direct the music: words that are sung order none.

Sung is what stands below a tag ("[Verse]"), below "Lyrics:", and below a first line of directions that ends in a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jobs.music.words.lexer import Item

_TAGGED = re.compile(r"\[[^\]\n]{2,40}\][ ]?\n([^\[]*)")
_LABELLED = re.compile(  # lines below it, or a line of its own that is long enough
    r"^ ?(?:the )?(?:lyrics?|words|가사) ?: ?(?=\n|(?!about)(?:[^\s|]+ ){5}[^\n:|]*$)(.*?)(?=\n ?\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_HEADED = re.compile(r"\A[^\n]+: ?\n+((?:[^\n\[:]+\n+)+[^\n\[:]+)\Z")
_PARAGRAPH = re.compile(r"\n ?\n([^\n]+)\s*\Z")
_SOMEBODY = re.compile(
    r"(?<![a-z])(?:i|you|me|my|your|we|our|us|he|she|her|his|they|baby)(?:'[a-z]+)?(?![a-z])"
    r"|나[는의를]|내가|너[는의를]|네가|우리|그대"
)
_PERSONS = 2  # words for persons from which lines are taken for lyrics
_ORDERS = frozenset({"style", "instrument", "vocal", "tempo", "metre", "key"})
_MANNERS = frozenset({"mood", "energy", "pace", "mode", "feel", "music"})
_GENERAL = 2  # rank of words that name no genre
_DIRECTION = re.compile(  # among lyrics: "(indie rock, female vocal)" at the end, "Style: …"
    r"^ *(?:\([^()\n]*,[^()\n]*\)(?=\s*\Z)"
    r"|\(?(?:style|genre|mood|tempo|bpm|key|instruments?|vocals?|장르|스타일|분위기|템포|조성|악기|보컬)"
    r" ?[:=][^\n]*) *$",
    re.MULTILINE,
)


def mark_lyrics(items: list[Item], text: str) -> None:
    """Set ``scene`` on the items that are sung; a direction among the lines orders music, if it names a sound."""
    directions = [
        line.span()
        for line in _DIRECTION.finditer(text)
        if any(item.kind in ("style", "instrument") and line.start() <= item.start < line.end() for item in items)
    ]
    for start, end in _lyrics(items, text):
        for item in items:
            directs = any(begin <= item.start < stop for begin, stop in directions)
            item.scene = item.scene or (not directs and start <= item.start < end)


def tells_words(items: list[Item], text: str) -> bool:
    """Are there lines that somebody would have to sing?"""
    return any(len(_SOMEBODY.findall(text, *span)) >= _PERSONS for span in _lyrics(items, text))


def _lyrics(items: list[Item], text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of what is sung."""
    for lines in _TAGGED.finditer(text):
        yield lines.start(1), _before_direction(items, text, *lines.span(1))
    for lines in _LABELLED.finditer(text):
        yield lines.span(1)
    headed = _HEADED.match(text)
    if headed and len(_SOMEBODY.findall(text, *headed.span(1))) >= _PERSONS:
        orders = any(item.kind in _ORDERS for item in items if item.start < headed.start(1))
        requests = any(item.kind == "request" for item in items if item.start >= headed.start(1))
        if orders and not requests:
            yield headed.start(1), _before_direction(items, text, *headed.span(1))


def _before_direction(items: list[Item], text: str, start: int, end: int) -> int:
    """Where the lyrics end: before a last line of its own that orders music."""
    last = _PARAGRAPH.search(text, start, end)
    return last.start() if last and _is_order(items, *last.span(1)) else end


def _is_order(items: list[Item], start: int, end: int) -> bool:
    """Does it name a style and something else to be heard, or a plain genre and how it sounds: "sad jazz"?"""
    line = [item for item in items if start <= item.start < end]
    styles = [item.concept for item in line if item.kind == "style"]
    plain = any(style.rank > _GENERAL and not style.everyday for style in styles)
    heard = [item for item in line if item.kind in _ORDERS or item.figure or (plain and item.kind in _MANNERS)]
    return bool(styles) and len(heard) > 1
