"""The form of the page on which a track is changed in parts: its fields are those of the piece as it is there."""

from __future__ import annotations

import re
import uuid
from copy import deepcopy
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from pydantic import ValidationError

from jobs.music.brief import MASTERS, MAX_DURATION, MAX_TEMPO, MIN_DURATION, MIN_TEMPO, TONICS
from jobs.music.composing.edit import HARMONY
from jobs.music.editing import MOST_BARS
from jobs.music.styles.reader import ENDINGS
from jobs.pages import labels
from jobs.pages.arrangement import STEP, Arrangement, Document, instruments_for
from jobs.pages.fields import ComposedField
from jobs.pages.forms import plain

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
WHOLE = ("tempo", "length", "key", "swing", "ending", "master")
MIX = ("volume", "pan", "octave", "mute", "solo")
NEIGHBOURS = {"mute": "volume", "solo": "volume", "lock": "bars"}  # of boxes, which are not sent when empty
NARROWEST, BAR_WIDTH = 76, 13  # pixels of a column
_WHAT_OF = re.compile(r"([skp])(\d+)-(\w+)")
_NO_CHORD = re.compile(r"'(.+)' is not a chord")
_NOT_PLAYED = re.compile(r"'(\w+)' does not play")
_LENGTH = re.compile(r"the piece would be (\d+) seconds long")


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

    def __init__(self, arrangement: Arrangement, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arrangement = arrangement
        self.initial.update(over=arrangement.number, idempotency=uuid.uuid4().hex)
        self._whole()
        for at in range(len(arrangement.blocks)):
            self._section(at)
        for at in range(len(arrangement.rows)):
            self._part(at)
        for at, kind in enumerate(arrangement.kinds):
            written = arrangement.document.get("kinds", {}).get(kind, {}).get("chords", "")
            self._add(f"k{at}-chords", _chords_field(labels.section_name(kind)), written)
        self._of_a_part()
        self._new()

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
        ending = self.arrangement.document.get("ending", piece.ending)
        self._choice("ending", _("Ending"), [(name, ENDING_NAMES[name]) for name in ENDINGS], ending)
        self._choice("master", _("Loudness"), [(name, labels.MASTERS[name]) for name in MASTERS], piece.master)

    def _section(self, at: int) -> None:
        block = self.arrangement.blocks[at]
        kinds = [(kind, labels.section_name(kind)) for kind in self.arrangement.piece.kinds]
        self._choice(f"s{at}-kind", _("Kind"), kinds, block.kind)
        bars = forms.IntegerField(label=_("Bars"), required=False, min_value=1, max_value=MOST_BARS)
        self._add(f"s{at}-bars", bars, block.bars)
        self._add(f"s{at}-chords", _chords_field(_("Chords")), block.chords)
        sections = self.arrangement.document.get("sections") or [{}] * len(self.arrangement.blocks)
        locked = HARMONY in sections[at].get("locked", ())
        lock = forms.BooleanField(label=_("Keep these chords when there is another idea"), required=False)
        self._add(f"s{at}-lock", lock, locked)
        for number, row in enumerate(self.arrangement.rows):
            if not row.is_removed:
                name = f"c{at}-{number}"
                self._choice(name, "", list(LEVELS.items()), self.arrangement.level(at, row))

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
        return [self[name] for name in WHOLE]

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
                "chords": self[f"s{at}-chords"],
                "lock": self[f"s{at}-lock"],
            }
            for at, (name, block) in enumerate(zip(self._names, self.arrangement.blocks, strict=True))
        ]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The parts, with a cell for each section and their fields."""
        rows = []
        for at, row in enumerate(self.arrangement.rows):
            shown: dict[str, Any] = {"at": at, "id": f"p{at}", "row": row}
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
    def of_kinds(self) -> list[forms.BoundField]:
        return [self[f"k{at}-chords"] for at in range(len(self.arrangement.kinds))]

    @property
    def first_wrong(self) -> str:
        """The panel of the first field with an error; "" where there is none."""
        name = next((name for name in self.fields if name in self.errors), "")
        return _panel_of(name)

    # -- what it means

    def clean(self) -> dict[str, Any] | None:
        if {"tempo", "length"} <= set(filter(self._was_sent, self.changed_data)):
            self.add_error("length", _("Change the tempo or the length: the length is reached by the tempo."))
        return super().clean()

    def document(self) -> Document:
        """The document with what was changed in the form; only after ``is_valid``."""
        document = deepcopy(self.arrangement.document)
        for name in filter(self._was_sent, self.changed_data):
            value = plain(self.cleaned_data[name])
            if name in WHOLE:
                self._write_whole(document, name, value)
            elif name.startswith("c"):
                section, number = map(int, name[1:].split("-"))
                self._write_cell(document, section, number, value)
            elif match := _WHAT_OF.fullmatch(name):
                of, at, what = match[1], int(match[2]), match[3]
                {"s": self._write_section, "k": self._write_kind, "p": self._write_part}[of](document, at, what, value)
        return document

    def _was_sent(self, name: str) -> bool:
        """Whether the field was there: a box that is not ticked is known by its neighbour."""
        stem, _dash, what = name.rpartition("-")
        return name in self.data or (what in NEIGHBOURS and f"{stem}-{NEIGHBOURS[what]}" in self.data)

    def _write_whole(self, document: Document, name: str, value: Any) -> None:
        for other in {"tempo": ("length",), "length": ("tempo",)}.get(name, ()):
            document.pop(other, None)
        if name == "swing" and value is not None:
            value = value / 100
        if value in (None, ""):
            document.pop(name, None)
        else:
            document[name] = value

    def _write_cell(self, document: Document, section: int, number: int, value: str) -> None:
        row = self.arrangement.rows[number]
        cells = self.arrangement.sections_of(document)[section].setdefault("cells", {})
        if value in ("", self.arrangement.usual_level(section, row)):
            cells.pop(row.name, None)
        else:
            cells[row.name] = value

    def _write_section(self, document: Document, at: int, what: str, value: Any) -> None:
        section = self.arrangement.sections_of(document)[at]
        if what == "lock":
            others = [name for name in section.get("locked", ()) if name != HARMONY]
            section["locked"] = [*others, HARMONY] if value else others
        elif value in (None, ""):
            if what == "chords" or "of" in section:  # a new section has nothing to go back to
                section.pop(what, None)
        else:
            section[what] = value

    def _write_kind(self, document: Document, at: int, _what: str, value: str) -> None:
        kind = self.arrangement.kinds[at]
        kinds = document.setdefault("kinds", {})
        if not value:
            kinds.pop(kind, None)
            return
        kinds[kind] = {"chords": value}
        for section, block in zip(self.arrangement.sections_of(document), self.arrangement.blocks, strict=True):
            if block.kind == kind:
                section.pop("chords", None)  # all of the kind, as it says

    def _write_part(self, document: Document, at: int, what: str, value: Any) -> None:
        part = document.setdefault("parts", {}).setdefault(self.arrangement.rows[at].name, {})
        if what == "instrument" and value:
            part[what] = value
        elif what in MIX:
            number = 0 if value in (None, "") else value
            part[what] = int(number) if what == "octave" else number / 100 if what == "pan" else number

    # -- what does not fit

    def refuse(self, error: ValueError, document: Document) -> None:
        """Say where it belongs what the piece does not take of the document."""
        text = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        where, colon, words = text.partition(": ")
        field = self._field_of(where, document) if colon else None
        self.add_error(field, _in_words(words if colon else text))

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
        names = [row.name for row in self.arrangement.rows]
        if of == "parts" and path and path[0] in names:
            return f"p{names.index(path[0])}-instrument"
        return None


def _panel_of(field: str) -> str:
    if match := _WHAT_OF.fullmatch(field):
        return "kinds" if match[1] == "k" else f"{match[1]}{match[2]}"
    if field in WHOLE:
        return "whole"
    return "add" if field.startswith("new_") else ""


def _chords_field(label: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2, "cols": None, "spellcheck": "false"})
    return forms.CharField(label=label, required=False, max_length=500, widget=widget)


def _in_words(text: str) -> str:
    """What the composer refuses, in the current language."""
    if match := _NO_CHORD.search(text):
        return _("“%(chord)s” is not a chord.") % {"chord": match[1]}
    if match := _NOT_PLAYED.search(text):
        return _("%(instrument)s does not play that.") % {"instrument": labels.instrument_name(match[1])}
    if "not both" in text:
        return _("Write chords by their names (Am F C G) or as numerals (ii7 V7 Imaj7), not both.")
    if match := _LENGTH.search(text):
        return _("The piece would be %(length)s long; from 0:05 to 5:00 is possible.") % {
            "length": labels.clock(float(match[1]))
        }
    if "would need a tempo" in text:
        return _("No tempo makes it that long; take bars away, or add some.")
    if "nobody is left" in text:
        return _("Nobody would be left to play.")
    if "laid out around the tune" in text:
        return _("This piece is laid out around your melody; its sections stay as they are.")
    return text
