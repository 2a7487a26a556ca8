"""Slips of the pen: "saxaphone", "chior" and "sadpianomusic" as the words that were meant.

Only a word that nobody knows is mended, and only where one slip (or the same consonants in a long word) leads to a word
of the vocabulary; ``english.txt`` lists the words of everyday English that lie as near, and are left alone.
A Korean word is mended where it sounds like one of the vocabulary: "째즈", "섹스폰", "일랙기타".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from os.path import commonprefix
from pathlib import Path

from jobs.music.words.vocabulary import vocabulary

# With a capital only at the very beginning: elsewhere it may be a name.
_WORD = re.compile(r"(?<![A-Za-z'#&])[a-z]{3,24}(?![A-Za-z'])|\A[A-Z][a-z]{2,23}(?![A-Za-z'])")
_MENDED = frozenset({"style", "instrument", "mood", "energy", "pace", "tempo", "vocal", "metre", "mode"})
_RUN_ON = _MENDED | {"music", "use", "image", "degree"}
_LONG, _SKELETON = 7, 8  # letters from which any slip, and the consonants alone, are enough
_ENDINGS = ("s", "es", "less", "like", "ish", "er", "ed", "ing", "ly", "y")  # of words that are written right
_SHORT = 3  # letters of a word that is hardly ever mended
_ANAGRAM = 6  # letters from which a word may have them mixed up
_MOST_SLIPS = 3
_SAME_SOUND = tuple(map(set, ("cs", "sz", "ck", "cz", "kq", "iy")))  # letters taken for each other: "danse", "muzik"
_HEARD = 5  # letters of a word in which they are
_INFLECTED = ("ing", "ed", "ly")  # endings that many words with other stems share
_VOWELS = frozenset("aeiouy")
_MANY_PHRASES = 6  # and spellings of them, in which a word is taken for one for music
_SHORTEST_PART = 3  # letters of a word that was run on to another

# Words that sound like one for music, beside others for music: "heavy base", "guitar cords".
_SOUNDS_LIKE = {"base": "bass", "bases": "bass", "cords": "chords", "symbols": "cymbals", "symbol": "cymbal"}
_HOMOPHONE = re.compile(
    r"(?i)(?:(?<=heavy )|(?<=deep )|(?<=fat )|(?<=phat )|(?<=sub )|(?<=slap )|(?<=thick )|(?<=funky )|(?<=punchy )"
    r"|(?<=booming )|(?<=wobble )|(?<=wobbly )|(?<=groovy )|(?<=dirty )|(?<=upright )|(?<=synth )|(?<=double )"
    r"|(?<=electric )|(?<=drum and )|(?<=drums and )|(?<=drum n )|(?<=drums, )|(?<=guitar, )|(?<=piano, ))bases?\b"
    r"|\bbase(?= (?:guitar|line|drop|boosted?|player|solo|and drums?)s?\b)"
    r"|(?:(?<=guitar )|(?<=piano )|(?<=minor )|(?<=major )|(?<=power )|(?<=jazz )|(?<=sad )|(?<=synth ))cords\b"
    r"|(?:(?<=crash )|(?<=ride )|(?<=drum )|(?<=drums and )|(?<=splash ))symbols?\b"
)

_HANGUL = re.compile("[가-힣]{2,}")
_HANGUL_WORD = 2, 7  # syllables of a Korean word that is mended
_SOUND_ALIKE = frozenset({"style", "instrument"})  # borrowed words, which nobody is sure how to spell
_OWN_WORDS = frozenset({"까요", "짱구"})  # sound like one of the vocabulary and are others
_PLAIN_ONSET = {1: 0, 4: 3, 8: 7, 10: 9, 13: 12}  # tense consonant → plain one
_ASPIRATED_ONSET = {1: 15, 4: 16, 8: 17, 13: 14}  # "디스꼬", "왈쯔"
_PLAIN_VOWEL = {5: 1, 7: 3}  # ㅔ → ㅐ, ㅖ → ㅒ
_LONG_HANGUL = 4  # syllables of a word in which ㅇ at the end of one is taken for ㄴ, and ㅓ for ㅗ
_N, _NG = 4, 21
_R, _L = 5, 8  # ㄹ at the beginning and at the end of a syllable
_U, _EU = 13, 18
_EO, _O = 4, 8  # among the vowels
_FIRST, _VOWELS_AND_ENDS, _ENDS = ord("가"), 588, 28  # how Unicode composes a syllable


def mend(text: str) -> tuple[str, dict[str, str]]:
    """The lower-case text with its slips mended, and what was written for each mended word."""
    written: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        meant = _meant(match[0].lower())
        if not meant:
            return match[0]
        written[meant] = match[0].lower()
        return meant

    def sound_alike(match: re.Match[str]) -> str:
        meant = _SOUNDS_LIKE[match[0].lower()]
        written[meant] = match[0].lower()
        return meant

    mended = _WORD.sub(replace, _HOMOPHONE.sub(sound_alike, text))
    return _HANGUL.sub(lambda match: _mend_hangul(match[0], written), mended), written


@lru_cache(maxsize=8192)
def _meant(word: str) -> str:
    """The word or words meant by one that nobody knows; "" for a known one, and where nothing is near."""
    known = _known()
    if word in known or any(word.endswith(end) and word[: -len(end)] in known for end in _ENDINGS):
        return ""
    if len(word) <= _SHORT:
        return _single_or_double(word)
    if word[-1] == "z" and vocabulary().parts.get(word[:-1], frozenset()) & _MENDED:
        return f"{word[:-1]}s"
    if len(word) > 2 * _SHORTEST_PART:
        return _nearest(word) or _parted(word)
    return _nearest(word) or (_single_or_double(word) if len(word) == _SHORT + 1 else "")


def _mend_hangul(run: str, written: dict[str, str]) -> str:
    """The run of syllables with the word at its start as the vocabulary spells it; note what was written for it."""
    shortest, longest = _HANGUL_WORD
    known = max((end for end, _ in vocabulary().matches(run, 0)), default=0)
    for end in range(min(len(run), longest), max(known, shortest - 1), -1):
        word = run[:end]
        meant = _by_sound().get(_sound(word)) or _by_sound().get(_sound(_aspirated(word)))
        if meant and meant != word and word not in _OWN_WORDS:
            written[meant] = word
            return meant + run[end:]
    return run


@cache
def _by_sound() -> dict[str, str]:
    shortest, longest = _HANGUL_WORD
    words = (word for word, concept in vocabulary().words.items() if concept.kind in _SOUND_ALIKE)
    return {_sound(word): word for word in words if _HANGUL.fullmatch(word) and shortest <= len(word) <= longest}


def _sound(word: str) -> str:
    """The syllables without what borrowed words are misspelt in: tense consonants, and ㅔ for ㅐ."""
    plain = "".join(_plain_syllable(syllable) for syllable in word)
    if len(plain) > 2:
        plain = _with_eu(_with_single_l(plain))
    return "".join(map(_with_o, map(_with_n, plain))) if len(word) >= _LONG_HANGUL else plain


def _aspirated(word: str) -> str:
    return "".join(_with_onset(syllable, _ASPIRATED_ONSET) for syllable in word)


def _with_onset(syllable: str, onsets: Mapping[int, int]) -> str:
    onset, rest = divmod(ord(syllable) - _FIRST, _VOWELS_AND_ENDS)
    return chr(_FIRST + onsets.get(onset, onset) * _VOWELS_AND_ENDS + rest)


def _with_single_l(word: str) -> str:
    """클래식 as 크래식, 플루트 as 프루트: ㄹ before ㄹ is hardly heard."""
    plain = [
        chr(ord(syllable) - _L)
        if (ord(syllable) - _FIRST) % _ENDS == _L and (ord(after) - _FIRST) // _VOWELS_AND_ENDS == _R
        else syllable
        for syllable, after in pairwise(word)
    ]
    return "".join([*plain, word[-1]])


def _with_eu(word: str) -> str:
    """블루수 as 블루스: an open ㅜ at the end as ㅡ."""
    is_u = (ord(word[-1]) - _FIRST) % _VOWELS_AND_ENDS == _U * _ENDS
    return word[:-1] + chr(ord(word[-1]) + (_EU - _U) * _ENDS) if is_u else word


def _with_n(syllable: str) -> str:
    """바이올링 as 바이올린."""
    return chr(ord(syllable) - _NG + _N) if (ord(syllable) - _FIRST) % _ENDS == _NG else syllable


def _with_o(syllable: str) -> str:
    """바이얼린 as 바이올린."""
    is_eo = (ord(syllable) - _FIRST) % _VOWELS_AND_ENDS // _ENDS == _EO
    return chr(ord(syllable) + (_O - _EO) * _ENDS) if is_eo else syllable


@cache
def _plain_syllable(syllable: str) -> str:
    onset, rest = divmod(ord(syllable) - _FIRST, _VOWELS_AND_ENDS)
    vowel, end = divmod(rest, _ENDS)
    onset, vowel = _PLAIN_ONSET.get(onset, onset), _PLAIN_VOWEL.get(vowel, vowel)
    return chr(_FIRST + onset * _VOWELS_AND_ENDS + vowel * _ENDS + end)


def _single_or_double(word: str) -> str:
    """Of short words too many are near each other: only the last letter of a style is doubled, or is not: "jaz"."""
    kinds = vocabulary().parts
    options = [word + word[-1], word[:-1]] if word[-1] == word[-2] else [word + word[-1]]
    return next((option for option in options if "style" in kinds.get(option, ())), "")


@cache
def _known() -> frozenset[str]:
    """All words that stand in the vocabulary or are everyday English near it."""
    everyday = Path(__file__).with_name("english.txt").read_text("utf-8").split()
    return frozenset(vocabulary().parts) | frozenset(vocabulary().words) | frozenset(everyday)


@cache
def _index() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Word less one letter → words; consonants, and letters in order, → long words."""
    lacking: dict[str, list[str]] = {}
    skeletons: dict[str, list[str]] = {}
    for word in sorted(word for word in vocabulary().parts if len(word) >= 4 and _is_musical(word)):
        for shorter in {word, *_lacking_one(word)}:
            lacking.setdefault(shorter, []).append(word)
        if len(word) >= _SKELETON:
            skeletons.setdefault(_skeleton(word), []).append(word)
        if len(word) >= _ANAGRAM:
            skeletons.setdefault(_letters(word), []).append(word)
    return lacking, skeletons


def _is_musical(word: str) -> bool:
    """Is it a word for music by itself, or a part of many phrases for it: "hop", "nova"?

    A word that a single phrase has is no slip's aim: "foster" is no "forest" of "forest psytrance".
    """
    own = vocabulary().words.get(word)
    return (own is not None and own.kind in _MENDED | {"lean"}) or _phrases()[word] >= _MANY_PHRASES


@cache
def _phrases() -> Counter[str]:
    """How often each word stands in phrases for music."""
    phrases = (word for word, concept in vocabulary().words.items() if concept.kind in _MENDED)
    return Counter(part for phrase in phrases for part in phrase.split(" "))


def _lacking_one(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _letters(word: str) -> str:
    """The first letter and all letters in the order of the alphabet: what survives where they were mixed up."""
    return word[0] + "|" + "".join(sorted(word))


def _skeleton(word: str) -> str:
    """The first letter and the consonants, doubled ones once, without h: what survives of a word spelt by ear."""
    plain = word.replace("ph", "f").replace("ck", "c").replace("k", "c")
    consonants = "".join(c for c in plain[1:] if c not in _VOWELS and c != "h")
    return plain[0] + re.sub(r"(.)\1", r"\1", consonants)


def _nearest(word: str) -> str:
    lacking, skeletons = _index()
    near = {target for shorter in {word, *_lacking_one(word)} for target in lacking.get(shorter, ())}
    fits = sorted((target for target in near if _is_slip(word, target)), key=_expected)
    fits = fits or (skeletons.get(_letters(word), []) if len(word) >= _ANAGRAM else [])
    if fits:
        return fits[0]
    if len(word) >= _SKELETON - 1 and not word.endswith(_INFLECTED):
        alike = [target for target in skeletons.get(_skeleton(word), ()) if _distance(word, target) <= _MOST_SLIPS]
        return alike[0] if len(alike) == 1 else ""
    return ""


def _expected(target: str) -> tuple[bool, str]:
    """The order of words that lie as near: dances and what plays first, then moods, then by the alphabet."""
    return not vocabulary().parts[target] & _SOUND_ALIKE, target


def _distance(word: str, target: str) -> int:
    """How many letters have to be changed, added or left out."""
    row = list(range(len(target) + 1))
    for at, letter in enumerate(word, 1):
        before, row[0] = row[0], at
        for here, meant in enumerate(target, 1):
            before, row[here] = row[here], min(row[here] + 1, row[here - 1] + 1, before + (letter != meant))
    return row[-1]


def _is_slip(word: str, target: str) -> bool:
    """Is ``word`` one slip away from ``target``: a letter too many or missing, changed, or two exchanged?"""
    if word[0] != target[0]:
        return False
    start = len(commonprefix([word, target]))
    rest, meant = word[start:], target[start:]
    if len(word) == len(target):
        exchanged = rest[:2] == meant[1::-1] and rest[2:] == meant[2:]
        changed = rest[1:] == meant[1:] and rest != "s"  # a plural is no slip
        vowel = changed and rest[0] in _VOWELS and meant[0] in _VOWELS
        plays = "instrument" in vocabulary().parts[target]
        late = start >= len(word) // 2 and (plays or _is_within(word, start, target))  # "guiter", "upbeet"
        alike = changed and len(word) >= _HEARD and {rest[0], meant[0]} in _SAME_SOUND
        return exchanged or alike or (vowel and (len(word) > 6 or late)) or (changed and len(word) > _LONG)
    longer, shorter = (word, target) if len(word) > len(target) else (target, word)
    if longer[start + 1 :] != shorter[start:]:
        return False
    own = vocabulary().words.get(target)
    if longer is word and rest == "e" and len(shorter) >= _HEARD and own is not None and own.kind == "instrument":
        return True  # "choire"
    doubled = longer[start] == longer[start - 1] or (longer[start] == "h" and len(shorter) >= _HEARD)  # "chello"
    return doubled or (longer is target and len(target) >= 6) or len(target) >= _LONG


def _is_within(word: str, at: int, target: str) -> bool:
    """Is it a vowel within a long word for a mood, "upbeet", and not an ending: "cheese", "placed"?"""
    inner = _ANAGRAM <= len(word) > at + 1 and not word.endswith(_INFLECTED)
    return inner and "mood" in vocabulary().parts[target]


def _is_players(part: str) -> bool:
    """Is it several of an instrument, as in "hugedrums"?"""
    player = vocabulary().words.get(part.removesuffix("s"))
    return player is not None and player.kind == "instrument" and part not in vocabulary().words


def _parted(word: str) -> str:
    """Words of the vocabulary that were written without blanks; "" if ``word`` does not consist of such."""
    words = vocabulary().words
    best: list[list[str] | None] = [[], *[None] * len(word)]
    for end in range(_SHORTEST_PART, len(word) + 1):
        for start in range(max(0, end - 16), end - _SHORTEST_PART + 1):
            before, part = best[start], word[start:end]
            if end == len(word) and _is_players(part):
                part = part.removesuffix("s")
            if before is None or part not in words or words[part].kind not in _RUN_ON:
                continue
            if best[end] is None or len(best[end] or ()) > len(before) + 1:
                best[end] = [*before, part]
    parts = best[-1] or []
    return " ".join(parts) if len(parts) > 1 and any(words[part].kind in _MENDED for part in parts) else ""
