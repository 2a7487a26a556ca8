"""What waits, runs and works in each lane now: for the probes, the metrics and the operators' dashboard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache as once
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import CharField, Count, OuterRef, Subquery, Sum
from django.db.models.functions import Now
from django.utils import timezone

from jobs import generators
from jobs.models import Job, WorkerHost
from jobs.models.sql import CountUpTo, Parameter, PreparedQuery
from jobs.models.worker_host import SILENT

REMEMBER = 2  # seconds
MOST = 10_000  # waiting jobs of a lane are counted so far: more or fewer, somebody has to add workers


@dataclass(slots=True)
class Lane:
    """Numbers of jobs and workers of one lane."""

    name: str
    waiting: int = 0  # claimable; MOST: that many or more
    oldest: float | None = None  # seconds that the oldest of these has been there; None: none waits
    backing_off: int = 0
    running: int = 0
    workers: int = 0

    @property
    def is_deserted(self) -> bool:
        """Nobody takes what is or will be ordered here."""
        return not self.workers

    @property
    def is_long(self) -> bool:
        """More may be waiting than were counted."""
        return self.waiting >= MOST

    @property
    def waiting_text(self) -> str:
        """“1,234”, or “10,000+” where more may be waiting."""
        return f"{self.waiting:,}{'+' if self.is_long else ''}"


def lanes() -> list[Lane]:
    """Every lane that a generator is bound to, or that holds jobs or workers, by name; up to REMEMBER seconds old."""
    lanes_by_name: list[Lane] = cache.get_or_set("lanes", _look, REMEMBER)  # type: ignore[assignment]
    return lanes_by_name


def _look() -> list[Lane]:
    now = timezone.now()
    lanes_by_name = {name: Lane(name) for name in {generators.lane_of(alias) for alias in settings.GENERATORS}}

    def lane(name: str) -> Lane:
        return lanes_by_name.setdefault(name, Lane(name))

    rows = _next_waiting().rows(lane="")
    while rows:
        name, first, count = rows[0]
        lane(name).waiting, lane(name).oldest = count, max(0.0, (now - first).total_seconds())
        rows = _next_waiting().rows(lane=name)
    for name, count in _counts(Job.objects.filter(not_before__isnull=False).values_list("lane")):
        lane(name).backing_off = count
    for name, count in _counts(Job.objects.leased().values_list("lane")):
        lane(name).running = count
    hosts = WorkerHost.objects.filter(seen_at__gt=Now() - SILENT).values_list("lane")
    for name, size in hosts.annotate(Sum("size")):
        lane(name).workers = size
    return sorted(lanes_by_name.values(), key=lambda lane: lane.name)


@once
def _next_waiting() -> PreparedQuery:
    """The next lane by name in which something waits, when its oldest was ordered, and how many there are up to MOST.

    However many wait, a lane costs three looks into indexes; to group them all is to read them all.
    """
    waiting = Job.objects.claimable_anywhere().filter(lane__gt=Parameter("lane", CharField())).order_by("lane")
    in_lane = Job.objects.claimable(OuterRef("lane"))
    oldest = Subquery(in_lane.order_by("created_at").values("created_at")[:1])
    return PreparedQuery(waiting.values_list("lane", oldest, CountUpTo(in_lane, MOST))[:1])


def _counts(jobs: Any) -> Iterable[tuple[str, int]]:
    return jobs.order_by().annotate(count=Count("*"))
