"""Which lines of a prompt are sung, and which of them direct the music: words that are sung order none.

Sung is what stands below a tag ("[Verse]"), below "Lyrics:", below a first line of directions that ends in a colon, and
lines below or above the directions that read as verse: hardly a word in them is one for music.
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
_HEADER = re.compile(  # a line that says which part begins: "(Verse 1)", "Chorus:", "2절"
    r"^ ?\(?(?:pre ?chorus|chorus|verse|bridge|intro|outro|hook|refrain|벌스|후렴|코러스|브릿지|브리지|[1-4]절)"
    r"(?: ?\d)?\)? ?:?$",
    re.MULTILINE,
)
_MADE = re.compile(  # "We are the champions of the kitchen floor … make this a sea shanty"
    r"\A(?P<line>[^\n\"]{30,}?)[,.;]? ?(?=(?:please )?(?:make|turn|set|put) (?:this|these|that) (?:a|an|into|to|as) )"
)
_LINE = re.compile(r"[^\n]*\S[^\n]*")
_PROSE = re.compile(r"[^.]\.$|[:|]|,[^,]*,|(?:느낌|분위기|음악|풍|스타일)(?:으?로)?$|(?:요|줘|세요|니다|듯한?)[.!]?$")
_SENTENCE = re.compile(
    r"(?<![a-z])(?:the|an?|my|your|our|his|her|their|i|you|we|he|she|they|it|is|are|was|were|has|have|had|will|never|oh)"
    r"(?![a-z])"
)
_TELLS_OF_SOUND = re.compile(
    r"(?<![a-z])(?:mood|vibe|feel|sounds? like|music|track|tempo|style|played|plays in)(?![a-z])"
)
_ITS_PART = re.compile(" (?:is|are|should|plays?|uses?|stays?|comes? in|enters?|carr(?:y|ies)|keeps?)(?![a-z])")
_VERSES = 3  # lines that are taken for verse …
_STANZA = 2  # … where a blank line stands between them and the directions
_WORDS = 2.0  # of a line of verse, on average
_MUSICAL = 0.3  # of the words of verse are for music at most
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
    of_persons = any(len(_SOMEBODY.findall(text, *span)) >= _PERSONS for span in _lyrics(items, text))
    made = _MADE.match(text)
    return of_persons or any(_verses(items, text)) or bool(made and _is_plain_line(items, text, *made.span("line")))


def _lyrics(items: list[Item], text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of what is sung."""
    for lines in _TAGGED.finditer(text):
        yield lines.start(1), _before_direction(items, text, *lines.span(1))
    for lines in _LABELLED.finditer(text):
        yield lines.span(1)
    yield from _verses(items, text)
    made = _MADE.match(text)
    if made and _is_plain_line(items, text, *made.span("line")):
        yield made.span("line")
    headed = _HEADED.match(text)
    if headed and len(_SOMEBODY.findall(text, *headed.span(1))) >= _PERSONS:
        orders = any(item.kind in _ORDERS for item in items if item.start < headed.start(1))
        requests = any(item.kind == "request" for item in items if item.start >= headed.start(1))
        if orders and not requests:
            yield headed.start(1), _before_direction(items, text, *headed.span(1))


def _verses(items: list[Item], text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each line that reads as verse, below directions, above them or below headers of its parts."""
    if "\n" not in text:
        return
    headers = {header.start() for header in _HEADER.finditer(text)}
    lines = [line.span() for line in _LINE.finditer(text) if line.start() not in headers]
    first = text.find("\n\n")
    head = max(1, sum(start < first for start, _ in lines))  # lines of the first paragraph
    if not lines:
        return
    if below := _directs_below(items, text, *lines[-1]):
        lines.pop()
    above = (lines[0][0], lines[min(head, len(lines)) - 1][1]) if lines else (0, 0)
    candidates = [lines] if below else []
    if headers:
        candidates = [[line for line in lines if line[0] > min(headers)]]
    elif _names_a_sound(items, *above):
        candidates.append(lines[head:])
    least = _STANZA if first >= 0 or headers else _VERSES
    yield from next((one for one in candidates if _reads_as_verse(items, text, one, least)), [])


def _directs_below(items: list[Item], text: str, start: int, end: int) -> bool:
    """Is it a last line of directions: "style: folk", or a paragraph of its own?"""
    apart = text[:start].endswith("\n\n") and _is_order(items, start, end)
    return apart or bool(_DIRECTION.match(text, start, end))


def _is_plain_line(items: list[Item], text: str, start: int, end: int) -> bool:
    """Does it speak of persons and of no music?"""
    within = [item for item in items if start <= item.start < end]
    plain = not any(item.kind in _ORDERS | {"request", "music", "use"} for item in within)
    return plain and bool(_SOMEBODY.search(text, start, end))


def _names_a_sound(items: list[Item], start: int, end: int) -> bool:
    return any(item.kind in _ORDERS for item in items if start <= item.start < end)


def _reads_as_verse(items: list[Item], text: str, lines: list[tuple[int, int]], least: int) -> bool:
    if len(lines) < least:
        return False
    if any(_directs(items, text, start, end) for start, end in lines):
        return False
    words = sum(len(text[start:end].split()) for start, end in lines)
    heard = [item for item in items if lines[0][0] <= item.start < lines[-1][1]]
    musical = sum(item.kind in _ORDERS | _MANNERS for item in heard)
    prose = sum(bool(_PROSE.search(text[start:end].strip())) for start, end in lines)
    sentences = sum(not text[start:end].isascii() or bool(_SENTENCE.search(text, start, end)) for start, end in lines)
    return (
        words >= _WORDS * len(lines)
        and musical <= _MUSICAL * words
        and prose * 3 <= len(lines)
        and sentences * 2 >= len(lines)
        and not any(item.kind == "request" or (item.figure and item.figure.kind == "tempo") for item in heard)
    )


def _directs(items: list[Item], text: str, start: int, end: int) -> bool:
    """Does the line tell what something plays ("the kick is heavy"), or name the mood?"""
    first = next((item for item in items if start <= item.start < end and item.kind in ("instrument", "vocal")), None)
    opens = first is not None and text[start : first.start].strip() in ("", "the", "a", "an")
    told = first is not None and opens and _ITS_PART.match(text, first.end)
    return bool(told or _TELLS_OF_SOUND.search(text, start, end))


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
