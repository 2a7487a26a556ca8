"""Numbers with what they count: tempo, length, metre, decade, in digits and in words, English and Korean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from jobs.music.words.vocabulary import vocabulary

_ENGLISH: dict[str, float] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "a hundred": 100, "one hundred": 100, "a": 1, "an": 1,
    "half": 0.5, "half a": 0.5, "half an": 0.5, "a half": 0.5, "a couple of": 2, "couple of": 2, "a few": 3,
    "couple": 2, "a couple": 2, "few": 3,
    "quarter of a": 0.25, "a quarter of a": 0.25, "quarter": 0.25, "three quarters of a": 0.75, "a third of a": 1 / 3,
}  # fmt: skip
_NATIVE = {"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "열": 10, "반": 0.5}
_SINO = {digit: value for value, digit in enumerate("영일이삼사오육칠팔구")}
_SECONDS = {"h": 3600.0, "시": 3600.0, "m": 60.0, "분": 60.0, "s": 1.0, "초": 1.0}
_DECADES = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
            "eighties": 80, "nineties": 90}  # fmt: skip
_BIG = 1e6  # nothing said in music is larger; keeps silly figures finite

_DIGITS = r"(?<![\d.])\d{1,9}(?:\.\d{1,3})?(?![\d]|\.\d)"
_WORDS = rf"(?<![a-z])(?:{'|'.join(sorted(_ENGLISH, key=len, reverse=True)).replace(' ', '[ ]')})(?![a-z])"
_HANGUL = r"(?:(?<![가-힣])|(?<=[일이삼사오육칠팔구십]분))(?:[일이삼사오육칠팔구십백]{2,7}[ ]?|[일이삼사오육칠팔구십])"
_TIME = re.compile(
    rf"""(?:(?P<digits>(?!(?:808|909)s){_DIGITS})|(?P<words>{_WORDS})
            (?:[ ](?P<ones>one|two|three|four|five|six|seven|eight|nine)\b)?
        |(?P<sino>{_HANGUL})|(?<![가-힣])(?P<native>한|두|세|네|다섯|열|반(?=[ ]?분)))
    (?P<half1>[ ]and[ ]a[ ]half)?(?:[ ]?ish(?![a-z]))?
    [ ]?(?P<unit>hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s|시간|분(?!위|음표|의[ ]?\d|의[ ]?[일이삼사육])|초)
    (?![a-z])(?P<half2>[ ]and[ ]a[ ]half|[ ]?반(?![가-힣]{{2}}))?
    (?:(?<=[mns분])[ ]?(?P<rest>[0-5]\d)(?![\d.:/%~]|[ ]?[a-z가-힣])
        |(?<=[ns])[ ](?P<spelt>ten|fifteen|twenty|thirty|forty|fifty)(?![a-z]|[ ](?:seconds?|bpm|beats)))?""",
    re.VERBOSE,
)
_CLOCK = re.compile(r"(?<![\d:/.])(\d{1,3}):([0-5]\d)(?![\d:/])(?! ?[ap]\.?m\b)")
_SPAN = re.compile(
    r"(?<![\d:/.])(\d{1,2}):([0-5]\d)(?: ?(?:~|to|until|till) ?| )(\d{1,2}):([0-5]\d)(?![\d:/])(?! ?[ap]\.?m\b)"
)
_FROM_ZERO = re.compile(r"(?<![\d:/.])0?0:00(?![\d:/])")  # no piece is so long: the clock times are moments in it
_NAMED_LENGTH = re.compile(
    r"(?<![a-z])(?:duration|length|길이) ?[:=] ?(\d{2,3})(?![\d.:%~]|[a-z가-힣]"
    r"| (?:s|m|h|secs?|seconds?|mins?|minutes?|hours?|bars?|beats?|measures?|to|초|분|마디)(?![a-z]))"
)
_RANGE = rf"({_DIGITS})(?:[ ]?(?:~|to|and|or)[ ]?({_DIGITS}))?(?:[ ]?(?:ish|or[ ]so|정도|쯤)(?![a-z]))?"
_UNIT = (
    r"(?:bpm|(?:bmps?|pbm|bpn)(?![a-z])|b\.p\.m\.?"
    r"|beats? ?(?:per|a|/) ?min(?:ute)?s?(?![a-z])|비피엠|비 피 엠|템포|빠르기)"
)
_TEMPO_AFTER = re.compile(rf"{_RANGE} ?{_UNIT}")
_TEMPO_SINO = re.compile(rf"((?<![가-힣])[일이삼사오육칠팔구십백]{{2,7}}) ?(?:{_UNIT})")
_TEMPO_NAMED_SINO = re.compile(
    r"(?:빠르기|템포|비피엠|bpm)(?:은|는|이|가)? ?([일이삼사오육칠팔구십백]{2,7})(?:으?로)?(?![가-힣])"
)
_SPOKEN = {word: int(value) for word, value in _ENGLISH.items() if value >= 1 and " " not in word and word != "an"}
_TEMPO_SPOKEN = re.compile(
    rf"(?<![a-z])((?:{'|'.join(sorted(_SPOKEN, key=len, reverse=True))})"
    rf"(?: (?:and )?(?:{'|'.join(sorted(_SPOKEN, key=len, reverse=True))}))*) {_UNIT}"
)
_TEMPO_BEFORE = re.compile(
    rf"""(?:(?<![a-z])(?:bpm|tempo|metronome|speed|at|@|(?:quarter(?:[ ]note)?|crotchet)(?=[ ]?[=:]))
        |@|♩|[48]분음표|비피엠|템포|분당|빠르기|메트로놈|속도)
    (?:[ ]?(?:of|is|at|around|about|은|는|을|를|이|가|약|로|대략|between|from|to))?[ :=(~\]*]{{0,4}}{_RANGE}
    (?!\d|[ ]?(?:[%:/]|(?:am|pm|st|nd|rd|th|h|m|mins?|s|secs?|k|hz|db)\b|o'clock|hours?|minutes?|seconds?
        |초|분|시간|년|배|살))""",
    re.VERBOSE,
)
_METRE = re.compile(
    r"""(?<![\d/.])(?P<top>\d{1,2})[ ]?/[ ]?(?P<low>2|4|8|16)(?![\d/]|[ ]of[ ])
    |(?P<klow>[248]|16|사|팔|이)[ ]?분의[ ]?(?P<ktop>\d{1,2}|[일이삼사오육칠팔구십]{1,2})(?:[ ]?박자)?
    |(?<![\d가-힣])(?P<alone>[23456789]|12|[이삼사오육칠])[ ]?박자
    |(?<![a-z])in[ ](?P<count>[34567])(?=$|[,.;\n]|[ ](?:time|feel)\b)""",
    re.VERBOSE,
)
_ERA = re.compile(
    r"""(?P<lead>(?<![a-z])(?:the|late|early|mid|in|from)[ ]|')?
    (?<![\da-z])(?P<year>(?:1[89]|20)\d0|\d0)(?:'?s(?![a-z])|[ ]?년대)
    |(?P<both>7080|8090)(?!\d)|(?<![a-z])(?P<word>"""
    + "|".join(_DECADES)
    + r")(?![a-z])",
    re.VERBOSE,
)
_HEARD_DECADE = 50
_LENGTH_NOUN = re.compile(
    r" ?(?:(?:long|clip|loop|jingle|duration|length|spot|ad|max|total|only)\b|짜리|길이|정도|동안)"
)
_ENDS = re.compile(r" ?(?:$|[,.;!?)\n|/]|(?:and|at|in|with|for)\b)")
# What stands around a time that is no length of the piece: a moment in it, a part's own length, a time in a story.
_MOMENT_BEFORE = re.compile(r"(?:^|[^a-z])(?:at|after|around the|from|by|@)(?: the| about| around)? ?$")
_OTHER_BEFORE = re.compile(
    r"(?:^|[^a-z])(?:every|each|before|until|till|within|first|last|final|past|opening|another)(?: the)? ?$"
    r"|(?:intro|outro|solo|verse|chorus|bridge|breakdown|drop|fade|delay)s?(?: (?:of|for|is|lasting|about|at))? ?$"
    r"|(?:처음|마지막|매|인트로|아웃트로|전주|간주|솔로|앞부분|뒷부분|[초중후전]반부?|중간|나머지|그 ?다음)"
    r"(?:는|은|가|이|를|의|에)? ?$"
    r"|(?<![가-힣])(?:앞|뒤|첫|맨 앞|맨 뒤)(?:에|의)? ?$"
)
_NAMED_PART = re.compile(
    r"(?:[a-z']+ ){0,3}(?:intro|outro)s?(?: (?:of|for|is|lasting|about|at))? ?"
    r"|(?:[가-힣a-z]+ ){1,3}(?:인트로|아웃트로) ?|[가-힣a-z]+ ?(?:솔로|solo) ?"
    r"|(?:[a-z']+ )+for (?:an? |my |our )?(?:[a-z]+ )?(?<!the )(?:intro|outro)s? ?"
)
_ORDERING = re.compile(r"(?:(?:[a-z]+ ){0,2}(?:need|want|make|create|write|make me|write me) (?:an? |the )?)?")
_A_PART = re.compile(r" ?(?:[a-z]+ )?(?:intro|outro)\b")  # "30 s podcast outro": the piece is one
_MOMENT_AFTER = re.compile(
    r" ?(?:mark\b|into the (?:song|track|piece|music)\b|in(?=$|[,.;)])|(?:지점|에서|부터|쯤에|에)(?![가-힣]))"
)
_OTHER_AFTER = re.compile(
    r" ?(?:ago|later|late|away|walk|drive|early|before|left|into(?! the (?:song|track|piece|music))|ahead)\b"
    r"| ?(?:[a-z]+ )?(?:intro|outro|solo|verse|chorus|bridge|break|breakdown|buildup|build|drop|fade|fill|delay|hook|"
    r"interlude|pause|silence)s?\b"
    r"| ?(?:전(?![가-힣])|뒤|후(?![가-힣])|늦|거리|만에|마다|(?:짜리 )?(?:인트로|아웃트로|전주|간주|후주|솔로))"
)
_WHOLE_AFTER = re.compile(
    r" ?(?:(?:intro|outro|opener|opening) (?:for|to) (?:an?|my|our|the) "
    r"|long\b|in length|in total|total\b|짜리 ?(?:곡|노래|음악))"
)
_LABEL = re.compile(
    r"(?:\b(?:op|opus|no|nr|number|bwv|kv?|d|rv|hob|vol|volume|part|chapter|psalm|track|level|route|highway|area|symphony|"
    r"sonata|concerto|channel|room|page|day|age|aged|formula|gate|flight|bus|line|apartment|since|in|of)\.?|#|제) ?$"
)
_BARE = re.compile(
    r"(?<![\d.#/a-z:])(?!(?:808|909|303|707|606)(?!\d))(?P<digits>\d{2,3})(?:[ ]?ish(?![a-z]))?(?!\.?\d|[/%:]|[ ]?°)"
    r"(?:(?P<alone>(?![ ]?[a-z가-힣])|(?=(?:으로|로| ?쯤(?:으로|의)?| ?정도(?:로|의)?)(?![가-힣])))|(?=[ ][a-z가-힣]))"
)
_WORD_BEFORE = re.compile(r"([a-z']+) $")
_TIME_WORDS = frozenset({
    "for", "about", "around", "approximately", "exactly", "length", "duration", "long", "is", "of", "total",
    "time", "bpm", "roughly", "max", "to", "and", "with", "lasting",
})  # fmt: skip
_KEY = re.compile("[a-g][b#]?(?:m|min|maj|minor|major)?")
_FOR = re.compile(r"(?:for|about|around|length|duration|길이|약|last|lasting)[ :=]{0,2}$")

Kind = Literal["duration", "moment", "other", "tempo", "metre", "era", "number", "perhaps"]


@dataclass(frozen=True, slots=True)
class Figure:
    """``kind``: "moment" is a time within the piece, "other" a time or number that says nothing of it, "perhaps" a bare
    number that a word follows, which may be what it counts.

    ``value``: seconds, beats a minute, (top, bottom) of a metre, decade (80, 0, 10), or the bare number."""

    kind: Kind
    value: float
    start: int
    end: int
    metre: tuple[int, int] = (0, 0)


def find_figures(text: str) -> list[Figure]:
    """Figures in a normalised lower-case text, in their order; where two overlap, the one tried first stays."""
    found: list[Figure] = []
    taken = bytearray(len(text) + 1)
    for reader in (_eras, _tempos, _metres, _clocks, _times, _numbers):
        for figure in reader(text):
            if not any(taken[figure.start : figure.end]):
                taken[figure.start : figure.end] = b"\1" * (figure.end - figure.start)
                found.append(figure)
    return _joined(sorted(found, key=lambda figure: figure.start), text)


def _number(digits: str) -> float:
    return min(float(digits), _BIG)


def _eras(text: str) -> Iterator[Figure]:
    for match in _ERA.finditer(text):
        if match["both"] or match["word"]:
            yield Figure("era", float(match["both"][:2]) if match["both"] else _DECADES[match["word"]], *match.span())
        elif _is_decade(match, text):
            yield Figure("era", float(int(match["year"]) % 100), *match.span())


def _is_decade(match: re.Match[str], text: str) -> bool:
    """ "90s rock", "rock, 90s" and "the 80s" are decades; "for 90s", "a 90s clip" and "pop, 30s" are seconds.

    Standing alone, only the decades that people name by their sound are decades.
    """
    if len(match["year"]) == 4 or match[0].endswith("년대") or match["lead"]:
        return not _FOR.search(text[max(0, match.start() - 12) : match.start()]) or bool(match["lead"])
    if match["year"] == "10" or _FOR.search(text[max(0, match.start() - 12) : match.start()]):
        return False
    if _LENGTH_NOUN.match(text, match.end()):
        return False
    return int(match["year"]) >= _HEARD_DECADE or not _ENDS.match(text, match.end())


def _tempos(text: str) -> Iterator[Figure]:
    for pattern in (_TEMPO_AFTER, _TEMPO_BEFORE):
        for match in pattern.finditer(text):
            low = _number(match[1])
            high = _number(match[2]) if match[2] else low
            if pattern is _TEMPO_AFTER or low >= 20:
                yield Figure("tempo", (low + high) / 2, *match.span())
    for match in _TEMPO_SPOKEN.finditer(text):
        if (value := _spoken(match[1])) >= 20:
            yield Figure("tempo", value, *match.span())
    for pattern in (_TEMPO_SINO, _TEMPO_NAMED_SINO):
        for match in pattern.finditer(text):
            yield Figure("tempo", _sino(match[1]), *match.span())


def _metres(text: str) -> Iterator[Figure]:
    for match in _METRE.finditer(text):
        top = match["top"] or match["ktop"] or match["alone"] or match["count"]
        low = match["low"] or match["klow"]
        beats = int(top) if top.isdigit() else int(_sino(top))
        unit = (int(low) if low.isdigit() else int(_sino(low))) if low else (8 if beats in (6, 7, 9, 12) else 4)
        if beats > 1:
            yield Figure("metre", 0.0, *match.span(), metre=(beats, unit))


def _clocks(text: str) -> Iterator[Figure]:
    if _FROM_ZERO.search(text):
        yield from _timeline(text)
        return
    for match in _CLOCK.finditer(text):
        before = text[max(0, match.start() - 24) : match.start()]
        word = _WORD_BEFORE.search(before)
        known = not word or word[1] in _TIME_WORDS or word[1] in vocabulary().words or bool(_KEY.fullmatch(word[1]))
        kind: Kind = "moment" if _MOMENT_BEFORE.search(before) else "duration" if known else "other"
        yield Figure(kind, float(match[1]) * 60 + float(match[2]), *match.span())


def _timeline(text: str) -> Iterator[Figure]:
    """ "0:00-0:30 pads, 0:30-1:00 drums": moments, and at the end of the last of several spans the length."""
    spans = list(_SPAN.finditer(text))
    ends = {span.start(3): 60.0 * int(span[3]) + int(span[4]) for span in spans}
    last = max(ends, key=lambda at: ends[at], default=-1) if len(spans) > 1 else -1
    for match in _CLOCK.finditer(text):
        at = match.start()
        kind: Kind = "duration" if at == last else "other" if at in ends else "moment"
        yield Figure(kind, 60.0 * int(match[1]) + int(match[2]), *match.span())


def _times(text: str) -> Iterator[Figure]:
    for match in _NAMED_LENGTH.finditer(text):
        yield Figure("duration", float(match[1]), *match.span(1))
    for match in _TIME.finditer(text):
        unit = _SECONDS[match["unit"][0]]
        if match["digits"]:
            if match["unit"] in ("m", "h") and text[match.end("digits")] == " ":
                continue  # "30 s" is how lengths are written; "4 m" may be anything
            value = _number(match["digits"])
        elif match["words"]:
            value = _ENGLISH[match["words"]] + _ENGLISH.get(match["ones"] or "", 0)
            if len(match["unit"]) == 1 or (match["words"] in ("a", "an") and unit == 1.0):
                continue
        else:
            value = _NATIVE[match["native"]] if match["native"] else _sino(match["sino"])
        half = 0.5 if match["half1"] or match["half2"] else 0.0
        rest = float(match["rest"] or _ENGLISH.get(match["spelt"] or "", 0)) if unit == 60.0 else 0.0  # "1 min 30"
        yield Figure(_kind_of_time(text, *match.span()), min((value + half) * unit + rest, _BIG), *match.span())


def _kind_of_time(text: str, start: int, end: int) -> Kind:
    before = text[max(0, start - 24) : start]
    if _WHOLE_AFTER.match(text, end):
        return "duration"
    named = _NAMED_PART.fullmatch(text[:start].lstrip())  # "news intro, 12 s": the piece is one
    part = _OTHER_AFTER.match(text, end) and not (_ORDERING.fullmatch(text[:start]) and _A_PART.match(text, end))
    if part or (_OTHER_BEFORE.search(before) and not named):
        return "other"
    return "moment" if _MOMENT_BEFORE.search(before) or _MOMENT_AFTER.match(text, end) else "duration"


def _numbers(text: str) -> Iterator[Figure]:
    for match in _BARE.finditer(text):
        if not _LABEL.search(text[max(0, match.start() - 16) : match.start()]):
            yield Figure("number" if match["alone"] is not None else "perhaps", _number(match["digits"]), *match.span())


def _spoken(words: str) -> float:
    """seventy five → 75, one twenty → 120, a hundred and forty → 140."""
    total = 0
    for value in (_SPOKEN[word] for word in words.split() if word != "and"):
        if value == 100 or (0 < total < 3 and value >= 20):
            total *= 100
        total += value if value < 100 else 100 * (total == 0)
    return float(total)


def _sino(word: str) -> float:
    """백이십 → 120, 구십 → 90, 삼 → 3."""
    total = digit = 0
    for letter in word.strip():
        if letter in "십백":
            total += max(digit, 1) * (10 if letter == "십" else 100)
            digit = 0
        else:
            digit = _SINO[letter]
    return float(total + digit)


def _joined(figures: list[Figure], text: str) -> list[Figure]:
    """ "1분" + "30초" → 90 s."""
    joined: list[Figure] = []
    for figure in figures:
        last = joined[-1] if joined else figure
        parts = last.kind == figure.kind == "duration" and figure.value < 60 <= last.value
        if parts and text[last.end : figure.start].strip() in ("", "and", ",", "&"):
            joined[-1] = Figure("duration", last.value + figure.value, last.start, figure.end)
        else:
            joined.append(figure)
    return joined


def plain(value: float) -> float | int:
    """A number as people write it: 80, not 80.0."""
    return int(value) if value == int(value) else round(value, 2)
