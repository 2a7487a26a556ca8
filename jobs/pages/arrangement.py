"""A track's edit as its page shows it, and what a button there does to the document."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from jobs.models import Job, Revision
from jobs.music.brief import TONICS, Brief, Cue
from jobs.music.composing.cast import SUBSTITUTES, suited_roles
from jobs.music.composing.edit import HARMONY
from jobs.music.composing.voicing import fold
from jobs.music.editing import MAX_SEED, MOST_BARS, MOST_PARTS, MOST_SECTIONS, EditDocument, Outline, outline
from jobs.music.instruments import INSTRUMENTS
from jobs.music.overview import Block, Overview, overview
from jobs.music.section_lines import SectionLine, section_line
from jobs.music.styles.pattern import BAR_BEATS
from jobs.music.words.chords import transposed
from jobs.pages import labels, moments, note_roll
from jobs.pages.moments import Moment
from jobs.pages.note_roll import NoteRoll
from jobs.queue import revisions

STEP = 4  # bars by which a button makes a section longer or shorter
Document = dict[str, Any]  # JSON of an EditDocument


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the piece. ``plays``: in which sections, where nobody has said how much; none where it is removed."""

    name: str
    role: str
    instrument: str
    plays: tuple[bool, ...]
    is_removed: bool = False

    @property
    def title(self) -> str:
        return labels.instrument_name(self.instrument)

    @property
    def role_name(self) -> str:
        return str(labels.ROLES.get(self.role, self.role))


class Arrangement:
    """A state of a track's edit, with what the piece is there. Raise ValueError where it does not fit the piece."""

    def __init__(self, track: Job, revision: Revision | None) -> None:
        self.number = revisions.number_of(revision)
        document = EditDocument.model_validate(revisions.document_of(revision))
        self.document: Document = document.plain()
        self._base: Brief = revisions.base_of(track)
        self._seed = track.seed
        self.piece: Overview = overview(document, self._base, self._seed)

    @cached_property
    def composed(self) -> Outline:
        """The piece as nobody has changed it."""
        return outline(self._base, self._seed)

    @cached_property
    def moments(self) -> list[Moment]:
        """The moments that are asked for, with what became of them."""
        return moments.listed(self.asked_moments, self.piece.outline, self.blocks)

    @property
    def asked_moments(self) -> list[Cue]:
        return moments.asked_for(self.document, self.composed)

    @property
    def goes_round(self) -> bool:
        """Whether the piece is a loop, which has no ending."""
        return self._base.loop

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self.piece.blocks

    @cached_property
    def names(self) -> list[str]:
        """What each section is called: “Verse 2”; without a number where there is no other of its kind."""
        kinds = [block.kind for block in self.blocks]
        seen: Counter[str] = Counter()
        names = []
        for kind in kinds:
            seen[kind] += 1
            name = labels.section_name(kind)
            names.append(f"{name} {seen[kind]}" if kinds.count(kind) > 1 else name)
        return names

    @cached_property
    def kinds(self) -> list[str]:
        """The kinds of section that the piece has, each once."""
        return list(dict.fromkeys(block.kind for block in self.blocks))

    @cached_property
    def rows(self) -> list[Row]:
        """All parts, those that are removed last."""
        rows = [Row(voice.name, voice.role, voice.instrument, voice.plays) for voice in self.piece.voices]
        for name, part in self.document.get("parts", {}).items():
            if part.get("removed"):
                role, instrument = self.composed.parts.get(name, (part.get("role", ""), ""))
                rows.append(Row(name, role, part.get("instrument", instrument), (), is_removed=True))
        return rows

    def sections_of(self, document: Document) -> list[dict[str, Any]]:
        """The sections of a document of this piece, to be changed in it: all the composed ones where it has none."""
        numbers = range(len(self.composed.sections))
        sections: list[dict[str, Any]] = document.setdefault("sections", [{"of": number} for number in numbers])
        return sections

    def sections_of_kind(self, kind: str) -> list[int]:
        """The numbers of the sections of a kind."""
        return [number for number, block in enumerate(self.blocks) if block.kind == kind]

    def written(self, section: int) -> Mapping[str, Any]:
        """What the document has of a section; nothing where all of them are as composed."""
        sections = self.document.get("sections")
        return sections[section] if sections else {}

    def level(self, section: int, row: Row) -> str:
        """How much a part plays in a section."""
        return self.written(section).get("cells", {}).get(row.name) or self.usual_level(section, row)

    def usual_level(self, section: int, row: Row) -> str:
        """The same, where nobody has said it: notes that were drawn are played."""
        return "normal" if row.plays[section] or row.name in self.written(section).get("tune", {}) else "off"

    def line_of(self, document: Document, name: str, section: int) -> SectionLine:
        """The notes of a part in a section as a document of this piece has them."""
        return section_line(EditDocument.model_validate(document), self._base, self._seed, name, section)

    def beats_of(self, section: Mapping[str, Any]) -> float:
        """How long a section of a document is, without the last chord."""
        bars = section.get("bars") or self.composed.sections[section["of"]][1]
        return float(bars * BAR_BEATS[self._base.metre])

    def keep_bars(self, section: dict[str, Any], at: int) -> None:
        """Have a section of a document keep the bars that it has here, so that notes in it stay where they are."""
        bars = self.blocks[at].bars
        if "bars" not in section and self.composed.sections[section["of"]][1] != bars:
            section["bars"] = bars

    def refit(self, document: Document, up: int = 0) -> None:
        """Have what was written in pitches sound so many semitones higher, notes where their instruments play them."""
        tonic = (TONICS.index(self.piece.outline.key) + up) % 12
        mode = self._base.mode
        for written in (*document.get("sections", ()), *document.get("kinds", {}).values()):
            if up and written.get("chords"):
                written["chords"] = transposed(written["chords"], up, tonic, mode)
            for name, notes in written.get("tune", {}).items():
                of_part = document.get("parts", {}).get(name, {}).get("instrument")
                instrument = INSTRUMENTS[of_part or self.composed.parts[name][1]]
                for note in notes:
                    note["pitch"] = fold(note["pitch"] + up, instrument.low, instrument.high)

    def do(self, document: Document, what: str, fields: Mapping[str, Any]) -> None:
        """Do to the document what a button says: ``s3-copy``, ``p0-idea``, ``add-part``; nothing for others.

        ``fields``: of the form, of which some buttons need one more. Raise ValueError for what cannot be done.
        """
        whose, _dash, action = what.partition("-")
        at = int(whose[1:]) if whose[1:].isdecimal() else -1
        if whose == "add" and action in _ADD:
            _ADD[action](self, document, fields)
        elif whose[:1] == "s" and action in _TO_SECTION and at in range(len(self.blocks)):
            sections = self.sections_of(document)
            if "bars" not in sections[at] and action in ("longer", "shorter"):
                sections[at]["bars"] = self.blocks[at].bars
            _TO_SECTION[action](sections, at)
            if action == "shorter":
                trim(sections[at], self.beats_of(sections[at]))
            if len(sections) > MOST_SECTIONS:
                raise ValueError(_("A piece has at most %(count)d sections.") % {"count": MOST_SECTIONS})
        elif whose[:1] == "p" and action in _TO_PART and at in range(len(self.rows)):
            name = self.rows[at].name
            where = fields.get("where") or ""
            if action == "idea" and where:
                self.sections_of(document)[int(where)].setdefault("ideas", {})[name] = _seed()
            else:
                _TO_PART[action](document.setdefault("parts", {}).setdefault(name, {}), fields)
            if action == "play":
                self.refit(document)
        elif whose[:1] == "m" and action == "remove" and at in range(len(self.moments)):
            moments.remove(document, self.composed, self.moments[at].cue)
        elif whose[:1] == "k" and action == "chords" and at in range(len(self.kinds)):
            self._another_progression(document, self.kinds[at])
        elif (whose, action) == ("energy", "back"):
            for section in self.sections_of(document):
                section.pop("energy", None)
        elif roll := NoteRoll.of(self, whose):
            section = self.sections_of(document)[roll.section]
            note_roll.act(roll, section, document, action, fields)
            if section.get("tune"):
                self.keep_bars(section, roll.section)

    def _another_progression(self, document: Document, kind: str) -> None:
        """One for all sections of the kind, in place of what is written there."""
        document.get("kinds", {}).pop(kind, None)
        seed = _seed()
        for number in self.sections_of_kind(kind):
            section = self.sections_of(document)[number]
            section.pop("chords", None)
            section.setdefault("ideas", {})[HARMONY] = seed

    def added(self, document: Document, fields: Mapping[str, Any]) -> None:
        """Add the part of which the fields tell."""
        role, instrument = fields["new_role"], fields["new_instrument"]
        names = {*self.composed.parts, *document.get("parts", {})}
        if len(names) >= MOST_PARTS:
            raise ValueError(_("A piece has at most %(count)d parts.") % {"count": MOST_PARTS})
        if (role in ("drums", "percussion")) != INSTRUMENTS[instrument].drums:
            text = _("%(instrument)s does not play that.") % {"instrument": labels.instrument_name(instrument)}
            raise ValueError(f"new_instrument: {text}")
        free = (name for number in range(1, MOST_PARTS + 2) if (name := f"{role} {number}") not in names)
        document.setdefault("parts", {})[next(free)] = {"role": role, "instrument": instrument}

    def met(self, _document: Document, fields: Mapping[str, Any]) -> None:
        """Ask for the moment that is written with the fields; raise ValueError where it is not."""
        if fields["new_moment"] is None:
            raise ValueError("new_moment: " + _("Write when, as 0:12 or 0:31.5."))

    def inserted(self, document: Document, fields: Mapping[str, Any]) -> None:
        """Add the section of which the fields tell, after the one that they name."""
        sections = self.sections_of(document)
        if len(sections) >= MOST_SECTIONS:
            raise ValueError(_("A piece has at most %(count)d sections.") % {"count": MOST_SECTIONS})
        section = {"kind": fields["new_kind"], "bars": fields["new_bars"] or STEP}
        sections.insert(int(fields["new_after"] or 0), section)


def trim(section: dict[str, Any], beats: float) -> None:
    """Take from a section the notes that would begin when it has ended."""
    for name, notes in section.get("tune", {}).items():
        section["tune"][name] = [note for note in notes if note["start"] < beats]


def instruments_for(role: str, present: str) -> list[str]:
    """Ids of instruments that suit a part of that role, after the ``present`` one that it has."""
    drums = INSTRUMENTS[present].drums
    able = [name for name, instrument in INSTRUMENTS.items() if instrument.drums == drums]
    suited = able if drums else [name for name in able if role == suited_roles(name)[0]]
    first = [present, *(name for name in SUBSTITUTES.get(role, ()) if name in able)]
    return list(dict.fromkeys((*first, *suited)))


def _seed() -> int:
    return secrets.randbelow(MAX_SEED + 1)


def _copy(sections: list[dict[str, Any]], at: int) -> None:
    sections.insert(at + 1, deepcopy(sections[at]))


def _delete(sections: list[dict[str, Any]], at: int) -> None:
    if len(sections) == 1:
        raise ValueError(_("A piece has at least one section."))
    del sections[at]


def _move(by: int) -> Callable[[list[dict[str, Any]], int], None]:
    def move(sections: list[dict[str, Any]], at: int) -> None:
        sections.insert(max(0, at + by), sections.pop(at))

    return move


def _stretch(by: int) -> Callable[[list[dict[str, Any]], int], None]:
    def stretch(sections: list[dict[str, Any]], at: int) -> None:
        sections[at]["bars"] = min(MOST_BARS, max(1, sections[at]["bars"] + by))

    return stretch


def _idea(sections: list[dict[str, Any]], at: int) -> None:
    sections[at]["seed"] = _seed()


def _progression(sections: list[dict[str, Any]], at: int) -> None:
    sections[at].pop("chords", None)
    sections[at].setdefault("ideas", {})[HARMONY] = _seed()


_TO_SECTION: Mapping[str, Callable[[list[dict[str, Any]], int], None]] = {
    "copy": _copy,
    "delete": _delete,
    "left": _move(-1),
    "right": _move(1),
    "longer": _stretch(STEP),
    "shorter": _stretch(-STEP),
    "idea": _idea,
    "chords": _progression,
}
_TO_PART: Mapping[str, Callable[[dict[str, Any], Mapping[str, Any]], None]] = {
    "remove": lambda part, _fields: part.update(removed=True),
    "back": lambda part, _fields: part.update(removed=False),
    "idea": lambda part, _fields: part.update(seed=_seed()),
    "play": lambda part, fields: part.update(instrument=fields["other"]),
}
_ADD = {"part": Arrangement.added, "section": Arrangement.inserted, "moment": Arrangement.met}
