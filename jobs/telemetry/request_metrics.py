"""How many requests were answered, and how fast: for ``/metrics``, over all web processes of a machine."""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

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


def exposition(*collectors: Any) -> bytes:
    """The requests of all web processes of this machine, and what the collectors know, as text for Prometheus."""
    registry = CollectorRegistry()
    together: Any = MultiProcessCollector  # which is not annotated
    registry.register(together(None) if _TOGETHER else _here)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry)
