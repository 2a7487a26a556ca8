"""JSON answers that a client can compare with what it has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse

from jobs.models import Job
from jobs.progress.snapshot import Snapshot
from jobs.progress.status import poll_after, status_json

_ENCODER = DjangoJSONEncoder(ensure_ascii=False)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes


def compared(body: Mapping[str, Any], known: str | None, *, status: int = 200, again: float | None = None) -> Answer:
    """JSON with a weak ETag, 304 where it is among the client's ``known``, and when to ask again (seconds)."""
    content = _ENCODER.encode(body).encode()
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": f"W/{tag}", "Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"}
    if again is not None:
        headers["Retry-After"] = str(max(1, round(again)))
    if known and tag in known:
        return Answer(304, headers, b"")
    headers["Content-Type"] = "application/json"
    return Answer(status, headers, content)


def job_compared(job: Job | Snapshot, body: Mapping[str, Any], known: str | None, status: int = 200) -> Answer:
    """``body`` is what clients are told of the job; of one that has ended they need not ask again."""
    return compared(body, known, status=status, again=None if job.is_finished else poll_after([job]))


def active_compared(body: Mapping[str, Any], known: str | None) -> Answer:
    return compared(body, known, again=body["pollAfterSeconds"] if body["jobs"] else None)


# -- The same for a request of Django's -------------------------------------------------------------------------------


def answer(request: HttpRequest, body: Mapping[str, Any]) -> HttpResponse:
    return _response(compared(body, _known(request)))


def status_answer(request: HttpRequest, job: Job, status: int = 200) -> HttpResponse:
    return _response(job_compared(job, status_json(job), _known(request), status))


def active_answer(request: HttpRequest, body: Mapping[str, Any]) -> HttpResponse:
    return _response(active_compared(body, _known(request)))


def _known(request: HttpRequest) -> str | None:
    return request.META.get("HTTP_IF_NONE_MATCH") if request.method == "GET" else None


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.content, status=answer.status, headers=answer.headers)
    if answer.status == 304:
        del response.headers["Content-Type"]
    return response
