"""How plainly each word names a style, and which word names the style when several do.

The longest phrase is one word already. Of styles side by side the last is the head ("hardcore hip hop"), the others
describe it. A style before an instrument or a trace of it ("blues guitar", "folk elements") describes that.
"""

from __future__ import annotations

import re

from jobs.music.words.lexer import Item
from jobs.music.words.vocabulary import vocabulary

GENRE, FORM = 4.0, 3.0
COLOUR = 2.2  # of a style that only describes an instrument
_COUNTRY = 1.5  # of words for a land and its people
TRACE = 1.5  # from here on a style is heard in another
_DESCRIBED = frozenset({"instrument", "vocal", "trace", "section"})
_ADJECTIVAL = ("", "의", "풍", "풍의", "한", "적인", "스러운", "느낌의", "스타일의", "계열", "계열의", "틱한")
_STEP = 0.5  # what a style that describes another gives way by, and what one that is ordered outweighs others by
_ORDERED = re.compile("(?:(?:으?로)(?:만|도|요)?|인데)$")  # "컨트리로", as an order says it; "힙합인데 국악 느낌"
_MAIN = "인데"
_OF_GUITARS = frozenset({"어쿠스틱", "클래식"})  # of these there are guitars: "클래식 기타 없이" refuses one
_AS = re.compile(r"(?:^|[^a-z])(?:as|into) an? $")


def rank_styles(items: list[Item], text: str) -> None:
    """Set ``rank`` on the items that speak of a style; 0 where they only tell of a scene."""
    _part_refused(items, text)
    for at, item in enumerate(items):
        if item.concept.style:
            item.rank = 0.0 if item.scene else item.concept.rank
            if item.kind == "style" and (item.rank > COLOUR or item.concept.colours) and _describes(items, at):
                item.rank = COLOUR if item.rank > COLOUR else item.rank / 2
            elif item.kind == "style" and item.rank > COLOUR and _is_ordered(item, text):
                form = item.concept.is_form and not item.tail.endswith(_MAIN)
                item.rank = (item.rank if form else max(item.rank, GENRE)) + _STEP
            if item.kind == "style" and at and items[at - 1].concept.name == "less" and item.rank > COLOUR:
                item.rank = COLOUR  # "less jazz, more rock"
    for before, item in zip(items, items[1:], strict=False):
        if item.concept.of_places and before.rank == _COUNTRY and before.kind == "style" and before.tail in _ADJECTIVAL:
            before.rank, item.rank = max(item.concept.rank, 2.0), 0.0
    at = 0
    while at < len(items):
        end = at
        while end < len(items) and _goes_on(items, at, end):
            end += 1
        chain = [item for item in items[at:end] if item.kind == "style"]
        if len(chain) > 1:
            _choose_head(chain)
        at = max(end, at + 1)


def _is_ordered(item: Item, text: str) -> bool:
    return bool(_ORDERED.search(item.tail) or _AS.search(text[max(0, item.start - 9) : item.start]))


def _describes(items: list[Item], at: int) -> bool:
    """Is it the adjective of what follows, or named as a trace ("a touch of jazz")?"""
    if at and items[at - 1].kind == "trace" and items[at - 1].concept.name == "before":
        return True
    after = items[at + 1] if at + 1 < len(items) else None
    if after is None or after.kind not in _DESCRIBED or items[at].tail not in ("", "풍", "풍의", "한", "의"):
        return False
    if after.negated and not items[at].negated and not _elsewhere(items, at):
        return False  # "라운지 하우스 보컬 없이" is house
    if after.concept.name == "before" or (after.kind == "instrument" and not after.concept.excludes):
        return False
    beyond = items[at + 2] if at + 2 < len(items) else None
    return not (beyond and beyond.kind == "style" and beyond.concept.is_form)


def _elsewhere(items: list[Item], at: int) -> bool:
    """Is a style named that does not stand right before the one at ``at``?"""
    others = [*items[: max(0, at - 1)], *items[at + 1 :]]
    return any(item.kind == "style" and not (item.scene or item.negated) for item in others)


def _part_refused(items: list[Item], text: str) -> None:
    """ "재즈 드럼 없이" is jazz where no other style is named: the phrase's style and its instrument, one by one."""
    words = vocabulary().words
    for at, item in enumerate(items):
        head, _, rest = text[item.start : item.end].partition(" ")
        if not (item.negated and item.kind == "instrument" and rest and not head.isascii()) or head in _OF_GUITARS:
            continue
        style, player = words.get(head), words.get(rest)
        if style and player and style.kind == "style" and player.kind == "instrument" and not _elsewhere(items, at):
            item.concept, item.start = player, item.start + len(head) + 1
            items.insert(at, Item(style, item.start - len(head) - 1, item.start - 1))
            return


def _goes_on(items: list[Item], start: int, at: int) -> bool:
    """Does the run of styles go on at ``at``: side by side, or "클래식 느낌의 힙합"?"""
    item = items[at]
    if at > start and items[at - 1].tail not in _ADJECTIVAL:
        return False
    if item.kind == "filler":
        return at > start and item.tail == "의"
    return item.kind == "style" and item.rank > COLOUR


def _choose_head(chain: list[Item]) -> None:
    """The last of the most specific ones is the head; pop takes any other as its adjective."""
    last = chain[-1]
    if last.concept.takes_adjectives:
        last.rank = GENRE
    strongest = max(item.rank for item in chain)
    head = next(item for item in reversed(chain) if item.rank == strongest)
    for item in chain:
        item.joined = True
        if item is not head and item.rank == strongest:
            item.rank -= _STEP
