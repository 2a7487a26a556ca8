"""Chords in words: "Am F C G", "Dm7 G7 | Cmaj7", "ii-V-I in Bb", "코드 진행 C-G-Am-F", "1-5-6-4 progression".

They become roman numerals in the piece's key, one text a bar, as styles write them ("ii7,V7").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.music.brief import TONICS
from jobs.music.theory import QUALITIES, SCALES, numeral, pitch_name
from jobs.music.words.keys import spell
from jobs.music.words.vocabulary import vocabulary

_ENDINGS = {
    "": "", "M": "", "maj": "", "m": "m", "min": "m", "-": "m", "5": "5", "6": "6", "m6": "m6", "7": "7", "9": "9",
    "13": "13", "7b9": "7b9", "7#9": "7#9", "maj7": "maj7", "M7": "maj7", "Δ": "maj7", "Δ7": "maj7", "maj9": "maj9",
    "M9": "maj9", "add9": "add9", "madd9": "madd9", "m7": "m7", "min7": "m7", "m9": "m9", "min9": "m9", "m11": "m9",
    "11": "7sus4", "mM7": "mmaj7", "mmaj7": "mmaj7", "sus": "sus4", "sus4": "sus4", "sus2": "sus2", "7sus4": "7sus4",
    "dim": "o", "o": "o", "°": "o", "dim7": "o7", "o7": "o7", "°7": "o7", "ø": "m7b5", "ø7": "m7b5", "m7b5": "m7b5",
    "aug": "+", "+": "+",
}  # fmt: skip
_ENDING = "|".join(sorted(map(re.escape, _ENDINGS), key=len, reverse=True))
_SYMBOL = rf"[A-G][#b♯♭]?(?:{_ENDING})(?:/[A-G][#b♯♭]?)?"
_ROOT = re.compile(r"(^|/)([A-G][#b♯♭]?)")
_NUMERAL = (
    r"[b#♭♯]?(?:VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)"
    r"(?:maj7|maj9|m7b5|7b9|7sus4|sus[24]|add9|[o°ø+]7?|[5679])?"
)
_GAP = r"(?:[ ]?(?:\||,|->|→|>)[ ]?|[ ])"
_EDGE = r"(?<![A-Za-z0-9#♯♭'/])"
_RUN = re.compile(
    rf"{_EDGE}(?:(?P<symbols>{_SYMBOL}(?:{_GAP}{_SYMBOL})+)|(?P<numerals>{_NUMERAL}(?:{_GAP}{_NUMERAL})+))(?![A-Za-z0-9#♯♭'])"
)
_DIGITS = re.compile(
    r"(?:(?<=progression )|(?<=chords )|(?<=chords: )|(?<=진행 )|(?<=코드 ))(?P<after>[1-7](?:[~ ,][1-7]){2,7})(?!\d)"
    r"|(?<![\d.])(?P<before>[1-7](?:[~ ,][1-7]){2,7})(?=[ ]?(?:chord|progression|진행|코드))"
)
_ANNOUNCED = re.compile(
    r"(?:chords?|progression|changes|코드|진행|화음)(?: (?:are|is|of|은|는|으로))?[ :=]{0,3}$", re.IGNORECASE
)
_SECTION_BEFORE = re.compile(
    r"(?:([a-z]+[ -][a-z]+)|([a-z]+)|([가-힣]+?))(?:에서|에)?(?:은|는)?(?:[ ]?\d+)?"
    r"(?:[ ](?:chords?|progression|코드)(?:은|는)?)?(?:[ ](?:is|are|goes|with|on|has|plays|uses))?[ ]?[:=(-]?[ ]?$",
    re.IGNORECASE,
)
_SECTION_AFTER = re.compile(r"[ ]?(?:in|for|during)[ ](?:the[ ])?([a-z]+)", re.IGNORECASE)
_FORM = frozenset("ABC")  # letters alone that name sections: AABA
LOWEST_ROOT = 48  # MIDI number of the lowest root of a chord that is tried out
_LEAST = 3  # chords in a row that are taken for chords unannounced


@dataclass(frozen=True, slots=True)
class Progression:
    """``bars``: chord symbols ("Am", "G7") or numerals ("ii"), comma-joined within a bar."""

    bars: tuple[str, ...]
    are_numerals: bool
    start: int
    end: int
    section: str = ""  # the kind of section whose chords they are


def find_progressions(text: str) -> Iterator[Progression]:
    """Progressions in a normalised text with its letter case, in their order."""
    for match in _RUN.finditer(text):
        run = match["symbols"] or match["numerals"]
        chords = re.split(_GAP, run)
        section = _section_of(text, match.start(), match.end())
        announced = bool(section) or bool(_ANNOUNCED.search(text[max(0, match.start() - 24) : match.start()]))
        plain = set(chords) <= _FORM or "," in run and all(len(chord) == 1 for chord in chords)
        if announced or (len(chords) >= _LEAST and not plain):
            yield Progression(_bars(run), match["numerals"] is not None, *match.span(), section)
    for match in _DIGITS.finditer(text):
        degrees = re.findall(r"\d", match[0])
        yield Progression(tuple(degrees), True, *match.span())


def _section_of(text: str, start: int, end: int) -> str:
    """The section named right before chords ("verse: Am F", "벌스는 Am F") or right after ("Am F in the verse")."""
    words = vocabulary().words
    before, after = _SECTION_BEFORE.search(text[max(0, start - 40) : start]), _SECTION_AFTER.match(text[end : end + 40])
    for name in (*(before.groups() if before else ()), after[1] if after else None):
        concept = words.get((name or "").lower().strip())
        if concept is not None and concept.kind == "section":
            return concept.name
    return ""


def _bars(run: str) -> tuple[str, ...]:
    """One bar for each chord, or what stands between bar lines where there are any."""
    if "|" in run:
        bars = (re.findall(r"[^ ,>→-]+", bar) for bar in run.split("|"))
        return tuple(",".join(bar) for bar in bars if bar)
    return tuple(re.findall(r"[^ ,>→-]+", run))


def read_progression(text: str) -> Progression:
    """The progression that a text is and nothing else: chord symbols, or roman numerals.

    Raise ValueError for the first word that is neither, and for a text that mixes both or has none.
    """
    bars = _bars(" ".join(text.split()))
    chords = [chord for bar in bars for chord in bar.split(",")]
    kinds = [bool(re.fullmatch(_NUMERAL, chord)) for chord in chords]
    for chord, is_numeral in zip(chords, kinds, strict=True):
        if not is_numeral and not re.fullmatch(_SYMBOL, chord):
            raise ValueError(f"{chord[:20]!r} is not a chord")
    if not chords:
        raise ValueError(f"{text.strip()[:20]!r} is not a chord")
    if len(set(kinds)) > 1:
        raise ValueError("chord symbols (Am F C G) or numerals (ii7 V7 Imaj7), not both")
    return Progression(bars, kinds[0], 0, len(text))


@dataclass(frozen=True, slots=True)
class SoundingChord:
    """A chord by its name, and MIDI pitches that can be played of it."""

    name: str
    pitches: tuple[int, ...]


def sounding(text: str, tonic: str, mode: str) -> list[list[SoundingChord]]:
    """The chords of each bar of a text, in that key; raise ValueError as ``read_progression`` does."""
    home = TONICS.index(tonic)

    def heard(token: str) -> SoundingChord:
        quality = numeral(token, mode)
        root = (home + quality.root) % 12
        pitches = tuple(LOWEST_ROOT + root + interval for interval in quality.intervals)
        return SoundingChord(pitch_name(root, home, mode) + quality.suffix, pitches)

    return [[heard(token) for token in bar.split(",")] for bar in numerals(read_progression(text), tonic, mode)]


def transposed(text: str, up: int, tonic: int, mode: str) -> str:
    """The chords of a text so many semitones higher, spelt in the key to which they come; numerals stay as they are."""

    def higher(root: re.Match[str]) -> str:
        pitch_class = TONICS.index(spell(root[2][0], root[2][1:])) + up
        return root[1] + pitch_name(pitch_class % 12, tonic, mode)

    def moved(word: re.Match[str]) -> str:
        return _ROOT.sub(higher, word[0]) if re.fullmatch(_SYMBOL, word[0]) else word[0]

    return re.sub(r"[^\s|,>→]+", moved, text)


def key_of(bars: Sequence[str]) -> tuple[str, str]:
    """The tonic and mode (major or minor) in whose scale most of the chords lie; the first chord breaks ties."""
    chords = [_symbol(symbol) for bar in bars for symbol in bar.split(",")]

    def fit(tonic: int, mode: str) -> float:
        scale = SCALES[mode]
        intervals = [((root - tonic) % 12, _is_minor(end)) for root, end in chords]
        inside = sum(interval in scale and small == _small(scale, interval) for interval, small in intervals)
        home = [(root, _is_minor(end)) == (tonic, mode == "minor") for root, end in chords]
        return inside + 0.4 * home[0] + 0.3 * home[-1] + 0.1 * any(home)

    keys = [(tonic, mode) for mode in ("major", "minor") for tonic in range(12)]
    tonic, mode = max(keys, key=lambda key: fit(*key))
    return TONICS[tonic], mode


def numerals(progression: Progression, tonic: str, mode: str) -> tuple[str, ...]:
    """The bars as roman numerals that ``theory.numeral`` reads in that key."""
    to_numeral = _of_degree if progression.are_numerals else _of_symbol
    return tuple(",".join(to_numeral(chord, tonic, mode) for chord in bar.split(",")) for bar in progression.bars)


def _symbol(chord: str) -> tuple[int, str]:
    """ "F#m7/C#" → (6, "m7"): the pitch class of the root and the ending; the bass note is left aside."""
    match = re.fullmatch(rf"([A-G])([#b♯♭]?)({_ENDING})(?:/.*)?", chord)
    if not match:
        raise ValueError(f"{chord!r} is not a chord")
    return TONICS.index(spell(match[1], match[2])), _ENDINGS[match[3]]


def _is_minor(ending: str) -> bool:
    return ending.startswith("m") and not ending.startswith("maj") or ending in ("o", "o7")


def _small(scale: Sequence[int], interval: int) -> bool:
    """Is the scale's own triad on that degree minor or diminished?"""
    at = scale.index(interval)
    return (scale[(at + 2) % 7] - scale[at]) % 12 == 3


_DEGREES = ("I", "II", "III", "IV", "V", "VI", "VII")


def _of_symbol(chord: str, tonic: str, mode: str) -> str:
    root, ending = _symbol(chord)
    interval, scale = (root - TONICS.index(tonic)) % 12, SCALES[mode]
    at, sign = next(
        (scale.index((interval - shift) % 12), sign)
        for shift, sign in ((0, ""), (-1, "b"), (1, "#"))
        if (interval - shift) % 12 in scale
    )
    small = _is_minor(ending)
    kind = ending.removeprefix("m") if small and not ending.startswith("m7b5") else ending
    return sign + (_DEGREES[at].lower() if small else _DEGREES[at]) + kind


def _of_degree(chord: str, _tonic: str, mode: str) -> str:
    if chord.isdecimal():
        at = int(chord) - 1
        return _DEGREES[at].lower() if _small(SCALES[mode], SCALES[mode][at]) else _DEGREES[at]
    plain = chord.replace("♭", "b").replace("♯", "#").replace("°", "o").replace("ø7", "m7b5").replace("ø", "m7b5")
    kind = re.sub("^[b#]?[ivIV]+", "", plain)
    return plain if kind in QUALITIES else plain.removesuffix(kind)


def implied_mode(progression: Progression) -> str:
    """Of numerals: minor where the tonic among them is small; "" where it is not there."""
    tonics = {re.sub("[^ivIV]", "", chord) for bar in progression.bars for chord in bar.split(",")} & {"i", "I"}
    return {"i": "minor", "I": "major"}.get(next(iter(tonics), ""), "") if len(tonics) == 1 else ""
