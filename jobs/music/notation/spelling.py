"""How pitches and chords are spelled in a key, and in which key a transposing instrument reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobs.music.score import Chord, Score
from jobs.music.theory import MINOR_THIRD, RELATIVE_MAJOR

_FIFTHS = "FCGDAEB"  # on the line of fifths, C is 0
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_BELOW, _BELOW_MINOR = 5, 3  # how many fifths below its own major key the twelve names of a key begin
_ROOT = re.compile(r"[A-G](?:#|b)?")
_MARKS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}


@dataclass(frozen=True, slots=True)
class Transposition:
    """For whom it is written: what is read lies ``semitones`` (``steps`` of the scale) above what sounds."""

    name: str  # as in ?transpose=
    semitones: int
    steps: int
    label: str  # "B♭", as on the page; "" for what sounds as written


CONCERT = Transposition("", 0, 0, "")
TRANSPOSITIONS = {
    each.name: each for each in (CONCERT, Transposition("bb", 2, 1, "B♭"), Transposition("eb", 9, 5, "E♭"))
}


@dataclass(frozen=True, slots=True)
class Name:
    """A pitch class as it is spelled: letter, and semitones by which an accidental alters it."""

    step: str
    alter: int

    def __str__(self) -> str:
        return self.step + _MARKS[self.alter]


@dataclass(frozen=True, slots=True)
class Key:
    """A key signature: ``fifths`` sharps (flats where negative), and the names of the twelve pitch classes in it."""

    fifths: int
    mode: str
    names: tuple[Name, ...]

    def octave(self, pitch: int) -> int:
        """The octave that a MIDI pitch is written in: B sharp belongs to the one below."""
        name = self.names[pitch % 12]
        return (pitch - name.alter - SEMITONES[name.step]) // 12 - 1


def key_of(score: Score, transposition: Transposition = CONCERT) -> Key:
    """The key in which the score is written for such an instrument, with at most six accidentals."""
    tonic = (score.tonic + transposition.semitones) % 12
    major = (tonic + RELATIVE_MAJOR[score.mode]) % 12
    fifths = (major * 7 + 5) % 12 - 5  # from five flats to six sharps
    lowest = fifths - (_BELOW_MINOR if score.mode in MINOR_THIRD else _BELOW)
    names = {place * 7 % 12: _name(place) for place in range(lowest, lowest + 12)}
    return Key(fifths, score.mode, tuple(names[pitch_class] for pitch_class in range(12)))


def _name(place: int) -> Name:
    """What stands ``place`` fifths above C."""
    alter, index = divmod(place + 1, 7)
    return Name(_FIFTHS[index], alter)


def suffix(chord: Chord) -> str:
    """What follows the root in a chord's symbol: "m7" of "Am7"."""
    return _ROOT.sub("", chord.symbol, count=1)


def symbol(chord: Chord, key: Key, transposition: Transposition = CONCERT) -> str:
    """The chord's symbol as it is read in ``key``."""
    return f"{key.names[(chord.root + transposition.semitones) % 12]}{suffix(chord)}"
