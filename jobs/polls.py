"""The two calls that clients make over and over, answered before sessions, CSRF, routing and the rest have their turn.

A poll that goes well, 200 or 304 to somebody who is logged in, costs one statement, in which the session, its user and
the job are joined: whoever is logged out or deactivated is so at the next poll. Whatever else it may turn out to be, it
goes the long way as if this were not here, and the view of the API says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.db.models import CharField, QuerySet, Subquery, UUIDField
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponseBase
from django.urls.converters import UUIDConverter
from django.utils import translation
from django.utils.crypto import constant_time_compare

from jobs import throttle
from jobs.answers import active_answer, job_answer
from jobs.models import Job
from jobs.seen import Seen, seen, seen_unfinished
from jobs.sessions import Session, SessionStore
from jobs.sql import Prepared, Slot
from jobs.status import active_body, job_json

ACTIVE = "/api/music/active"
STATUS = re.compile(rf"/api/music/({UUIDConverter.regex})/status")
LONGEST_CURSOR = 64  # as in jobs.api

_sessions = Session.objects.filter(session_key=Slot("key", CharField()), expire_date__gt=Now())  # at most one
_owner = Subquery(_sessions.values("user_id"))
_session = Subquery(_sessions.values("session_data"))


def polls(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: behind those that see to headers, before those that ask the database."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and request.path_info.startswith("/api/music/"):
            try:
                if response := _answer(request):
                    return response
            except (DatabaseError, ValueError, OverflowError):  # the latter two: a cursor that is none
                pass
        return get_response(request)

    return middleware


def _answer(request: HttpRequest) -> HttpResponseBase | None:
    request.get_host()  # raises DisallowedHost
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not key:
        return None
    language = translation.get_language_from_request(request)
    translation.activate(language)  # for this thread until its next request, as LocaleMiddleware does
    if request.path_info == ACTIVE:
        name, response = "api:active", _active(request, key)
    elif match := STATUS.fullmatch(request.path_info):
        name, response = "api:status", _status(request, key, UUID(match[1]))
    else:
        return None
    if response:
        response.headers["Content-Language"] = language
        request.view_name = name  # type: ignore[attr-defined]  # for whoever counts requests
    return response


def _active(request: HttpRequest, key: str) -> HttpResponseBase | None:
    since = request.GET.get("since")
    rows = _unfinished().rows(key=key)
    if not rows or len(since or "") > LONGEST_CURSOR or not (owner := _who_may(rows[0])):
        return None
    return active_answer(request, active_body(owner, [row[3:] for row in rows], since))


def _status(request: HttpRequest, key: str, pk: UUID) -> HttpResponseBase | None:
    rows = _one().rows(key=key, id=pk)
    if not rows or not _who_may(rows[0]):
        return None
    job = Seen._make(rows[0][3:])
    return job_answer(request, job, job_json(job, job.position))


@cache
def _one() -> Prepared:
    jobs = Job.objects.owned_by(_owner).filter(pk=Slot("id", UUIDField()), owner__is_active=True)
    return Prepared(seen(jobs.annotate(session=_session), "session", "owner_id", "owner__password"))


@cache
def _unfinished() -> Prepared:
    users: QuerySet[User] = User.objects.filter(pk=_owner, is_active=True)
    return Prepared(seen_unfinished(users.annotate(session=_session), "session", "pk", "password"))


def _who_may(row: list[Any]) -> int | None:
    """Whose poll it is, if it is a log-in of that user with their present password and not one too many."""
    session, user_id, password = row[:3]
    return user_id if _is_login(session, user_id, password) and throttle.admits(str(user_id)) else None


@lru_cache(maxsize=10_000)
def _is_login(session: str, user_id: int, password: str) -> bool:
    """What ``django.contrib.auth.get_user`` makes sure of; it follows from these values alone."""
    data = SessionStore().decode(session)
    present = User(pk=user_id, password=password).get_session_auth_hash()
    return (
        data.get(SESSION_KEY) == str(user_id)
        and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), present)
    )
