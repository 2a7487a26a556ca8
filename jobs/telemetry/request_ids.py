"""Every request has an id, in the log and in its answer, and is counted for ``/metrics``."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

from jobs.telemetry import logs

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
ENVIRON = "HTTP_X_REQUEST_ID"
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,100}")
UNCOUNTED = ("/healthz", "/readyz", "/metrics")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_TOGETHER = bool(values.ValueClass._multiprocess)  # as prometheus_client decided when it was imported
_here = CollectorRegistry()  # of this process; unused where processes count together
REQUESTS = Counter("musicsite_requests", "Answered requests.", ["view", "method", "status"], registry=_here)
SECONDS = Histogram(
    "musicsite_request_seconds",
    "From a request to the beginning of its answer.",
    ["view", "method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_here,
)


def observed(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, outermost. The id that a proxy gave is kept, so that one id finds the request in every log."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request.id = name = request_id(request.META.get(ENVIRON))  # type: ignore[attr-defined]
        with logs.about(request):
            response = get_response(request)
        response.headers[HEADER] = name
        if request.path_info not in UNCOUNTED:
            method = request.method if request.method in METHODS else "other"
            count(_view(request), str(method), response.status_code, began)
        return response

    return middleware


def request_id(proposed: str | None) -> str:
    """``proposed``, the id that came with a request, where it is a sane one; else a new id."""
    return proposed if proposed and _SANE.fullmatch(proposed) else f"{random.getrandbits(128):032x}"


def count(view: str, method: str, status: int, began: float) -> None:
    """Count an answered request, and the seconds since ``began`` (of ``time.perf_counter``); a failure is logged."""
    try:
        answered, seconds = _counts(view, method, status)
    except OSError as error:  # no figure is worth a request: somebody has cleared the folder, or the disk is full
        logger.warning("a request could not be counted: %s", error)
        return
    answered.inc()
    seconds.observe(time.perf_counter() - began)


@cache
def _counts(view: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(view, method, status), SECONDS.labels(view, method)


def _view(request: HttpRequest) -> str:
    """Name of the view."""
    if match := request.resolver_match:
        return match.view_name or "unnamed"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"


def exposition(*collectors: Any) -> bytes:
    """The requests of all web processes of this machine, and what the collectors know, as text for Prometheus."""
    registry = CollectorRegistry()
    together: Any = MultiProcessCollector  # which is not annotated
    registry.register(together(None) if _TOGETHER else _here)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)
