"""How plainly each word names a style, and which word names the style when several do.

The longest phrase is one word already. Of styles side by side the last is the head ("hardcore hip hop"), the others
describe it. A style before an instrument or a trace of it ("blues guitar", "folk elements") describes that.
"""

from __future__ import annotations

from jobs.music.words.lexer import Item

GENRE, FORM, COLOUR = 4.0, 3.0, 1.6  # COLOUR: a style that only describes an instrument
_DESCRIBED = frozenset({"instrument", "vocal", "trace", "section"})
_STEP = 0.5  # what a style that describes another gives way by


def rank_styles(items: list[Item]) -> None:
    """Set ``rank`` on the items that speak of a style; 0 where they only tell of a scene."""
    for at, item in enumerate(items):
        if item.concept.style:
            item.rank = 0.0 if item.scene else item.concept.rank
            if item.kind == "style" and item.rank > COLOUR and _describes(items, at):
                item.rank = COLOUR
    at = 0
    while at < len(items):
        end = at
        while end < len(items) and items[end].kind == "style" and items[end].rank > COLOUR:
            end += 1
        if end - at > 1:
            _choose_head(items[at:end])
        at = max(end, at + 1)


def _describes(items: list[Item], at: int) -> bool:
    """Is it the adjective of what follows, or named as a trace ("a touch of jazz")?"""
    if at and items[at - 1].kind == "trace" and items[at - 1].concept.name == "before":
        return True
    after = items[at + 1] if at + 1 < len(items) else None
    if after is None or after.kind not in _DESCRIBED or items[at].tail not in ("", "풍", "풍의", "한", "의"):
        return False
    if after.concept.name == "before" or (after.kind == "instrument" and not after.concept.excludes):
        return False
    beyond = items[at + 2] if at + 2 < len(items) else None
    return not (beyond and beyond.kind == "style" and beyond.concept.is_form)


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
