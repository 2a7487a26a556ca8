"""Keys in a text: "A minor", "Am", "in F#", "C sharp minor", "E♭ major", "D 도리안", "라단조", "내림나장조"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jobs.music.brief import TONICS
from jobs.music.words.vocabulary import vocabulary

_PITCH = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KOREAN = {"다": "C", "라": "D", "마": "E", "바": "F", "사": "G", "가": "A", "나": "B"}
_SPELT = {"에이": "A", "비": "B", "씨": "C", "디": "D", "이": "E", "에프": "F", "지": "G"}
_MODES = {
    "major": "major", "maj": "major", "ionian": "major", "장조": "major", "메이저": "major",
    "minor": "minor", "miner": "minor", "min": "minor", "m": "minor", "aeolian": "minor", "단조": "minor",
    "마이너": "minor",
    "dorian": "dorian", "도리안": "dorian", "mixolydian": "mixolydian", "믹솔리디안": "mixolydian",
    "phrygian": "phrygian", "locrian": "phrygian", "프리지안": "phrygian", "lydian": "lydian", "리디안": "lydian",
}  # fmt: skip
_LONG = "|".join(sorted((mode for mode in _MODES if mode != "m"), key=len, reverse=True))

_LETTER = re.compile(
    rf"""(?<![A-Za-z0-9#'&♯♭])(?P<note>[A-Ga-g])
    (?:(?P<sign>[#♯♭])|(?P<flat>b)(?![A-Za-z])|(?P<flatm>b)(?=m(?:in|aj|inor|ajor)?(?![A-Za-z]))
       |[ ]?(?P<word>(?i:sharp|flat)(?![A-Za-z])|샵|플랫))?
    (?:[ ]?(?P<mode>(?i:harmonic\ |melodic\ |natural\ )?(?i:{_LONG}))(?![A-Za-z])|(?P<m>m)(?![A-Za-z]))?
    (?![A-Za-z#0-9])(?!'[a-z])""",
    re.VERBOSE,
)
_HANGUL = re.compile(
    rf"""(?:(?P<accident>올림|내림)[ ]?)?(?P<note>[{"".join(_KOREAN)}])
    (?:(?<![가-힣].)[ ])?(?P<mode>장조(?!용)|단조(?!로[운움워우이]|롭))
    |(?<![가-힣])(?P<spelt>{"|".join(sorted(_SPELT, key=len, reverse=True))})[ ]?(?P<word>샵|플랫)?
     [ ]?(?P<loan>메이저|마이너|도리안|믹솔리디안|프리지안|리디안)""",
    re.VERBOSE,
)
_ANNOUNCED = re.compile(
    r"(?:\b(?:in|key of|key is|key|tonic|키|키는|조성|조성은|으뜸음)[ :=]{0,3}(?:the key of )?)$", re.IGNORECASE
)
_KEY_NOUN = re.compile(r" ?(?:키|조(?![가-힣]|정)|조로|key\b)", re.IGNORECASE)
_OPENS = re.compile(r"(?:^|[.!?\n]) ?[\"']?$")
_NEXT_WORD = re.compile(r" ([A-Za-z]+)")
_GOES_ON = re.compile(r"(?:$|[,.;!?)\n/|]| ?(?:\d|at\b|with\b|for\b|and\b|around\b|about\b|[가-힣]))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Key:
    """``tonic`` is one of TONICS, ``mode`` one of MODES or "" where only the tonic was named."""

    tonic: str
    mode: str
    start: int
    end: int


def find_keys(text: str) -> Iterator[Key]:
    """Keys in a normalised text with its letter case, in their order."""
    for match in _LETTER.finditer(text):
        if _is_meant(match, text):
            flat = match["flat"] or match["flatm"]
            sign = match["sign"] or (flat and "♭") or (match["word"] or "").lower()
            mode = _mode(match["mode"] or match["m"] or "")
            yield Key(spell(match["note"].upper(), sign), mode, match.start(), match.end())
    for match in _HANGUL.finditer(text):
        note = _KOREAN[match["note"]] if match["note"] else _SPELT[match["spelt"]]
        sign = match["accident"] or match["word"] or ""
        yield Key(spell(note, sign), _MODES[match["mode"] or match["loan"]], match.start(), match.end())


def parse_key(text: str) -> tuple[str, str]:
    """The tonic and mode ("" if none) of a form field such as "A minor", "Eb", "F# dorian", "라단조".

    Raise ValueError if it is not a key and nothing else.
    """
    bare = " ".join(text.split())
    bare = bare[:1].upper() + bare[1:]
    letter = _LETTER.fullmatch(bare)
    for key in find_keys(bare if not letter else f"key {bare}"):
        if key.end - key.start == len(bare):
            return key.tonic, key.mode
    raise ValueError(f"{text!r} is not a key")


def spell(letter: str, sign: str) -> str:
    """The name in TONICS of a letter with an accidental in any notation."""
    step = {"#": 1, "♯": 1, "sharp": 1, "샵": 1, "올림": 1, "♭": -1, "b": -1, "flat": -1, "플랫": -1, "내림": -1}
    return TONICS[(_PITCH[letter] + step.get(sign, 0)) % 12]


def _mode(word: str) -> str:
    return _MODES[word.lower().split(" ")[-1]] if word else ""


def _describes(text: str, end: int) -> bool:
    """Does a word follow that is no word for music: "A minor inconvenience", "A major road"?"""
    follows = _NEXT_WORD.match(text, end)
    return follows is not None and follows[1].lower() not in vocabulary().parts


def _is_meant(match: re.Match[str], text: str) -> bool:
    """Letters are articles, chords, grades …: which of them are keys?"""
    note, before = match["note"], text[max(0, match.start() - 24) : match.start()]
    announced = bool(_ANNOUNCED.search(before))
    named = bool(_KEY_NOUN.match(text, match.end()))
    if match["mode"] and match["mode"].lower() == "miner" and note in "aA" and not announced:
        return False
    if match["mode"]:
        article = note == "a" or (note == "A" and named and not before.strip())
        plain = not (match["sign"] or match["flat"] or match["flatm"] or match["word"])
        english = match["mode"].isascii()
        if note == "A" and plain and english and _OPENS.search(before) and _describes(text, match.end()):
            return False
        return not (article and plain and english) or bool(_GOES_ON.match(text, match.end())) and not named
    if match["m"]:
        return note.isupper() and not text.startswith(" I", match.end())
    if match["sign"] or match["word"]:
        return note.isupper() or announced or named
    if match["flat"]:
        return note.isupper() or (announced and named)
    if named and note.isupper():
        return note != "A" or bool(before.strip())
    if not announced or note.islower():
        return announced and note != "a" and bool(re.search(r"(?:key of|키|조성)\W*$", before, re.IGNORECASE))
    return note != "A" or bool(_GOES_ON.match(text, match.end()))
