"""The moments of a picture that a piece meets, as other programs read them: markers in a WAV, a table."""

from __future__ import annotations

import csv
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.music.files import riff
from jobs.music.score import Score


@dataclass(frozen=True, slots=True)
class Moment:
    """In seconds; ``kind``: one of jobs.music.brief.CUE_KINDS."""

    at: float
    kind: str


def moments(score: Score) -> tuple[Moment, ...]:
    """Those that the score meets."""
    return tuple(Moment(score.seconds(cue.start), cue.kind) for cue in score.cues)


def mark_wav(path: Path, cues: Sequence[Moment], rate: int) -> None:
    """Append cue points and their names (Multimedia Programming Interface and Data Specifications 1.0, 1991)."""
    points, labels = b"", b""
    for number, cue in enumerate(cues, 1):
        frame = round(cue.at * rate)
        points += struct.pack("<II4sIII", number, frame, b"data", 0, 0, frame)
        text = cue.kind.encode() + b"\0"
        labels += riff.chunk(b"labl", struct.pack("<I", number) + text) + b"\0" * (len(text) % 2)
    riff.append(path, [(b"cue ", struct.pack("<I", len(cues)) + points), (b"LIST", b"adtl" + labels)])


def write_csv(score: Score, path: Path) -> None:
    """A line for each: number, seconds, hours:minutes:seconds, kind."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("number", "seconds", "time", "kind"))
        for number, cue in enumerate(moments(score), 1):
            table.writerow((number, f"{cue.at:.3f}", _clock(cue.at), cue.kind))


def _clock(seconds: float) -> str:
    whole = round(1000 * seconds)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"
