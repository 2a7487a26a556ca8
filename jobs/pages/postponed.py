"""What somebody wanted to do when their session was over: kept in their browser, and offered again after the log-in.

A signed cookie holds it until then, so that nobody unknown writes into the database, and no other site can forge it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.functional import Promise

from jobs.models import Job

COOKIE = f"{settings.COOKIE_PREFIX}postponed"
KEPT = "postponed"  # in the session, until a page shows it
SALT = "jobs.pages.postponed"
SECONDS = 1800  # for which it is kept
LONGEST = 1000  # bytes of the cookie: proxies take 4,096 of all headers; longer fields are not kept


@dataclass(frozen=True, slots=True)
class Postponed:
    """An action that was not done. ``name``: "" where it cannot be offered again; ``title`` of its track, or ""."""

    path: str
    name: str | Promise
    title: str
    fields: list[tuple[str, str]]


def postpone(request: HttpRequest, response: HttpResponse, *, with_fields: bool) -> None:
    """Have the browser keep the action that ``request`` is, without what its form holds where that is too long."""
    fields = [(name, text) for name, texts in request.POST.lists() for text in texts if name != "csrfmiddlewaretoken"]
    for kept in (fields if with_fields else None, None):
        cookie = signing.dumps({"path": request.path, "fields": kept}, salt=SALT, compress=True)
        if len(cookie) <= LONGEST:
            break
    response.set_cookie(
        COOKIE, cookie, max_age=SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def take_up(request: HttpRequest, response: HttpResponse) -> None:
    """Somebody has logged in by ``request``: the next page shows what they had wanted to do."""
    if COOKIE not in request.COOKIES:
        return
    response.delete_cookie(COOKIE, samesite="Lax")
    try:
        request.session[KEPT] = signing.loads(request.COOKIES[COOKIE], salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return


def shown(request: HttpRequest) -> Postponed | None:
    """What the person wanted to do; told once. None where there is nothing, or it is about a track of somebody else."""
    kept: Mapping[str, Any] | None = request.session.pop(KEPT, None) if request.user.is_authenticated else None
    if kept is None:
        return None
    try:
        match = resolve(kept["path"])
    except Resolver404:
        return None
    title = ""
    if pk := match.kwargs.get("pk"):
        titles = Job.objects.anywhere_of(request.user).filter(pk=pk).values_list("title", flat=True)
        if (title := titles.first() or "") == "":
            return None
    name = getattr(match.func, "name_of_action", "") if kept["fields"] is not None else ""
    return Postponed(kept["path"], name, title, kept["fields"] or [])
