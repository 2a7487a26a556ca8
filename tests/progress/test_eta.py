from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Job, Outcome, WorkerHost
from jobs.progress import eta
from jobs.progress.status import poll_after
from tests.conftest import forget


@pytest.fixture
def took(order: Any, claim: Any) -> Any:
    """Let a job of that many seconds of music have taken that many seconds."""

    def make(duration: float, seconds: float, style: str = "pop") -> None:
        order(style)
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


def test_it_learns_that_a_style_is_dense(took: Any) -> None:
    for duration in (60, 120, 180):
        took(duration, duration / 30, "ambient")
        took(duration, duration / 10, "metal")
    dense, sparse = (eta.expected_seconds("dummy", 90, style) for style in ("metal", "ambient"))
    assert (dense, sparse) == (pytest.approx(9, rel=0.01), pytest.approx(3, rel=0.01))
    assert sparse < eta.expected_seconds("dummy", 90, "waltz") < dense


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
    WorkerHost.objects.create(host="a", pid=1, lane="default", size=2, started_at=now, seen_at=now)
    forget()
    job.brief["duration"] = 60
    assert eta.remaining_seconds(job, 1) < eta.remaining_seconds(job, 5) < eta.remaining_seconds(job, 20)


@pytest.mark.parametrize("earlier", [3, 30, 3000])
def test_a_run_that_is_far_on_tells_more_than_earlier_ones(order: Any, claim: Any, took: Any, earlier: float) -> None:
    took(60, earlier)
    order()
    job = claim()
    job.brief["duration"] = 60
    now = timezone.now()
    job.started_at, job.updated_at, job.progress = now - timedelta(seconds=27), now - timedelta(seconds=0.3), 89
    assert eta.remaining_run(job) == pytest.approx(3, abs=0.5)


def ask(job: Job, started: float, progress: int | None, created: float = 600) -> float:
    """When to ask again of a job that was taken ``started`` seconds ago."""
    now = timezone.now()
    job.created_at, job.started_at, job.updated_at = now - timedelta(seconds=created), None, now
    if started:
        job.started_at = now - timedelta(seconds=started)
    job.progress = progress
    return poll_after([job])


def test_clients_ask_seldom_while_no_end_is_near_and_often_then(order: Any, claim: Any, took: Any) -> None:
    took(60, 30)
    waiting = order()
    assert ask(waiting, 0, None, created=0.1) < 1, "it is about to be taken"
    assert ask(waiting, 0, None, created=60) == 4
    job = claim()
    job.brief["duration"] = 60
    waits = [ask(job, seconds, round(100 * seconds / 30)) for seconds in (1, 15, 24, 26, 28, 29, 29.9)]
    assert waits[:3] == [4, 4, pytest.approx(4, abs=0.5)]
    assert waits == sorted(waits, reverse=True)
    assert waits[-1] == pytest.approx(0.45, abs=0.05)
    assert ask(job, 300, None) == 4, "nobody knows when it ends"
    assert poll_after([]) == 30
    assert poll_after([job, waiting]) == min(poll_after([job]), poll_after([waiting]))
