"""What a worker does to a job, step by step and without one: for tests that look at how pages show it."""

import json
import re
import tempfile
import wave
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from jobs.models import Holder, Job, Outcome
from jobs.music.brief import Brief
from jobs.music.composing import VERSION
from jobs.music.composing.compose import compose
from jobs.music.files.document import Document, pack
from jobs.storage import files

HOLDER = Holder("here", 4242)
ROLL = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 300"><path d="M0 10h40" stroke="red"/></svg>'


def take() -> Job:
    """The next job, as a worker takes it."""
    job = Job.objects.claim("default", HOLDER)
    assert job is not None
    return job


def outcome(size: int) -> Outcome:
    return Outcome("/tracks/x/audio", {"audio": {"name": "x", "type": "audio/wav", "size": size}}, 1.0, {})


def waiting(owner: User, count: int, first_turn: int = 0) -> list[Job]:
    """Jobs that were accepted one after the other, without asking what one person may have."""
    return Job.objects.bulk_create(
        Job(owner=owner, prompt="x", title="x", generator="dummy", lane="default", seed=1, attempt_limit=3, turn=turn)
        for turn in range(first_turn, first_turn + count)
    )


def finish(job: Job, seconds: int = 2, **facts: Any) -> Job:
    """End the attempt with some seconds of silence and everything else that a track has."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with wave.open(str(folder / "audio.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(16_000 * seconds))
        (folder / "peaks.json").write_text(json.dumps({"duration": seconds, "peaks": [0, 64, 128, 255] * 200}))
        (folder / "roll.svg").write_text(ROLL)
        (folder / "score.mid").write_bytes(b"MThd")
        stored = files.keep(
            job.pk,
            job.attempt,
            {
                "audio": (folder / "audio.wav", "audio/wav"),
                "peaks": (folder / "peaks.json", "application/json"),
                "roll": (folder / "roll.svg", "image/svg+xml"),
                "midi": (folder / "score.mid", "audio/midi"),
            },
        )
    known = {
        "sections": [{"name": "intro", "start": 0.0, "length": 1.0, "bars": 1},
                     {"name": "verse", "start": 1.0, "length": 1.0, "bars": 1}],
        "parts": [{"name": "melody", "role": "melody", "instrument": "piano"}],
        "loudness": -14.0,
        "soundfont": "TimGM6mb",
    }  # fmt: skip
    assert job.finish(Outcome(f"/tracks/{job.pk}/audio", stored, float(seconds), {**known, **facts}))
    job.refresh_from_db()
    return job


def deliver(job: Job, audio: bytes, seconds: float = 12.5) -> Job:
    """End the attempt with these bytes for an MP3, and nothing else."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "audio.mp3"
        path.write_bytes(audio)
        stored = files.keep(job.pk, job.attempt, {"audio": (path, "audio/mpeg")})
    assert job.finish(Outcome(f"/tracks/{job.pk}/audio", stored, seconds, {}))
    return Job.objects.get(pk=job.pk)


def made(job: Job, seconds: int = 2) -> Job:
    """Take the job and finish it at once; it must be the next one."""
    taken = take()
    assert taken.pk == job.pk
    return finish(taken, seconds)


@cache
def _score(brief: str, seed: int) -> bytes:
    """The composer's, as it lies in the storage; many tests begin with the same one."""
    return pack(Document(compose(Brief.from_json(json.loads(brief)), seed).quantised(), seed, VERSION))


def composed(job: Job) -> Job:
    """Take the composer's job, the next one, and end it with its score and no sound."""
    taken = take()
    assert taken.pk == job.pk
    data = _score(json.dumps(job.brief), job.seed)
    name = default_storage.save(f"tracks/{job.pk}/1/score.json.gz", ContentFile(data))
    end = outcome(1)
    kept = {**end.files, "score": {"name": name, "type": "application/gzip", "size": len(data)}}
    assert taken.finish(Outcome(end.result_url, kept, float(job.brief["duration"]), {"composer": VERSION}))
    return Job.objects.get(pk=job.pk)


def text_of(response: Any) -> str:
    """What is to be read on a page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
