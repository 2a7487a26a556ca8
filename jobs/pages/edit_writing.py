"""What was changed in the form of a track's edit, written into its document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from jobs.music.brief import TONICS
from jobs.music.composing.edit import HARMONY
from jobs.pages import moments
from jobs.pages.arrangement import Arrangement, Document, trim
from jobs.pages.note_roll import NoteRoll

WHOLE = ("tempo", "length", "key", "swing", "ending", "master")
MIX = ("volume", "pan", "octave", "mute", "solo")
WHAT_OF = re.compile(r"([skp])(\d+)-(\w+)")  # the name of a field: of the fourth section its bars, s3-bars


def written(arrangement: Arrangement, roll: NoteRoll | None, changed: Mapping[str, Any]) -> Document:
    """The document of the arrangement with the changed fields, by their names. ``roll``: the notes that were shown."""
    document = deepcopy(arrangement.document)
    if "key" in changed:
        arrangement.refit(document, _steps_up(arrangement, changed["key"]))
    if any(moments.FIELD.fullmatch(name) for name in changed):
        moments.write(document, arrangement.asked_moments, changed)
    writers = {"s": _write_section, "k": _write_kind, "p": _write_part}
    for name, value in changed.items():
        if name in WHOLE:
            _write_whole(document, name, value)
        elif name.startswith("c"):
            at, row = map(int, name[1:].split("-"))
            _write_cell(arrangement, document, at, row, value)
        elif match := WHAT_OF.fullmatch(name):
            writers[match[1]](arrangement, document, int(match[2]), match[3], value)
        elif roll and name.startswith(roll.panel):
            _write_notes(arrangement, roll, document, name.rpartition("-")[2], value)
    if any(name.endswith("-instrument") for name in changed):
        arrangement.refit(document)
    return document


def _steps_up(arrangement: Arrangement, key: str) -> int:
    """Semitones, to the nearer side, from the key that the piece has to the one that is chosen."""
    before, after = arrangement.piece.outline.key, key or arrangement.composed.key
    return (TONICS.index(after) - TONICS.index(before) + 6) % 12 - 6


def _write_whole(document: Document, name: str, value: Any) -> None:
    for other in {"tempo": ("length",), "length": ("tempo",)}.get(name, ()):
        document.pop(other, None)
    if name == "swing" and value is not None:
        value = value / 100
    if value in (None, ""):
        document.pop(name, None)
    else:
        document[name] = value


def _write_cell(arrangement: Arrangement, document: Document, section: int, row: int, value: str) -> None:
    part = arrangement.rows[row]
    cells = arrangement.sections_of(document)[section].setdefault("cells", {})
    if value in ("", arrangement.usual_level(section, part)):
        cells.pop(part.name, None)
    else:
        cells[part.name] = value


def _write_section(arrangement: Arrangement, document: Document, at: int, what: str, value: Any) -> None:
    section = arrangement.sections_of(document)[at]
    if what == "lock":
        _lock(section, HARMONY, value)
    elif value in (None, ""):
        if what == "chords" or "of" in section:  # a new section has nothing to go back to
            section.pop(what, None)
    else:
        section[what] = value / 100 if what == "energy" else value
    if what == "bars":
        trim(section, arrangement.beats_of(section))


def _write_notes(arrangement: Arrangement, roll: NoteRoll, document: Document, what: str, value: Any) -> None:
    section, part = arrangement.sections_of(document)[roll.section], roll.row.name
    if what == "lock":
        _lock(section, part, value)
    elif value is None:
        section.get("tune", {}).pop(part, None)
    else:
        section.setdefault("tune", {})[part] = value
        arrangement.keep_bars(section, roll.section)


def _write_kind(arrangement: Arrangement, document: Document, at: int, what: str, value: Any) -> None:
    kind, sections = arrangement.kinds[at], arrangement.sections_of(document)
    of_kind = [sections[number] for number in arrangement.sections_of_kind(kind)]
    if what == "lock":
        for section in of_kind:
            _lock(section, HARMONY, value)
    elif not value:
        document.get("kinds", {}).pop(kind, None)
    else:
        document.setdefault("kinds", {})[kind] = {"chords": value}
        for section in of_kind:
            section.pop("chords", None)  # all of the kind, as it says


def _write_part(arrangement: Arrangement, document: Document, at: int, what: str, value: Any) -> None:
    part = document.setdefault("parts", {}).setdefault(arrangement.rows[at].name, {})
    if what == "instrument" and value:
        part[what] = value
    elif what in MIX:
        number = 0 if value in (None, "") else value
        part[what] = int(number) if what == "octave" else number / 100 if what == "pan" else number


def _lock(section: dict[str, Any], what: str, is_locked: bool) -> None:
    """Have another idea of the section leave a part or its chords alone, or not."""
    others = [name for name in section.get("locked", ()) if name != what]
    section["locked"] = [*others, what] if is_locked else others
