"""The course of a piece in words: its sections in order, and what happens where ("guitar solo after the bridge")."""

from __future__ import annotations

import re

from jobs.music.brief import Place
from jobs.music.instruments import INSTRUMENTS
from jobs.music.words.lexer import Item
from jobs.music.words.steering import is_alone, is_head, time_near
from jobs.music.words.vocabulary import vocabulary

_TAG = re.compile(r"\[ ?([a-z가-힣 ]{2,24}?)(?: ?\d+)?(?: ?[:,|x(][^\]\n]*)?\]")
_CLOSED = re.compile(r"(?: ?\d+)? ?\)")  # "(verse 1)"
_IN_A_ROW = {"build": "build", "buildup": "build", "break": "break", "빌드": "build", "코러스": "chorus"}
_TOPIC = re.compile("(?:은|는|엔|에는|에선|에서는|부터는|부분은|부분에는|파트는)$")  # "후렴은 록"
_IS = re.compile(r" (?:is|are|has|gets|goes|should be|will be|with)(?![a-z])")  # "the chorus is loud"
_BEGINS = re.compile(r"(?:^|[.,;!?\n(]|(?<![a-z])(?:and|but|then|while|so)) ?(?:the |an? |my )?$")
_A_PART = re.compile(" ?(?:부분|파트|때|에서|구간)")
_AROUND = frozenset({"intro", "outro"})  # alone they are no piece
MOST = 32  # sections or places of one piece
_LEAST = 3  # sections named in a row that are an order of sections
_BETWEEN = frozenset({"join", "order", "filler"})
_TO_A_STYLE = frozenset({"filler", "word", "break", "degree"})
_NEAR = 5  # items between what happens and where


def find_sections(items: list[Item], text: str) -> tuple[str, ...]:
    """The sections in the order that was asked for; () if none was.

    From tags ("[Verse 1]"), else from heads ("intro: …, drop: …") or a row of them, whichever names more.
    """
    if len(tagged := _tagged(text)) > 1:
        return tuple(tagged[:MOST])
    best = _headed(items, text)
    run: list[str] = []
    ordered = False
    for item in [*items, None]:
        section = _section(item, text) if item is not None and (run or item.kind == "section") else ""
        if section:
            run.append(section)
        elif item is not None and run and (_is_between(item, text)):
            ordered = ordered or item.kind == "order"
        else:
            if len(run) >= (2 if ordered else _LEAST) and len(run) > len(best):
                best = run
            run, ordered = [], False
    return tuple(best[:MOST])


def _is_between(item: Item, text: str) -> bool:
    """May it stand between the sections of a row: "verse 8 bars, chorus 16 bars"?"""
    bars = item.kind == "noise" and text[item.start : item.end].endswith("bars")
    return bars or item.kind in _BETWEEN or item.concept.name in ("comma", "bar")


def _tagged(text: str) -> list[str]:
    words = vocabulary().words
    names = [tag[1].strip() for tag in _TAG.finditer(text)]
    known = {name: words[name].name for name in names if name in words and words[name].kind == "section"}
    return [known.get(name) or _IN_A_ROW[name] for name in names if name in known or (known and name in _IN_A_ROW)]


def _headed(items: list[Item], text: str) -> list[str]:
    """The sections that head what they sound like: "intro: …", "(verse 1) …"; [] if they are no whole piece."""
    heads = [item for at, item in enumerate(items) if _is_heading(items, at, text)]
    heads = [item for item in heads if _section(item, text)]
    names = [_section(item, text) for item in heads]
    several = len(names) > 1 and any(item.kind == "section" for item in heads)
    return names if several and not set(names) <= _AROUND else []


def _is_heading(items: list[Item], at: int, text: str) -> bool:
    item = items[at]
    return is_head(items, at) or _is_in_brackets(item, text) or (item.kind == "section" and _is_topic(item, text))


def _is_topic(item: Item, text: str) -> bool:
    """Does its part of the sentence tell how it is: "후렴은 강한 록", "the chorus is loud"?"""
    told = _TOPIC.search(item.tail) or _IS.match(text, item.end)
    return bool(told and _BEGINS.search(text[max(0, item.start - 12) : item.start]))


def _is_in_brackets(item: Item, text: str) -> bool:
    return text[max(0, item.start - 2) : item.start].strip().endswith("(") and bool(_CLOSED.match(text, item.end))


def _section(item: Item, text: str) -> str:
    """The kind of section that the item names; "build" and "break" are words for many things, but not in such a row."""
    if item.scene:
        return ""
    return item.concept.name if item.kind == "section" else _IN_A_ROW.get(text[item.start : item.end], "")


def set_aside(items: list[Item], text: str) -> None:
    """Mark refusals for one place only ("no drums in the outro"): they refuse nothing elsewhere.

    And the 코러스 among sections, which is a choir elsewhere; and moods of sections ("quiet verses and loud choruses"),
    where the piece has one of its own.
    """
    chorus = vocabulary().words["chorus"]
    of_sections = [item for item, after in zip(items, items[1:], strict=False) if _is_of_section(item, after)]
    if any(item.kind == "mood" and not item.scene and item not in of_sections for item in items):
        for item in of_sections:
            item.placed = True
    for at, item in enumerate(items):
        if _IN_A_ROW.get(text[item.start : item.end]) == "chorus" and _is_among_sections(items, at, text):
            item.concept = chorus
        where = _where(items, at) if item.negated and item.kind in ("instrument", "vocal") else ""
        if isinstance(where, str) and where:
            item.negated, item.placed = False, True


def _is_of_section(item: Item, after: Item) -> bool:
    return item.kind in ("mood", "energy") and after.kind == "section" and item.end + 1 >= after.start - len(item.tail)


def _is_among_sections(items: list[Item], at: int, text: str) -> bool:
    """Does it stand beside other sections, in a tag, or as one of the parts that the text tells of?"""
    item = items[at]
    beside = any(other.kind == "section" for other in items[max(0, at - 2) : at + 3])
    tag = text[item.start - 1 : item.start] == "[" or bool(_A_PART.match(text, item.end))
    told = bool(_TOPIC.search(item.tail)) and any(other.kind == "section" for other in items)
    return beside or tag or told


def find_places(items: list[Item], style: str, base: str) -> tuple[Place, ...]:
    """What shall happen where, in the order of the text. ``style``, a kind of ``base``: which guitar "guitar" is."""
    places: list[Place] = []
    for at, item in enumerate(items):
        if item.scene or not (item.placed or item.kind in ("only", "section") or _is_solo(item)):
            continue
        where = _where(items, at)
        if item.placed:
            places += [Place("without", name, where) for name in item.concept.excludes]
        elif _is_solo(item) and where:
            places.append(Place("solo", _soloist(items, at, style, base), where))
        elif item.kind == "section" and where and where != item.concept.name:
            places.append(Place(item.concept.name, "", where))
    places += _alone_there(items)
    places += _entries(items)
    places += _turns(items)
    return tuple(dict.fromkeys(places))[:MOST]


def _where(items: list[Item], at: int) -> str | float:
    """The section ("before chorus"), part of the piece or second named for the item at ``at``; "" if none is.

    It follows, or stands right before ("at 0:45 the drop", "45초에 드롭").
    """
    when, of_section = "", items[at].kind == "section"
    for item in items[at + 1 : at + 1 + _NEAR]:
        if item.kind in ("break", "instrument", "style"):
            break
        if item.kind == "when":
            when = f"{item.concept.name} "
        elif item.kind == "section" and (when or not of_section):
            return when + item.concept.name
        elif (place := _named(item)) != "":
            return place
    passed = ("filler", "word", "instrument") if _is_solo(items[at]) else ("filler", "word")  # "후반에 기타 솔로"
    before = [item for item in items[max(0, at - 2) : at] if item.kind not in passed]
    return _named(before[-1]) if before else ""


def _alone_there(items: list[Item]) -> list[Place]:
    """ "piano only in the verse", "1절은 피아노만": the others are silent there."""
    places: list[Place] = []
    for at, item in enumerate(items):
        if not is_alone(item) or item.scene or not (where := time_near(items, at)):
            continue
        near = [other for other in items[max(0, at - 2) : at + 3] if other.kind == "instrument"]
        names = [name for player in near for name in _players(player)]
        present = {INSTRUMENTS[name].family if name in INSTRUMENTS else name for name in names}
        if present:
            families = dict.fromkeys(instrument.family for instrument in INSTRUMENTS.values())
            places += [Place("without", family, where) for family in families if family not in present]
    return places


def _entries(items: list[Item]) -> list[Place]:
    """ "the strings come in at the chorus", "중간에 해금이 들어오는": who is silent before."""
    places: list[Place] = []
    for at, item in enumerate(items):
        if item.kind != "enter" or item.scene:
            continue
        start, end = _part_around(items, at)
        where = next((place for other in [*items[at:end], *items[start:at]] if (place := _time(other)) != ""), "")
        if where in ("", "start", "intro") or (isinstance(where, str) and " " in where):
            continue
        before = f"before {where:g}" if isinstance(where, float) else f"before {where}"
        for player in items[start:at]:
            places += [Place("without", name, before) for name in _players(player)]
    return places


def _part_around(items: list[Item], at: int) -> tuple[int, int]:
    """The part of the sentence that the item stands in: from break to break, or to the verb before."""
    start, end = at, at + 1
    while start and items[start - 1].kind not in ("break", "enter"):
        start -= 1
    while end < len(items) and items[end].kind not in ("break", "enter"):
        end += 1
    return start, end


def _time(item: Item) -> str | float:
    return item.concept.name if item.kind == "section" else _named(item)


def _players(item: Item) -> tuple[str, ...]:
    """Ids and families that an instrument or a band ("the orchestra") stands for."""
    if item.scene or item.negated or item.kind not in ("instrument", "style"):
        return ()
    words = vocabulary().words
    return item.concept.excludes or tuple(name for word in item.concept.instruments for name in words[word].excludes)


def _is_solo(item: Item) -> bool:
    return item.concept.name in ("solo", "recital", "piano_solo")


def _named(item: Item) -> str | float:
    if item.figure and item.figure.kind == "moment":
        return item.figure.value
    return item.concept.name if item.kind == "place" else ""


def _soloist(items: list[Item], at: int, style: str, base: str) -> str:
    if within := items[at].concept.instruments:  # "piano solo"
        return vocabulary().words[within[0]].instrument(style, base)
    before = items[at - 1].concept if at else None
    return before.instrument(style, base) if before and before.kind == "instrument" else ""


def turn_at(items: list[Item]) -> int | None:
    """Where the text tells of another style to come: "turns into …", "second half techno"; None if nowhere."""
    for at, item in enumerate(items):
        if item.kind == "turn" and not item.scene:
            return at
        if item.kind == "place" and item.concept.name in ("after middle", "end"):
            after = next((other for other in items[at + 1 : at + 4] if other.kind not in _TO_A_STYLE), None)
            if after and after.kind == "style" and any(other.kind == "style" for other in items[:at]):
                return at
    return None


def _turns(items: list[Item]) -> list[Place]:
    """ "starts as a lullaby, turns into metal": the style of the end, and of the start."""
    turn = turn_at(items)
    if turn is None:
        return []
    before = [item.concept.style for item in items[:turn] if item.kind == "style" and item.rank > 0]
    after = [item.concept.style for item in items[turn:] if item.kind == "style" and item.rank > 0]
    if not after and len(before) > 1:  # "발라드에서 록으로 바뀌는": the turn is named last
        before, after = before[-2:-1], before[-1:]
    if not after or (before and before[-1] == after[0]):
        return []
    return [*(Place("style", style, "start") for style in before[-1:]), Place("style", after[0], "end")]
