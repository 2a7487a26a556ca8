"""What was lost with a worker, a message or a clock is made up for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_q.models import OrmQ

from jobs.models import Attempt, Job, State
from jobs.models.errors import LOST, TIMEOUT
from jobs.queue import sweep, transitions
from jobs.storage import files

Claim = Callable[[], Job]


def test_it_rescues_a_lost_lease_and_wakes_a_worker(order: Any, claim: Claim) -> None:
    order()
    lost = claim()
    assert sweep.rescue() == 0
    OrmQ.objects.all().delete()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    folder = files.work_folder(lost.pk, 1)
    assert sweep.rescue() == 1
    lost.refresh_from_db()
    assert (lost.state, lost.lease_pid, OrmQ.objects.count()) == (State.PENDING, None, 1)
    assert lost.attempts.get().outcome == Attempt.Outcome.LOST
    assert not folder.exists()
    assert claim().attempt == 2


def test_it_rescues_the_jobs_of_dead_processes_at_once(order: Any, claim: Claim) -> None:
    order()
    claim()
    assert sweep.rescue(host="here", pids=[1, 2]) == 0
    assert sweep.rescue(host="elsewhere", pids=[4242]) == 0
    assert sweep.rescue(host="here", pids=[4242]) == 1


def test_it_ends_a_job_that_kills_every_worker(order: Any, claim: Claim, settings: Any) -> None:
    settings.MAX_ATTEMPTS = 3
    job = order()
    for _ in range(3):
        assert claim()
        sweep.rescue(host="here", pids=[4242])
    job.refresh_from_db()
    assert (job.state, job.error_code, job.attempt, job.error_retryable) == (State.ERROR, LOST, 3, True)
    assert [a.outcome for a in job.attempts.all()] == ["lost"] * 3
    transitions.retry(job)
    assert claim().attempt == 4


def test_it_does_not_repeat_a_job_that_ran_out_of_time(order: Any, claim: Claim) -> None:
    job = order()
    assert sweep.take_back(claim(), sweep.Loss.OVERDUE)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.ERROR, TIMEOUT)


def test_time_without_workers_is_not_the_jobs(order: Any, claim: Claim, settings: Any) -> None:
    job = order()
    claim()
    Job.objects.update(started_at=timezone.now() - timedelta(seconds=settings.JOB_TIMEOUT + 1))
    sweep.rescue(host="here", pids=[4242])
    job.refresh_from_db()
    assert (job.state, job.attempts.get().outcome) == (State.PENDING, Attempt.Outcome.LOST)


def test_an_attempt_that_a_supervisor_ends_to_stop_does_not_count(order: Any, claim: Claim, settings: Any) -> None:
    job = order()
    assert sweep.take_back(claim(), sweep.Loss.STOPPED)
    job.refresh_from_db()
    assert (job.state, job.attempt_limit - job.attempt) == (State.PENDING, settings.MAX_ATTEMPTS)


def test_a_job_that_kills_its_workers_holds_up_nobody_twice(order: Any, claim: Claim, user: Any, other: Any) -> None:
    poison, mine, theirs = order("poison"), order("mine"), order("theirs", owner=other)
    served = []
    for _ in range(5):
        served.append(claim().pk)
        if served[-1] == poison.pk:
            sweep.rescue(host="here", pids=[4242])
        else:
            Job.objects.get(pk=served[-1]).fail("x", "y")
    assert served == [poison.pk, theirs.pk, mine.pk, poison.pk, poison.pk]


def test_it_releases_jobs_whose_back_off_is_over(order: Any, claim: Claim) -> None:
    job = order()
    transitions.postpone(claim(), 60, Attempt.Outcome.FAILED, "overloaded", "later")
    OrmQ.objects.all().delete()
    assert claim() is None
    assert sweep.sweep("default").due == 0
    Job.objects.update(not_before=timezone.now())
    assert sweep.sweep("default").due == 1
    assert OrmQ.objects.count() == 1
    assert claim().pk == job.pk
