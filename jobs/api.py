"""The JSON contract. Everything is the asking person's own; every error is a problem document (RFC 9457)."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Body, Header, Query, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie
from pydantic import ConfigDict, Field, StrictFloat, StrictInt, StringConstraints, field_validator

from jobs import exports, queue, variations
from jobs.answers import active_answer, answer, status_answer
from jobs.errors import IllegalTransition, KeyReused, LimitReached
from jobs.models import Job
from jobs.music.brief import ARCS, MAX_DURATION, MAX_TEMPO, METRES, MIN_DURATION, MIN_TEMPO, MODES, MOODS
from jobs.openapi import Contract
from jobs.problems import of_status, problem
from jobs.seen import MAX_PAGE
from jobs.status import active_json, parse_time, status_json
from jobs.text import unprintable
from jobs.throttle import refuse

logger = logging.getLogger(__name__)


# -- What goes over the wire ------------------------------------------------------------------------------------------


class Wire(Schema):
    model_config = ConfigDict(extra="forbid")


class FieldError(Wire):
    field: str
    message: str


class Problem(Wire):
    """RFC 9457; ``code`` is stable, ``detail`` is for people."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldError] = []


class Failure(Wire):
    code: str
    message: str
    retryable: bool


class Status(Wire):
    jobId: UUID
    state: Literal["pending", "processing", "done", "error"]
    progress: int | None = Field(description="percent; null while it is not known")
    stage: str
    stageLabel: str
    queuePosition: int | None = Field(description="1: next; 101: a hundred or more are before it; null unless pending")
    etaSeconds: int | None = Field(description="null when nobody can tell")
    resultUrl: str | None = Field(description="the audio, when done")
    error: Failure | None
    title: str
    prompt: str
    pageUrl: str
    statusUrl: str
    attempt: int
    exportOf: UUID | None = Field(description="the track that this job renders in another format")
    workers: int = Field(description="workers alive that take such jobs")
    createdAt: datetime
    startedAt: datetime | None
    finishedAt: datetime | None


class Active(Wire):
    jobs: list[Status]
    finished: list[Status] = Field(description="ended since the cursor that was sent, and shortly before it")
    cursor: str
    pollAfterSeconds: float


class Page(Wire):
    items: list[Status]
    nextCursor: str | None


Number = StrictInt | StrictFloat
Name = Annotated[str, StringConstraints(max_length=40)]


class Wishes(Wire):
    """What may be asked for beside the words; whatever is left open is chosen to suit them."""

    style: Name | None = None
    duration: Annotated[Number, Field(ge=MIN_DURATION, le=MAX_DURATION)] | None = Field(None, description="seconds")
    tempo: Annotated[Number, Field(ge=MIN_TEMPO, le=MAX_TEMPO)] | None = Field(None, description="beats a minute")
    key: Name | None = Field(None, description="A minor, Eb, F# dorian …")
    mode: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(MODES)})] | None = None
    metre: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(METRES)})] | None = None
    energy: Annotated[Number, Field(ge=0, le=1)] | None = None
    moods: list[Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(MOODS)})]] | None = Field(
        None, max_length=15
    )
    instruments: list[Name] | None = Field(None, max_length=16)
    excluded: list[Name] | None = Field(None, max_length=16)
    arc: Annotated[str, Field(min_length=1, json_schema_extra={"enum": list(ARCS)})] | None = None
    title: Annotated[str, StringConstraints(max_length=120)] | None = None
    formats: list[Literal["flac", "wav", "stems"]] | None = Field(None, description="beside the MP3", max_length=3)

    @field_validator("title", "key", "style")
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        return _refuse_unprintable(value)


class Order(Wishes):
    prompt: str = Field(min_length=1)
    seed: Annotated[StrictInt, Field(ge=0, le=queue.MAX_SEED)] | None = None
    generator: Name | None = None

    @field_validator("prompt")
    @classmethod
    def _prompt(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("Describe the music in a few words.")
        if len(value) > settings.MAX_PROMPT:
            raise ValueError(f"At most {settings.MAX_PROMPT} characters, please.")
        return value

    @field_validator("prompt", "generator")
    @classmethod
    def _printable_too(cls, value: str | None) -> str | None:
        return _refuse_unprintable(value)


class Variation(Wishes):
    change: Literal["seed", "melody", "settings", "length"] = Field(
        description="another piece, another tune, the same piece with these settings, or a longer one"
    )


class Export(Wire):
    format: Literal["flac", "wav", "stems"] = Field(description="stems: a zip with a FLAC file for each part")


def _refuse_unprintable(value: str | None) -> str | None:
    if value is not None and unprintable(value):
        raise ValueError("Control characters and broken Unicode are not allowed.")
    return value


# -- The calls --------------------------------------------------------------------------------------------------------


class SessionLogin(APIKeyCookie):
    """The site's session; unsafe calls need the CSRF token too, and a body must be JSON, which no form can send."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Any:
        if not request.user.is_authenticated:
            return None
        if request.META.get("CONTENT_LENGTH", "0") not in ("", "0") and request.content_type != "application/json":
            raise HttpError(415, "")  # before anything, such as the search for a token, reads the body as a form
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return request.user


api = Contract(
    title="Musicsite",
    version="1.0",
    description="Order music in words, follow the job, fetch the track.",
    docs_url=None,
    auth=SessionLogin(),
    urls_namespace="api",
)

SIGNED_OUT = {401: Problem, 429: Problem, 503: Problem}  # every call may be one too many, or come at a bad moment
OWN = {**SIGNED_OUT, 404: Problem}
UNSAFE = {403: Problem}


@api.post(
    "music",
    response={202: Status, **SIGNED_OUT, **UNSAFE, 400: Problem, 413: Problem, 415: Problem, 422: Problem},
    summary="Order a piece of music",
)
def create(
    request: HttpRequest,
    order: Body[Order],
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None,
) -> HttpResponse:
    """Accepted means durable. The same Idempotency-Key gives the same job again."""
    options = order.model_dump(exclude_none=True, exclude={"prompt"})
    return _submitted(request, lambda: queue.submit(request.user, order.prompt, options, key=idempotency_key or None))


@api.post(
    "music/{uuid:job_id}/vary",
    response={202: Status, **OWN, **UNSAFE, 400: Problem, 413: Problem, 415: Problem, 422: Problem},
    summary="Order a variation of a piece",
)
def vary(
    request: HttpRequest,
    job_id: UUID,
    variation: Body[Variation],
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)] = None,
) -> HttpResponse:
    options = variation.model_dump(exclude_none=True, exclude={"change"})
    job = _own_track(request, job_id)
    return _submitted(request, lambda: variations.vary(job, variation.change, options, key=idempotency_key or None))


@api.post(
    "music/{uuid:job_id}/export",
    response={202: Status, **OWN, **UNSAFE, 400: Problem, 409: Problem, 413: Problem, 415: Problem, 422: Problem},
    summary="Order a finished track in another format",
)
def export(request: HttpRequest, job_id: UUID, wanted: Body[Export]) -> HttpResponse:
    """A job whose resultUrl is the file. The same format again is the same job, tried again if it failed."""
    job = _own_track(request, job_id)
    return _submitted(request, lambda: exports.order(job, wanted.format))


def _submitted(request: HttpRequest, submit: Callable[[], Job]) -> HttpResponse:
    try:
        job = submit()
    except KeyReused:
        return problem(422, "idempotency_key_reused", "This Idempotency-Key came with other parameters before.")
    except ValueError as error:
        return _invalid([_blame(str(error))])
    response = status_answer(request, job, 202)
    response["Location"] = f"/api/music/{job.pk}/status"
    return response


@api.get(
    "music/active",
    response={200: Active, 304: None, 400: Problem, 422: Problem, **SIGNED_OUT},
    summary="What the indicator shows",
)
def active(request: HttpRequest, since: Annotated[str | None, Query(max_length=64)] = None) -> HttpResponse:
    """All my unfinished jobs, and those that ended since the cursor of the last answer."""
    try:
        body = active_json(request.user, since)
    except (ValueError, OverflowError):
        return problem(400, "bad_cursor", "since: this is no cursor of an earlier answer.")
    return active_answer(request, body)


@api.get(
    "music", response={200: Page, 304: None, 400: Problem, 422: Problem, **SIGNED_OUT}, summary="My jobs, newest first"
)
def mine(
    request: HttpRequest,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 20,
) -> HttpResponse:
    jobs = Job.objects.owned_by(request.user).tracks().order_by("-created_at", "-id")
    if cursor:
        try:
            time, pk = _read_cursor(cursor)
        except (ValueError, OverflowError, binascii.Error):
            return problem(400, "bad_cursor", "cursor: this is no cursor of an earlier answer.")
        jobs = jobs.filter(created_at__lte=time).exclude(Q(created_at=time, id__gte=pk))
    page = list(jobs[: limit + 1])
    more = page[limit - 1] if len(page) > limit else None
    return answer(
        request,
        {
            "items": [status_json(job) for job in page[:limit]],
            "nextCursor": _write_cursor(more) if more else None,
        },
    )


@api.get("music/{uuid:job_id}/status", response={200: Status, 304: None, **OWN}, summary="How far a job is")
def status(request: HttpRequest, job_id: UUID) -> HttpResponse:
    return status_answer(request, _own(request, job_id))


@api.post("music/{uuid:job_id}/cancel", response={200: Status, **OWN, **UNSAFE, 409: Problem}, summary="Stop a job")
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = _own(request, job_id)
    queue.cancel(job)
    return status_answer(request, job)


@api.post(
    "music/{uuid:job_id}/retry", response={202: Status, **OWN, **UNSAFE, 409: Problem}, summary="Try a failed job again"
)
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = _own(request, job_id)
    queue.retry(job)
    return status_answer(request, job, 202)


@api.delete("music/{uuid:job_id}", response={204: None, **OWN, **UNSAFE, 409: Problem}, summary="Delete an ended job")
def delete(request: HttpRequest, job_id: UUID) -> HttpResponse:
    queue.delete(_own(request, job_id))
    return HttpResponse(status=204)


def _own(request: HttpRequest, job_id: UUID) -> Job:
    return get_object_or_404(Job.objects.owned_by(request.user), pk=job_id)


def _own_track(request: HttpRequest, job_id: UUID) -> Job:
    return get_object_or_404(Job.objects.owned_by(request.user).tracks(), pk=job_id)


def _write_cursor(job: Job) -> str:
    return base64.urlsafe_b64encode(f"{job.created_at.isoformat()} {job.pk.hex}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    time, _, pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
    return parse_time(time), UUID(pk)


# -- Errors -----------------------------------------------------------------------------------------------------------


def _invalid(errors: list[Mapping[str, str]]) -> HttpResponse:
    detail = " ".join(f"{error['field']}: {error['message']}" for error in errors)
    return problem(422, "invalid", detail, errors)


def _blame(text: str) -> dict[str, str]:
    """ "tempo: too fast" → the field and the message."""
    field, colon, message = text.partition(": ")
    return {"field": field, "message": message} if colon else {"field": "", "message": text}


@api.exception_handler(ValidationError)
def _on_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _invalid(
        [
            {
                "field": ".".join(map(str, one["loc"][2 if one["loc"][0] == "body" else 1 :])) or "body",
                "message": one["msg"].removeprefix("Value error, "),
            }
            for one in error.errors
        ],
    )


@api.exception_handler(AuthenticationError)
def _on_signed_out(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = of_status(401)
    response["WWW-Authenticate"] = f'Session realm="Musicsite", location="{reverse(settings.LOGIN_URL)}"'
    return response


@api.exception_handler(HttpError)
def _on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return of_status(error.status_code)


@api.exception_handler(Http404)
def _on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return of_status(404)


@api.exception_handler(IllegalTransition)
def _on_illegal(request: HttpRequest, error: IllegalTransition) -> HttpResponse:
    return problem(409, "illegal_transition", str(error))


@api.exception_handler(LimitReached)
def _on_limit(request: HttpRequest, error: LimitReached) -> HttpResponse:
    return refuse(request, error)


@api.exception_handler(RequestDataTooBig)
def _on_too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return of_status(413)


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def _on_away(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("no answer to %s %s, the database is away: %s", request.method, request.path, error)
    return of_status(503)


@api.exception_handler(Exception)
def _on_bug(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("unexpected error in %s %s", request.method, request.path, exc_info=error)
    return of_status(500)
