"""The calls that clients make over and over, answered before Django has a request of them.

What goes well for somebody who is logged in is answered here: a poll (``polls``) and an order (``orders``). Whatever
else it may turn out to be goes the long way as if this were not here, and the view of the API says what is wrong.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from http import HTTPStatus
from io import BytesIO
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.cookie import parse_cookie
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls.converters import UUIDConverter
from django.utils import translation

from jobs.api.conditional import Answer
from jobs.api.fast import orders, polls
from jobs.api.fast.logins import Login, login_of
from jobs.queue.again import AGAIN
from jobs.telemetry import request_ids, request_metrics

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Middleware = Callable[[Callable[[HttpRequest], HttpResponseBase]], Callable[[HttpRequest], HttpResponseBase]]
View = Callable[[Environ, Login, str], Answer | None]  # of the environment, a kind of log-in and its key

ORDER = "/api/music"
PREFIX = "/api/music/"
ACTIVE = "/api/music/active"
EVENTS = "/api/music/events"
OF_JOB = re.compile(rf"/api/music/({UUIDConverter.regex})/(status|events)")
LONGEST = 500  # characters of a header that is remembered


class Door:
    """A WSGI application around the site's: answers here what it can, and lets everything else through."""

    def __init__(self, site: Application, headers: Middleware) -> None:
        """``headers``: the middleware that puts the site's own headers on every answer."""
        self._site = site
        self._headers_under = lru_cache(maxsize=100)(partial(_headers_under, headers))

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if view := _view(environ["REQUEST_METHOD"], environ["PATH_INFO"]):
            began = time.perf_counter()
            name, answer_of = view
            try:
                answer = self._answer(environ, answer_of)
            except (Error, ValueError, OverflowError):  # the latter two: a cursor that is none, an order that is wrong
                answer = None
            if answer:
                if AGAIN not in environ:
                    request_metrics.count(name, environ["REQUEST_METHOD"], answer.status, began)
                status = HTTPStatus(answer.status)
                start_response(f"{status.value} {status.phrase}", list(answer.headers.items()))
                return [answer.content]
        return self._site(environ, start_response)

    def _answer(self, environ: Environ, view: View) -> Answer | None:
        """The view's answer with all headers."""
        cookies = parse_cookie(environ.get("HTTP_COOKIE", ""))
        login = login_of(environ, cookies)
        languages = environ.get("HTTP_ACCEPT_LANGUAGE", "")
        common = self._common_headers(environ)
        if not login or not common or len(languages) > LONGEST:
            return None
        database = connections[DEFAULT_DB_ALIAS]
        if not database.in_atomic_block:
            database.close_if_unusable_or_obsolete()  # as Django does when a request begins
        language = _language(cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), languages)
        translation.activate(language)  # for this thread until its next request, as LocaleMiddleware does
        environ[request_ids.ENVIRON] = request_id = request_ids.request_id(environ.get(request_ids.ENVIRON))
        answer = view(environ, *login)
        if not answer:
            return None
        headers = {**common, **answer.headers, "Content-Language": language, request_ids.HEADER: request_id}
        return answer._replace(headers=headers)

    def _common_headers(self, environ: Environ) -> dict[str, str] | None:
        proxy = settings.SECURE_PROXY_SSL_HEADER
        host, forwarded = environ.get("HTTP_HOST", ""), environ.get(proxy[0], "") if proxy else ""
        if len(host) + len(forwarded) >= LONGEST:
            return None
        return self._headers_under(host, environ["wsgi.url_scheme"], forwarded)


def _view(method: str, path: str) -> tuple[str, View] | None:
    """The name of the API's view, and what answers in its place."""
    if method == "POST" and path == ORDER:
        return "api:create", orders.create
    if method != "GET" or not path.startswith(PREFIX):
        return None
    if path == ACTIVE:
        return "api:active", polls.active
    if path == EVENTS:
        return "api:active_stream", polls.active_events
    if match := OF_JOB.fullmatch(path):
        pk, call = UUID(match[1]), polls.status if match[2] == "status" else polls.events
        return f"api:{match[2]}", lambda environ, login, key: call(environ, login, key, pk)
    return None


def _headers_under(site_headers: Middleware, host: str, scheme: str, forwarded: str) -> dict[str, str] | None:
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
    response = site_headers(middleware)(request)
    del response.headers["Content-Type"]
    return dict(response.headers) if response.status_code == 200 else None


@lru_cache(maxsize=1000)
def _language(cookie: str, accepted: str) -> str:
    """As LocaleMiddleware chooses it."""
    request = HttpRequest()
    request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: cookie}
    request.META = {"HTTP_ACCEPT_LANGUAGE": accepted}
    return translation.get_language_from_request(request)
