"""Real clusters, real signals: nothing is lost and nothing runs twice at the same time."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from jobs.models import Attempt, Job, State, WorkerHost
from jobs.queue import wakeups
from jobs.worker.processes import host_name
from tests.faults.conftest import Workers, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Start = Callable[..., Workers]


def is_done(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, state=State.DONE).exists()


def test_it_runs_jobs_of_a_burst_once_each(workers: Start, order: Any) -> None:
    workers()
    for _ in range(40):
        order()
    wait_for(lambda: not Job.objects.exclude(state=State.DONE).exists())
    assert Attempt.objects.count() == 40


def test_a_message_that_cannot_be_read_stops_nothing(workers: Start, order: Any) -> None:
    for _ in range(5):
        OrmQ.objects.create(key="default", payload="garbage", lock=timezone.now())
    supervisor = workers(size=1)
    below = supervisor.below()
    job = order()
    wait_for(lambda: is_done(job))
    assert set(below) <= set(supervisor.below()), "a cluster was replaced"


def test_lost_and_doubled_messages_change_nothing(workers: Start, order: Any) -> None:
    jobs = [order() for _ in range(6)]
    OrmQ.objects.all().delete()
    wakeups.wake("default")
    wakeups.wake("default")
    workers()
    wait_for(lambda: all(is_done(job) for job in jobs))
    assert Attempt.objects.count() == 6


def test_a_job_outlives_its_workers_death(workers: Start, order: Any) -> None:
    supervisor = workers(
        options="seconds=1", MUSICSITE_LEASE_SECONDS="600"
    )  # the supervisor sees it, not the end of a lease
    job = order()
    os.kill(supervisor.worker_of(job), signal.SIGKILL)
    wait_for(lambda: Job.objects.filter(pk=job.pk, attempt=2).exists())
    wait_for(lambda: is_done(job))
    assert [a.outcome for a in job.attempts.all()] == ["lost", "done"]


def test_the_death_of_an_idle_worker_stops_nothing(workers: Start, order: Any) -> None:
    supervisor = workers(size=1)
    (idle,) = supervisor.idle_workers()
    os.kill(idle, signal.SIGKILL)
    job = order()
    wait_for(lambda: is_done(job))
    assert "one of its processes died" in supervisor.log.read_text(), (
        "it was noticed only by the work that it did not take"
    )


def test_a_job_that_kills_every_worker_ends_in_an_error(workers: Start, order: Any) -> None:
    workers(options="fail=crash", MUSICSITE_MAX_ATTEMPTS="3")
    job = order()
    wait_for(lambda: Job.objects.filter(pk=job.pk, state=State.ERROR).exists())
    job.refresh_from_db()
    assert (job.error_code, job.attempt) == ("worker_lost", 3)


def test_a_stopped_worker_is_dead_before_its_job_runs_again(workers: Start, order: Any) -> None:
    supervisor = workers(size=2, options="seconds=2", MUSICSITE_LEASE_SECONDS="2")
    job = order()
    first = supervisor.worker_of(job)
    os.kill(first, signal.SIGSTOP)
    wait_for(lambda: Job.objects.filter(pk=job.pk, attempt=2, state=State.PROCESSING).exists())
    assert not psutil.pid_exists(first)
    wait_for(lambda: is_done(job))
    job.refresh_from_db()
    assert [a.outcome for a in job.attempts.all()] == ["lost", "done"]
    assert f"/{job.pk}/2/" in job.files["audio"]["name"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="locks rows, not everything")
def test_a_worker_that_is_stopped_with_the_database_in_its_hand_holds_up_nobody(workers: Start, order: Any) -> None:
    supervisor = workers(size=1, options="seconds=2", MUSICSITE_LEASE_SECONDS="2")
    job = order()
    first = supervisor.worker_of(job)
    with transaction.atomic():  # in place of the worker's own, which nobody can time
        os.kill(first, signal.SIGSTOP)
        wait_for(lambda: not psutil.pid_exists(first))
    wait_for(lambda: is_done(job))
    assert [a.outcome for a in job.attempts.all()] == ["lost", "done"]
    supervisor.log.write_text("")  # says that the database was locked, which was our doing


def test_a_hung_job_ends_at_its_deadline(workers: Start, order: Any) -> None:
    workers(size=1, options="fail=hang", MUSICSITE_JOB_TIMEOUT="5")
    job = order()
    wait_for(lambda: Job.objects.filter(pk=job.pk, state=State.ERROR).exists())
    job.refresh_from_db()
    assert (job.error_code, job.attempt) == ("timeout", 1)


def test_sigterm_lets_running_jobs_end(workers: Start, order: Any) -> None:
    supervisor = workers(options="seconds=2")
    job, waiting = order(), [order() for _ in range(4)]
    supervisor.worker_of(job)
    below = supervisor.below()
    assert supervisor.stop() == 0
    assert is_done(job)
    assert not [pid for pid in below if psutil.pid_exists(pid)]
    assert not WorkerHost.objects.exists()
    assert Job.objects.filter(pk__in=[w.pk for w in waiting], attempt=0, state=State.PENDING).count() >= 3


def test_who_stops_leaves_no_dead_crew_behind(workers: Start) -> None:
    killed, stopped = workers(size=1), workers(size=1)
    killed.process.kill()
    killed.process.wait()
    assert WorkerHost.objects.count() == 2
    assert stopped.stop() == 0
    assert not WorkerHost.objects.exists()


def test_a_job_longer_than_the_grace_time_is_handed_back(workers: Start, order: Any) -> None:
    supervisor = workers(options="seconds=30", MUSICSITE_GRACE_SECONDS="1")
    job = order()
    supervisor.worker_of(job)
    assert supervisor.stop(signal.SIGINT) == 0
    job.refresh_from_db()
    assert (job.state, job.lease_pid) == (State.PENDING, None)
    assert job.attempts.get().outcome == Attempt.Outcome.RETURNED


def test_no_process_outlives_a_killed_supervisor(workers: Start, order: Any) -> None:
    supervisor = workers(options="seconds=1")
    jobs = [order() for _ in range(4)]
    supervisor.worker_of(jobs[0])
    below = supervisor.below()
    supervisor.process.kill()
    supervisor.process.wait()
    wait_for(lambda: not [pid for pid in below if psutil.pid_exists(pid)])
    workers(options="seconds=1")
    wait_for(lambda: all(is_done(job) for job in jobs))


def test_what_dead_workers_left_is_removed(workers: Start, order: Any, tmp_path: Path) -> None:
    job = order()
    for folder in (f"work/{job.pk}-7", f"media/tracks/{job.pk}/7", "work/somebody-elses"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "audio.wav").touch()
    gone = subprocess.Popen(["true"])
    gone.wait()
    WorkerHost.objects.create(host=host_name(), pid=gone.pid, size=2, started_at=timezone.now(), seen_at=timezone.now())
    workers()
    assert not WorkerHost.objects.filter(pid=gone.pid).exists()
    wait_for(lambda: is_done(job))
    wait_for(lambda: not (tmp_path / f"work/{job.pk}-7").exists())
    assert not (tmp_path / f"media/tracks/{job.pk}/7").exists()
    assert (tmp_path / f"media/tracks/{job.pk}/1/audio.wav").exists()
    assert (tmp_path / "work/somebody-elses").exists()
