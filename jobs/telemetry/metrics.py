"""The figures of the whole site for Prometheus, read from the database when they are asked for.

Every web process of every machine gives the same ones, so rules take their maximum and not their sum. Requests are
counted by ``request_metrics``, for the web processes of one machine together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from jobs.models import Rollup
from jobs.models.rollup import BOUNDS, EVER
from jobs.queue.lanes import MOST, lanes
from jobs.telemetry import health, request_metrics

REMEMBER = 5  # seconds
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


def metrics(request: HttpRequest) -> HttpResponseBase:
    """The figures as text for Prometheus, to whoever has the token.

    Where no token is set, to this machine alone and only on a local site; others get 401 or 404.
    """
    if refusal := _refusal(request):
        return refusal
    return HttpResponse(request_metrics.exposition(Site()), content_type=CONTENT_TYPE_LATEST)


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    if settings.METRICS_TOKEN:
        if constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
            return None
        return HttpResponse(
            "The token is missing or wrong.\n", "text/plain", 401, headers={"WWW-Authenticate": "Bearer"}
        )
    if settings.LOCAL and _from_here(request):
        return None
    text = "Metrics are off: MUSICSITE_METRICS_TOKEN is not set.\n"
    return HttpResponse(text, "text/plain", status=404)


def _from_here(request: HttpRequest) -> bool:
    """Not through a proxy on this machine, which makes everybody come from here."""
    try:
        is_loopback = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        is_loopback = False
    return is_loopback and not any(header in request.headers for header in FORWARDED)


class Site:
    """A collector of prometheus-client: readiness, lanes and ended attempts of the whole site."""

    def collect(self) -> Iterator[Metric]:
        report = health.report()
        yield from _health(report)
        if report["checks"]["database"]["ok"]:
            try:
                yield from _lanes()
                yield from _ended()
            except (DatabaseError, InterfaceError):
                return  # away since; the next report says so


def _health(report: dict[str, Any]) -> Iterator[Metric]:
    ready = GaugeMetricFamily("musicsite_ready", "Whether a check of /readyz is in order.", labels=["check"])
    for name, result in report["checks"].items():
        ready.add_metric([name], int(result["ok"]))
    yield ready
    if free := report["checks"]["storage"].get("freeMegabytes"):
        yield GaugeMetricFamily("musicsite_storage_free_bytes", "Room for tracks on this machine's disk.", free * 1e6)


def _lanes() -> Iterator[Metric]:
    text = f"Jobs that have not ended; of those that wait in a lane {MOST} are counted at most."
    jobs = GaugeMetricFamily("musicsite_jobs", text, labels=["lane", "state"])
    oldest = GaugeMetricFamily("musicsite_oldest_pending_seconds", "Age of the oldest waiting job.", labels=["lane"])
    workers = GaugeMetricFamily("musicsite_workers", "Workers heard of within 15 seconds.", labels=["lane"])
    for lane in lanes():
        for state, count in (
            ("pending", lane.waiting),
            ("backing_off", lane.backing_off),
            ("processing", lane.running),
        ):
            jobs.add_metric([lane.name, state], count)
        oldest.add_metric([lane.name], lane.oldest or 0)
        workers.add_metric([lane.name], lane.workers)
    yield from (jobs, oldest, workers)


def _ended() -> Iterator[Metric]:
    """Counters and histograms of ended attempts; some seconds behind."""
    rows: list[Rollup] = cache.get_or_set("rollup-ever", lambda: list(Rollup.objects.filter(span=EVER)), REMEMBER) or []
    attempts = CounterMetricFamily(
        "musicsite_attempts",
        "Ended attempts; last: whether the job ended with it.",
        labels=["lane", "generator", "outcome", "error_code", "last"],
    )
    for row in rows:
        labels = [row.lane, row.generator, row.outcome, row.error_code, str(row.last).lower()]
        attempts.add_metric(labels, row.count)
    yield attempts
    text = "From the order of a job to the start of its first attempt."
    yield _histogram("musicsite_wait_seconds", text, [(row, row.waits, row.wait_seconds) for row in rows])
    done = [(row, row.runs, row.run_seconds) for row in rows if row.outcome == "done"]
    yield _histogram("musicsite_run_seconds", "How long successful attempts took.", done)


def _histogram(name: str, text: str, parts: list[tuple[Rollup, dict[str, int], float]]) -> Metric:
    family = HistogramMetricFamily(name, text, labels=["lane", "generator"])
    counts: dict[tuple[str, str], Counter[str]] = {}
    sums: Counter[tuple[str, str]] = Counter()
    for row, buckets, seconds in parts:
        key = (row.lane, row.generator)
        counts.setdefault(key, Counter()).update(buckets)
        sums[key] += seconds  # type: ignore[assignment]
    for key, buckets in counts.items():
        below = 0
        cumulative = []
        for index, bound in enumerate([*map("{:g}".format, BOUNDS), "+Inf"]):
            below += buckets[str(index)]
            cumulative.append((bound, below))
        family.add_metric(list(key), cumulative, sums[key])
    return family
