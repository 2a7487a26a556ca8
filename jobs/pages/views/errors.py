"""Pages for what went wrong; problem documents below /api/."""

from __future__ import annotations

import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from jobs.api.problems import AGAIN, of_limit, of_status
from jobs.models.errors import AWAY, LimitReached
from jobs.pages.theme import theme
from jobs.pages.views import make
from jobs.pages.views.common import came_from


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What was sent is not done; an order is shown again with its words, to be sent with a new token."""
    if request.path_info == reverse("music") and request.user.is_authenticated:
        return make.resend(request)
    return _error(request, 403, stale=True, back=came_from(request))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database, which may be what is broken."""
    status = 503 if isinstance(sys.exc_info()[1], AWAY) else 500
    if request.path_info.startswith("/api/"):
        response = of_status(status)
    else:
        response = render(None, f"pages/errors/{status}.html", theme(request), status=status)
    if status == 503:
        response["Retry-After"] = AGAIN
    return response


def too_many(request: HttpRequest, refusal: LimitReached) -> HttpResponse:
    """429 with Retry-After: a problem document below /api/, elsewhere a page."""
    if request.path_info.startswith("/api/"):
        return of_limit(refusal)
    response = render(request, "pages/errors/429.html", {"message": str(refusal)}, status=429)
    response["Retry-After"] = str(refusal.retry_after)
    return response


def _error(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return of_status(status)
    return render(request, f"pages/errors/{status}.html", context, status=status)
