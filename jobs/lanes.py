"""What waits, runs and works in each lane now: for the probes, the metrics and the operators' dashboard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, Sum
from django.utils import timezone

from jobs import generators
from jobs.models import SILENT, Crew, Job, State

REMEMBER = 2  # seconds; counting a hundred thousand waiting jobs takes some milliseconds


@dataclass(slots=True)
class Lane:
    """Numbers of jobs and workers of one lane."""

    name: str
    waiting: int = 0  # claimable
    oldest: float | None = None  # seconds that the oldest of these has been there; None: none waits
    backing_off: int = 0
    running: int = 0
    workers: int = 0

    @property
    def is_deserted(self) -> bool:
        """Nobody takes what is or will be ordered here."""
        return not self.workers


def lanes() -> list[Lane]:
    """Every lane that a generator is bound to, or that holds jobs or workers, by name; up to REMEMBER seconds old."""
    found: list[Lane] = cache.get_or_set("lanes", _look, REMEMBER)  # type: ignore[assignment]
    return found


def _look() -> list[Lane]:
    now = timezone.now()
    found = {name: Lane(name) for name in {generators.lane_of(alias) for alias in settings.GENERATORS}}

    def lane(name: str) -> Lane:
        return found.setdefault(name, Lane(name))

    waiting = Job.objects.filter(state=State.PENDING, not_before__isnull=True).order_by().values_list("lane")
    for name, count, first in waiting.annotate(count=Count("*"), first=Min("created_at")):
        lane(name).waiting, lane(name).oldest = count, max(0.0, (now - first).total_seconds())
    for name, count in _counts(Job.objects.filter(not_before__isnull=False).values_list("lane")):
        lane(name).backing_off = count
    for name, count in _counts(Job.objects.leased().values_list("lane")):
        lane(name).running = count
    crews = Crew.objects.filter(seen_at__gt=now - SILENT).values_list("lane")
    for name, size in crews.annotate(Sum("size")):
        lane(name).workers = size
    return sorted(found.values(), key=lambda lane: lane.name)


def _counts(jobs: Any) -> Iterable[tuple[str, int]]:
    return jobs.order_by().annotate(count=Count("*"))
