"""The form of the page on which a track is changed in parts: its fields are those of the piece as it is there."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from pydantic import ValidationError

from jobs.music.brief import MASTERS, MAX_DURATION, MAX_TEMPO, MIN_DURATION, MIN_TEMPO, MOST_CUES, TONICS
from jobs.music.composing.edit import HARMONY
from jobs.music.editing import MOST_BARS
from jobs.music.styles.reader import ENDINGS
from jobs.pages import labels
from jobs.pages.arrangement import STEP, Arrangement, Document, instruments_for
from jobs.pages.edit_writing import MIX, WHAT_OF, WHOLE, written
from jobs.pages.fields import ComposedField
from jobs.pages.forms import plain
from jobs.pages.moments import FIELD, MomentField, kinds, marks
from jobs.pages.note_roll import PANEL, NoteRoll, NotesField, TuneFileField, can_be_drawn
from jobs.pages.refusals import in_words
from jobs.pages.remarks import remark_text

LEVELS = {
    "off": pgettext_lazy("how much a part plays", "Off"),
    "light": pgettext_lazy("how much a part plays", "Light"),
    "normal": pgettext_lazy("how much a part plays", "Normal"),
    "full": pgettext_lazy("how much a part plays", "Full"),
}
ENDING_NAMES = {
    "ring": gettext_lazy("Rings out"),
    "ritard": gettext_lazy("Slows down"),
    "stop": gettext_lazy("Stops"),
    "fade": gettext_lazy("Fades away"),
}
NEIGHBOURS = {
    "mute": ("volume",),
    "solo": ("volume",),
    "lock": ("bars", "notes", "chords"),
}  # of boxes, not sent when empty
NARROWEST, BAR_WIDTH = 76, 13  # pixels of a column
_NOTES = re.compile(rf"({PANEL.pattern})-notes")


def _number(low: float, high: float, step: float, label: Any, *, kind: str = "number") -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": step, "min": low, "max": high, "type": kind})
    if kind == "range":
        widget.input_type = "range"
    return forms.FloatField(label=label, required=False, min_value=low, max_value=high, widget=widget)


class EditForm(forms.Form):
    """Sent whole by every button, so that what was changed is kept whichever is pressed.

    ``over``: the number of the state over which the person writes; it is not the one that the form was made from where
    somebody was faster and the person knows it.
    """

    over = forms.IntegerField(min_value=0, max_value=2**31 - 1)
    idempotency = forms.CharField(required=False, max_length=100)
    name = ComposedField(label=gettext_lazy("Name of this version"), required=False, max_length=80)

    def __init__(self, arrangement: Arrangement, *args: Any, panel: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arrangement = arrangement
        self.initial.update(over=arrangement.number, idempotency=uuid.uuid4().hex)
        self._whole()
        self._moments()
        for at in range(len(arrangement.blocks)):
            self._section(at)
        for at in range(len(arrangement.rows)):
            self._part(at)
        for at in range(len(arrangement.kinds)):
            self._kind(at)
        self._of_a_part()
        self._new()
        self.roll = NoteRoll.of(arrangement, self._drawn(panel))
        if self.roll:
            self._notes(self.roll)

    def _drawn(self, panel: str) -> str:
        """The panel of the notes that the page has: the one sent, or else the one asked for."""
        sent = (match[1] for name in self.data if (match := _NOTES.fullmatch(name)))
        return next(sent, panel)

    def _notes(self, roll: NoteRoll) -> None:
        self._add(f"{roll.panel}-notes", NotesField(), roll.text)
        lock = forms.BooleanField(label=_("Keep these notes when there is another idea"), required=False)
        self._add(f"{roll.panel}-lock", lock, roll.is_locked)
        self._add("melody", TuneFileField())

    def _add(self, name: str, field: forms.Field, initial: Any = None) -> None:
        self.fields[name] = field
        self.initial[name] = plain(initial)

    def _choice(self, name: str, label: Any, choices: Any, initial: Any) -> None:
        self._add(name, forms.ChoiceField(label=label, choices=choices, required=False), initial)

    def _whole(self) -> None:
        piece = self.arrangement.piece.outline
        swing = self.arrangement.document.get("swing", piece.swing)
        self._add("tempo", _number(MIN_TEMPO, MAX_TEMPO, 0.1, _("Tempo in BPM")), round(piece.tempo, 1))
        self._add("length", _number(MIN_DURATION, MAX_DURATION, 0.1, _("Length in seconds")), round(piece.seconds, 1))
        self._choice("key", _("Key"), [(tonic, labels.tonic_name(tonic)) for tonic in TONICS], piece.key)
        self._add("swing", _number(0, 100, 1, _("Swing"), kind="range"), round(100 * swing))
        if not self.arrangement.goes_round:
            ending = self.arrangement.document.get("ending", piece.ending)
            self._choice("ending", _("Ending"), [(name, ENDING_NAMES[name]) for name in ENDINGS], ending)
        self._choice("master", _("Loudness"), [(name, labels.MASTERS[name]) for name in MASTERS], piece.master)

    def _moments(self) -> None:
        for at, moment in enumerate(self.arrangement.moments):
            self._add(f"m{at}-at", MomentField(label=_("When")), moment.cue.at)
            self._choice(f"m{at}-kind", _("What happens"), kinds(), moment.cue.kind)
        self._add("new_moment", MomentField(label=_("When")))
        self._choice("new_moment_kind", _("What happens"), kinds(), kinds()[0][0])

    def _section(self, at: int) -> None:
        block = self.arrangement.blocks[at]
        kinds = [(kind, labels.section_name(kind)) for kind in self.arrangement.piece.kinds]
        self._choice(f"s{at}-kind", _("Kind"), kinds, block.kind)
        bars = forms.IntegerField(label=_("Bars"), required=False, min_value=1, max_value=MOST_BARS)
        self._add(f"s{at}-bars", bars, block.bars)
        energy = _number(0, 100, 1, "", kind="range")
        energy.widget.attrs["aria-label"] = _("Energy in %(section)s") % {"section": self._names[at]}
        self._add(f"s{at}-energy", energy, round(100 * block.energy))
        self._add(f"s{at}-chords", _chords_field(_("Chords"), block.tonic), block.chords)
        locked = HARMONY in self.arrangement.written(at).get("locked", ())
        lock = forms.BooleanField(label=_("Keep these chords when there is another idea"), required=False)
        self._add(f"s{at}-lock", lock, locked)
        for number, row in enumerate(self.arrangement.rows):
            if not row.is_removed:
                name = f"c{at}-{number}"
                self._choice(name, "", list(LEVELS.items()), self.arrangement.level(at, row))

    def _kind(self, at: int) -> None:
        kind = self.arrangement.kinds[at]
        written = self.arrangement.document.get("kinds", {}).get(kind, {}).get("chords", "")
        first = next(block for block in self.arrangement.blocks if block.kind == kind)
        self._add(f"k{at}-chords", _chords_field(labels.section_name(kind), first.tonic), written)
        lock = forms.BooleanField(label=_("Keep these chords when there is another idea"), required=False)
        of_kind = [self.arrangement.written(number) for number in self.arrangement.sections_of_kind(kind)]
        self._add(f"k{at}-lock", lock, all(HARMONY in section.get("locked", ()) for section in of_kind))

    def _part(self, at: int) -> None:
        row = self.arrangement.rows[at]
        if row.is_removed:
            return
        part = self.arrangement.document.get("parts", {}).get(row.name, {})
        suited = [(name, labels.instrument_name(name)) for name in instruments_for(row.role, row.instrument)]
        self._choice(f"p{at}-instrument", _("Instrument"), suited, row.instrument)
        self._add(f"p{at}-volume", _number(-24, 12, 0.5, _("Volume in dB")), part.get("volume", 0))
        self._add(f"p{at}-pan", _number(-100, 100, 1, _("Left … right"), kind="range"), round(100 * part.get("pan", 0)))
        octaves = [(str(by), f"{by:+d}" if by else "0") for by in range(-3, 4)]
        self._choice(f"p{at}-octave", _("Octave"), octaves, str(part.get("octave", 0)))
        self._add(f"p{at}-mute", forms.BooleanField(label=_("Mute"), required=False), part.get("mute", False))
        self._add(f"p{at}-solo", forms.BooleanField(label=_("Solo"), required=False), part.get("solo", False))

    @property
    def _names(self) -> list[str]:
        return self.arrangement.names

    def _of_a_part(self) -> None:
        """What buttons need that are about the part that is open."""
        places = [("", _("in the whole piece")), *((str(number), name) for number, name in enumerate(self._names))]
        self._choice("where", _("Another idea for it"), places, "")
        self._choice("other", _("Any other instrument"), labels.instrument_groups(), "piano")

    def _new(self) -> None:
        self._choice("new_role", _("Role"), list(labels.ROLES.items()), "melody")
        self._choice("new_instrument", _("Instrument"), labels.instrument_groups(), "piano")
        kinds = [(kind, labels.section_name(kind)) for kind in self.arrangement.piece.kinds]
        self._choice("new_kind", _("Kind"), kinds, kinds[0][0])
        bars = forms.IntegerField(label=_("Bars"), required=False, min_value=1, max_value=MOST_BARS)
        self._add("new_bars", bars, STEP)
        after = [(str(at + 1), _("after %(section)s") % {"section": name}) for at, name in enumerate(self._names)]
        self._choice("new_after", _("Where"), [("0", _("at the beginning")), *after], str(len(after)))

    # -- how it is shown

    @property
    def whole(self) -> list[forms.BoundField]:
        return [self[name] for name in WHOLE if name in self.fields]

    @property
    def moments(self) -> list[dict[str, Any]]:
        """The moments, with their fields; ``place``: the name of the section that they are in."""
        return [
            {
                "id": f"m{at}",
                "moment": moment,
                "place": self._names[moment.section] if moment.section >= 0 else "",
                "at": self[f"m{at}-at"],
                "kind": self[f"m{at}-kind"],
            }
            for at, moment in enumerate(self.arrangement.moments)
        ]

    @property
    def moment_remarks(self) -> list[str]:
        """What is to be said of the moments."""
        remarks = self.arrangement.piece.outline.remarks
        return [text for remark in remarks if (text := remark_text(remark.code, remark.values))]

    @property
    def levels(self) -> list[tuple[str, Any]]:
        return list(LEVELS.items())

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The sections, with their fields; ``width`` in pixels, by their bars."""
        return [
            {
                "at": at,
                "id": f"s{at}",
                "name": name,
                "block": block,
                "width": max(NARROWEST, BAR_WIDTH * block.bars),
                "kind": self[f"s{at}-kind"],
                "bars": self[f"s{at}-bars"],
                "energy": self[f"s{at}-energy"],
                "chords": self[f"s{at}-chords"],
                "lock": self[f"s{at}-lock"],
                "marks": marks(self.arrangement.moments, self.arrangement.blocks, at),
            }
            for at, (name, block) in enumerate(zip(self._names, self.arrangement.blocks, strict=True))
        ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The parts, with a cell for each section and their fields."""
        rows = []
        for at, row in enumerate(self.arrangement.rows):
            shown: dict[str, Any] = {"at": at, "id": f"p{at}", "row": row, "can_be_drawn": can_be_drawn(row)}
            if not row.is_removed:
                cells = [self[f"c{section}-{at}"] for section in range(len(self.arrangement.blocks))]
                shown["cells"] = [
                    {"name": cell.name, "value": cell.value(), "label": f"{row.title}, {name}"}
                    for cell, name in zip(cells, self._names, strict=True)
                ]
                shown |= {what: self[f"p{at}-{what}"] for what in ("instrument", *MIX)}
            rows.append(shown)
        return rows

    @property
    def has_energy(self) -> bool:
        """Whether somebody has said how intense a section is."""
        return any("energy" in section for section in self.arrangement.document.get("sections", ()))

    @property
    def drawable(self) -> list[dict[str, Any]]:
        """The parts for which notes are written."""
        return [{"at": at, "row": row} for at, row in enumerate(self.arrangement.rows) if can_be_drawn(row)]

    def notes_asked(self, whose: str, action: str) -> str:
        """The panel of the notes that a button asks for: ``s2-draw0``; ``p0-draw`` in the section that is chosen."""
        if whose[:1] == "s":
            return f"t{whose[1:]}_{action.removeprefix('draw')}"
        rows, chosen = self.arrangement.rows, self.cleaned_data["where"]
        row = int(whose[1:]) if whose[1:].isdecimal() else len(rows)
        first = rows[row].plays.index(True) if row < len(rows) and True in rows[row].plays else 0
        return f"t{chosen or first}_{row}"

    @property
    def notes(self) -> forms.BoundField:
        return self[f"{self.roll.panel}-notes"] if self.roll else self["name"]

    @property
    def notes_lock(self) -> forms.BoundField:
        return self[f"{self.roll.panel}-lock"] if self.roll else self["name"]

    @property
    def of_kinds(self) -> list[dict[str, Any]]:
        """The kinds of section, with their fields."""
        numbers = range(len(self.arrangement.kinds))
        return [{"id": f"k{at}", "chords": self[f"k{at}-chords"], "lock": self[f"k{at}-lock"]} for at in numbers]

    @property
    def first_wrong(self) -> str:
        """The panel of the first field with an error; "" where there is none."""
        name = next((name for name in self.fields if name in self.errors), "")
        return self.roll.panel if self.roll and name == "melody" else _panel_of(name)

    # -- what it means

    def clean(self) -> dict[str, Any] | None:
        if {"tempo", "length"} <= set(filter(self._was_sent, self.changed_data)):
            self.add_error("length", _("Change the tempo or the length: the length is reached by the tempo."))
        if self.cleaned_data.get("new_moment") is not None and len(self.arrangement.asked_moments) >= MOST_CUES:
            self.add_error("new_moment", _("A piece has at most %(count)d moments.") % {"count": MOST_CUES})
        return super().clean()

    def document(self) -> Document:
        """The document with what was changed in the form; only after ``is_valid``."""
        changed = {name: plain(self.cleaned_data[name]) for name in self.changed_data if self._was_sent(name)}
        return written(self.arrangement, self.roll, changed)

    def _was_sent(self, name: str) -> bool:
        """Whether the field was there: a box that is not ticked is known by its neighbour."""
        stem, _dash, what = name.rpartition("-")
        return name in self.data or any(f"{stem}-{neighbour}" in self.data for neighbour in NEIGHBOURS.get(what, ()))

    # -- what does not fit

    def refuse(self, error: ValueError, document: Document) -> None:
        """Say where it belongs what the piece does not take of the document."""
        text = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        where, colon, words = text.removeprefix("Value error, ").partition(": ")
        field = self._field_of(where, document) if colon else None
        self.add_error(field, in_words(words if colon else text))

    def _field_of(self, where: str, document: Document) -> str | None:
        """The field of what the document calls ``sections.3.chords``; None where there is none."""
        of, *path = where.split(".")
        if of in self.fields:
            return of
        if of == "sections" and len(path) == 2 and path[1] == "chords":
            at = int(path[0])
            is_own = at < len(self.arrangement.blocks) and f"s{at}-chords" in self.changed_data
            if is_own:
                return f"s{at}-chords"
            return next((name for name in self.changed_data if re.fullmatch(r"k\d+-chords", name)), None)
        if self.roll and [of, *path[:3]] == ["sections", str(self.roll.section), "tune", self.roll.row.name]:
            return f"{self.roll.panel}-notes"
        names = [row.name for row in self.arrangement.rows]
        if of == "parts" and path and path[0] in names:
            return f"p{names.index(path[0])}-instrument"
        return None


def _panel_of(field: str) -> str:
    if PANEL.fullmatch(field.partition("-")[0]):
        return field.partition("-")[0]
    if match := WHAT_OF.fullmatch(field):
        return "kinds" if match[1] == "k" else f"{match[1]}{match[2]}"
    if field in WHOLE or FIELD.fullmatch(field):
        return "whole"
    return "add" if field.startswith("new_") else ""


def _chords_field(label: str, tonic: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, "cols": False, "spellcheck": "false", "data-chords": tonic})
    return forms.CharField(label=label, required=False, max_length=500, widget=widget)
