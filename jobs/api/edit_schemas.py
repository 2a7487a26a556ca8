"""The shapes of a track that is changed in parts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictInt, StringConstraints, field_validator

from jobs.api.schemas import Wire, as_composed, refuse_unprintable
from jobs.api.tracks import Cue, Remark
from jobs.music.editing import EditDocument


class ScoreSection(Wire):
    name: str
    start: float = Field(description="beats: quarter notes from the top")
    length: float
    bars: int


class ScoreChord(Wire):
    start: float
    length: float
    symbol: str


class ScorePart(Wire):
    name: str
    role: str
    instrument: str
    volume: float = Field(description="dB against the role's usual level")
    pan: float
    notes: list[tuple[float, float, int, int]] = Field(description="start and length in beats, pitch, velocity")


class ScoreOut(Wire):
    """Everything that is heard in a track, as it is played: swing and the hands of the players included."""

    title: str
    composer: int = Field(description="version that wrote it")
    key: str
    mode: str
    metre: str
    duration: float = Field(description="seconds")
    beats: float
    tempos: list[tuple[float, float]] = Field(description="from this beat on so many quarter notes a minute")
    sections: list[ScoreSection]
    chords: list[ScoreChord]
    parts: list[ScorePart]


class ComposedSection(Wire):
    kind: str
    bars: int = Field(description="without the bar of the last chord")


class ComposedPart(Wire):
    name: str
    role: str
    instrument: str


class Composed(Wire):
    """The piece without any change, in the terms of the document."""

    sections: list[ComposedSection] = Field(description='the document\'s "of" counts them from 0')
    parts: list[ComposedPart]
    kinds: list[str] = Field(description="of section that the style has")
    tempo: float
    key: str
    swing: float
    ending: str
    master: str
    seconds: float
    cues: list[Cue] = Field(description="moments that were ordered")


class RevisionOut(Wire):
    number: int = Field(description="0: the track as it was made")
    parent: int | None
    summary: str
    name: str
    createdAt: datetime


class EditOut(Wire):
    revision: int = Field(description="the current one, and the ETag")
    document: EditDocument
    composed: Composed
    cues: list[Cue] = Field(description="moments of the document at which something happens, in their order")
    remarks: list[Remark] = Field(description="moments that are met otherwise than asked, or not at all")
    revisions: list[RevisionOut] = Field(description="the latest ones, latest first")


class EditIn(Wire):
    document: EditDocument
    summary: Annotated[str, BeforeValidator(as_composed), StringConstraints(max_length=200)] = Field(
        "", description="what this step does; without it, the fields that are others"
    )
    name: Annotated[str, BeforeValidator(as_composed), StringConstraints(max_length=80)] = Field(
        "", description="of a version that is to be found again"
    )

    @field_validator("summary", "name")
    @classmethod
    def _printable(cls, value: str) -> str:
        return refuse_unprintable(value) or ""


class Version(Wire):
    revision: Annotated[StrictInt, Field(ge=0)] | None = Field(None, description="the current one, if left out")
