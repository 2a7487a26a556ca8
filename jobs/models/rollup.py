"""What became of attempts, added up as they end: figures over any time that cost the same at a million jobs.

Supervisors count each ended attempt once, into one row for each span of SPANS and each kind of end. The rows of EVER
only grow, whatever jobs are deleted, so they are counters for monitoring; those of the other spans are the bars of the
operators' dashboard.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import models

EVER = 0
BARS = {60: 60, 900: 96, 7200: 84}  # seconds of a bar → bars in a picture: an hour, a day, a week
SPANS = (EVER, *BARS)
KEPT = 2  # pictures' worth of bars that are kept
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

# Upper ends of the buckets of times, in seconds: the Renard series R5, a factor of 1.58 apart; and beyond the last.
BOUNDS = tuple(base * 10.0**power for power in range(-2, 4) for base in (1, 1.6, 2.5, 4, 6.3))


class Bar(models.Model):
    """Something of a lane within ``span`` seconds from ``start``."""

    span = models.PositiveIntegerField()
    start = models.DateTimeField()
    lane = models.CharField(max_length=40)

    class Meta:
        abstract = True


class Rollup(Bar):
    """Attempts of one kind that ended within the bar; times as number of each bucket."""

    generator = models.CharField(max_length=40)
    outcome = models.CharField(max_length=10)
    error_code = models.CharField(max_length=40, blank=True)
    last = models.BooleanField()  # whether the job ended with it

    count = models.PositiveBigIntegerField(default=0)
    waits = models.JSONField(default=dict)  # until the first attempt began: index of BOUNDS → number
    wait_seconds = models.FloatField(default=0)  # their sum
    runs = models.JSONField(default=dict)  # how long attempts took
    run_seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("span", "start", "lane", "generator", "outcome", "error_code", "last"), name="rollup_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.outcome} from {self.start} for {self.span} s"


class Depth(Bar):
    """The most jobs that waited or ran, and workers that there were, within the bar; looked at each minute."""

    waiting = models.PositiveIntegerField(default=0)
    running = models.PositiveIntegerField(default=0)
    workers = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("span", "start", "lane"), name="depth_lane")]

    def __str__(self) -> str:
        return f"{self.waiting} in {self.lane} at {self.start}"


def start_of(moment: datetime, span: int) -> datetime:
    """The start of the bar of ``span`` seconds in which ``moment`` lies; BEGINNING for the span EVER."""
    if span == EVER:
        return BEGINNING
    seconds = int((moment - BEGINNING).total_seconds())
    return BEGINNING + timedelta(seconds=seconds - seconds % span)


def bucket_of(seconds: float) -> int:
    """Index of the bucket of BOUNDS that a time of so many ``seconds`` falls into; len(BOUNDS) beyond the last."""
    return bisect.bisect_left(BOUNDS, seconds)


def percentile(buckets: Mapping[str, int], fraction: float) -> float | None:
    """Seconds below which ``fraction`` (0 … 1) of ``buckets`` (index of BOUNDS → number) lies, to within a bucket.

    Interpolated on the bucket's logarithm. None where nothing was counted; the highest bound for what lies beyond.
    """
    rank = fraction * sum(buckets.values())
    if not rank:
        return None
    for index in sorted(map(int, buckets)):
        count = buckets[str(index)]
        if rank <= count:
            if index >= len(BOUNDS):
                break
            lower = BOUNDS[index - 1] if index else BOUNDS[0] / 1.6
            return float(lower * (BOUNDS[index] / lower) ** (rank / count))
        rank -= count
    return BOUNDS[-1]
