"""What goes over the wire: the shapes of the contract's requests and answers."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    field_validator,
    model_validator,
)

from jobs.models.text import LONGEST_URL, printable, unprintable
from jobs.music.brief import (
    ARCS,
    LAYERS,
    MASTERS,
    MAX_DURATION,
    MAX_INTRO,
    MAX_TEMPO,
    METRES,
    MIN_DURATION,
    MIN_TEMPO,
    MODES,
    MOODS,
    MOST_CUES,
)
from jobs.music.formats import parse
from jobs.music.given import (
    HIGHEST,
    LONGEST_NAME,
    LOWEST,
    MAX_NOTES,
    USUAL_VELOCITY,
    BadTune,
    GivenNote,
    GivenTune,
    tune_of,
)
from jobs.music.lyrics import MAX_LYRICS, kept_lyrics
from jobs.music.text import composed, is_visible, one_line
from jobs.music.words.form import MAX_UNHEARD, MAX_WORDS
from jobs.queue import orders
from jobs.queue.webhooks import check_url


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FieldError(Wire):
    field: str
    message: str


class Problem(Wire):
    """RFC 9457; ``code`` is stable, ``detail`` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldError] = []


class Failure(Wire):
    code: str
    message: str
    retryable: bool


class Status(Wire):
    jobId: UUID
    state: Literal["pending", "processing", "done", "error"]
    progress: int | None = Field(description="percent; null while it is not known")
    stage: str
    stageLabel: str
    queuePosition: int | None = Field(description="1: next; 101: a hundred or more are before it; null unless pending")
    etaSeconds: int | None = Field(description="null when nobody can tell")
    resultUrl: str | None = Field(description="the audio, when done")
    error: Failure | None
    title: str
    prompt: str
    pageUrl: str
    statusUrl: str
    attempt: int
    exportOf: UUID | None = Field(description="the track that this job renders in another format")
    workers: int = Field(description="workers alive that take such jobs")
    createdAt: datetime
    startedAt: datetime | None
    finishedAt: datetime | None
    previewUrl: str = Field(
        "",
        description="only while the job has not ended: its first section, where that was ordered by `POST …/preview`",
    )


class Active(Wire):
    jobs: list[Status]
    finished: list[Status] = Field(description="ended since the cursor that was sent, and shortly before it")
    cursor: str
    pollAfterSeconds: float


class Page(Wire):
    items: list[Status]
    nextCursor: str | None


def as_composed(value: object) -> object:
    return composed(value) if isinstance(value, str) else value


Number = StrictInt | StrictFloat
BEATS = 10_000  # more than fit into a piece
LONGEST_MIDI = 266_668  # characters of 200 kB in Base64
Name = Annotated[str, StringConstraints(max_length=40)]


class CueIn(Wire):
    at: Number = Field(description="seconds")
    kind: Literal["hit", "drop", "calm"] = "hit"


class Wishes(Wire):
    """What may be asked for beside the words; whatever is left open is chosen to suit them."""

    style: Name | None = None
    duration: Annotated[Number, Field(ge=MIN_DURATION, le=MAX_DURATION)] | None = Field(None, description="seconds")
    tempo: Annotated[Number, Field(ge=MIN_TEMPO, le=MAX_TEMPO)] | None = Field(None, description="beats a minute")
    key: Name | None = Field(None, description="A minor, Eb, F# dorian …")
    mode: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(MODES)})] | None = None
    metre: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(METRES)})] | None = None
    energy: Annotated[Number, Field(ge=0, le=1)] | None = None
    moods: list[Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(MOODS)})]] | None = Field(
        None, max_length=15
    )
    instruments: list[Name] | None = Field(None, max_length=16)
    excluded: list[Name] | None = Field(None, max_length=16)
    arc: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(ARCS)})] | None = None
    master: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(MASTERS)})] | None = Field(
        None, description="how loud it is made: standard (−14 LUFS), gentle (−18), loud (−10)"
    )
    loop: StrictBool | None = Field(None, description="it ends where it begins, in whole bars, without a fade")
    intro: Annotated[StrictInt, Field(ge=0, le=MAX_INTRO)] | None = Field(
        None, description="of a loop: bars before it that are not repeated"
    )
    layers: Annotated[StrictInt, Field(ge=LAYERS[0], le=LAYERS[-1])] | None = Field(
        None, description="intensities in which the finished track is exported as layers; 3 where nothing is set"
    )
    cues: Annotated[list[Number | CueIn], Field(max_length=MOST_CUES)] | None = Field(
        None, description="moments of a picture that are met, in seconds; a number is a hit"
    )
    title: Annotated[str, BeforeValidator(as_composed), StringConstraints(max_length=120)] | None = None
    unheard: list[Annotated[str, StringConstraints(max_length=MAX_WORDS)]] | None = Field(
        None, max_length=MAX_UNHEARD, description="words of the prompt not to be listened to"
    )
    formats: list[Literal["flac", "wav", "stems"]] | None = Field(None, description="beside the MP3", max_length=3)

    @field_validator("title", "key", "style")
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        return refuse_unprintable(value)

    @field_validator("title")
    @classmethod
    def _visible(cls, value: str | None) -> str | None:
        if value and not is_visible(value):
            raise ValueError("A title needs something to see.")
        return value


class MelodyNote(Wire):
    pitch: Annotated[StrictInt, Field(ge=LOWEST, le=HIGHEST)] = Field(description="MIDI number")
    start: Annotated[Number, Field(ge=0, le=BEATS)] = Field(description="beats, which are quarter notes")
    length: Annotated[Number, Field(gt=0, le=BEATS)] = Field(description="beats")
    velocity: Annotated[StrictInt, Field(ge=1, le=127)] = USUAL_VELOCITY


class Melody(Wire):
    """A tune for the lead: a MIDI file, or notes."""

    midi: Annotated[str, StringConstraints(max_length=LONGEST_MIDI)] | None = Field(
        None, description="a MIDI file in Base64; of several notes at once the highest is taken"
    )
    notes: Annotated[list[MelodyNote], Field(min_length=1, max_length=MAX_NOTES)] | None = None
    tempo: Annotated[Number, Field(ge=MIN_TEMPO, le=MAX_TEMPO)] | None = Field(
        None, description="of the notes, in beats a minute"
    )
    metre: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(METRES)})] | None = Field(
        None, description="of the notes"
    )
    name: Annotated[str, StringConstraints(max_length=LONGEST_NAME)] = Field("", description="what it is called")

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.midi is None) == (self.notes is None):
            raise ValueError("Either midi or notes, please.")
        if self.midi is not None and (self.tempo or self.metre):
            raise ValueError("A MIDI file has its own tempo and metre.")
        if self.metre is not None and self.metre not in METRES:
            raise ValueError(f"metre: {self.metre!r} is not one of {', '.join(METRES)}")
        return self

    def tune(self) -> GivenTune:
        """Raise BadTune where it cannot be played."""
        name = printable(one_line(composed(self.name)))
        if self.midi is not None:
            from jobs.music.files.midi_tune import read_tune  # only for the few who send one

            try:
                content = base64.b64decode(self.midi, validate=True)
            except ValueError as error:
                raise BadTune("This is no Base64.") from error
            return read_tune(content, name)
        notes = [GivenNote(note.start, note.length, note.pitch, note.velocity) for note in self.notes or ()]
        return tune_of(notes, name=name, tempo=self.tempo, metre=self.metre)


def _kept_lyrics(value: object) -> object:
    return kept_lyrics(refuse_unprintable(value) or "") if isinstance(value, str) else value


def _without_job(value: object) -> object:
    return value.removeprefix("job.") if isinstance(value, str) else value


class Order(Wishes):
    prompt: str = Field(min_length=1)
    melody: Melody | None = None
    lyrics: Annotated[str, Field(max_length=MAX_LYRICS), BeforeValidator(_kept_lyrics)] | None = Field(
        None, description="words to be sung, with tags like [verse] and [chorus]; only for an engine that sings"
    )
    webhook: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)] | None = Field(
        None, description="https address that is told of the job; only with a token, whose secret signs"
    )
    webhookEvents: (
        list[Annotated[Literal["started", "progress", "done", "error"], BeforeValidator(_without_job)]] | None
    ) = Field(None, max_length=4, description="of which it is told: done and error unless others are named")
    seed: Annotated[StrictInt, Field(ge=0, le=orders.MAX_SEED)] | None = None
    generator: Name | None = None

    @field_validator("prompt")
    @classmethod
    def _prompt(cls, value: str) -> str:
        value = composed(value)
        if not is_visible(value):
            raise ValueError("Describe the music in a few words.")
        if len(value) > settings.MAX_PROMPT:
            raise ValueError(f"At most {settings.MAX_PROMPT} characters, please.")
        return value

    @field_validator("webhook")
    @classmethod
    def _webhook(cls, value: str | None) -> str | None:
        if value is not None:
            check_url(value)
        return value

    @field_validator("prompt", "generator", "lyrics")
    @classmethod
    def _printable_too(cls, value: str | None) -> str | None:
        return refuse_unprintable(value)

    def options(self) -> dict[str, Any]:
        """What was asked for of the music beside the words; raise ValueError for a melody that cannot be played."""
        options = self.model_dump(exclude_none=True, exclude={"prompt", "melody", "webhook", "webhookEvents"})
        if self.melody:
            try:
                options["melody"] = self.melody.tune().to_json()
            except BadTune as error:
                raise ValueError(f"melody: {error}") from error
        return options


class Variation(Wishes):
    change: Literal["seed", "melody", "settings", "length"] = Field(
        description="another piece, another tune, the same piece with these settings, or a longer one"
    )


class Export(Wire):
    format: Literal[
        "audio", "flac", "wav", "opus", "stems", "layers",
        "musicxml", "lead-sheet.svg", "lead-sheet.pdf", "chords.txt", "chords.cho", "cues.csv",
    ] = Field(description="audio: MP3; stems, layers: a zip of FLAC files, by part or by intensity")  # fmt: skip
    transpose: Literal["bb", "eb"] | None = Field(
        None, description="of what is on paper: written for instruments in B flat or E flat"
    )

    bitrate: Literal[192, 320] | None = Field(None, description="of audio, in kbit/s")
    bits: Literal[16, 24] | None = Field(None, description="of a sample of flac and wav")
    rate: Literal[44100, 48000] | None = Field(None, description="of flac and wav, samples a second")
    without: Literal["melody", "drums"] | None = Field(None, description="audio to practise to, without that")
    tempo: Literal[75, 100] | None = Field(None, description="audio to practise to, in percent of its tempo")
    count_in: Literal[1] | None = Field(None, description="audio to practise to, with a bar counted in")

    @property
    def name(self) -> str:
        """The name of the format; raise ValueError for a setting that its kind does not have."""
        settings = self.model_dump(exclude={"format"}, exclude_none=True)
        return str(parse("?".join(filter(None, [self.format, urlencode(settings)]))))


def refuse_unprintable(value: str | None) -> str | None:
    if value is not None and unprintable(value):
        raise ValueError("Control characters and broken Unicode are not allowed.")
    return value
