"""The notes of a part in one section as the page shows them: a piano roll over its scale and chords, and as text."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import pgettext as _p

from jobs.models.text import printable
from jobs.music.composing.edit import SUNG
from jobs.music.editing import MAX_SEED
from jobs.music.files.midi_tune import read_tune
from jobs.music.given import BadTune, GivenTune
from jobs.music.note_text import name_of, read_notes, write_notes
from jobs.music.score import Note
from jobs.music.section_lines import SectionLine
from jobs.music.text import one_line
from jobs.music.theory import pitch_name

if TYPE_CHECKING:
    from jobs.pages.arrangement import Arrangement, Document, Row

PANEL = re.compile(r"t(\d{1,2})_(\d{1,2})")
BEAT, WIDE, LANE = 32, 60, 18  # pixels of a beat, of one in a short section, and of a semitone
STROKES = 56  # pixels of the loudest note's velocity
SHORT = 16  # beats
AROUND, LEAST = 9, 24  # semitones that are shown beyond the notes, and at least
LONGEST = 120_000  # characters of notes
Edges = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Label:
    """A word in the picture, in pixels from its upper left."""

    at: float
    text: str


class NoteRoll:
    """One part in one section. Raise LookupError where the piece has no such section, or no such part with notes."""

    strokes_height = STROKES

    def __init__(self, arrangement: Arrangement, section: int, row: int) -> None:
        self.section, self.row_number = section, row
        self.row: Row = arrangement.rows[row]
        self.section_name = arrangement.names[section]
        self.is_last = section == len(arrangement.names) - 1
        if not can_be_drawn(self.row):
            raise LookupError(self.row.name)
        self._arrangement = arrangement
        self.line: SectionLine = self.line_of(arrangement.document)

    @classmethod
    def of(cls, arrangement: Arrangement, panel: str) -> NoteRoll | None:
        """That of a panel's name, ``t2_0``; None for others and for what is not there."""
        match = PANEL.fullmatch(panel)
        try:
            return cls(arrangement, int(match[1]), int(match[2])) if match else None
        except LookupError:
            return None

    def line_of(self, document: Document) -> SectionLine:
        """The part in the section as a document has it."""
        return self._arrangement.line_of(document, self.row.name, self.section)

    @property
    def panel(self) -> str:
        return f"t{self.section}_{self.row_number}"

    @property
    def title(self) -> str:
        return f"{self.row.title}, {self.section_name}"

    @property
    def text(self) -> str:
        return write_notes(self.line.notes, self.line.bar, self.line.tonic, self.line.mode)

    @property
    def is_drawn(self) -> bool:
        """Whether somebody has written these notes, or asked for another idea of them."""
        written = self._arrangement.written(self.section)
        return any(self.row.name in written.get(field, {}) for field in ("tune", "ideas"))

    @property
    def is_locked(self) -> bool:
        return self.row.name in self._arrangement.written(self.section).get("locked", ())

    # -- the picture, in pixels

    @cached_property
    def _edges(self) -> Edges:
        """The lowest and the highest pitch that are shown."""
        low, high = self.line.low, self.line.high
        pitches = [note.pitch for note in self.line.notes] or [(low + high) // 2]
        bottom, top = min(pitches) - AROUND, max(pitches) + AROUND
        wider = max(0, LEAST - (top - bottom))
        return max(low, bottom - wider // 2), min(high, top + wider - wider // 2)

    @property
    def _beat(self) -> int:
        return WIDE if self.line.beats <= SHORT else BEAT

    @property
    def width(self) -> int:
        return round(self.line.beats * self._beat)

    @property
    def height(self) -> int:
        return (self._edges[1] - self._edges[0] + 1) * LANE

    def _y(self, pitch: int) -> int:
        return (self._edges[1] - pitch) * LANE

    def _lanes(self, belongs: Callable[[int], bool], start: float = 0.0, length: float | None = None) -> str:
        """A path over the lanes of some pitches, for so many beats."""
        x, width = round(start * self._beat), round((self.line.beats if length is None else length) * self._beat)
        low, high = self._edges
        lanes = (f"M{x} {self._y(pitch)}h{width}v{LANE}h-{width}z" for pitch in range(low, high + 1) if belongs(pitch))
        return "".join(lanes)

    @property
    def outside(self) -> str:
        """The lanes that do not belong to the scale."""
        scale = self.line.scale
        return self._lanes(lambda pitch: pitch % 12 not in scale)

    @property
    def chord_tones(self) -> str:
        """Where each chord lasts, the lanes of its tones."""
        return "".join(
            self._lanes(lambda pitch, tones=chord.pitches: pitch % 12 in tones, chord.start, length)  # type: ignore[misc]
            for chord in self.line.chords
            if (length := min(chord.length, self.line.beats - chord.start)) > 0
        )

    def _rules(self, step: float) -> str:
        count = int(self.line.beats / step + 1e-6)
        return "".join(f"M{round(number * step * self._beat)} 0v{self.height}" for number in range(1, count + 1))

    @property
    def beats(self) -> str:
        return self._rules(1.0)

    @property
    def bars(self) -> str:
        return self._rules(self.line.bar)

    @property
    def notes(self) -> list[dict[str, int]]:
        return [
            {
                "x": round(note.start * self._beat),
                "y": self._y(note.pitch) + 1,
                "width": max(4, round(note.length * self._beat) - 1),
                "height": LANE - 2,
            }
            for note in self.line.notes
        ]

    @property
    def strokes(self) -> list[dict[str, int]]:
        """How loud each note is, as a bar below it."""
        heights = [(note.start, round(note.velocity * STROKES / 127)) for note in self.line.notes]
        return [{"x": round(start * self._beat), "y": STROKES - high, "height": high} for start, high in heights]

    @property
    def chord_names(self) -> list[Label]:
        chords = self.line.chords
        kept = [one for at, one in enumerate(chords) if not at or one.symbol != chords[at - 1].symbol]
        return [Label(round(one.start * self._beat) + 3, one.symbol) for one in kept]

    @property
    def keys(self) -> list[Label]:
        """The names of the scale's pitches, each at the middle of its lane."""
        low, high = self._edges
        tonic, mode = self.line.tonic, self.line.mode
        inside = (pitch for pitch in range(low, high + 1) if pitch % 12 in self.line.scale)
        return [Label(self._y(pitch) + LANE - 5, name_of(pitch, tonic, mode)) for pitch in inside]

    @property
    def facts(self) -> str:
        """What the script has to know of the picture, as JSON."""
        low, high = self._edges
        facts = {
            "beats": self.line.beats,
            "bar": self.line.bar,
            "bpm": self.line.plan.bpm,
            "low": low,
            "high": high,
            "beat": self._beat,
            "lane": LANE,
            "strokes": STROKES,
            "names": [pitch_name(step, self.line.tonic, self.line.mode) for step in range(12)],
            "chords": [[one.start, one.symbol] for one in self.line.chords],
            "words": {
                "note": _("{pitch}, bar {bar}, beat {beat}, length {length}, velocity {velocity}, over {chord}"),
                "empty": _("{pitch}, bar {bar}, beat {beat}, over {chord}: nothing"),
                "deleted": _("deleted"),
                "none": _("No note is there."),
            },
        }
        return json.dumps(facts, ensure_ascii=False)

    @property
    def snaps(self) -> list[tuple[str, str]]:
        """The grids on which notes begin and end: beats, and their names."""
        return [("1", _("A beat")), ("0.5", "1/2"), ("0.25", "1/4"), ("0.333333", "1/3"), ("0.01", _p("grid", "Free"))]


def can_be_drawn(row: Row) -> bool:
    """Whether notes are written for such a part."""
    return row.role in SUNG and not row.is_removed


def drawn_notes(notes: list[Note]) -> list[dict[str, Any]]:
    """JSON of the notes, as a document has them."""
    return [
        {"start": _whole(note.start), "length": _whole(note.length), "pitch": note.pitch, "velocity": note.velocity}
        for note in notes
    ]


def _whole(beats: float) -> float:
    return int(beats) if beats == int(beats) else beats


# -- what its buttons do


def act(roll: NoteRoll, section: dict[str, Any], document: Document, action: str, fields: Mapping[str, Any]) -> None:
    """Do what a button says to the part's notes in a document's ``section``; nothing for others.

    Raise ValueError, naming the field, for what cannot be done.
    """
    name = roll.row.name
    if action == "another":
        section.get("tune", {}).pop(name, None)
        section.setdefault("ideas", {})[name] = secrets.randbelow(MAX_SEED + 1)
    elif action == "back":
        for field in ("tune", "ideas"):
            section.get(field, {}).pop(name, None)
    elif action == "pitches":
        line = roll.line_of(document)
        other = line.repitched(line.notes, secrets.randbelow(MAX_SEED + 1))
        section.setdefault("tune", {})[name] = drawn_notes(other)
    elif action == "file":
        tune = fields.get("melody")
        if tune is None:
            raise ValueError("melody: " + _("Choose a MIDI file first."))
        section.setdefault("tune", {})[name] = drawn_notes(roll.line_of(document).fitted(tune))


class NotesField(forms.CharField):
    """Notes as text; cleaned as a document has them, None where nothing is written: then they stay as composed."""

    def __init__(self) -> None:
        widget = forms.Textarea(attrs={"rows": 6, "cols": False, "spellcheck": "false"})
        super().__init__(label=gettext_lazy("Notes as text"), required=False, max_length=LONGEST, widget=widget)

    def clean(self, value: Any) -> list[dict[str, Any]] | None:
        text = super().clean(value)
        try:
            return drawn_notes(read_notes(text)) if text else None
        except ValueError as error:
            raise forms.ValidationError(_("“%(note)s” is no note.") % {"note": str(error).split("'")[1]}) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(data.strip()) != bool(initial) or read_notes(data) != read_notes(initial)
        except ValueError:
            return True


class TuneFileField(forms.FileField):
    """A MIDI file, cleaned as its tune."""

    def __init__(self) -> None:
        widget = forms.FileInput(attrs={"accept": ".mid,.midi,.kar,audio/midi,audio/x-midi"})
        super().__init__(label=gettext_lazy("A MIDI file"), required=False, allow_empty_file=True, widget=widget)

    def clean(self, value: Any, initial: Any = None) -> GivenTune | None:
        file = super().clean(value, initial)
        try:
            return read_tune(file.read(), printable(one_line(file.name))) if file else None
        except BadTune as error:
            raise forms.ValidationError(_(str(error))) from error
