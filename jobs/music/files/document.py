"""The score as a document beside its sound: whatever is made of the piece later is made of this.

Gzipped JSON of FORMAT. Notes and controllers are columns of whole ticks, each start counted from the one before, so
that a piece of minutes is some dozen kB. The title is not in it: a track can be renamed.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from jobs.music.brief import CUE_KINDS, MODES
from jobs.music.errors import ScoreDamaged, ScoreTooNew
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import CURVES, SPACES, TICKS, Control, Note, Part, Score, ticks
from jobs.music.sound import VERSION as MIXER
from jobs.music.styles.reader import ROLES

FORMAT, VERSION = "musicsite score", 1
CONTENT_TYPE = "application/gzip"

_GZIP = 31  # what zlib calls gzip's format, with its checksum
_LARGEST = 16_000_000  # bytes of JSON
_MOST_EVENTS, _MOST_PARTS = 200_000, 100
_LONGEST, _FASTEST = 1000.0, 1000.0  # seconds; beats a minute
_LAST = 100_000 * TICKS  # ticks: more than the longest piece has at the fastest tempo
_BEND = 8192  # half of what a pitch bend says
_GAIN = 60.0  # dB


@dataclass(frozen=True, slots=True)
class Document:
    """A score with what else it takes to make the same sound of it."""

    score: Score
    seed: int  # draws the crackle of a record
    composer: int  # jobs.music.composing.VERSION that wrote it
    soundfont: str = ""  # name of the sound bank that it was played on
    mixer: int = MIXER  # jobs.music.sound.VERSION that mixed it


def pack(document: Document) -> bytes:
    """The document's bytes; its score must be ``Score.quantised``."""
    score = {name: value for name, value in asdict(replace(document.score, parts=())).items() if name != "title"}
    for rare in ("loop", "cues"):
        if not score[rare]:
            del score[rare]
    data = {
        "format": FORMAT,
        "version": VERSION,
        "ticks": TICKS,
        "composer": document.composer,
        "seed": document.seed,
        "soundfont": document.soundfont,
        "mixer": document.mixer,
        "score": {**score, "parts": [_part_out(part) for part in document.score.parts]},
    }
    return gzip.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0)


def write(document: Document, path: Path) -> None:
    path.write_bytes(pack(document))


def unpack(data: bytes, title: str) -> Document:
    """The document of these bytes, whoever they are from; its score has that title.

    Raise ScoreTooNew for one of a later version, ScoreDamaged for whatever else cannot be played.
    """
    content = _content(data)
    version = content.get("version")
    if content.get("format") != FORMAT or not isinstance(version, int):
        raise ScoreDamaged("This is no score.")
    if version > VERSION:
        raise ScoreTooNew(f"The score is of version {version}, and {VERSION} is the latest that is known here.")
    try:
        envelope = _Envelope.model_validate(content)
        parts = tuple(_part_in(part) for part in envelope.score.pop("parts"))
        score = _SCORE.validate_python({**envelope.score, "title": title, "parts": ()})
        score = _sound(replace(score, parts=parts))
        return Document(score, envelope.seed, envelope.composer, envelope.soundfont, envelope.mixer)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ScoreDamaged(f"The score cannot be read: {_reason(error)}") from error


class _Envelope(BaseModel):
    model_config = ConfigDict(strict=True)

    ticks: int = Field(ge=TICKS, le=TICKS)
    composer: int = Field(ge=0, le=1_000_000)
    seed: int = Field(ge=0, lt=2**63)
    soundfont: str = Field(max_length=200)
    mixer: int = Field(1, ge=1, le=1_000_000)  # the first ones did not say it
    score: dict[str, Any]


_SCORE, _PART = TypeAdapter(Score), TypeAdapter(Part)
_COLUMNS = TypeAdapter(list[list[int]], config=ConfigDict(strict=True))


def _content(data: bytes) -> dict[str, Any]:
    try:
        unpacking = zlib.decompressobj(wbits=_GZIP)
        text = unpacking.decompress(data, _LARGEST)
        if not unpacking.eof:
            raise ValueError("it breaks off, or is too large")
        content = json.loads(text, parse_constant=_no_number)
    except (zlib.error, ValueError, RecursionError) as error:
        raise ScoreDamaged(f"The score cannot be read: {_reason(error)}") from error
    if not isinstance(content, dict):
        raise ScoreDamaged("This is no score.")
    return content


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _part_out(part: Part) -> dict[str, Any]:
    head = {field.name: getattr(part, field.name) for field in fields(Part) if field.name not in ("notes", "controls")}
    starts = [ticks(note.start) for note in part.notes]
    moments = [ticks(control.start) for control in part.controls]
    return {
        **head,
        "notes": [
            _steps(starts),
            [ticks(note.length) for note in part.notes],
            [note.pitch for note in part.notes],
            [note.velocity for note in part.notes],
        ],
        "controls": [
            _steps(moments),
            [control.number for control in part.controls],
            [control.value for control in part.controls],
        ],
    }


def _steps(starts: Sequence[int]) -> list[int]:
    return [now - before for before, now in pairwise((0, *starts))]


def _part_in(data: dict[str, Any]) -> Part:
    notes = [
        Note(start / TICKS, length / TICKS, pitch, velocity)
        for start, length, pitch, velocity in _rows(
            data["notes"], (0, _LAST), (1, _LAST), (0, 127), (1, 127)
        )
    ]  # fmt: skip
    controls = [
        Control(start / TICKS, number, value)
        for start, number, value in _rows(data["controls"], (0, _LAST), (0, 128), (-_BEND, _BEND - 1))
    ]
    head = _PART.validate_python({**data, "notes": (), "controls": ()})
    return replace(head, notes=tuple(notes), controls=tuple(controls))


def _rows(data: Any, *ranges: tuple[int, int]) -> Iterator[tuple[int, ...]]:
    """Columns as rows, the first column summed up. Raise ValueError where they are not so many, so long and so large"""
    columns = _COLUMNS.validate_python(data)
    if len(columns) != len(ranges) or len({len(column) for column in columns}) != 1:
        raise ValueError("columns do not belong together")
    if len(columns[0]) > _MOST_EVENTS:
        raise ValueError(f"more than {_MOST_EVENTS} events")
    columns[0] = list(accumulate(columns[0]))
    for column, (low, high) in zip(columns, ranges, strict=True):
        if column and not low <= min(column) <= max(column) <= high:
            raise ValueError(f"a value is not from {low} to {high}")
    return zip(*columns, strict=True)


def _sound(score: Score) -> Score:
    """The score, if it can be played; raise ValueError."""
    names = [part.name for part in score.parts]
    tempos = [tempo.start for tempo in score.tempos]
    mix, loop = score.mix, score.loop
    spans = [(section.start, section.length) for section in score.sections]
    spans += [(cue.start, 0.0) for cue in score.cues]
    spans += [(chord.start, chord.length) for chord in score.chords]
    levels = [level for part in score.parts for level in (part.reverb, part.chorus)]
    checks = {
        "parts": len(names) <= _MOST_PARTS and len(set(names)) == len(names),
        "instruments": {part.instrument for part in score.parts} <= INSTRUMENTS.keys(),
        "roles": {part.role for part in score.parts} <= set(ROLES),
        "tempos": tempos[:1] == [0.0] and tempos == sorted(set(tempos)) and _within(tempos, 0, _LAST),
        "tempo": _within((tempo.bpm for tempo in score.tempos), 1.0, _FASTEST),
        "metre": 1 <= score.metre[0] <= 32 and score.metre[1] in (1, 2, 4, 8, 16),
        "sections and chords": _within((value for span in spans for value in span), 0, _LAST),
        "faders": _within((section.ride for section in score.sections), -_GAIN, _GAIN),
        "pitch classes": {p for chord in score.chords for p in (chord.root, *chord.pitches)} <= set(range(12)),
        "duration": _within((score.duration,), 0.1, _LONGEST) and _within((score.beats,), 0, _LAST),
        "loop": loop is None or (0 <= loop.first <= loop.start < score.beats and len(tempos) == 1),
        "cues": {cue.kind for cue in score.cues} <= set(CUE_KINDS),
        "fade": _within((score.fade_out,), 0.0, _LONGEST),
        "key": 0 <= score.tonic < 12 and score.mode in MODES,
        "places": _within((part.pan for part in score.parts), -1.0, 1.0) and _within(levels, 0.0, 1.0),
        "volumes": _within((part.gain_db for part in score.parts), -_GAIN, _GAIN),
        "mix": _within((mix.room, mix.sidechain, mix.drive, mix.vinyl, mix.width / 2), 0.0, 1.0),
        "room": mix.space in SPACES and mix.curve in CURVES and _within((mix.echo,), 0.0, 1.0),
        "loudness": _within((mix.loudness,), -_GAIN, 0.0),
        "tone": _within((mix.brightness_db, mix.warmth_db), -_GAIN, _GAIN),
        "lid": mix.lowpass_hz is None or _within((mix.lowpass_hz,), 20.0, 22_050.0),
    }
    if wrong := [name for name, is_right in checks.items() if not is_right]:
        raise ValueError(f"{', '.join(wrong)} out of range")
    return score


def _within(values: Iterable[float], low: float, high: float) -> bool:
    return all(math.isfinite(value) and low <= value <= high for value in values)


def _reason(error: Exception) -> str:
    """One line, of whatever length the error has."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
