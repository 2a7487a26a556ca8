"""Calls of the API by which a section of a track is heard while it is changed, before anything of it is made."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Body
from pydantic import Field, StrictInt

from jobs.api.conditional import answer
from jobs.api.problems import of_status
from jobs.api.schemas import Failure, Number, Problem, Wire
from jobs.api.tokens import whoever_may
from jobs.api.views import OWN, UNSAFE, api, blame, invalid, own_track
from jobs.models import Preview, State
from jobs.models.errors import message_for
from jobs.models.token import CREATE
from jobs.music import editing
from jobs.music.editing import EditDocument
from jobs.queue import previews

BAD = {400: Problem, 409: Problem, 413: Problem, 415: Problem, 422: Problem}


class PreviewIn(Wire):
    section: Annotated[StrictInt, Field(ge=0)] | None = Field(None, description="counted from 0; else the one at `at`")
    at: Annotated[Number, Field(ge=0)] = Field(0, description="seconds: where the playhead is")
    document: EditDocument | None = Field(None, description="as it stands, kept or not; left out: the current edit")


class PreviewOut(Wire):
    """A section that is rendered alone. There is one for each person: the next one takes its place."""

    number: int = Field(description="of the order: a higher one has superseded this")
    section: int
    state: Literal["pending", "processing", "done", "error"]
    url: str | None = Field(description="the sound, when done; for its owner, for an hour at most")
    start: float | None = Field(description="seconds at which the section begins in the piece")
    lead: float | None = Field(description="seconds of the sound before the section: a beat of what comes before")
    length: float | None = Field(description="seconds of the section; what follows is the ring of notes and room")
    bars: int | None = Field(description="of these")
    error: Failure | None


@api.post(
    "music/{uuid:job_id}/preview",
    auth=whoever_may(CREATE),
    response={202: PreviewOut, **OWN, **UNSAFE, **BAD},
    summary="Hear a section as it is changed",
)
def preview(request: HttpRequest, job_id: UUID, wanted: Body[PreviewIn]) -> HttpResponse:
    """Rendered before any job, within a second where a worker is free. What was ordered before is given up.

    Nothing is kept as a step, no track is made, and no limit but its own is asked.
    """
    track = own_track(request, job_id)
    if wanted.document and len(json.dumps(wanted.document.plain())) > editing.LARGEST:
        return of_status(413)
    try:
        ordered = previews.order(track, wanted.document, section=wanted.section, at=wanted.at)
    except ValueError as error:
        blamed = blame(str(error))
        field = blamed["field"] if blamed["field"] == "section" else f"document.{blamed['field']}".rstrip(".")
        return invalid([{**blamed, "field": field}])
    response = answer(request, as_json(ordered))
    response.status_code = 202
    response["Location"] = f"/api/music/{track.pk}/preview"
    return response


@api.get(
    "music/{uuid:job_id}/preview",
    response={200: PreviewOut, 304: None, **OWN},
    summary="How far the section is",
)
def preview_status(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """404 where nothing was ordered of this track within the hour, or something of another one since."""
    latest = previews.of(own_track(request, job_id))
    return answer(request, as_json(latest)) if latest else of_status(404)


def as_json(preview: Preview) -> dict[str, Any]:
    """A ``PreviewOut``."""
    done, failed = preview.state == State.DONE, preview.state == State.ERROR
    code = preview.error_code
    error = {"code": code, "message": message_for(code, preview.error_message), "retryable": True}
    return {
        "number": preview.number,
        "section": preview.section,
        "state": preview.state,
        "url": reverse("preview_sound", args=[preview.track_id, preview.number]) if done else None,
        **{name: preview.file.get(name) for name in ("start", "lead", "length", "bars")},
        "error": error if failed else None,
    }
