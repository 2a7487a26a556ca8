"""An order by the API, for ``jobs.api.fast.door``: accepted here, refused by the view of the API."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache, lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError, connection
from django.utils import translation
from ninja.utils import check_csrf

from jobs.api.conditional import Answer, job_compared
from jobs.api.fast.batcher import Batcher
from jobs.api.fast.logins import Login
from jobs.api.keys import LONGEST_KEY
from jobs.api.problems import of_status
from jobs.api.schemas import Order
from jobs.models import Job
from jobs.models.sql import PreparedQuery
from jobs.models.text import unprintable
from jobs.models.token import CREATE
from jobs.progress.status import job_json, place
from jobs.queue import orders as queue
from jobs.queue import rates
from jobs.telemetry import request_ids

logger = logging.getLogger(__name__)

LONGEST = 16 * 1024  # bytes of an order that is read here
LONGEST_CSRF = 4096  # characters of headers that are remembered

# All that makes out a forged request: the token in a cookie and a header, and which site the browser and we are.
_CSRF = (
    "HTTP_COOKIE", settings.CSRF_HEADER_NAME, "HTTP_ORIGIN", "HTTP_REFERER", "HTTP_HOST", "wsgi.url_scheme",
    *((settings.SECURE_PROXY_SSL_HEADER or ())[:1]), "SERVER_NAME", "SERVER_PORT",
)  # fmt: skip


class OrderRequest(NamedTuple):
    """An order as it came: its environment, the log-in and its key, the body, the values of _CSRF, and the rest."""

    environ: dict[str, Any]
    login: Login
    login_key: str
    body: bytes
    csrf_values: tuple[str | None, ...]
    key: str | None
    language: str
    request_id: str


def create(environ: dict[str, Any], login: Login, login_key: str) -> Answer | None:
    """Answer an order by ``login`` with ``login_key``; None where the long way has to answer.

    On SQLite, which has one writer at a time, orders of a process go each step together.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    idempotency_key = environ.get("HTTP_IDEMPOTENCY_KEY") or None
    if (
        environ.get("CONTENT_TYPE") != "application/json"
        or not (length.isdecimal() and int(length) <= LONGEST)
        or len(idempotency_key or "") > LONGEST_KEY
        or unprintable(idempotency_key or "")
    ):
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)  # for the long way
    csrf_values = tuple(environ.get(name) for name in _CSRF)
    if len("".join(filter(None, csrf_values))) > LONGEST_CSRF:
        return None
    language, request_id = translation.get_language(), environ[request_ids.ENVIRON]
    request = OrderRequest(environ, login, login_key, body, csrf_values, idempotency_key, language, request_id)
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        return _batched(request)
    return _answers([request])[0]


def _answers(requests: Sequence[OrderRequest]) -> list[Answer | None]:
    """None for what the long way may refuse."""
    owners = [_who_may(request) for request in requests]
    orders = [owner and _order(request, owner) for request, owner in zip(requests, owners, strict=True)]
    valid = [(request, order) for request, order in zip(requests, orders, strict=True) if order]
    answers = iter(_submitted(valid))
    return [next(answers) if order else None for order in orders]


_batched = Batcher(_answers)


def _order(request: OrderRequest, owner: int) -> queue.Order | None:
    if request.login.sends_itself and not _passes_csrf(*request.csrf_values):
        return None
    try:
        body = Order.model_validate_json(request.body)
    except ValueError:
        return None
    if body.melody or body.webhook or body.webhookEvents:  # reading a melody takes its time, and others would wait
        return None
    return queue.Order(owner, body.prompt, body.options(), request.key, about={"request_id": request.request_id})


def _submitted(orders: Sequence[tuple[OrderRequest, queue.Order]]) -> list[Answer | None]:
    try:
        jobs = queue.submit_all([order for _, order in orders])
        places = [None if isinstance(job, Exception) else place(job) for job in jobs]
    except (OperationalError, InterfaceError) as error:
        # Any may have been accepted, so the long way must not order it once more.
        logger.warning("no answer to an order, the database is away: %s", error)
        response = of_status(503)
        return [Answer(503, dict(response.headers), response.content) for _ in orders]
    return [
        None if isinstance(job, Exception) else _accepted(job, place, request.language)
        for job, place, (request, _) in zip(jobs, places, orders, strict=True)
    ]


def _accepted(job: Job, place: int | None, language: str) -> Answer:
    with nullcontext() if language == translation.get_language() else translation.override(language):
        answer = job_compared(job, job_json(job, place), None, 202)
    answer.headers["Location"] = f"/api/music/{job.pk}/status"
    return answer


@lru_cache(maxsize=1000)
def _passes_csrf(*values: str | None) -> bool:
    """Whether Django takes it for what somebody's own page sends: of a request without a form it looks at these."""
    environ = {name: value for name, value in zip(_CSRF, values, strict=True) if value is not None}
    return not check_csrf(
        WSGIRequest({**environ, "REQUEST_METHOD": "POST", "PATH_INFO": "/api/music", "wsgi.input": BytesIO()})
    )


def _who_may(request: OrderRequest) -> int | None:
    """Who orders: somebody who is logged in, and not once too often; None, too, where a token has a webhook."""
    for *values, webhook_url in _users(request.login).rows(key=request.login_key):
        if webhook_url:  # the long way has it told
            return None
        owner = request.login.owner(values, CREATE)
        if owner is not None and rates.admits_request(request.environ, str(owner)):
            return owner
    return None


@cache
def _users(login: Login) -> PreparedQuery:
    return PreparedQuery(login.users().values_list(*login.columns, login.webhook_url))
