"""What all parts of a score share on paper, and the parts as staves with their voices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from jobs.music.instruments import INSTRUMENTS, Instrument
from jobs.music.notation import percussion
from jobs.music.notation.layout import Bar, bars_of, voices
from jobs.music.notation.quantise import DIVISIONS, Event, Written, swing_of, written
from jobs.music.notation.spelling import CONCERT, Transposition, key_of
from jobs.music.score import Chord, Part, Score

_TWO_HANDS = ("keys", "organ", "mallets", "plucked", "pad", "strings", "choir", "synth")  # families
_WIDE = 55, 67  # the lowest and highest notes beyond which these take two staves
_SPLIT = 60  # what lies lower is in the left hand
_TREBLE = 57  # from this median on


@dataclass(frozen=True, slots=True)
class Clef:
    """``octave``: by how many octaves what sounds lies off from what stands there."""

    sign: str
    line: int
    octave: int = 0


TREBLE, BASS, DRUMS = Clef("G", 2), Clef("F", 4), Clef("percussion", 0)


@dataclass(frozen=True, slots=True)
class Staff:
    """One staff of a part: its clef and its voices."""

    clef: Clef
    voices: Sequence[Sequence[Event]]


class Sheet:
    """A score on paper: its bars, key and swing, and for whom it is written."""

    def __init__(self, score: Score, transposition: Transposition = CONCERT) -> None:
        self.score, self.transposition = score, transposition
        self.bars = bars_of(score)
        self.key = key_of(score, transposition)
        self.swing = swing_of(score)
        self._end = self.bars[-1].start + self.bars[-1].length if self.bars else 0

    def written(self, part: Part) -> Written:
        """The part with its notes where they are written."""
        return written(self.score, part, self.swing, self._end)

    def chords_in(self, bar: Bar) -> Iterator[tuple[int, Chord]]:
        """The chords that begin in the bar, with their place in it (units); one that goes on is not named again."""
        before = ""
        for chord in self.score.chords:
            at = round(chord.start * 4) * DIVISIONS // 4
            if bar.start <= at < bar.start + bar.length and (chord.symbol != before or bar.section):
                yield at - bar.start, chord
            before = chord.symbol

    def chord_at(self, unit: int) -> Chord | None:
        """The chord that sounds there; None before the first."""
        return next((chord for chord in reversed(self.score.chords) if chord.start * DIVISIONS <= unit + 1), None)


def staves_of(on_paper: Written) -> list[Staff]:
    """The staves of a part: one, or two for hands that are far apart."""
    instrument = INSTRUMENTS[on_paper.part.instrument]
    if instrument.drums:
        return [Staff(DRUMS, voices(percussion.merged(on_paper.events)))]
    pitches = [pitch for event in on_paper.events for pitch in event.pitches] or [_TREBLE]
    if instrument.family in _TWO_HANDS and min(pitches) < _WIDE[0] and max(pitches) > _WIDE[1]:
        return [
            Staff(TREBLE, voices(_hand(on_paper.events, lambda pitch: pitch >= _SPLIT))),
            Staff(BASS, voices(_hand(on_paper.events, lambda pitch: pitch < _SPLIT))),
        ]
    return [Staff(_clef(instrument, pitches), voices(on_paper.events))]


def _hand(events: Sequence[Event], plays: Callable[[int], bool]) -> Iterator[Event]:
    for event in events:
        if pitches := tuple(filter(plays, event.pitches)):
            yield Event(event.start, event.end, pitches)


def _clef(instrument: Instrument, pitches: Sequence[int]) -> Clef:
    """Basses and guitars read an octave above what sounds."""
    if instrument.family == "bass":
        return Clef("F", 4, -1)
    if instrument.family == "guitar":
        return Clef("G", 2, -1)
    return TREBLE if median(pitches) >= _TREBLE else BASS
