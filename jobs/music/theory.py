"""Scales, roman numerals, chord names: what is true of all tonal music."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
}
MINOR_THIRD = ("minor", "dorian", "phrygian")
PENTATONIC = {True: (0, 3, 5, 7, 10), False: (0, 2, 4, 7, 9)}  # by whether the third is minor
IN_SCALE = (0, 1, 5, 7, 8)  # the five tones of the koto, in phrygian

# Quality of a chord as written → semitones above the root and the name's ending. A capital numeral takes the first
# pair, a small one the second.
# fmt: off
QUALITIES: dict[str, tuple[tuple[tuple[int, ...], str], tuple[tuple[int, ...], str]]] = {
    "":      (((0, 4, 7), ""),              ((0, 3, 7), "m")),
    "5":     (((0, 7), "5"),                ((0, 7), "5")),
    "6":     (((0, 4, 7, 9), "6"),          ((0, 3, 7, 9), "m6")),
    "7":     (((0, 4, 7, 10), "7"),         ((0, 3, 7, 10), "m7")),
    "9":     (((0, 4, 7, 10, 14), "9"),     ((0, 3, 7, 10, 14), "m9")),
    "13":    (((0, 4, 7, 10, 21), "13"),    ((0, 3, 7, 10, 21), "m13")),
    "7b9":   (((0, 4, 7, 10, 13), "7b9"),   ((0, 3, 7, 10, 13), "m7b9")),
    "7#9":   (((0, 4, 7, 10, 15), "7#9"),   ((0, 3, 7, 10, 14), "m9")),
    "maj7":  (((0, 4, 7, 11), "maj7"),      ((0, 3, 7, 11), "mM7")),
    "maj9":  (((0, 4, 7, 11, 14), "maj9"),  ((0, 3, 7, 11, 14), "mM9")),
    "add9":  (((0, 4, 7, 14), "add9"),      ((0, 3, 7, 14), "madd9")),
    "sus4":  (((0, 5, 7), "sus4"),          ((0, 5, 7), "sus4")),
    "sus2":  (((0, 2, 7), "sus2"),          ((0, 2, 7), "sus2")),
    "7sus4": (((0, 5, 7, 10), "7sus4"),     ((0, 5, 7, 10), "7sus4")),
    "o":     (((0, 3, 6), "dim"),           ((0, 3, 6), "dim")),
    "o7":    (((0, 3, 6, 9), "dim7"),       ((0, 3, 6, 9), "dim7")),
    "m7b5":  (((0, 3, 6, 10), "m7b5"),      ((0, 3, 6, 10), "m7b5")),
    "+":     (((0, 4, 8), "aug"),           ((0, 4, 8), "aug")),
}
# fmt: on

NUMERALS = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
NUMERAL = re.compile(r"([b#]?)([ivIV]+)(.*)")

SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
RELATIVE_MAJOR = {"major": 0, "minor": 3, "dorian": 10, "mixolydian": 5, "phrygian": 8, "lydian": 7}  # semitones up
RAISED = (2, 4, 8, 9, 11)  # intervals that, where they leave the scale, lie above the degree they replace
SUBTONIC = 10  # semitones from the tonic up to VII of minor
LOWERED = (1, 3, 8, 10)  # degrees of the other modes of a tonic, in semitones
FLAT_MAJORS = frozenset({5, 10, 3, 8, 1})  # F, Bb, Eb, Ab, Db


@dataclass(frozen=True, slots=True)
class Quality:
    """A chord before it stands in a key: semitones of its root above the tonic, its make-up, its name's ending."""

    root: int
    intervals: tuple[int, ...]
    suffix: str


@lru_cache(maxsize=4096)
def numeral(token: str, mode: str) -> Quality:
    """Read a roman numeral against a mode: ``V7/ii``, ``bVII``, ``iv``, ``Imaj9``.

    Degrees count on the scale of the mode (``VI`` in minor is the flat sixth); capitals are major, small ones minor.
    Raise ValueError for what is not a numeral.
    """
    token, _, target = token.partition("/")
    match = NUMERAL.fullmatch(token)
    if not match or match[2].lower() not in NUMERALS or match[3] not in QUALITIES:
        raise ValueError(f"{token!r} is not a roman numeral")
    if target:
        base, scale = numeral(target, mode).root, SCALES["major"]
    else:
        base, scale = 0, SCALES[mode]
    degree = scale[NUMERALS[match[2].lower()]] + {"b": -1, "#": 1, "": 0}[match[1]]
    intervals, suffix = QUALITIES[match[3]][match[2].islower()]
    return Quality((base + degree) % 12, intervals, suffix)


def plain(token: str) -> str:
    """The numeral alone: ``bVII`` of ``bVII7sus4``."""
    match = NUMERAL.match(token)
    return match[1] + match[2] if match else token


def seventh(quality: Quality, mode: str) -> Quality:
    """The same triad with the seventh that the scale gives it; anything but a plain triad stays as it is.

    So does VII of minor: with its seventh it is the dominant of the relative major, which would be heard as home.
    """
    if quality.suffix not in ("", "m") or (mode == "minor" and quality.root == SUBTONIC):
        return quality
    scale = {(step - quality.root) % 12 for step in SCALES[mode]}
    large = 11 in scale and 10 not in scale
    if quality.suffix == "m":
        return quality if large else Quality(quality.root, (0, 3, 7, 10), "m7")
    return Quality(quality.root, (0, 4, 7, 11), "maj7") if large else Quality(quality.root, (0, 4, 7, 10), "7")


def chord_scale(tonic: int, mode: str, root: int, intervals: tuple[int, ...]) -> tuple[int, ...]:
    """The pitch classes that fit over a chord, ascending from C: the key's, bent to the chord's own tones."""
    tones = {(root + interval) % 12 for interval in intervals}
    scale = {(tonic + step) % 12 for step in SCALES[mode]}
    for interval in intervals:
        tone = (root + interval) % 12
        if tone in scale:
            continue
        side = -1 if interval % 12 in RAISED else 1
        neighbours = [step % 12 for step in (tone + side, tone - side) if step % 12 in scale - tones]
        scale -= set(neighbours[:1])
        scale.add(tone)
    return tuple(sorted(scale))


def pitch_name(pitch_class: int, tonic: int, mode: str) -> str:
    """'Eb' or 'D#', as the key's signature has it; a degree that is borrowed lowered has its flat."""
    degree = (pitch_class - tonic) % 12
    borrowed = degree in LOWERED and degree not in SCALES[mode]
    flat = (tonic + RELATIVE_MAJOR[mode]) % 12 in FLAT_MAJORS or borrowed
    return (FLATS if flat else SHARPS)[pitch_class % 12]
