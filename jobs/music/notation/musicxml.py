"""The whole score as MusicXML 4.0: a part for each instrument, with chord symbols, sections and tempo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from jobs.music.files.tags import ARTIST
from jobs.music.instruments import INSTRUMENTS, Instrument
from jobs.music.notation import percussion
from jobs.music.notation.measures import Place, attributes, harmony, headings, instrument_id, leaf, notes
from jobs.music.notation.sheet import Sheet, staves_of
from jobs.music.notation.spelling import CONCERT, Transposition
from jobs.music.score import Part, Score

CONTENT_TYPE = "application/vnd.recordare.musicxml+xml"
_DOCTYPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"'
    ' "http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_DRUM_CHANNEL = 10


@dataclass(frozen=True, slots=True)
class Source:
    """Where a piece comes from, as its files say."""

    prompt: str = ""
    seed: int = 0
    generator: str = ""
    rights: str = ""


def write(score: Score, path: Path, source: Source, transposition: Transposition = CONCERT) -> None:
    """Write the whole score as a file."""
    path.write_text(document(score, source, transposition), encoding="utf-8")


def document(score: Score, source: Source, transposition: Transposition = CONCERT) -> str:
    """The whole score as text."""
    sheet = Sheet(score, transposition)
    root = head(score.title, source)
    parts = [part for part in score.parts if part.notes]
    listed = SubElement(root, "part-list")
    for number, part in enumerate(parts, 1):
        _list(listed, part, number)
    for number, part in enumerate(parts, 1):
        _part(root, sheet, part, number)
    return text(root)


def head(title: str, source: Source) -> Element:
    """The document up to its list of parts."""
    root = Element("score-partwise", version="4.0")
    leaf(SubElement(root, "work"), "work-title", title)
    about = SubElement(root, "identification")
    leaf(about, "creator", ARTIST, type="composer")
    if source.rights:
        leaf(about, "rights", source.rights)
    leaf(SubElement(about, "encoding"), "software", source.generator)
    fields = SubElement(about, "miscellaneous")
    leaf(fields, "miscellaneous-field", source.prompt, name="prompt")
    leaf(fields, "miscellaneous-field", source.seed, name="seed")
    return root


def text(root: Element) -> str:
    """The finished document."""
    indent(root, " ")
    return f"{_DOCTYPE}{tostring(root, 'unicode')}\n"


def part_name(instrument: Instrument) -> str:
    """“Electric piano”"""
    return instrument.id.replace("_", " ").capitalize()


def _list(listed: Element, part: Part, number: int) -> None:
    """The part's entry: its name, and what plays it."""
    instrument = INSTRUMENTS[part.instrument]
    entry = SubElement(listed, "score-part", id=f"P{number}")
    leaf(entry, "part-name", part_name(instrument))
    keys = percussion.used(part) if instrument.drums else [0]
    for key in keys:
        sound = SubElement(entry, "score-instrument", id=instrument_id(number, key))
        leaf(sound, "instrument-name", percussion.drum(key).name if key else part_name(instrument))
    for key in keys:
        sound = SubElement(entry, "midi-instrument", id=instrument_id(number, key))
        leaf(sound, "midi-channel", _DRUM_CHANNEL if key else _channel(number))
        leaf(sound, "midi-program", instrument.program + 1)
        if key:
            leaf(sound, "midi-unpitched", key + 1)


def _channel(number: int) -> int:
    """One of the fifteen that are no drums'."""
    place = (number - 1) % 15 + 1
    return place + (place >= _DRUM_CHANNEL)


def _part(root: Element, sheet: Sheet, part: Part, number: int) -> None:
    on_paper = sheet.written(part)
    staves = staves_of(on_paper)
    element = SubElement(root, "part", id=f"P{number}")
    for bar in sheet.bars:
        measure = SubElement(element, "measure", number=str(bar.number))
        if bar.length < bar.whole:
            measure.set("implicit", "yes")
        if bar.start == 0:
            attributes(measure, sheet, [staff.clef for staff in staves])
        if number == 1:
            headings(measure, sheet, bar)
            for at, chord in sheet.chords_in(bar):
                harmony(measure, sheet, chord, at)
        for place, staff in enumerate(staves, 1):
            notes(measure, sheet, bar, staff, on_paper.triplets, Place(number, place, len(staves)))
