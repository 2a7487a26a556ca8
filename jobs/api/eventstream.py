"""What a job, or all of somebody's jobs, has done since an event: the pieces of a stream (Server-Sent Events).

Each answer is a stream that ends at once, and says by ``retry`` after how many milliseconds to come again; the web
server (musicsite.waiting) goes on with it instead, while Retry-After says that there will be more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from jobs.api.conditional import Answer
from jobs.models import Job
from jobs.progress.snapshot import Snapshot
from jobs.progress.status import poll_after

CONTENT_TYPE = "text/event-stream"
IDLE = 3  # seconds between two looks for jobs of somebody who has none
RETRY = 2000  # milliseconds after which a reader comes again whose line broke
LONGEST_ID = 200  # characters of a Last-Event-ID that are looked at

_ENCODER = DjangoJSONEncoder(ensure_ascii=False)
_HEADERS = {
    "Content-Type": CONTENT_TYPE,
    "Cache-Control": "private, no-store",
    "X-Accel-Buffering": "no",  # nginx passes each event on at once
    "Vary": "Cookie, Accept-Language",
}


def job_events(job: Job | Snapshot, body: Mapping[str, Any], last_event_id: str) -> Answer:
    """An event ``status`` with ``body``, unless it has the id ``last_event_id``; 204 where that was the job's end."""
    content = _ENCODER.encode(body)
    event_id = _digest(content)
    known = event_id == last_event_id
    if job.is_finished:
        return Answer(204, {}, b"") if known else Answer(200, _HEADERS, _event("status", event_id, content))
    headers = {**_HEADERS, "Retry-After": str(max(1, round(poll_after([job]))))}
    return Answer(200, headers, b"" if known else _event("status", event_id, content))


def cursor_of(last_event_id: str) -> str | None:
    """The cursor in the id of an event of ``active_events``; None for an id that is none."""
    cursor, slash, _digest_of_body = last_event_id[:LONGEST_ID].partition("/")
    return cursor if slash else None


def active_events(body: Mapping[str, Any], last_event_id: str) -> Answer:
    """An event ``active`` with the body of ``status.active_json``, unless all of that was told by ``last_event_id``."""
    told = {name: value for name, value in body.items() if name != "pollAfterSeconds"}
    content = _ENCODER.encode(told)
    event_id = f"{body['cursor']}/{_digest(content)}"
    again = max(1, round(body["pollAfterSeconds"])) if body["jobs"] else IDLE
    headers = {**_HEADERS, "Retry-After": str(again)}
    return Answer(200, headers, b"" if event_id == last_event_id else _event("active", event_id, content))


def _event(kind: str, event_id: str, content: str) -> bytes:
    return f"retry: {RETRY}\nid: {event_id}\nevent: {kind}\ndata: {content}\n\n".encode()


def _digest(content: str) -> str:
    return hashlib.blake2b(content.encode(), digest_size=12).hexdigest()
