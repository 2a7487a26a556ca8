"""The two calls that clients make over and over, answered before Django has a request of them.

A poll that goes well, 200 or 304 to somebody who is logged in, costs one statement, in which the session, its user and
the job are joined: whoever is logged out or deactivated is so at the next poll. Whatever else it may turn out to be, it
goes the long way as if this were not here, and the view of the API says what is wrong.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import Error, connection
from django.db.models import CharField, QuerySet, Subquery, UUIDField
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.cookie import parse_cookie
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls.converters import UUIDConverter
from django.utils import translation
from django.utils.crypto import constant_time_compare

from jobs import throttle
from jobs.answers import Answer, active_compared, job_compared
from jobs.models import Job
from jobs.seen import Seen, seen, seen_unfinished
from jobs.sessions import Session, SessionStore
from jobs.sql import Prepared, Slot
from jobs.status import active_body, job_json
from musicsite import observe
from musicsite.headers import security_headers

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

PREFIX = "/api/music/"
ACTIVE = "/api/music/active"
STATUS = re.compile(rf"/api/music/({UUIDConverter.regex})/status")
LONGEST_CURSOR = 64  # as in jobs.api
LONGEST = 500  # characters of a header that is remembered
LINES = {200: "200 OK", 304: "304 Not Modified"}

_sessions = Session.objects.filter(session_key=Slot("key", CharField()), expire_date__gt=Now())  # at most one
_owner = Subquery(_sessions.values("user_id")[:1])  # Django 6 wants that said
_session = Subquery(_sessions.values("session_data"))


def polls(site: Application) -> Application:
    """A WSGI application around the site's."""

    def application(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].startswith(PREFIX):
            began = time.perf_counter()
            try:
                found = _answer(environ)
            except (Error, ValueError, OverflowError):  # the latter two: a cursor that is none
                found = None
            if found:
                view, answer = found
                observe.count(view, "GET", answer.status, began)
                start_response(LINES[answer.status], list(answer.headers.items()))
                return [answer.content]
        return site(environ, start_response)

    return application


def _answer(environ: Environ) -> tuple[str, Answer] | None:
    """The name of the view, and its answer with all headers."""
    path = environ["PATH_INFO"]
    match = None if path == ACTIVE else STATUS.fullmatch(path)
    cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
    key = cookies.get(settings.SESSION_COOKIE_NAME)
    languages = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    common = _common_headers(environ)
    if not key or not common or len(languages) > LONGEST or (path != ACTIVE and not match):
        return None
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()  # as Django does when a request begins
    language = _language(cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), languages)
    translation.activate(language)  # for this thread until its next request, as LocaleMiddleware does
    known = environ.get("HTTP_IF_NONE_MATCH")
    if match:
        view, answer = "api:status", _status(key, UUID(match[1]), known)
    else:
        view, answer = "api:active", _active(key, QueryDict(environ.get("QUERY_STRING", "")).get("since"), known)
    if not answer:
        return None
    request_id = observe.request_id(environ.get("HTTP_X_REQUEST_ID"))
    headers = {**common, **answer.headers, "Content-Language": language, observe.HEADER: request_id}
    return view, answer._replace(headers=headers)


def _active(key: str, since: str | None, known: str | None) -> Answer | None:
    rows = _unfinished().rows(key=key)
    if not rows or len(since or "") > LONGEST_CURSOR or not (owner := _who_may(rows[0])):
        return None
    return active_compared(active_body(owner, [row[3:] for row in rows], since), known)


def _status(key: str, pk: UUID, known: str | None) -> Answer | None:
    rows = _one().rows(key=key, id=pk)
    if not rows or not _who_may(rows[0]):
        return None
    job = Seen._make(rows[0][3:])
    return job_compared(job, job_json(job, job.position), known)


@cache
def _one() -> Prepared:
    jobs = Job.objects.owned_by(_owner).filter(pk=Slot("id", UUIDField()), owner__is_active=True)
    return Prepared(seen(jobs.annotate(session=_session), "session", "owner_id", "owner__password"))


@cache
def _unfinished() -> Prepared:
    users: QuerySet[User] = User.objects.filter(pk=_owner, is_active=True)
    return Prepared(seen_unfinished(users.annotate(session=_session), "session", "pk", "password"))


def _who_may(row: Sequence[Any]) -> int | None:
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


def _common_headers(environ: Environ) -> dict[str, str] | None:
    proxy = settings.SECURE_PROXY_SSL_HEADER
    host, forwarded = environ.get("HTTP_HOST", ""), environ.get(proxy[0], "") if proxy else ""
    return _headers_under(host, environ["wsgi.url_scheme"], forwarded) if len(host) + len(forwarded) < LONGEST else None


@lru_cache(maxsize=100)
def _headers_under(host: str, scheme: str, forwarded: str) -> dict[str, str] | None:
    """What middleware puts on every answer under this name; None where it refuses or redirects."""
    environ = {"REQUEST_METHOD": "GET", "HTTP_HOST": host, "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()}
    if proxy := settings.SECURE_PROXY_SSL_HEADER:
        environ[proxy[0]] = forwarded
    request = WSGIRequest(environ)
    try:
        request.get_host()
    except DisallowedHost:
        return None
    middleware: Any = SecurityMiddleware(XFrameOptionsMiddleware(lambda _: HttpResponse()))
    response = security_headers(middleware)(request)
    del response.headers["Content-Type"]
    return dict(response.headers) if response.status_code == 200 else None


@lru_cache(maxsize=1000)
def _language(cookie: str, accepted: str) -> str:
    """As LocaleMiddleware chooses it."""
    request = HttpRequest()
    request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: cookie}
    request.META = {"HTTP_ACCEPT_LANGUAGE": accepted}
    return translation.get_language_from_request(request)
