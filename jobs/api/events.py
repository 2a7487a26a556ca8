"""The calls by which a program is told of its jobs as they go on, instead of asking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from jobs.api.conditional import Answer
from jobs.api.eventstream import CONTENT_TYPE, active_events, cursor_of, job_events
from jobs.api.views import OWN, SIGNED_OUT, api, own
from jobs.progress.status import active_json, status_json

_LAST = {
    "in": "header",
    "name": "Last-Event-ID",
    "schema": {"type": "string"},
    "description": "of the last event that came: what was told by then is not told again",
}
_EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": ["status", "active"]},
        "data": {"type": "string", "description": "JSON: a Status; of active, an Active without pollAfterSeconds"},
        "retry": {"type": "integer"},
    },
    "required": ["id", "event", "data"],
}
STREAM: dict[str, Any] = {
    "parameters": [_LAST],
    "responses": {200: {"content": {CONTENT_TYPE: {"schema": _EVENT}}}},
}


@api.get(
    "music/{uuid:job_id}/events",
    response={200: None, 204: None, **OWN},
    summary="What a job does, as it does it",
    openapi_extra=STREAM,
)
def events(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Server-Sent Events named ``status``, whose data is the job's status; the stream ends with the job."""
    job = own(request, job_id)
    return _response(job_events(job, status_json(job), request.headers.get("Last-Event-ID", "")))


@api.get(
    "music/events",
    response={200: None, **SIGNED_OUT},
    summary="What all my jobs do, as they do it",
    openapi_extra=STREAM,
)
def active_stream(request: HttpRequest) -> HttpResponse:
    """Server-Sent Events named ``active``: jobs that have not ended, and those that did since the last event."""
    last_event_id = request.headers.get("Last-Event-ID", "")
    try:
        body = active_json(request.user, cursor_of(last_event_id))
    except (ValueError, OverflowError):
        body = active_json(request.user)
    return _response(active_events(body, last_event_id))


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.content, status=answer.status, headers=answer.headers)
    if answer.status == 204:
        del response.headers["Content-Type"]
    return response
