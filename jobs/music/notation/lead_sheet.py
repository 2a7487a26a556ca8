"""The lead sheet: the tune with its chord symbols and the names of the sections, on one staff."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate
from statistics import median_low
from xml.etree.ElementTree import SubElement

from jobs.music.notation.measures import Place, attributes, harmony, headings, leaf, notes
from jobs.music.notation.musicxml import Source, head, text
from jobs.music.notation.quantise import Event
from jobs.music.notation.sheet import TREBLE, Sheet, Staff
from jobs.music.notation.spelling import CONCERT, Transposition
from jobs.music.score import Note, Part, Score

BARS = 4  # on a line
_TUNES = ("melody", "counter", "arpeggio", "chords", "pad", "bass")  # roles, the one that sings first
_COMFORTABLE = 64, 76  # where the middle of a tune is read without many ledger lines


def document(score: Score, source: Source, transposition: Transposition = CONCERT) -> str:
    """The lead sheet as MusicXML: BARS bars on a line, and a new line for each section."""
    sheet = Sheet(score, transposition)
    root = head(score.title, source)
    entry = SubElement(SubElement(root, "part-list"), "score-part", id="P1")
    leaf(entry, "part-name", "")
    tune = tune_of(score)
    on_paper = sheet.written(tune) if tune else None
    line = _line(on_paper.events) if on_paper else []
    place = Place(1, octaves=_octaves(line, transposition))
    part = SubElement(root, "part", id="P1")
    since = 0
    for bar in sheet.bars:
        measure = SubElement(part, "measure", number=str(bar.number))
        since = 0 if bar.section else since + 1
        if bar.start and since % BARS == 0:
            SubElement(measure, "print", {"new-system": "yes"})
        if bar.length < bar.whole:
            measure.set("implicit", "yes")
        if bar.start == 0:
            attributes(measure, sheet, [TREBLE])
        headings(measure, sheet, bar)
        for at, chord in sheet.chords_in(bar):
            harmony(measure, sheet, chord, at)
        notes(measure, sheet, bar, Staff(TREBLE, [line]), on_paper.triplets if on_paper else frozenset(), place)
    return text(root)


def tune_of(score: Score) -> Part | None:
    """The part that is written as the tune: the melody, whoever leads, or what comes nearest to one."""
    sung = [part for part in score.parts if part.notes and part.role in _TUNES]
    tune = min(sung, key=lambda part: _TUNES.index(part.role), default=None)
    leads = [part for part in sung if part.role == "melody"]
    return replace(tune, notes=_in_turn(leads)) if tune and len(leads) > 1 else tune


def _in_turn(leads: Iterable[Part]) -> tuple[Note, ...]:
    """The notes of all who lead one after another, without those of who doubles what another plays."""
    led: list[Note] = []
    for part in leads:
        starts = [note.start for note in led]
        ends = list(accumulate((note.start + note.length for note in led), max, initial=0.0))
        free = (note for note in part.notes if ends[bisect_left(starts, note.start + note.length)] <= note.start)
        led = sorted([*led, *free])
    return tuple(led)


def _line(events: Iterable[Event]) -> list[Event]:
    """The highest of what sounds together, each until the next."""
    line: list[Event] = []
    for event in sorted(events, key=lambda event: (event.start, -event.pitches[-1])):
        if line and line[-1].start == event.start:
            continue
        if line and line[-1].end > event.start:
            line[-1] = Event(line[-1].start, event.start, line[-1].pitches)
        line.append(Event(event.start, event.end, event.pitches[-1:]))
    return line


def _octaves(line: Iterable[Event], transposition: Transposition) -> int:
    pitches = [pitch + transposition.semitones for event in line for pitch in event.pitches]
    if not pitches:
        return 0
    middle, (low, high) = median_low(pitches), _COMFORTABLE
    up, down = max(low - middle, 0), max(middle - high, 0)
    return -(-up // 12) - -(-down // 12)
