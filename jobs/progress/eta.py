"""How long until a job is done, from what earlier jobs of the same engine took here."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import linear_regression, median
from typing import NamedTuple

from django.db.models import F
from django.utils import timezone

from jobs.models import Job, State
from jobs.models.sql import Literal
from jobs.models.worker_host import workers_alive
from jobs.progress.snapshot import Snapshot

SAMPLE = 60  # recent jobs that are learned from
FIRST_GUESS = (1.0, 0.04)  # seconds for any job, and for each second of music, until there are jobs to learn from
REMEMBER = 5  # seconds
ENOUGH = 0.03  # share of a run from which on its own pace says something
LEAST = 0.001  # seconds that any run took
ALMOST = 0.3  # seconds that a run has left at least which has not ended


def expected_seconds(generator: str, duration: float, style: str = "") -> float:
    """Seconds that an attempt of ``generator`` at ``duration`` seconds of music of this style will take."""
    cost = _cost(generator, _span())
    return (cost.fixed + cost.rate * duration) * cost.styles.get(style, 1.0)


def remaining_seconds(job: Job | Snapshot, position: int | None) -> int | None:
    """Seconds until the job ends; None where nobody can tell: no worker is there, or it takes longer than any before.

    ``position``: the job's place in the queue, which counts from 1; None unless it waits.
    """
    if job.state == State.PROCESSING and job.started_at:
        remaining = remaining_run(job)
        return max(1, round(remaining)) if remaining > 0 else None
    workers = workers_cached(job.lane)
    if not workers:
        return None
    rounds = ((position or 1) - 1) // workers + 1
    return max(1, round(_expected(job) * (rounds + 0.5)))


def remaining_run(job: Job | Snapshot) -> float:
    """Seconds until an attempt that runs will end; below 0 where it takes longer than expected and shows no progress.

    What earlier jobs took counts while little is done, and ever less of it the further this run is.
    """
    started = job.started_at or timezone.now()
    elapsed = (timezone.now() - started).total_seconds()
    share = 0 if job.progress is None else (job.progress + 0.5) / 100  # progress is cut off to whole percents
    if share < ENOUGH:
        return _expected(job) - elapsed
    projected = (job.updated_at - started).total_seconds() / share  # run time of the whole, as this run shows it
    leeway = 2 - share
    expected = min(max(_expected(job), projected / leeway), projected * leeway)
    trust = (1 - share) ** 2
    return max(trust * expected + (1 - trust) * projected - elapsed, ALMOST)


def _expected(job: Job | Snapshot) -> float:
    return expected_seconds(job.generator, float(job.brief.get("duration", 60)), job.brief.get("style", ""))


def workers_cached(lane: str) -> int:
    """Number of workers alive in ``lane``, up to REMEMBER seconds old."""
    return _workers(lane, _span())


@lru_cache(maxsize=100)
def _workers(lane: str, span: int) -> int:
    return workers_alive([lane])


def _span() -> int:
    """The number of the span of REMEMBER seconds that it is now: what is asked in one span is asked once."""
    return int(time.monotonic() / REMEMBER)


class Cost(NamedTuple):
    """What an engine's runs take here, as learned from recent jobs."""

    fixed: float  # seconds for any job
    rate: float  # seconds for each second of music
    styles: Mapping[str, float] = {}  # of those times, what a style takes


@lru_cache(maxsize=100)
def _cost(generator: str, span: int) -> Cost:
    """A line through what recent jobs took, and how far each style is off it."""
    recent = [
        (float(duration or 0), max(took.total_seconds(), LEAST), style)
        for duration, took, style in Job.objects.tracks()
        .filter(generator=generator, state=Literal(State.DONE), duration__gt=0)
        .order_by("-finished_at")
        .annotate(took=F("finished_at") - F("started_at"))
        .values_list("duration", "took", "brief__style")[:SAMPLE]
    ]
    if not recent:
        return Cost(*FIRST_GUESS)
    fixed, rate = _line([(duration, took) for duration, took, _ in recent])
    ratios: dict[str, list[float]] = {}
    for duration, took, style in recent:
        ratios.setdefault(style, []).append(took / (fixed + rate * duration))
    return Cost(fixed, rate, {style: median(values) for style, values in ratios.items()})


def _line(recent: Sequence[tuple[float, float]]) -> tuple[float, float]:
    durations, times = zip(*recent, strict=True)
    if len(set(durations)) > 1:
        line = linear_regression(durations, times)
        if line.slope > 0 and line.intercept >= 0:
            return line.intercept, line.slope
    return 0.0, median(took / duration for duration, took in recent)
