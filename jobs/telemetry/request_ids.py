"""Every request has an id, in the log and in its answer, and is counted for ``/metrics``."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from jobs.queue.again import AGAIN
from jobs.telemetry import logs, request_metrics

HEADER = "X-Request-ID"
ENVIRON = "HTTP_X_REQUEST_ID"
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,100}")
UNCOUNTED = ("/healthz", "/readyz", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def observed(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, outermost. The id that a proxy gave is kept, so that one id finds the request in every log."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request.id = name = request_id(request.META.get(ENVIRON))  # type: ignore[attr-defined]
        with logs.about(request):
            response = get_response(request)
        if response.status_code >= 400 or "public" not in response.headers.get("Cache-Control", ""):
            response.headers[HEADER] = name  # no log speaks of a file that was sent to everybody
        if request.path_info not in UNCOUNTED and AGAIN not in request.META:
            method = request.method if request.method in METHODS else "other"
            request_metrics.count(_view(request), str(method), response.status_code, began)
        return response

    return middleware


def request_id(proposed: str | None) -> str:
    """``proposed``, the id that came with a request, where it is a sane one; else a new id."""
    return proposed if proposed and _SANE.fullmatch(proposed) else f"{random.getrandbits(128):032x}"


def _view(request: HttpRequest) -> str:
    """Name of the view."""
    if match := request.resolver_match:
        return match.view_name or "unnamed"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"
