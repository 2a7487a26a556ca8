"""What words do to their neighbours: "no drums or bass", "드럼 없이", "not too fast", "only piano", "피아노만".

Scope of a negation. English looks forwards: over fillers and at most two unknown words to the first word it can deny,
then over words that follow at once ("no heavy drums", but not "not too fast jazz") and over "or", "nor"; over "and"
if the same kind of word follows at once; over commas only in a list that ends in "or" (after "without" also "and").
Korean looks backwards: to the word before it, and over 와/과/랑/하고/나/도, 및, 또는; a comma ends it.
"""

from __future__ import annotations

import re

from jobs.music.instruments import INSTRUMENTS
from jobs.music.words.lexer import Item

_DENIABLE = frozenset(
    {"style", "mood", "energy", "pace", "tempo", "instrument", "vocal", "arc", "use", "image", "length", "mode", "feel"}
)
_SOUNDS = ("instrument", "vocal")
_SCALES = frozenset({"mood", "energy", "pace"})
_LEADING = ("mood", "energy", "pace", "style")  # stand before what they describe: "no heavy drums"
_FILLERS = frozenset({"filler", "degree", "music"})
_WITHIN_A_LINE = _SCALES | _FILLERS | {"word", "instrument", "join", "only"}
_BETWEEN = _SCALES | _FILLERS | {"join"}
_OF_BANDS = frozenset({  # in these a "solo trumpet" plays with others
    "hiphop", "trap", "house", "techno", "trance", "drum_and_bass", "dubstep", "rock", "metal", "punk", "pop", "disco",
    "funk", "soul", "reggae", "ska", "salsa", "synthwave", "synth_pop", "lofi", "reggaeton", "indie", "emo",
    "cinematic", "new_wave", "post_punk", "progressive", "psychedelic", "dub", "hyperpop", "electro_swing", "afrobeat",
    "samba", "calypso", "darkwave", "big_beat", "new_jack_swing", "trot",
})  # fmt: skip
_TIMES = frozenset({"section", "place"})
_NEAR = 4  # items after an "only" among which a part of the piece belongs to it
_A_GENRE = 2  # rank above which a word names a genre
_FORGIVEN = 2  # unknown words between a negator and what it denies
_VERB = re.compile("지(?:는|도|만|를)?$")  # "처지지는 않게" denies the verb alone
_RELIEVED = re.compile(  # "긴장을 풀어주는", "우울함을 날려버릴"
    "(?:감|함)?(?:을|를|이|도)? ?(?:풀어|풀리|풀릴|풀려|푸는|풀고 싶|날려|날릴|잊게|잊고|잊을|잊는|쫓아|쫓는"
    "|가라앉|해소|완화|이겨내|이겨낼|이겨낸|떨쳐|떨칠|녹여|녹아|녹이|씻어|씻겨)"
)
_TO_BE = re.compile("(?:야 ?)?할 (?:건|것은|거는|악기는) ?")
_CLAUSE = re.compile("(?:인데|지만|는데|이고|이되)$")
_JOINING = re.compile("(?:와|과|랑|하고|나|도|든)$")
_COUNTED = re.compile(r" ?(?:한|두|세|네|\d) ?(?:대|개|명)(?:으?로)?만")  # "기타 두 대로만"
_WHOLE = frozenset({"비트", "beat", "beats"})  # "비트만 있으면 돼요": a beat is a whole piece
_LIKENED = re.compile(" ?(?:vibes?|feel|style|sound|like|inspired|느낌|스타일|풍|분위기|감성)(?![a-z])")
_ONLY = re.compile("(?<!지)만(?:으로|을|은|의)?$")


def steer(items: list[Item], text: str) -> list[Item]:
    """Mark denied items and degrees in place; return the items that the music may consist of alone (maybe none).

    A 노, 안 or 못 with an ending is another word: 노는, 안은.
    """
    for at, item in enumerate(items):
        if item.kind == "mood" and _RELIEVED.match(text, item.end):
            item.negated = True
        if item.kind == "not" and (first := _below(items, at, text)):
            _deny_listed(items, first, text)
        elif item.kind == "not" and item.concept.name == "after":
            _deny_before(items, at, text)
        elif item.kind == "not" and item.concept.name != "filler" and not (item.tail and item.end - item.start == 1):
            _deny_after(items, at)
        elif item.kind == "degree":
            _scale(items, at)
        elif item.kind == "retract":
            _retract(items[:at])
    return _alone(items, text)


def _retract(items: list[Item]) -> None:
    """Take back what the sentence before refused: "without distortion? just kidding"."""
    for item in reversed(items):
        if item.kind == "break" and item.concept.name == "sentence" and item is not items[-1]:
            return
        item.negated = False


def _scale(items: list[Item], at: int) -> None:
    for item in items[at + 1 : at + 3]:
        if item.kind in _SCALES:
            item.degree = items[at].concept.factor
            return
        if item.kind not in _FILLERS:
            return


def _sort(item: Item) -> str:
    return "sound" if item.kind in _SOUNDS else item.kind


def _skip(items: list[Item], at: int, kinds: frozenset[str]) -> int:
    """The first place from ``at`` on whose item is of another kind."""
    while at < len(items) and items[at].kind in kinds:
        at += 1
    return at


# "no …", "without …" ---------------------------------------------------------------------------------------------


def _deny_after(items: list[Item], at: int) -> None:
    here = _first_deniable(items, at + 1)
    negator = items[at].concept.name
    while here < len(items) and items[here].kind in _DENIABLE:
        items[here].negated = True
        here = _next_denied(items, here, negator)


def _first_deniable(items: list[Item], at: int) -> int:
    forgiven = 0 if items[at - 1].concept.name == "none" else _FORGIVEN
    for here in range(at, len(items)):
        kind = items[here].kind
        if kind in _DENIABLE:
            return here
        if kind == "word" and forgiven:
            forgiven -= 1
        elif kind not in _FILLERS and kind != "only":
            break
    return len(items)


def _next_denied(items: list[Item], at: int, negator: str) -> int:
    """Where the negation of the item at ``at`` goes on; the end if it does not."""
    nowhere = len(items)
    if at + 1 == nowhere:
        return nowhere
    following, sort = items[at + 1], _sort(items[at])
    if following.kind in _DENIABLE and sort in _LEADING and negator != "adverb":
        return at + 1
    if following.kind == "instrument" and items[at].concept.excludes == ("melody",):
        return at + 1  # "no melody lead guitar"
    if following.kind == "join":
        target = _skip(items, at + 2, _FILLERS)
        same = target == at + 2 and target < nowhere and _sort(items[target]) == sort
        return target if following.concept.name == "or" or same else nowhere
    if following.concept.name == "comma":
        return _list_end(items, at, sort, ("and", "or") if negator == "without" else ("or",))
    return nowhere


def _list_end(items: list[Item], at: int, sort: str, joins: tuple[str, ...]) -> int:
    """Deny all of "x, y or z" from ``at`` on up to its last; its place, or the end where it is no such list."""
    listed = []
    for here in range(at, len(items) - 1):
        item = items[here]
        if _sort(item) == sort:
            listed.append(item)
        elif item.kind == "join":
            target = _skip(items, here + 1, _FILLERS)
            if item.concept.name not in joins or target == len(items) or _sort(items[target]) != sort:
                break
            for each in listed:
                each.negated = True
            return target
        elif item.concept.name != "comma" and item.kind != "filler":
            break
    return len(items)


def _below(items: list[Item], at: int, text: str) -> int:
    """Where the list begins that the refusal heads: "제외: 기타, 드럼", "제외할 건 기타"; 0 if it heads none."""
    if named := _TO_BE.match(text, items[at].end):
        return next((here for here in range(at + 1, len(items)) if items[here].start >= named.end()), 0)
    before = items[at - 1] if at else None
    if text.startswith("free", items[at].start):
        return 0  # "free music: jazz"
    if before and before.kind != "break" and "/" not in text[before.end : items[at].start]:
        return 0
    colon = _skip(items, at + 1, _FILLERS)
    return colon + 1 if colon < len(items) and items[colon].concept.name == "colon" else 0


def _deny_listed(items: list[Item], first: int, text: str) -> None:
    for here in range(first, len(items)):
        item = items[here]
        ends = here > first and "/" in text[items[here - 1].end : item.start]
        if ends or not (item.kind in _DENIABLE | _FILLERS or item.kind == "join" or item.concept.name == "comma"):
            return
        item.negated = item.kind in _DENIABLE


# "… 없이", "… 말고" ------------------------------------------------------------------------------------------------


def _deny_before(items: list[Item], at: int, text: str) -> None:
    target, forgiven = at - 1, 1
    if target >= 0 and items[target].kind == "word" and _VERB.search(text[items[target].start : items[target].end]):
        return
    while target >= 0 and items[target].kind not in _DENIABLE:
        if items[target].kind == "word" and forgiven:
            forgiven -= 1
        elif items[target].kind not in _FILLERS:
            return
        target -= 1
    if target >= 0 and _CLAUSE.search(items[target].tail):
        return  # "힙합인데 욕설은 말고" is hip-hop
    while target >= 0:
        items[target].negated = True
        target = _joined_before(items, target)


def _joined_before(items: list[Item], at: int) -> int:
    """Index of the item of the same sort that an "and" or a particle ties to the one at ``at``; −1 if none."""
    tied = at > 0 and items[at - 1].kind == "join"
    before = at - 2 if tied else at - 1
    if before >= 0 and _sort(items[before]) == _sort(items[at]) and (tied or _JOINING.search(items[before].tail)):
        return before
    return -1


# "only …", "…만", "solo …" ----------------------------------------------------------------------------------------


def _alone(items: list[Item], text: str) -> list[Item]:
    chosen: list[int] = []
    for at, item in enumerate(items):
        counted = _COUNTED.match(text, item.end) and item.kind == "instrument"
        if _is_asked(item) and (_ONLY.search(item.tail) or counted) and text[item.start : item.end] not in _WHOLE:
            chosen += [] if time_near(items, at) else _backwards(items, at)
        elif item.kind == "only" and not (item.scene or _is_left(items, at)):
            pointed = _pointed_at(items, at)
            chosen += [] if _is_beginning(items, at, pointed) or (pointed and time_near(items, at)) else pointed
    chosen = [] if _is_of_its_family(items, chosen) else chosen
    whole = [at for at, item in enumerate(items) if item.concept.only and not (item.negated or item.scene)]
    chosen += [at for at in whole if _is_whole(items, at) and not (_is_likened(items[at], text) or _heading(items, at))]
    return [items[at] for at in chosen]


def _is_left(items: list[Item], at: int) -> bool:
    """ "until only a music box is left": it is alone at the end."""
    return any(item.kind == "when" for item in items[max(0, at - 2) : at])


def _is_likened(item: Item, text: str) -> bool:
    """ "string quartet vibe", "현악 사중주 느낌": the manner, not the band."""
    return bool(_LIKENED.match(text, item.end)) or bool(_LIKENED.match(item.tail))


def _is_of_its_family(items: list[Item], chosen: list[int]) -> bool:
    """Is another of its family refused ("no distortion, clean guitars only", "가사 없이 허밍만")? It is alone in it."""
    families = {family for at in chosen for family in _families(items[at])}
    denied = [item for item in items if item.negated]
    instruments = any(item.kind == "instrument" and families & _families(item) for item in denied)
    return instruments or any(item.kind == "vocal" and families and families <= _families(item) for item in denied)


def _families(item: Item) -> set[str]:
    return {INSTRUMENTS[name].family if name in INSTRUMENTS else name for name in item.concept.excludes}


def is_alone(item: Item) -> bool:
    """Does it say that something plays alone, or is it an instrument with a particle that does?"""
    return (item.kind == "only" and item.concept.name != "solo") or (_is_asked(item) and bool(_ONLY.search(item.tail)))


def time_near(items: list[Item], at: int) -> str:
    """The section or part of the piece in which alone an "only" holds: "piano only in the first half"; "" if none."""
    before = items[at - 1] if at else None
    if before and before.kind in _TIMES and before.end <= items[at].start:  # "1절은 피아노만"
        return before.concept.name
    if head := _heading(items, at):
        return head
    for item in items[at + 1 : at + 1 + _NEAR]:
        if item.kind in _TIMES:
            return item.concept.name
        if item.kind not in _BETWEEN and item.kind != "instrument":
            return ""
    return ""


def _heading(items: list[Item], at: int) -> str:
    """The section at the head of its part: "[outro] guitar alone again", "후주: 다시 피아노만"; "" if none is."""
    here = at - 1
    while here >= 0 and (items[here].kind in _WITHIN_A_LINE or _is_section_head(items, here - 1)):
        here -= 1
    return items[here].concept.name if here >= 0 and items[here].kind == "section" else ""


def _is_section_head(items: list[Item], at: int) -> bool:
    return at >= 0 and items[at].kind == "section" and is_head(items, at)


def is_head(items: list[Item], at: int) -> bool:
    """Does it head its part: "intro: …", or "intro - …" in a line of its own?"""
    if items[at].scene or at + 1 == len(items):
        return False
    if items[at + 1].concept.name == "comma" and at + 2 < len(items) and items[at + 2].kind != "section":
        return at == 0 or items[at - 1].concept.name == "sentence"
    return items[at + 1].concept.name == "colon"


def _is_beginning(items: list[Item], at: int, chain: list[int]) -> bool:
    """Does the piece only begin or end so: "starts with just piano, then strings enter", "해금 독주로 시작했다가"?"""
    said = any(item.kind == "order" and not item.scene for item in items[at + 1 : at + 2]) and bool(items[at].tail)
    return said or (any(item.kind == "order" and not item.scene for item in items) and _others(items, chain))


def _is_asked(item: Item) -> bool:
    return item.kind in _SOUNDS and not (item.negated or item.scene)


def _others(items: list[Item], chain: list[int]) -> bool:
    """Is an instrument asked for besides these?"""
    names = {items[at].concept.name for at in chain}
    return any(_plays(item) and item.concept.name not in names for item in items)


def _plays(item: Item) -> bool:
    """Is it an instrument that is asked for, and no word for a melody?"""
    return _is_asked(item) and item.kind == "instrument" and item.concept.excludes != ("melody",)


def _is_whole(items: list[Item], at: int) -> bool:
    """Is a "string quartet" or "piano solo" the whole piece: no other instrument, and no genre but right beside it?"""
    style = items[at].concept.style
    genres = [here for here, item in enumerate(items) if _is_genre(item) and item.concept.style != style]
    return not _others(items, [at]) and all(abs(here - at) == 1 for here in genres)


def _is_genre(item: Item) -> bool:
    return item.kind == "style" and item.concept.rank > _A_GENRE and not (item.negated or item.scene)


def _pointed_at(items: list[Item], at: int) -> list[int]:
    """The instruments that an "only" means. A solo is one inside a piece, unless nothing else is asked for."""
    name = items[at].concept.name
    solo = name in ("solo", "recital")
    if name not in ("after", "recital"):
        first = _skip(items, at + 1, _SCALES | _FILLERS)
        if first < len(items) and _is_asked(items[first]):
            within = any(_is_genre(item) and item.concept.style in _OF_BANDS for item in items)
            accompanied = solo and (_others(items, [first]) or within or _goes_over(items, first + 1))
            if not accompanied:
                return _forwards(items, first)
    last = at - 1
    if name == "after" and last > 0 and items[last].concept.name == "comma":
        last -= 1  # "piano, nothing else"
    while name in ("after", "either") and last > 0 and items[last].kind == "only":  # "drum solo only"
        last -= 1
    if name == "before" or last < 0 or not _is_asked(items[last]):
        return []
    chain = _backwards(items, last)
    if solo and (_others(items, chain) or _JOINING.search(items[at].tail) or _has_place(items, at)):
        return []
    return [] if name == "solo" and any(map(_is_genre, items)) else chain


def _goes_over(items: list[Item], at: int) -> bool:
    """Does a band follow that the solo is played with: "solo trumpet over a jazz trio"?"""
    return at < len(items) and items[at].kind in ("word", "filler") and any(map(_is_genre, items[at : at + 4]))


def _has_place(items: list[Item], at: int) -> bool:
    """Is a place in the piece named for it: "a drum solo at the end", "중간에 해금 독주가 나오는"?"""
    around = [*items[max(0, at - 3) : at], *items[at + 1 : at + 4]]
    return any(item.kind == "place" or (item.kind == "section" and item.start > items[at].start) for item in around)


def _forwards(items: list[Item], at: int) -> list[int]:
    chain: list[int] = []
    for here in range(at, len(items)):
        if _is_asked(items[here]):
            chain.append(here)
        elif items[here].kind not in _BETWEEN and items[here].concept.name != "comma":
            break
    return chain


def _backwards(items: list[Item], at: int) -> list[int]:
    chain, here = [at], _joined_before(items, at)
    while here >= 0 and _is_asked(items[here]):
        chain.append(here)
        listed = here > 1 and items[here - 1].concept.name == "comma" and _is_asked(items[here - 2])
        here = here - 2 if listed else _joined_before(items, here)
    return chain
