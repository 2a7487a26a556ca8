"""What stands in one measure of MusicXML: attributes, headings, chord symbols, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement

from jobs.music.files.tags import clean
from jobs.music.notation import percussion
from jobs.music.notation.layout import Bar, Piece, pieces
from jobs.music.notation.quantise import DIVISIONS
from jobs.music.notation.sheet import DRUMS, Clef, Sheet, Staff
from jobs.music.notation.spelling import SEMITONES, Key, suffix
from jobs.music.score import Chord

# Suffix of a symbol → its kind, and the degree that is added to it with its alteration.
_KINDS: dict[str, tuple[str, tuple[int, int] | None]] = {
    "": ("major", None), "m": ("minor", None), "5": ("power", None), "6": ("major-sixth", None),
    "m6": ("minor-sixth", None), "7": ("dominant", None), "m7": ("minor-seventh", None), "9": ("dominant-ninth", None),
    "m9": ("minor-ninth", None), "13": ("dominant-13th", None), "m13": ("minor-13th", None),
    "7b9": ("dominant", (9, -1)), "m7b9": ("minor-seventh", (9, -1)), "7#9": ("dominant", (9, 1)),
    "maj7": ("major-seventh", None), "mM7": ("major-minor", None), "maj9": ("major-ninth", None),
    "mM9": ("major-minor", (9, 0)), "add9": ("major", (9, 0)), "madd9": ("minor", (9, 0)),
    "sus4": ("suspended-fourth", None), "sus2": ("suspended-second", None), "7sus4": ("suspended-fourth", (7, -1)),
    "dim": ("diminished", None), "dim7": ("diminished-seventh", None), "m7b5": ("half-diminished", None),
    "aug": ("augmented", None),
}  # fmt: skip
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"


@dataclass(slots=True)
class Signs:
    """The accidentals that hold in a measure of one staff."""

    key: Key
    altered: dict[tuple[str, int], int] = field(default_factory=dict)

    def needed(self, step: str, octave: int, alter: int) -> bool:
        """Whether a note needs a sign there; from then on it has one."""
        signed = _SHARPS[: self.key.fifths] if self.key.fifths > 0 else _FLATS[: -self.key.fifths]
        usual = (1 if self.key.fifths > 0 else -1) if step in signed else 0
        if self.altered.get((step, octave), usual) == alter:
            return False
        self.altered[step, octave] = alter
        return True


def leaf(parent: Element, tag: str, text: object, /, **attributes: str) -> Element:
    """A child that holds nothing but text."""
    child = SubElement(parent, tag, attributes)
    child.text = clean(str(text))
    return child


def attributes(measure: Element, sheet: Sheet, clefs: Sequence[Clef]) -> None:
    """Divisions, key, metre and clefs at the beginning of a part."""
    element = SubElement(measure, "attributes")
    leaf(element, "divisions", DIVISIONS)
    key = SubElement(element, "key")
    drums = clefs[0] == DRUMS
    leaf(key, "fifths", 0 if drums else sheet.key.fifths)
    if not drums:
        leaf(key, "mode", sheet.key.mode)
    time = SubElement(element, "time")
    leaf(time, "beats", sheet.score.metre[0])
    leaf(time, "beat-type", sheet.score.metre[1])
    if len(clefs) > 1:
        leaf(element, "staves", len(clefs))
    for number, clef in enumerate(clefs, 1):
        sign = SubElement(element, "clef", {"number": str(number)} if len(clefs) > 1 else {})
        leaf(sign, "sign", clef.sign)
        if clef.line:
            leaf(sign, "line", clef.line)
        if clef.octave:
            leaf(sign, "clef-octave-change", clef.octave)
    if sheet.transposition.semitones and not drums:
        transpose = SubElement(element, "transpose")
        leaf(transpose, "diatonic", -sheet.transposition.steps)
        leaf(transpose, "chromatic", -sheet.transposition.semitones)


def headings(measure: Element, sheet: Sheet, bar: Bar) -> None:
    """The section that begins here, and at the very beginning the tempo."""
    if bar.section:
        direction = _direction(measure)
        leaf(direction, "rehearsal", bar.section.replace("_", " ").capitalize())
    if bar.start == 0:
        _tempo(measure, sheet, bar)
        if sheet.swing.late > 0.5:
            leaf(_direction(measure), "words", "Swing" if sheet.swing.unit == 0.5 else "Swing sixteenths")


def _tempo(measure: Element, sheet: Sheet, bar: Bar) -> None:
    """As a metronome has it; programs take the number of quarter notes."""
    bpm = sheet.score.tempos[0].bpm
    metronome = SubElement(_direction(measure), "metronome")
    leaf(metronome, "beat-unit", "quarter")
    if bar.pulse > DIVISIONS:
        SubElement(metronome, "beat-unit-dot")
    leaf(metronome, "per-minute", round(bpm * DIVISIONS / bar.pulse))
    SubElement(measure[-1], "sound", tempo=f"{bpm:g}")


def _direction(measure: Element) -> Element:
    return SubElement(SubElement(measure, "direction", placement="above"), "direction-type")


def harmony(measure: Element, sheet: Sheet, chord: Chord, offset: int = 0) -> None:
    """A chord symbol, ``offset`` units after the note that follows it."""
    ending, _slash, bass = suffix(chord).partition("/")
    kind, degree = _KINDS.get(ending, ("other", None))
    name = sheet.key.names[(chord.root + sheet.transposition.semitones) % 12]
    element = SubElement(measure, "harmony")
    root = SubElement(element, "root")
    leaf(root, "root-step", name.step)
    if name.alter:
        leaf(root, "root-alter", name.alter)
    leaf(element, "kind", kind, text=clean(ending))
    if bass and bass[0] in SEMITONES:
        _bass(element, sheet, bass)
    if degree:
        added = SubElement(element, "degree", {"print-object": "no"})
        leaf(added, "degree-value", degree[0])
        leaf(added, "degree-alter", degree[1])
        leaf(added, "degree-type", "add")
    if offset:
        leaf(element, "offset", offset)


def _bass(element: Element, sheet: Sheet, bass: str) -> None:
    pitch_class = SEMITONES[bass[0]] + bass.count("#") - bass.count("b")
    name = sheet.key.names[(pitch_class + sheet.transposition.semitones) % 12]
    child = SubElement(element, "bass")
    leaf(child, "bass-step", name.step)
    if name.alter:
        leaf(child, "bass-alter", name.alter)


@dataclass(frozen=True, slots=True)
class Place:
    """Which staff (from 1) of how many, of the part with this number; ``octaves`` moves what is written there."""

    part: int
    staff: int = 1
    staves: int = 1
    octaves: int = 0


def notes(measure: Element, sheet: Sheet, bar: Bar, staff: Staff, triplets: frozenset[int], place: Place) -> None:
    """The voices of a staff in a bar, one after the other; a bar of rest where all are silent."""
    lines = [pieces(events, bar, triplets) for events in staff.voices]
    signs = Signs(sheet.key)
    sounding = [(number, voice) for number, voice in enumerate(lines, 1) if voice]
    if place.staff > 1:
        leaf(SubElement(measure, "backup"), "duration", bar.length)
    if not sounding:
        rest = SubElement(measure, "note")
        SubElement(rest, "rest", measure="yes")
        leaf(rest, "duration", bar.length)
        leaf(rest, "voice", _voice(1, place))
        if place.staves > 1:
            leaf(rest, "staff", place.staff)
    for index, (number, voice) in enumerate(sounding):
        if index:
            leaf(SubElement(measure, "backup"), "duration", bar.length)
        for piece in voice:
            _note(measure, sheet, piece, number, signs, staff.clef == DRUMS, place)


def _voice(number: int, place: Place) -> int:
    return number + 4 * (place.staff - 1)


def _note(measure: Element, sheet: Sheet, piece: Piece, voice: int, signs: Signs, drums: bool, place: Place) -> None:
    """A piece as one <note>, one for each pitch of a chord."""
    for index, pitch in enumerate(piece.pitches or (None,)):
        note = SubElement(measure, "note")
        if index:
            SubElement(note, "chord")
        accidental = "" if pitch is None or drums else _pitch(note, sheet, pitch, piece, signs, place)
        if pitch is None:
            SubElement(note, "rest")
        elif drums:
            where = SubElement(note, "unpitched")
            leaf(where, "display-step", percussion.drum(pitch).step)
            leaf(where, "display-octave", percussion.drum(pitch).octave)
        leaf(note, "duration", piece.length)
        for tie in _ties(piece):
            SubElement(note, "tie", type=tie)
        if drums and pitch is not None:
            SubElement(note, "instrument", id=instrument_id(place.part, pitch))
        leaf(note, "voice", _voice(voice, place))
        _value(note, piece)
        if accidental:
            note.insert([child.tag for child in note].index("type") + 1 + piece.dots, _accidental(accidental))
        if drums and pitch is not None and percussion.drum(pitch).head:
            leaf(note, "notehead", percussion.drum(pitch).head)
        if place.staves > 1:
            leaf(note, "staff", place.staff)
        if index == 0:
            for level, beam in enumerate(piece.beams, 1):
                leaf(note, "beam", beam, number=str(level))
        _notations(note, piece, first=index == 0)


def instrument_id(part: int, key: int = 0) -> str:
    """The id of a part's instrument; ``key``: of one of its drums."""
    return f"P{part}-I{key or 1}"


def _pitch(note: Element, sheet: Sheet, sounding: int, piece: Piece, signs: Signs, place: Place) -> str:
    """Write the pitch; returns the accidental that it needs."""
    pitch = sounding + sheet.transposition.semitones + 12 * place.octaves
    name, octave = sheet.key.names[pitch % 12], sheet.key.octave(pitch)
    element = SubElement(note, "pitch")
    leaf(element, "step", name.step)
    if name.alter:
        leaf(element, "alter", name.alter)
    leaf(element, "octave", octave)
    is_struck = not piece.tied_from
    return _ACCIDENTALS[name.alter] if is_struck and signs.needed(name.step, octave, name.alter) else ""


def _accidental(sign: str) -> Element:
    element = Element("accidental")
    element.text = sign
    return element


def _ties(piece: Piece) -> list[str]:
    return ["stop"] * piece.tied_from + ["start"] * piece.tied_to


def _value(note: Element, piece: Piece) -> None:
    leaf(note, "type", piece.value)
    for _ in range(piece.dots):
        SubElement(note, "dot")
    if piece.triplet:
        change = SubElement(note, "time-modification")
        leaf(change, "actual-notes", 3)
        leaf(change, "normal-notes", 2)


def _notations(note: Element, piece: Piece, *, first: bool) -> None:
    ties, tuplet = _ties(piece), piece.tuplet if first else ""
    if not ties and not tuplet:
        return
    element = SubElement(note, "notations")
    for tie in ties:
        SubElement(element, "tied", type=tie)
    if tuplet:
        SubElement(element, "tuplet", type=tuplet)
