"""A track by itself: what was understood, who made it, and what is heard in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from jobs import generators
from jobs.api.conditional import answer
from jobs.api.schemas import Problem, Status, Wire
from jobs.api.views import OWN, api, own_track
from jobs.models import Job
from jobs.progress.heard import heard_json
from jobs.progress.status import status_json


class Remark(Wire):
    code: str = Field(description="as cues_outside, cues_close, cues_within, loop_length")
    values: dict[str, Any]


class Cue(Wire):
    at: float = Field(description="seconds")
    kind: str = Field(description="hit, drop or calm")


class Understood(Wire):
    """What our composer takes from the words, whoever makes the piece."""

    style: str
    tempo: float = Field(description="BPM; in 6/8 and 12/8 of dotted quarters")
    key: str = Field(description="as “A minor”")
    metre: str
    duration: float = Field(description="seconds")
    loop: bool
    intro: int = Field(description="bars before a loop that are not repeated")
    layers: int | None = Field(description="in how many intensities it is exported as layers; null: the usual ones")
    cues: list[Cue] = Field(description="moments that are met, in their order")
    remarks: list[Remark] = Field(description="what was read otherwise than it was said, or left aside")


class Deviation(Wire):
    field: str = Field(description="tempo, key or length")
    asked: float | str
    heard: float | str
    message: str = Field(description="for people")


class HeardIn(Wire):
    """What the worker heard in sound whose notes nobody has (docs/ENGINES.md)."""

    tempo: float | None = Field(description="BPM; null: no clear beat")
    key: str = Field(description="as “A minor”; empty: none")
    loudness: float = Field(description="LUFS, as the sound came")
    deviations: list[Deviation] = Field(description="where that is not what was asked for")


class Loop(Wire):
    start: float = Field(description="seconds of the file at which it begins")
    length: float = Field(description="seconds")


class TrackOut(Status):
    engine: str = Field(description="its name among those of the site, as an order's generator")
    licence: str = Field(description="under which the engine makes music; empty: the operator's own, or none is known")
    seed: int
    variationOf: UUID | None
    understood: Understood | None
    duration: float | None = Field(description="seconds, when done")
    loop: Loop | None = Field(description="what goes round, when done; null: nothing does")
    loudness: float | None = Field(description="LUFS of the file, when done and measured")
    heard: HeardIn | None = Field(description="null while it is not done, and of engines that write notes")


@api.get("music/{uuid:job_id}", response={200: TrackOut, 304: None, 422: Problem, **OWN}, summary="A track")
def track(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Its status, what was understood, who makes it, and, of engines that record, what is heard in it."""
    return answer(request, track_json(own_track(request, job_id)))


def track_json(job: Job) -> dict[str, Any]:
    """One track as the API sends it; ``TrackOut`` is its shape."""
    return {
        **status_json(job),
        "engine": job.generator,
        "licence": generators.abilities_of(job.generator).licence,
        "seed": job.seed,
        "variationOf": job.variation_of_id,
        "understood": _understood(job.brief),
        "duration": job.duration,
        "loop": job.facts.get("loop"),
        "loudness": job.facts.get("loudness"),
        "heard": heard_json(job.facts),
    }


def _understood(brief: Mapping[str, Any]) -> dict[str, Any] | None:
    if not brief:
        return None
    named = {name: brief[name] for name in ("style", "tempo", "metre", "duration")}
    return {
        **named,
        "key": f"{brief['tonic']} {brief['mode']}",
        "loop": brief.get("loop", False),
        "intro": brief.get("intro", 0),
        "layers": brief.get("layers"),
        "cues": brief.get("cues", []),
        "remarks": brief.get("remarks", []),
    }
