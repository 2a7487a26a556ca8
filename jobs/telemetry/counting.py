"""Counts ended attempts into ``models.rollup``, and notes how long the queue is: a supervisor does so by the way."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from jobs.models import Attempt, Depth, Rollup
from jobs.models.rollup import BARS, KEPT, SPANS, bucket_of, start_of
from jobs.queue.lanes import lanes

logger = logging.getLogger(__name__)

BATCH = 5000  # attempts counted in one transaction
COUNT_SECONDS, SAMPLE_SECONDS = 5, 60  # between two counts, and between two looks at the queue


class Kind(NamedTuple):
    """What the attempts of one row of Rollup have in common."""

    span: int
    start: datetime
    lane: str
    generator: str
    outcome: str
    error_code: str
    last: bool


@dataclass(slots=True)
class _Sum:
    count: int = 0
    waits: Counter[str] = field(default_factory=Counter)
    wait_seconds: float = 0.0
    runs: Counter[str] = field(default_factory=Counter)
    run_seconds: float = 0.0


def count_ended() -> int:
    """Count up to BATCH ended attempts that were not counted yet, each exactly once; returns how many."""
    uncounted = Attempt.objects.filter(counted=False, finished_at__isnull=False)
    if not uncounted.exists():
        return 0
    with transaction.atomic():
        ended = list(
            uncounted.select_for_update(skip_locked=True, of=("self",)).select_related("job").order_by("pk")
            .only(
                "number", "started_at", "finished_at", "outcome", "error_code", "job__lane", "job__generator",
                "job__created_at", "job__attempt", "job__finished_at",
            )[:BATCH]
        )  # fmt: skip
        Attempt.objects.filter(pk__in=[attempt.pk for attempt in ended]).update(counted=True)
        _add(_summed(ended))
    return len(ended)


def _summed(attempts: Iterable[Attempt]) -> dict[Kind, _Sum]:
    now = timezone.now()
    sums: dict[Kind, _Sum] = {}
    for attempt in attempts:
        job, ended = attempt.job, attempt.finished_at or now
        last = job.finished_at is not None and job.attempt == attempt.number
        run = max(0.0, (ended - attempt.started_at).total_seconds())
        wait = max(0.0, (attempt.started_at - job.created_at).total_seconds()) if attempt.number == 1 else None
        for span in SPANS:
            if span and (now - ended).total_seconds() > span * BARS[span] * KEPT:
                continue
            kind = Kind(span, start_of(ended, span), job.lane, job.generator, attempt.outcome, attempt.error_code, last)
            total = sums.setdefault(kind, _Sum())
            total.count += 1
            total.runs[str(bucket_of(run))] += 1
            total.run_seconds += run
            if wait is not None:
                total.waits[str(bucket_of(wait))] += 1
                total.wait_seconds += wait
    return sums


def _add(sums: Mapping[Kind, _Sum]) -> None:
    """Add to the rows, made where they are missing, each in one order, so that supervisors wait for each other."""
    Rollup.objects.bulk_create((Rollup(**kind._asdict()) for kind in sorted(sums)), ignore_conflicts=True)
    rows = Rollup.objects.filter(span__in={kind.span for kind in sums}, start__in={kind.start for kind in sums})
    changed = []
    for row in rows.select_for_update().order_by("pk"):
        kind = Kind(*(getattr(row, name) for name in Kind._fields))
        if total := sums.get(kind):
            row.count += total.count
            row.waits, row.runs = Counter(row.waits) + total.waits, Counter(row.runs) + total.runs
            row.wait_seconds += total.wait_seconds
            row.run_seconds += total.run_seconds
            changed.append(row)
    Rollup.objects.bulk_update(changed, ["count", "waits", "wait_seconds", "runs", "run_seconds"], batch_size=100)


def sample_depth() -> None:
    """Note how much waits, runs and works in each lane now: the bars of Depth keep the most."""
    now = timezone.now()
    with transaction.atomic():
        for lane in lanes():
            for span in BARS:
                bar, _made = Depth.objects.get_or_create(span=span, start=start_of(now, span), lane=lane.name)
                Depth.objects.filter(pk=bar.pk).update(
                    waiting=Greatest(F("waiting"), lane.waiting + lane.backing_off),
                    running=Greatest(F("running"), lane.running),
                    workers=Greatest(F("workers"), lane.workers),
                )


def forget_old() -> None:
    """Delete the rows of Rollup and Depth that no picture shows any more; those of EVER stay."""
    now = timezone.now()
    for span, bars in BARS.items():
        old = now - timedelta(seconds=span * bars * KEPT)
        Rollup.objects.filter(span=span, start__lt=old).delete()
        Depth.objects.filter(span=span, start__lt=old).delete()


class Counting:
    """What a supervisor does for the figures, as often as is needed; ``tend`` is called about once a second."""

    def __init__(self) -> None:
        self._count_at = self._sample_at = 0.0  # monotonic

    def tend(self) -> None:
        """Raise DatabaseError where the database is away; whatever else goes wrong is logged and stops no worker."""
        now = time.monotonic()
        try:
            if now >= self._count_at:
                full = count_ended() == BATCH
                self._count_at = now + (0 if full else COUNT_SECONDS)
            if now >= self._sample_at:
                sample_depth()
                forget_old()
                self._sample_at = now + SAMPLE_SECONDS
        except DatabaseError:
            raise
        except Exception:
            logger.exception("the figures of ended attempts are not counted")
            self._count_at = self._sample_at = now + SAMPLE_SECONDS
