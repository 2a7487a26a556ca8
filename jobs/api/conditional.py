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


def is_known(if_none_match: str | None, tag: str | None) -> bool:
    """Whether a header If-None-Match names the entity tag: alone, weakly, in a list, or any by ``*`` (RFC 9110)."""
    if not if_none_match or not tag:
        return False
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in if_none_match


class Answer(NamedTuple):
    """An answer of HTTP: its status, headers and body."""

    status: int
    headers: dict[str, str]
    content: bytes


def compared(
    body: Mapping[str, Any], if_none_match: str | None, *, status: int = 200, again: float | None = None
) -> Answer:
    """JSON with a weak ETag; 304 without a body where it is among those of ``if_none_match``, the client's header.

    ``again``: seconds after which to ask again, as Retry-After; None: not at all.
    """
    content = _ENCODER.encode(body).encode()
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {"ETag": f"W/{tag}", "Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"}
    if again is not None:
        headers["Retry-After"] = str(max(1, round(again)))
    if is_known(if_none_match, tag):
        return Answer(304, headers, b"")
    headers["Content-Type"] = "application/json"
    return Answer(status, headers, content)


def job_compared(job: Job | Snapshot, body: Mapping[str, Any], if_none_match: str | None, status: int = 200) -> Answer:
    """As ``compared``, of ``body``, what clients are told of the job; once it has ended they need not ask again."""
    return compared(body, if_none_match, status=status, again=None if job.is_finished else poll_after([job]))


def active_compared(body: Mapping[str, Any], if_none_match: str | None) -> Answer:
    """As ``compared``, of the body that ``status.active_json`` returns."""
    return compared(body, if_none_match, again=body["pollAfterSeconds"] if body["jobs"] else None)


# -- As answers to a request of Django's ------------------------------------------------------------------------------


def answer(request: HttpRequest, body: Mapping[str, Any]) -> HttpResponse:
    """The body as JSON for a request; 304 where the client has it."""
    return _response(compared(body, _if_none_match(request)))


def status_answer(request: HttpRequest, job: Job, status: int = 200) -> HttpResponse:
    """The job's status as JSON for a request, with the HTTP status ``status``; 304 where the client has it."""
    return _response(job_compared(job, status_json(job), _if_none_match(request), status))


def active_answer(request: HttpRequest, body: Mapping[str, Any]) -> HttpResponse:
    """The body of ``status.active_json`` as JSON for a request; 304 where the client has it."""
    return _response(active_compared(body, _if_none_match(request)))


def _if_none_match(request: HttpRequest) -> str | None:
    return request.META.get("HTTP_IF_NONE_MATCH") if request.method == "GET" else None


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.content, status=answer.status, headers=answer.headers)
    if answer.status == 304:
        del response.headers["Content-Type"]
    return response
