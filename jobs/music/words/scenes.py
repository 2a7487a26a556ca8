"""Which words tell of a scene and which order music: "a song about a rusty metal kettle" is no metal.

A scene begins at a word such as "about" or "who" and lasts to the end of the sentence, to a part that is plainly about
music ("…, with loud guitars") or to an instrument that joins in ("… with guitar and drums"). Words for uses ("working",
"baby") order music only where a purpose stands ("for …", "… music") or where little else is said, and words that are
everyday nouns as well ("metal", "house") not where they describe or name a thing ("the trap door", "in the house").
"""

from __future__ import annotations

import re

from jobs.music.words.lexer import Item
from jobs.music.words.sung import mark_lyrics

_MUSICAL = frozenset({"instrument", "vocal", "music", "tempo", "pace", "key", "metre", "mode", "feel", "section"})
_PASSED = frozenset({"filler", "degree", "mood", "energy", "music", "join"})
_ADJECTIVES = ("mood", "energy", "degree")
_PURPOSES = frozenset({
    "for", "to", "while", "during", "when", "at", "in", "as", "into", "run", "own", "teach", "host",
})  # fmt: skip
_JOINS_IN = frozenset({"with", "featuring", "feat", "over", "using", "plus"})
_DETERMINERS = frozenset({
    "a", "an", "the", "my", "your", "his", "her", "our", "their", "this", "that", "these", "those", "some",
})  # fmt: skip
_PLACES = frozenset({
    "in", "at", "on", "through", "from", "inside", "into", "of", "by", "near", "under", "around", "to",
})  # fmt: skip
_BESIDE = frozenset({"by", "near", "behind", "under", "beside", "where", "across"})
_WITH_PEOPLE = frozenset({
    "player", "teacher", "maker", "shop", "store", "lesson", "lessons", "case", "school", "class",
})  # fmt: skip
_OF = frozenset({"of", "on", "by", "near", "under", "behind", "at"})
_OF_MUSIC = frozenset(
    {"figure", "key", "instrument", "style", "mode", "tempo", "pace"}
)  # "the rock of the 70s" is music
_ITS_NOISE = re.compile(  # "metal groans", "the house creaks": a thing
    r" (?:groan|creak|crumbl|clang|scrap|grind|bend|melt|burn|fall|clos|shut|snap|leav|collaps|rattl|rust|shatter|sink"
    r"|explod|twist|tear)(?:e?s|ing)(?![a-z])"
)
_CLUBS = frozenset(
    {"night", "dance", "underground", "berlin", "late", "strip", "beach", "jazz", "blues", "gay", "rave"}
)
_IN_A_PLACE = re.compile(r" in (?:the|a|my|our|your) (?!style|vein|manner|key|spirit|tradition|mode|mood|way|\d)[a-z]")
_OF_MODES = frozenset(
    {"vibe", "feel", "feeling", "tonality", "tone", "scale", "mode", "sounding", "sonority", "triads"}
)
_FUNCTION = frozenset({
    "but", "has", "have", "had", "are", "was", "were", "been", "be", "being", "i", "you", "he", "she", "they",
    "we", "me", "him", "them", "us", "it", "its", "all", "just", "also", "too", "if", "as", "by", "from", "up",
    "down", "off", "out", "under", "over", "onto", "through", "around", "after", "before", "between", "every",
    "each", "what", "when", "where", "why", "how", "there", "here", "again", "ever", "will", "would", "can",
    "could", "should", "may", "might", "do", "does", "did", "got", "get", "let", "pls", "please", "thx", "thanks",
    "lol",
})  # fmt: skip
_PLAYERS = frozenset(
    {"band", "bands", "ensemble", "group", "combo", "crew", "musicians", "outfit"}
)  # "a folk band" plays it
_SLOWLY = frozenset({"slowly", "천천히"})
_COURSES = frozenset({"arc", "turn", "enter"})
_FEW = 2  # unknown words of a part in which a word for a use still is the point
_BETWEEN_PURPOSE = 2  # unknown words between a purpose and its use: "for my sister's wedding"
_NEAR = 5  # items after "sounds like" among which the instrument is looked for
_A_SOUND_LIKE = re.compile(r" ?같은 (?:소리|음색|악기|사운드|톤)")
_LIKENED = re.compile(r"(?:처럼|같은|같이| 같은| 같이| 비슷)")
_NAMING = re.compile("이?라는 (?:이름|별명|제목)")
_SOMEBODY = re.compile(
    "(?:을|를)? ?(?:처음 )?(?:좋아하|사랑하|배우|가르치|즐기|즐겨|(?:듣|부르|치|켜|불|추|하|하시|치시|부르시)던 "
    "|가수|학원|선생|연주자|동아리)"
)
_LOVED = re.compile(  # "my boyfriend loves metal but …"
    r"(?<![a-z])(?:loves|likes|hates|prefers|listens to|(?:is|are|was|were) into|grew up (?:on|with)"
    r"|used to (?:play|sing|love|like)) (?:the |old |his |her )?$"
)
_BECAUSE = re.compile("[가-힣]{0,2}(?:서|니까|때)(?![가-힣])")
_I_FEEL = re.compile(
    r"(?:(?:when|because|since|whenever|if) (?:i|you|we)(?:'m|'re| am| are| feel)?"
    r"|(?:^|[^a-z])i(?:'m|'ve been| am| have been| feel))"
    r"(?: feeling| so| really| very| kinda| a bit| feel)*(?: [a-z]+ and)? $"
)
_GENERAL = 2  # rank of words that name no genre
_EVENT = re.compile(
    " ?(?:페스티벌|콘서트|공연|카페|클럽|동아리|수업|학원)(?:이|을|를)? ?(?:끝나|보고|다녀|가는|갔|마치)"
)
_OWNED = re.compile(  # "i own a barbershop", "my bakery plays …"
    r"(?<![a-z])(?:own|run|have|open|opened|opening|manage|managing|work (?:at|in)|working (?:at|in)|behind) "
    r"(?:a|an|my|our|the) (?:(?:small|little|local|new|family) )?$"
)
_MADE_OF = re.compile("(?:메탈|하우스|트랩) [가-힣]+(?:으?로|을|를|에서|에|이|가|은|는)(?![가-힣])")
_HEARD_THERE = re.compile(" ?(?:틀|들|나오|나올|쓸|쓰|춤|춰|흘러|자주|유행)")
_TITLE = re.compile(r"""[\"“「『]([^\"”」』\n]{2,60})[\"”」』]|(?<![a-z])'([^'\n]+ [^'\n]{1,60})'(?![a-z])""")


def mark_scenes(items: list[Item], text: str) -> None:
    """Set ``scene`` on the items that tell of a scene. ``text`` is what the items were read from, in lower case."""
    inside = False
    for start, end in _segments(items):
        segment = items[start:end]
        if segment[0].kind == "break" and segment[0].concept.name == "sentence":
            inside = False
        if inside and _is_musical(segment, text):
            inside = False
        unknown = _unknown(segment, text)
        playing = any(item.kind == "instrument" and not _is_manner(item) for item in segment)
        for at in range(start, end):
            item = items[at]
            if item.kind == "scene" and not _is_figure(items, at + 1):
                inside = True
            elif item.kind == "request" or (inside and (_joins_in(items, at, text) or _is_taken_on(items, at, text))):
                inside = False
            manner = playing and item.kind == "instrument" and item.concept.manner
            item.scene = item.scene or inside or manner or _is_background(items, at, text, unknown)
    _mark_states(items, text)
    mark_lyrics(items, text)
    _mark_titles(items, text)
    _mark_comparisons(items, text)


def _mark_states(items: list[Item], text: str) -> None:
    """What somebody feels who wishes for another mood: "우울해서 밝은 노래", "I'm so sad and lonely, play me joy"."""
    moods = [at for at, item in enumerate(items) if item.kind == "mood" and not item.scene]
    ends = [at for at, item in enumerate(items[:-1]) if item.kind == "break" and item.concept.name == "sentence"]
    wished = max([*moods[-1:], *ends[-1:]], default=0)  # where another mood or the last sentence stands
    for at in moods:
        item = items[at]
        if at >= wished:
            break
        goes_on = at > 1 and items[at - 1].kind == "join" and items[at - 2].kind == "mood" and items[at - 2].scene
        felt = _BECAUSE.match(text, item.end) or _I_FEEL.search(text[max(0, item.start - 32) : item.start])
        item.scene = bool(felt or goes_on)


def _mark_titles(items: list[Item], text: str) -> None:
    """What stands in quotation marks is a title, if music is named outside of them."""
    for title in _TITLE.finditer(text):
        within = [item for item in items if title.start() <= item.start < title.end()]
        if any(item.kind == "style" and not item.scene and item not in within for item in items):
            for item in within:
                item.scene = True


def _mark_comparisons(items: list[Item], text: str) -> None:
    """Instruments that others are only likened to: "sounds like a harp", "하프 같은 기타"."""
    for at, item in enumerate(items):
        if item.kind == "like":
            for other in items[at + 1 : at + 1 + _NEAR]:
                if other.kind in ("break", "join", "music", "style"):
                    break
                if other.kind == "instrument":
                    other.scene = True
                    break
        elif item.kind == "instrument" and _LIKENED.match(text, item.end):
            named = at > 0 and any(other.kind == "instrument" for other in items[max(0, at - _NEAR) : at])
            item.scene = named or not _A_SOUND_LIKE.match(text, item.end)  # "류트 같은 소리": the lute is wanted


def _is_figure(items: list[Item], at: int) -> bool:
    return at < len(items) and items[at].figure is not None


def _is_manner(item: Item) -> bool:
    """Does it name no sound that could play a riff or an arpeggio?"""
    return item.concept.manner or "drums" in item.concept.excludes or item.concept.excludes == ("melody",)


def _segments(items: list[Item]) -> list[tuple[int, int]]:
    """(start, end) of the parts between commas, colons and full stops, each with the break before it."""
    starts = [0, *(at for at, item in enumerate(items) if at and item.kind == "break")]
    return list(zip(starts, [*starts[1:], len(items)], strict=True)) if items else []


def _word(item: Item, text: str) -> str:
    return text[item.start : item.end]


def _unknown(segment: list[Item], text: str) -> int:
    """How many words of content nobody knows, up to a scene that begins within."""
    count = 0
    for item in segment:
        if item.kind == "scene":
            break
        count += item.kind in ("word", "enter") and _word(item, text) not in _FUNCTION
    return count


def _is_musical(segment: list[Item], text: str) -> bool:
    plain = [item for item in segment if item.kind in _MUSICAL or (item.kind == "style" and item.concept.rank > 1)]
    figures = [item for item in segment if item.figure and item.figure.kind in ("tempo", "metre")]
    moods = [item for item in segment if item.kind in ("mood", "energy")]
    unknown = _unknown(segment, text)
    return (bool(plain or figures) and unknown <= len(plain) + len(figures)) or (bool(moods) and not unknown)


def _is_of_people(items: list[Item], at: int, text: str) -> bool:
    """ "a harp player", "guitar lessons" """
    return items[at].kind == "instrument" and at + 1 < len(items) and _word(items[at + 1], text) in _WITH_PEOPLE


def _is_taken_on(items: list[Item], at: int, text: str) -> bool:
    """ "tell her story as a sea shanty." """
    before = text[max(0, items[at].start - 6) : items[at].start]
    ends = at + 1 == len(items) or items[at + 1].kind == "break"
    return ends and items[at].kind == "style" and before in (" as a ", " as an")


def _joins_in(items: list[Item], at: int, text: str) -> bool:
    """Does an instrument or a voice join in here: "with guitar", "over soft drums"?"""
    if items[at].kind not in ("instrument", "vocal") or _is_of_people(items, at, text):
        return False
    before = at - 1
    while before >= 0 and (items[before].kind in _ADJECTIVES or _word(items[before], text) in ("a", "an")):
        before -= 1
    return before >= 0 and _word(items[before], text) in _JOINS_IN


def _is_background(items: list[Item], at: int, text: str, unknown: int) -> bool:
    concept = items[at].concept
    if concept.loop and at and items[at - 1].kind == "instrument" and items[at - 1].end + 1 >= items[at].start:
        return True  # an "acoustic guitar loop" is played, the piece does not go round
    if _NAMING.match(text, items[at].end) or _is_venue(items, at, text) or _is_of_somebody(items, at, text):
        return True
    if concept.kind == "pace" and _word(items[at], text) in _SLOWLY:
        return _is_of_course(items, at)
    if concept.kind == "use":
        return text[items[at].start].isascii() and unknown > _FEW and not _is_purpose(items, at, text)
    if not concept.everyday or concept.kind == "lean":
        return False
    after = items[at + 1].kind if at + 1 < len(items) else ""
    if concept.kind == "mode":  # "major life changes"
        return after == "word" and _word(items[at + 1], text) not in _OF_MODES
    if concept.kind == "instrument":  # "beach vibes" are no vibraphone, "piano, vibes and bass" have one
        return not _is_listed(items, at)
    if "aggressive" in concept.moods and after in ("instrument", "vocal"):
        return True  # "heavy drums" are a sound, not a mood
    return _is_thing(items, at, text)


def _is_of_course(items: list[Item], at: int) -> bool:
    """ "slowly building", "천천히 커지는": how it goes on, and no tempo."""
    around = [*items[max(0, at - 1) : at], *items[at + 1 : at + 2]]
    return any(item.kind in _COURSES or (item.kind == "section" and item.concept.arc) for item in around)


def _is_of_somebody(items: list[Item], at: int, text: str) -> bool:
    """Is it what somebody sang, learns or loves, and other music is named: "재즈를 좋아하던 그녀에게 바치는 왈츠"?"""
    item = items[at]
    of_somebody = _SOMEBODY.match(text, item.end) or _LOVED.search(text[max(0, item.start - 24) : item.start])
    if item.kind not in ("style", "instrument") or not of_somebody:
        return False
    return any(other.kind in ("style", "instrument") for other in items[at + 1 :])


def _is_venue(items: list[Item], at: int, text: str) -> bool:
    """Does something happen in the 클럽 or after a 록 페스티벌, and is no music asked for that would be heard there?"""
    item = items[at]
    if item.kind != "style":
        return False
    if item.concept.rank > _GENERAL and _OWNED.search(text[max(0, item.start - 32) : item.start]):
        return any(other.kind == "style" for other in items[at + 1 :])
    if _EVENT.match(text, item.end) or (_MADE_OF.match(text, item.start) and _is_unknown(items, at + 1)):
        return True
    if item.concept.rank > _GENERAL or not item.tail.startswith("에"):
        return False
    return not _HEARD_THERE.match(text, item.end + len(item.tail))


def _is_unknown(items: list[Item], at: int) -> bool:
    return at < len(items) and items[at].kind == "word"


def _is_listed(items: list[Item], at: int) -> bool:
    """Does it stand among instruments, with nothing that describes it before?"""
    around = [items[here] for here in (at - 1, at + 1) if 0 <= here < len(items)]
    beyond = [items[here] for here in (at - 2, at + 2) if 0 <= here < len(items)]
    alone = all(item.kind in ("break", "join", "instrument") for item in around[: 1 if at else 0])
    return alone and any(item.kind == "instrument" for item in around + beyond)


def _is_purpose(items: list[Item], at: int, text: str) -> bool:
    after = items[at + 1].kind if at + 1 < len(items) else ""
    before, unknown = at - 1, 0
    while before >= 0 and _word(items[before], text) not in _PURPOSES:
        unknown += items[before].kind not in _PASSED
        if items[before].kind not in (*_PASSED, "word") or unknown > _BETWEEN_PURPOSE:
            break
        before -= 1
    return after == "music" or (before >= 0 and _word(items[before], text) in _PURPOSES)


def _is_described_thing(items: list[Item], at: int, text: str) -> bool:
    """ "an old house (by the river)" """
    return at > 1 and items[at - 1].kind in ("word", *_ADJECTIVES) and _word(items[at - 2], text) in _DETERMINERS


def _is_of_people_or_steps(items: list[Item], at: int, text: str) -> bool:
    """ "our chess club" is no night club, and a "wedding dance" or a "polka dance" no dance music."""
    word, before = _word(items[at], text), items[at - 1] if at else None
    if before is None or before.end + 1 != items[at].start:
        return False
    if word == "club":
        return (
            before.kind in ("word", "style", "noise", "lean", "use") and _word(before, text) not in _CLUBS | _FUNCTION
        )
    return word == "dance" and (
        before.kind in ("use", "style") or (before.kind == "word" and _word(before, text) not in _FUNCTION)
    )


def _is_thing(items: list[Item], at: int, text: str) -> bool:
    """ "the metal gate", "in the house", "a house on fire", "the rock of my life": a thing, or a place."""
    if _ITS_NOISE.match(text, items[at].end) or _is_of_people_or_steps(items, at, text):
        return True
    if at and items[at - 1].kind == "noise" and _word(items[at - 1], text).split()[0] in _DETERMINERS:
        return True  # "my country house"
    if not at or _word(items[at - 1], text) not in _DETERMINERS:
        following = _word(items[at + 1], text) if at + 1 < len(items) else ""
        return following in _BESIDE and items[at].concept.rank > 3 and _is_described_thing(items, at, text)
    after = items[at + 1] if at + 1 < len(items) else None
    describes = after is not None and after.kind == "word" and _word(after, text) not in _FUNCTION | _PLAYERS
    if (
        items[at].concept.rank > 3  # "a march of tiny soldiers" is one
        and after is not None
        and _word(after, text) in _OF
        and not any(item.kind in _OF_MUSIC for item in items[at + 2 : at + 4])
    ):
        return True
    if items[at].concept.rank > 3 and _IN_A_PLACE.match(text, items[at].end):
        return True
    place = at > 1 and _word(items[at - 2], text) in _PLACES
    if place and _word(items[at - 1], text) in ("a", "an"):  # "on a rock, …", and "in a rock style"
        return items[at].concept.rank > 3 and (after is None or after.kind == "break")
    return describes or (place and (after is None or after.kind not in ("music", "instrument", "style")))
