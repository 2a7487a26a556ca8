"""Two versions of a track beside each other: what differs in words and in the grid, and what of them can be heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jobs.models import Job, Revision, State
from jobs.models.revision import MADE_WITH
from jobs.pages.arrangement import Arrangement, Row
from jobs.pages.edit_form import LEVELS
from jobs.pages.steps import changes
from jobs.pages.tracks import Track
from jobs.queue import revisions

MOST_MADE = 100  # tracks made of versions of one that are looked through for a sound, the latest


@dataclass(frozen=True, slots=True)
class Cell:
    """How much a part plays in a section."""

    level: str
    text: Any  # of the level, for people
    differs: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A part with its cells. ``differs``: in its instrument or mix."""

    row: Row
    differs: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A section of one version. ``differs``: in its kind, length, chords or notes, or it is not in the other."""

    name: str
    bars: int
    start: float  # seconds
    chords: str
    differs: bool


class Side:
    """One version, seen against another."""

    def __init__(self, track: Job, revision: Revision | None, sound: Job | None) -> None:
        self.number = revisions.number_of(revision)
        self.name = revision.name if revision and self.number != MADE_WITH else ""
        self.arrangement = Arrangement(track, revision)
        self.sound = Track(sound) if sound else None

    @property
    def places(self) -> str:
        """Where each section begins, and where the piece ends, in seconds."""
        blocks = self.arrangement.blocks
        return " ".join(f"{second:.3f}" for second in (*(block.start for block in blocks), self.seconds))

    @property
    def seconds(self) -> float:
        return self.arrangement.piece.outline.seconds

    def columns(self, other: Side) -> list[Column]:
        """The sections, marked where the other version has them otherwise."""
        return [
            Column(
                name=name,
                bars=block.bars,
                start=block.start,
                chords=block.chords,
                differs=at is None or self._section(number) != other._section(at),
            )
            for number, (name, block, at) in enumerate(
                zip(self.arrangement.names, self.arrangement.blocks, self._in(other), strict=True)
            )
        ]

    def lines(self, other: Side) -> list[Line]:
        """The parts that play, marked where the other version has them otherwise."""
        there = {row.name: row for row in other.arrangement.rows}
        lines = []
        for row in self.arrangement.rows:
            if row.is_removed:
                continue
            peer = there.get(row.name)
            cells = [
                self._cell(number, row, None if at is None or peer is None else other._level(at, peer))
                for number, at in enumerate(self._in(other))
            ]
            lines.append(Line(row, peer is None or self._part(row) != other._part(peer), cells))
        return lines

    def _cell(self, section: int, row: Row, level_there: str | None) -> Cell:
        level = self._level(section, row)
        return Cell(level, LEVELS[level], level != level_there)

    def _level(self, section: int, row: Row) -> str:
        return "off" if row.is_removed else self.arrangement.level(section, row)

    def _part(self, row: Row) -> tuple[Any, ...]:
        return (row.instrument, row.is_removed, self.arrangement.document.get("parts", {}).get(row.name, {}))

    def _section(self, number: int) -> tuple[Any, ...]:
        block, written = self.arrangement.blocks[number], self.arrangement.written(number)
        own = {field: written.get(field) for field in ("tune", "ideas", "seed", "energy")}
        return (block.kind, block.bars, block.chords, own)

    def _in(self, other: Side) -> list[int | None]:
        """For each section its place in the other version: the same composed one, or a new one of its kind."""
        free = dict(enumerate(other._keys))
        places: list[int | None] = []
        for key in self._keys:
            place = next((at for at, there in free.items() if there == key), None)
            free.pop(place, None)  # type: ignore[arg-type]
            places.append(place)
        return places

    @cached_property
    def _keys(self) -> list[Any]:
        """What each section is known by: the number of the composed one that it is, or its kind."""
        sections: Sequence[Mapping[str, Any]] = self.arrangement.document.get("sections") or [
            {"of": number} for number in range(len(self.arrangement.blocks))
        ]
        return [section.get("of", section.get("kind")) for section in sections]


class Comparison:
    """Two versions of a track by their numbers. Raise Revision.DoesNotExist, ValueError where one does not fit it."""

    def __init__(self, track: Job, first: int, second: int) -> None:
        found = [revisions.find(track, number) for number in (first, second)]
        sounds = sounds_of(track, [revisions.document_of(revision) for revision in found])
        self.first, self.second = (Side(track, one, sound) for one, sound in zip(found, sounds, strict=True))

    @property
    def words(self) -> list[str]:
        """What the second version has that the first one has not."""
        composed = self.first.arrangement.composed
        return changes(self.first.arrangement.document, self.second.arrangement.document, composed)

    @property
    def sides(self) -> list[dict[str, Any]]:
        """Both, for the page."""
        both = ((self.first, self.second, "A"), (self.second, self.first, "B"))
        return [
            {"letter": letter, "side": side, "columns": side.columns(other), "lines": side.lines(other)}
            for side, other, letter in both
        ]

    @property
    def can_be_heard(self) -> bool:
        return bool(self.first.sound and self.second.sound)


def sounds_of(track: Job, documents: Sequence[Mapping[str, Any]]) -> list[Job | None]:
    """For each document the finished track that sounds so: the track itself, or one made of that version."""
    made = Revision.objects.filter(
        number=MADE_WITH, track__variation_of=track, track__state=State.DONE, track__deleted_at__isnull=True
    )
    known: list[tuple[Mapping[str, Any], Job]] = [(revisions.document_of(revisions.made_with(track)), track)]
    known += [(one.document, one.track) for one in made.select_related("track").order_by("-pk")[:MOST_MADE]]
    return [next((job for other, job in known if other == document), None) for document in documents]
