"""The document in which people and programs write what is another in a piece, and what it means for the composer.

It lies over a brief and a seed: what is not written there stays as composed, and the same document gives
the same notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StringConstraints, model_validator

from jobs.music import styles
from jobs.music.brief import (
    CUE_KINDS,
    LATEST_CUE,
    MASTERS,
    MAX_DURATION,
    MAX_TEMPO,
    MIN_DURATION,
    MIN_TEMPO,
    MOST_CUES,
    TONICS,
    Brief,
    Cue,
    Remark,
)
from jobs.music.composing.cast import Player
from jobs.music.composing.compose import plans_of, players_of
from jobs.music.composing.edit import HARMONY, SUNG, UNCHANGED, Edit, Level, PartEdit, SectionEdit
from jobs.music.composing.plan import Plan
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS
from jobs.music.styles.reader import ENDINGS
from jobs.music.theory import numeral
from jobs.music.words.chords import numerals, read_progression

VERSION = 1
LARGEST = 200_000  # bytes of a document
MOST_SECTIONS, MOST_BARS, MOST_PARTS, MOST_NOTES = 64, 64, 24, 4000
MAX_SEED = 2**32 - 1
DRUMS = ("drums", "percussion")  # roles that instruments of the percussion channel play

Name = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Seed = Annotated[StrictInt, Field(ge=0, le=MAX_SEED)]
Number = StrictInt | StrictFloat
Chords = Annotated[
    str,
    StringConstraints(max_length=500),
    Field(description="Am F C G, or ii7 V7 Imaj7; a bar each, or | between bars"),
]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class WrittenNote(_Written):
    """As it is written: swing and the hand of a player come on top."""

    start: Annotated[
        Number, Field(ge=0, le=4 * MOST_BARS, description="beats (quarter notes) from the section's start")
    ]
    length: Annotated[Number, Field(gt=0, le=64, description="beats")]
    pitch: Annotated[StrictInt, Field(ge=0, le=127, description="MIDI number")]
    velocity: Annotated[StrictInt, Field(ge=1, le=127)] = 88


class WrittenSection(_Written):
    """One section. Either one of the composed ones, or a new one of a kind."""

    of: Annotated[StrictInt, Field(ge=0, lt=MOST_SECTIONS)] | None = Field(None, description="number of a composed one")
    kind: Name | None = None
    bars: Annotated[StrictInt, Field(ge=1, le=MOST_BARS)] | None = None
    energy: Annotated[Number, Field(ge=0, le=1)] | None = None
    chords: Chords | None = None
    cells: dict[Name, Level] = Field({}, max_length=MOST_PARTS, description="how much a part plays here")
    seed: Seed | None = Field(None, description="another idea of all that is not locked")
    ideas: dict[Name, Seed] = Field({}, max_length=MOST_PARTS, description='another idea of a part, or of "chords"')
    locked: list[Name] = Field([], max_length=MOST_PARTS, description='parts and "chords" that seed leaves alone')
    tune: dict[Name, list[WrittenNote]] = Field({}, max_length=MOST_PARTS, description="notes of a melody or a counter")

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if self.of is None and (self.kind is None or self.bars is None):
            raise ValueError("a section that is none of the composed ones needs a kind and bars")
        return self


class WrittenKind(_Written):
    chords: Chords | None = None


class WrittenPart(_Written):
    """Changes of a part; one that nobody plays yet is added, with a role and an instrument."""

    role: Name | None = None
    instrument: Name | None = None
    volume: Annotated[Number, Field(ge=-24, le=12, description="dB")] = 0
    pan: Annotated[Number, Field(ge=-1, le=1, description="left … right")] | None = None
    octave: Annotated[StrictInt, Field(ge=-3, le=3)] = 0
    mute: bool = False
    solo: bool = False
    removed: bool = False
    seed: Seed | None = Field(None, description="another idea in the whole piece")


class WrittenCue(_Written):
    """A moment of a picture."""

    at: Annotated[Number, Field(ge=-LATEST_CUE, le=LATEST_CUE, description="seconds")]
    kind: Literal[CUE_KINDS] = "hit"  # type: ignore[valid-type]


class EditDocument(_Written):
    """What is another in a piece. What is left out stays as composed."""

    version: Literal[1]
    tempo: Annotated[Number, Field(ge=MIN_TEMPO, le=MAX_TEMPO)] | None = Field(None, description="beats a minute")
    length: Annotated[Number, Field(ge=MIN_DURATION, le=MAX_DURATION)] | None = Field(
        None, description="seconds, reached by the tempo"
    )
    key: Literal[TONICS] | None = Field(None, description="the tonic to which the piece is transposed")  # type: ignore[valid-type]
    swing: Annotated[Number, Field(ge=0, le=1)] | None = None
    ending: Literal[ENDINGS] | None = None  # type: ignore[valid-type]
    master: Literal[tuple(MASTERS)] | None = Field(None, description="how loud it is made")  # type: ignore[valid-type]
    cues: list[WrittenCue] | None = Field(
        None, max_length=MOST_CUES, description="moments at which sections begin; as ordered where it is left out"
    )
    sections: list[WrittenSection] | None = Field(None, min_length=1, max_length=MOST_SECTIONS)
    kinds: dict[Name, WrittenKind] = Field({}, max_length=MOST_SECTIONS)
    parts: dict[Name, WrittenPart] = Field({}, max_length=MOST_PARTS)

    @model_validator(mode="after")
    def _is_small(self) -> Self:
        if self.tempo is not None and self.length is not None:
            raise ValueError("tempo and length: the length is reached by the tempo; give one of them")
        if sum(len(notes) for section in self.sections or () for notes in section.tune.values()) > MOST_NOTES:
            raise ValueError(f"sections: more than {MOST_NOTES} notes")
        return self

    def plain(self) -> dict[str, Any]:
        """JSON-ready, without what is left out."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"version": VERSION}


@dataclass(frozen=True, slots=True)
class Outline:
    """A piece as composed, in the terms of the document."""

    sections: tuple[tuple[str, int], ...]  # kind, bars without the last chord's
    parts: Mapping[str, tuple[str, str]]  # name → role, instrument
    kinds: tuple[str, ...]  # of section that its style has
    tempo: float
    key: str
    swing: float
    ending: str
    master: str
    seconds: float
    cues: tuple[Cue, ...] = ()  # moments at which something happens
    remarks: tuple[Remark, ...] = ()  # on moments that are met otherwise than asked, or not


def outline(brief: Brief, seed: int) -> Outline:
    """What of a piece can be changed, as composed."""
    return outline_of(_composed(brief, seed))


def edited_outline(document: EditDocument, brief: Brief, seed: int) -> Outline:
    """The piece as the document has it; raise as ``read`` does."""
    return outline_of(plan_of(document, brief, seed))


def plan_of(document: EditDocument, brief: Brief, seed: int) -> Plan:
    """The plan of the piece as the document has it; raise as ``read`` does."""
    return _composed(brief, seed, read(document, brief, seed))


def _composed(brief: Brief, seed: int, edit: Edit = UNCHANGED) -> Plan:
    return plans_of(brief, seed, brief.melody_seed, edit)[0]


def outline_of(plan: Plan) -> Outline:
    """What of the piece of that plan can be changed."""
    brief, spans = plan.brief, plan.form.spans
    players = plan.edit.cast(players_of(plan))
    return Outline(
        sections=tuple((span.kind, span.bars - (plan.form.rests and span is spans[-1])) for span in spans),
        parts={player.part.name: (player.part.role, player.instrument.id) for player in players},
        kinds=tuple(plan.style.kinds),
        tempo=plan.edit.tempo or round(plan.form.bpm / PULSE_BEATS[brief.metre], 3),
        key=TONICS[(brief.tonic_pitch_class + plan.edit.transposed_by) % 12],
        swing=plan.style.swing,
        ending=plan.style.ending,
        master=plan.edit.master or brief.master,
        seconds=round(plan.form.seconds, 3),
        cues=plan.form.cues,
        remarks=plan.form.remarks,
    )


def read(document: EditDocument, brief: Brief, seed: int) -> Edit:
    """What the document means for the piece of that brief and seed.

    Raise ValueError, naming the field, for what does not fit the piece: sections, parts, chords, instruments, length.
    """
    composed = _composed(brief, seed)
    as_composed = outline_of(composed)
    up = (TONICS.index(document.key) - brief.tonic_pitch_class + 6) % 12 - 6 if document.key else 0
    edit = Edit(
        parts={
            name: _part(f"parts.{name}", part, as_composed.parts.get(name)) for name, part in document.parts.items()
        },
        tempo=document.tempo,
        length=document.length,
        swing=document.swing,
        ending=document.ending or "",
        master=document.master or "",
        transposed_by=up,
        cues=None if document.cues is None else tuple(Cue(round(float(c.at), 3), c.kind) for c in document.cues),
    )
    band = edit.cast(players_of(composed))
    if not any(edit.is_heard(player.part.name) for player in band):
        raise ValueError("parts: nobody is left to play")
    if sections := _all_sections(document, as_composed):
        shifts = [span.shift for span in composed.form.spans]
        edit = replace(edit, sections=tuple(_sections(sections, document, as_composed, band, brief, up, shifts)))
        heard = [player.part.name for player in band if edit.is_heard(player.part.name)]
        if all(edit.is_silent(number, name) for number in range(len(sections)) for name in heard):
            raise ValueError("sections: nobody is left to play")
    try:
        edited = _composed(brief, seed, edit)
    except ValueError as error:
        raise ValueError(f"sections: {error}") from error
    pace = edited.bpm / PULSE_BEATS[brief.metre]
    if not MIN_DURATION <= edited.form.seconds <= MAX_DURATION:
        raise ValueError(
            f"sections: the piece would be {edited.form.seconds:.0f} seconds long,"
            f" and has to be from {MIN_DURATION:g} to {MAX_DURATION:g}"
        )
    if document.length and not MIN_TEMPO <= pace <= MAX_TEMPO:
        raise ValueError(f"length: that would need a tempo of {pace:.0f}; take bars away, or add some")
    return edit


def _all_sections(document: EditDocument, composed: Outline) -> list[WrittenSection]:
    """The sections as written; all the composed ones where only chords of a kind are."""
    if document.sections is not None:
        return document.sections
    numbers = range(len(composed.sections)) if document.kinds else ()
    return [WrittenSection.model_validate({"of": number}) for number in numbers]


def _sections(
    written: Sequence[WrittenSection],
    document: EditDocument,
    composed: Outline,
    band: Sequence[Player],
    brief: Brief,
    up: int,
    shifts: Sequence[int],
) -> list[SectionEdit]:
    players = {player.part.name: player for player in band}
    sections = []
    for number, section in enumerate(written):
        where = f"sections.{number}"
        if section.of is not None and section.of >= len(composed.sections):
            raise ValueError(f"{where}.of: the piece has {len(composed.sections)} sections, counted from 0")
        kind, bars = composed.sections[section.of] if section.of is not None else ("", 0)
        kind, bars = section.kind or kind, section.bars or bars
        shift = shifts[section.of] if section.of is not None else 0
        of_kind = document.kinds.get(kind)
        text = section.chords if section.chords is not None else of_kind.chords if of_kind else None
        named = {*section.cells, *section.ideas, *section.locked, *section.tune} - {HARMONY}
        if unknown := sorted(named - players.keys()):
            raise ValueError(f"{where}: the piece has no part {unknown[0]!r}")
        length = bars * BAR_BEATS[brief.metre]
        sections.append(
            SectionEdit(
                kind=kind,
                bars=bars,
                source=section.of,
                energy=section.energy,
                chords=_chords(f"{where}.chords", text, brief, up + shift) if text and text.strip() else (),
                cells=section.cells,
                seed=section.seed,
                ideas=section.ideas,
                locked=frozenset(section.locked),
                tune={
                    name: _tune(f"{where}.tune.{name}", notes, players[name], length, up)
                    for name, notes in section.tune.items()
                },
                is_sized=section.bars is not None or bool(section.tune),
                is_named=section.kind is not None,
            )
        )
    return sections


def _chords(where: str, text: str, brief: Brief, up: int) -> tuple[str, ...]:
    """The text as numerals of the section's key, a bar each."""
    try:
        bars = numerals(read_progression(text), TONICS[(brief.tonic_pitch_class + up) % 12], brief.mode)
        for token in (token for bar in bars for token in bar.split(",")):
            numeral(token, brief.mode)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    return bars


def _tune(where: str, notes: Sequence[WrittenNote], player: Player, length: float, up: int) -> tuple[Note, ...]:
    """The notes in the key in which the piece is composed, before it is transposed."""
    role, instrument = player.part.role, player.instrument
    if role not in SUNG:
        raise ValueError(f"{where}: notes are written for {' and '.join(SUNG)}, not for {role}")
    for number, note in enumerate(notes):
        if note.start >= length:
            raise ValueError(f"{where}.{number}.start: the section is {length:g} beats long")
        if not instrument.low <= note.pitch <= instrument.high:
            raise ValueError(
                f"{where}.{number}.pitch: {instrument.id} plays from {instrument.low} to {instrument.high}"
            )
    return tuple(sorted(Note(float(n.start), float(n.length), n.pitch - up, n.velocity) for n in notes))


def _part(where: str, part: WrittenPart, composed: tuple[str, str] | None) -> PartEdit:
    if part.instrument is not None and part.instrument not in INSTRUMENTS:
        raise ValueError(f"{where}.instrument: {part.instrument!r} is no instrument")
    if composed is None:
        known = {one.role for one in styles.shared().parts}
        if part.role is None or part.instrument is None:
            raise ValueError(f"{where}: no such part is there; a new one needs a role and an instrument")
        if part.role not in known:
            raise ValueError(f"{where}.role: {part.role!r} is not one of {', '.join(sorted(known))}")
    elif part.role not in (None, composed[0]):
        raise ValueError(f"{where}.role: the part is {composed[0]}, which stays so")
    role, before = (part.role or "", "") if composed is None else composed
    plays_drums = role in DRUMS if not before else INSTRUMENTS[before].drums
    if part.instrument and INSTRUMENTS[part.instrument].drums != plays_drums:
        raise ValueError(f"{where}.instrument: {part.instrument!r} does not play {role}")
    return PartEdit(
        role=role,
        instrument=part.instrument or "",
        volume=part.volume,
        pan=part.pan,
        octave=part.octave,
        is_muted=part.mute,
        is_solo=part.solo,
        is_removed=part.removed,
        seed=part.seed,
    )
