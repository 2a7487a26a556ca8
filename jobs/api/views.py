"""The JSON contract. Everything is the asking person's own; every error is a problem document (RFC 9457)."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Body, Query
from ninja.errors import AuthenticationError, HttpError, ValidationError

from jobs.api.conditional import active_answer, answer, status_answer
from jobs.api.keys import IdempotencyKey
from jobs.api.openapi import Contract
from jobs.api.problems import of_limit, of_status, problem
from jobs.api.schemas import Active, Export, Order, Page, Problem, Status, Variation
from jobs.api.subscribing import told
from jobs.api.tokens import ScopeMissing, signed_out, too_narrow, whoever_may
from jobs.models import Job, Token
from jobs.models.errors import Gone, IllegalTransition, KeyReused, LimitReached, Unmakeable, message_for
from jobs.models.text import unprintable
from jobs.models.token import CREATE
from jobs.progress.snapshot import MAX_PAGE
from jobs.progress.status import active_json, parse_time, status_json
from jobs.queue import exports, orders, transitions, variations, webhooks
from jobs.queue.revisions import Outdated

logger = logging.getLogger(__name__)


# -- The calls --------------------------------------------------------------------------------------------------------


api = Contract(
    title="Musicsite",
    version="1.0",
    description="Order music in words, follow the job, fetch the track.",
    docs_url=None,
    auth=whoever_may(),
    urls_namespace="api",
)

SIGNED_OUT = {
    401: Problem,
    403: Problem,
    429: Problem,
    503: Problem,
}  # every call may be one too many, or come at a bad moment
OWN = {**SIGNED_OUT, 404: Problem}
UNSAFE = {403: Problem}

UNPRINTABLE = "Control characters and broken Unicode are not allowed."
MAX_WAIT = 50  # seconds that the web server waits for an end (musicsite.waiting)
WAIT = "seconds that the answer may take, if the job has not ended before"
PREFERS = {
    "parameters": [
        {"in": "header", "name": "Prefer", "schema": {"type": "string"}, "description": f"wait=N: {WAIT} (RFC 7240)"}
    ]
}


@api.post(
    "music",
    auth=whoever_may(CREATE),
    response={
        200: Status,
        202: Status,
        **SIGNED_OUT,
        **UNSAFE,
        400: Problem,
        413: Problem,
        415: Problem,
        422: Problem,
    },  # fmt: skip
    summary="Order a piece of music",
    openapi_extra=PREFERS,
)
def create(
    request: HttpRequest,
    order: Body[Order],
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Accepted means durable. The same Idempotency-Key gives the same job again.

    With ``Prefer: wait=30`` the answer comes when the job has ended (200), or after so many seconds (202).
    """
    return submitted(request, lambda: ordered(request, order, idempotency_key or None))


def ordered(request: HttpRequest, order: Order, key: str | None, variation_of: Job | None = None) -> Job:
    """The job that the calling person orders, with the webhook that it names; raises what ``orders.submit`` does."""
    if order.webhook is None and order.webhookEvents:
        raise ValueError("webhookEvents: Name the webhook, too, that is to be told of them.")
    if order.webhook is None:
        return orders.submit(request.user, order.prompt, order.options(), key=key, variation_of=variation_of)
    token: Token | None = getattr(request, "token", None)
    if token is None:
        raise ValueError("webhook: It is signed with the secret of a token: order with one.")
    options, events = order.options(), order.webhookEvents or ()
    asked_for = [order.prompt, options, order.webhook, sorted(events)]  # with the same key all of it is the same
    original = variation_of.pk if variation_of else None
    with transaction.atomic():
        job = orders.submit_one(
            orders.Order(token.owner_id, order.prompt, options, key, original, request=asked_for if key else None)
        )
        webhooks.subscribe(job, token, order.webhook, events)
    return job


@api.post(
    "music/{uuid:job_id}/vary",
    auth=whoever_may(CREATE),
    response={200: Status, 202: Status, **OWN, **UNSAFE, 400: Problem, 413: Problem, 415: Problem, 422: Problem},
    summary="Order a variation of a piece",
    openapi_extra=PREFERS,
)
def vary(
    request: HttpRequest,
    job_id: UUID,
    variation: Body[Variation],
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    options = variation.model_dump(exclude_none=True, exclude={"change"})
    job = own_track(request, job_id)
    return submitted(request, lambda: variations.vary(job, variation.change, options, key=idempotency_key or None))


@api.post(
    "music/{uuid:job_id}/export",
    auth=whoever_may(CREATE),
    response={
        200: Status,
        202: Status,
        **OWN,
        **UNSAFE,
        400: Problem,
        409: Problem,
        413: Problem,
        415: Problem,
        422: Problem,
    },
    summary="Order a finished track in another format",
    openapi_extra=PREFERS,
)
def export(request: HttpRequest, job_id: UUID, wanted: Body[Export]) -> HttpResponse:
    """A job whose resultUrl is the file. The same format again is the same job, tried again if it failed.

    409 ``no_score``: the track was made by an earlier version, and no other format of it can be made.
    """
    job = own_track(request, job_id)
    return submitted(request, lambda: exports.order(job, wanted.name))


def submitted(request: HttpRequest, submit: Callable[[], Job]) -> HttpResponse:
    """202 with the job that ``submit`` returns, or the problem that it raises."""
    if unprintable(request.headers.get("Idempotency-Key", "")):
        return invalid([{"field": "Idempotency-Key", "message": UNPRINTABLE}])
    try:
        job = told(request, submit)
    except (KeyReused, ValueError) as error:
        return refusal_of(error)
    response = status_answer(request, job, 202)
    response["Location"] = f"/api/music/{job.pk}/status"
    return response


def refusal_of(error: Exception) -> HttpResponse:
    """The problem document of what refuses an order; raises ``error`` itself where it is none of these."""
    if isinstance(error, KeyReused):
        return problem(422, "idempotency_key_reused", "This Idempotency-Key came with other parameters before.")
    if isinstance(error, LimitReached):
        return of_limit(error)
    if isinstance(error, ValueError):
        return invalid([blame(str(error))])
    raise error


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
    state: Annotated[Literal["pending", "processing", "done", "error"] | None, Query()] = None,
    q: Annotated[str | None, Query(max_length=200, description="words of title, prompt or lyrics")] = None,
    style: Annotated[str | None, Query(max_length=40)] = None,
    favourite: Annotated[bool | None, Query()] = None,
) -> HttpResponse:
    if unprintable(f"{q or ''}{style or ''}"):
        return invalid([{"field": "q", "message": UNPRINTABLE}])
    wanted = {"state": state, "style": style, "favourite": favourite}
    chosen = {name: value for name, value in wanted.items() if value is not None}
    jobs = Job.objects.owned_by(request.user).tracks().filter(**chosen).saying(q or "").order_by("-created_at", "-id")
    if cursor:
        try:
            time, pk = _read_cursor(cursor)
        except (ValueError, OverflowError, binascii.Error):
            return problem(400, "bad_cursor", "cursor: this is no cursor of an earlier answer.")
        jobs = jobs.filter(created_at__lte=time).exclude(Q(created_at=time, id__gte=pk))
    page = list(jobs[: limit + 1])
    last = page[limit - 1] if len(page) > limit else None
    return answer(
        request,
        {
            "items": [status_json(job) for job in page[:limit]],
            "nextCursor": _write_cursor(last) if last else None,
        },
    )


@api.get(
    "music/{uuid:job_id}/status", response={200: Status, 304: None, 422: Problem, **OWN}, summary="How far a job is"
)
def status(
    request: HttpRequest, job_id: UUID, wait: Annotated[int, Query(ge=0, le=MAX_WAIT, description=WAIT)] = 0
) -> HttpResponse:
    """The web server answers when the job has ended or ``wait`` seconds are over, whichever is first."""
    return status_answer(request, own(request, job_id))


@api.post("music/{uuid:job_id}/cancel", response={200: Status, **OWN, **UNSAFE, 409: Problem}, summary="Stop a job")
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = own(request, job_id)
    transitions.cancel(job)
    return status_answer(request, job)


@api.post(
    "music/{uuid:job_id}/retry", response={202: Status, **OWN, **UNSAFE, 409: Problem}, summary="Try a failed job again"
)
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = own(request, job_id)
    transitions.retry(job)
    return status_answer(request, job, 202)


@api.delete("music/{uuid:job_id}", response={204: None, **OWN, **UNSAFE, 409: Problem}, summary="Delete an ended job")
def delete(request: HttpRequest, job_id: UUID) -> HttpResponse:
    transitions.delete(own(request, job_id))
    return HttpResponse(status=204)


def own(request: HttpRequest, job_id: UUID) -> Job:
    """The calling person's job of that id; raise Http404."""
    return get_object_or_404(Job.objects.owned_by(request.user), pk=job_id)


def own_track(request: HttpRequest, job_id: UUID) -> Job:
    """As ``own``, for a track: raise Http404 for an export, too."""
    return get_object_or_404(Job.objects.owned_by(request.user).tracks(), pk=job_id)


def _write_cursor(job: Job) -> str:
    return base64.urlsafe_b64encode(f"{job.created_at.isoformat()} {job.pk.hex}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    time, _, pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
    return parse_time(time), UUID(pk)


# -- Errors -----------------------------------------------------------------------------------------------------------


def invalid(errors: Sequence[Mapping[str, str]]) -> HttpResponse:
    """422 with what is wrong of each field."""
    detail = " ".join(f"{error['field']}: {error['message']}" for error in errors)
    return problem(422, "invalid", detail, errors)


def blame(text: str) -> dict[str, str]:
    """ "tempo: too fast" → the field and the message."""
    field, colon, message = text.partition(": ")
    return {"field": field, "message": message} if colon else {"field": "", "message": text}


def wrong_fields(errors: Sequence[Any], skipped: int) -> list[Mapping[str, str]]:
    """What pydantic finds wrong, by the names of fields; ``skipped``: how much of a place only says where it came.

    Of what may be several kinds of number, all of which it is not, one is said.
    """
    messages: dict[str, str] = {}
    for error in errors:
        place = [str(part) for part in error["loc"][skipped:] if part not in ("int", "float")]
        messages[".".join(place) or "body"] = error["msg"].removeprefix("Value error, ")
    return [{"field": field, "message": message} for field, message in messages.items()]


@api.exception_handler(ValidationError)
def _on_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    before = 2 if error.errors and error.errors[0]["loc"][0] == "body" else 1
    return invalid(wrong_fields(error.errors, before))


@api.exception_handler(AuthenticationError)
def _on_signed_out(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return signed_out(request)


@api.exception_handler(ScopeMissing)
def _on_too_narrow(request: HttpRequest, error: ScopeMissing) -> HttpResponse:
    return too_narrow(error.scope)


@api.exception_handler(HttpError)
def _on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return of_status(error.status_code)


@api.exception_handler(Http404)
def _on_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return of_status(404)


@api.exception_handler(IllegalTransition)
def _on_illegal(request: HttpRequest, error: IllegalTransition) -> HttpResponse:
    return problem(409, "illegal_transition", str(error))


@api.exception_handler(Unmakeable)
def _on_unmakeable(request: HttpRequest, error: Unmakeable) -> HttpResponse:
    return problem(409, error.code, message_for(error.code))


@api.exception_handler(Outdated)
def _on_outdated(request: HttpRequest, error: Outdated) -> HttpResponse:
    return of_status(412)


@api.exception_handler(Gone)
def _on_gone(request: HttpRequest, error: Gone) -> HttpResponse:
    return of_status(404)


@api.exception_handler(LimitReached)
def _on_limit(request: HttpRequest, error: LimitReached) -> HttpResponse:
    return of_limit(error)


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
