"""JSON answers that a client can compare with what it has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse

from jobs.models import Job
from jobs.seen import Seen
from jobs.status import poll_after, status_json

_ENCODER = DjangoJSONEncoder(ensure_ascii=False)


def answer(
    request: HttpRequest, body: Mapping[str, Any], *, status: int = 200, again: float | None = None
) -> HttpResponse:
    """JSON with a weak ETag, 304 where the client has it already, and when to ask again (seconds)."""
    content = _ENCODER.encode(body).encode()
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    if request.method == "GET" and tag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content, status=status, content_type="application/json")
    headers = response.headers
    headers["ETag"] = f"W/{tag}"
    headers["Cache-Control"] = "private, no-cache"
    headers["Vary"] = "Cookie, Accept-Language"
    if again is not None:
        headers["Retry-After"] = str(max(1, round(again)))
    return response


def status_answer(request: HttpRequest, job: Job, status: int = 200) -> HttpResponse:
    return job_answer(request, job, status_json(job), status)


def job_answer(request: HttpRequest, job: Job | Seen, body: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """``body`` is what clients are told of the job; of one that has ended they need not ask again."""
    return answer(request, body, status=status, again=None if job.is_finished else poll_after([job]))


def active_answer(request: HttpRequest, body: Mapping[str, Any]) -> HttpResponse:
    return answer(request, body, again=body["pollAfterSeconds"] if body["jobs"] else None)
