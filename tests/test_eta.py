from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import eta
from jobs.models import Crew, Job, Outcome
from tests.conftest import forget


@pytest.fixture
def took(order: Any, claim: Any) -> Any:
    """Let a job of that many seconds of music have taken that many seconds."""

    def make(duration: float, seconds: float) -> None:
        order()
        job = claim()
        job.finish(Outcome("/x", {}, duration, {}))
        job.refresh_from_db()
        Job.objects.filter(pk=job.pk).update(started_at=job.finished_at - timedelta(seconds=seconds))
        forget()

    return make


def test_it_learns_fixed_cost_and_rate_from_recent_jobs(took: Any) -> None:
    for duration in (30, 60, 120, 180):
        took(duration, 2 + duration / 20)
    assert eta.expected_seconds("dummy", 240) == pytest.approx(14, rel=0.01)


def test_it_learns_from_a_single_job(took: Any) -> None:
    took(60, 6)
    assert eta.expected_seconds("dummy", 120) == pytest.approx(12, rel=0.01)


def test_it_has_a_guess_before_the_first_job(db: None) -> None:
    assert 1 < eta.expected_seconds("dummy", 60) < 20


def test_the_remaining_time_follows_the_run(order: Any, claim: Any, took: Any) -> None:
    for _ in range(5):
        took(60, 10)
    order()
    job = claim()
    job.brief["duration"] = 60
    assert eta.remaining_seconds(job, None) == 10
    job.started_at = timezone.now() - timedelta(seconds=10)
    job.progress = 50
    assert 4 <= eta.remaining_seconds(job, None) <= 8


def test_waiting_counts_those_ahead_and_the_workers(order: Any, took: Any) -> None:
    took(60, 10)
    job = order()
    assert eta.remaining_seconds(job, 1) is None, "nobody is there to make it"
    now = timezone.now()
    Crew.objects.create(host="a", pid=1, lane="default", size=2, started_at=now, seen_at=now)
    forget()
    job.brief["duration"] = 60
    assert eta.remaining_seconds(job, 1) < eta.remaining_seconds(job, 5) < eta.remaining_seconds(job, 20)
