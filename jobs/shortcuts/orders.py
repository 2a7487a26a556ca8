"""An order by the API, for ``jobs.shortcuts``: accepted here, refused by the view of the API."""

from __future__ import annotations

import logging
from functools import cache
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError
from ninja.utils import check_csrf

from jobs import queue, throttle
from jobs.answers import Answer, job_compared
from jobs.errors import KeyReused, LimitReached
from jobs.problems import of_status
from jobs.shortcuts import logins
from jobs.sql import Prepared
from jobs.status import status_json
from jobs.wire import Order
from musicsite import logs, observe

logger = logging.getLogger(__name__)

LONGEST = 16 * 1024  # bytes of an order that is read here
LONGEST_KEY = 255  # as in jobs.api


def create(environ: dict[str, Any], key: str) -> Answer | None:
    """ValueError for an order that is wrong in itself."""
    length = environ.get("CONTENT_LENGTH") or ""
    idempotency_key = environ.get("HTTP_IDEMPOTENCY_KEY") or None
    if (
        environ.get("CONTENT_TYPE") != "application/json"
        or not (length.isdecimal() and int(length) <= LONGEST)
        or len(idempotency_key or "") > LONGEST_KEY
    ):
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)  # for the long way
    request = WSGIRequest(environ)
    owner = _who_may(key)
    if not owner or check_csrf(request):
        return None
    order = Order.model_validate_json(body)
    request.id = environ[observe.ENVIRON]  # type: ignore[attr-defined]
    with logs.about(request, user_id=owner):
        return _submitted(owner, order, idempotency_key)


def _submitted(owner: int, order: Order, key: str | None) -> Answer | None:
    options = order.model_dump(exclude_none=True, exclude={"prompt"})
    try:
        job = queue.submit(owner, order.prompt, options, key=key)
        answer = job_compared(job, status_json(job), None, 202)
    except (KeyReused, LimitReached):
        return None
    except (OperationalError, InterfaceError) as error:
        # It may have been accepted, so the long way must not order it once more.
        logger.warning("no answer to an order, the database is away: %s", error)
        response = of_status(503)
        return Answer(503, dict(response.headers), response.content)
    answer.headers["Location"] = f"/api/music/{job.pk}/status"
    return answer


def _who_may(key: str) -> int | None:
    """Who orders: somebody who is logged in, and not once too often."""
    for session, pk, password in _users().rows(key=key):
        if logins.is_login(session, pk, password) and throttle.admits(str(pk)):
            return int(pk)
    return None


@cache
def _users() -> Prepared:
    return Prepared(logins.users().values_list(*logins.COLUMNS))
