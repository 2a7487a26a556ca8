from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone
from django_q.models import OrmQ

from jobs import queue, storage
from jobs.attempts import Attempt
from jobs.errors import LOST, TIMEOUT, IllegalTransition, KeyReused
from jobs.models import Job, State

Claim = Callable[[], Job]


def test_it_commits_job_and_message_together(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order()
    assert (Job.objects.count(), OrmQ.objects.count()) == (1, 1)

    def broken(lane: str) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(queue, "wake", broken)
    with pytest.raises(DatabaseError):
        order()
    assert (Job.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_it_understands_the_words_at_once(order: Any) -> None:
    job = order("calm lo-fi piano, 80 bpm, A minor, 60 seconds")
    assert (job.brief["style"], job.brief["tempo"], job.brief["tonic"], job.brief["mode"]) == ("lofi", 80, "A", "minor")
    assert job.brief["duration"] == 60
    assert job.title


def test_it_gives_the_same_job_for_the_same_key(user: Any, other: Any, dummy: Any) -> None:
    dummy()
    first = queue.submit(user, "piano", {"tempo": 90}, key="k")
    assert queue.submit(user, "piano", {"tempo": 90}, key="k") == first
    assert queue.submit(other, "piano", {"tempo": 90}, key="k") != first
    assert Job.objects.count() == OrmQ.objects.count() == 2
    with pytest.raises(KeyReused):
        queue.submit(user, "piano", {"tempo": 91}, key="k")


def test_it_names_the_option_that_is_wrong(user: Any) -> None:
    for name, value in {
        "generator": "nope",
        "style": "nope",
        "tempo": 1000,
        "instruments": ["kazoo-o-matic"],
        "formats": ["ogg"],
    }.items():
        with pytest.raises(ValueError, match=name):
            queue.submit(user, "piano", {name: value})
    assert Job.objects.count() == 0


def test_it_keeps_the_seed_that_was_asked_for(user: Any, dummy: Any) -> None:
    dummy()
    assert queue.submit(user, "piano", {"seed": 7}).seed == 7
    assert queue.submit(user, "piano", {"seed": 0}).seed == 0
    assert queue.submit(user, "piano").seed != queue.submit(user, "piano").seed


def test_it_rescues_a_lost_lease_and_wakes_a_worker(order: Any, claim: Claim) -> None:
    order()
    lost = claim()
    assert queue.rescue() == 0
    OrmQ.objects.all().delete()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    folder = storage.work_folder(lost.pk, 1)
    assert queue.rescue() == 1
    lost.refresh_from_db()
    assert (lost.state, lost.lease_pid, OrmQ.objects.count()) == (State.PENDING, None, 1)
    assert lost.attempts.get().outcome == Attempt.Outcome.LOST
    assert not folder.exists()
    assert claim().attempt == 2


def test_it_rescues_the_jobs_of_dead_processes_at_once(order: Any, claim: Claim) -> None:
    order()
    claim()
    assert queue.rescue(host="here", pids=[1, 2]) == 0
    assert queue.rescue(host="elsewhere", pids=[4242]) == 0
    assert queue.rescue(host="here", pids=[4242]) == 1


def test_it_ends_a_job_that_kills_every_worker(order: Any, claim: Claim, settings: Any) -> None:
    settings.MAX_ATTEMPTS = 3
    job = order()
    for _ in range(3):
        assert claim()
        queue.rescue(host="here", pids=[4242])
    job.refresh_from_db()
    assert (job.state, job.error_code, job.attempt, job.error_retryable) == (State.ERROR, LOST, 3, True)
    assert [a.outcome for a in job.attempts.all()] == ["lost"] * 3
    queue.retry(job)
    assert claim().attempt == 4


def test_it_does_not_repeat_a_job_that_ran_out_of_time(order: Any, claim: Claim) -> None:
    job = order()
    assert queue.take_back(claim(), queue.Loss.OVERDUE)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.ERROR, TIMEOUT)


def test_time_without_workers_is_not_the_jobs(order: Any, claim: Claim, settings: Any) -> None:
    job = order()
    claim()
    Job.objects.update(started_at=timezone.now() - timedelta(seconds=settings.JOB_TIMEOUT + 1))
    queue.rescue(host="here", pids=[4242])
    job.refresh_from_db()
    assert (job.state, job.attempts.get().outcome) == (State.PENDING, Attempt.Outcome.LOST)


def test_an_attempt_that_a_supervisor_ends_to_stop_does_not_count(order: Any, claim: Claim, settings: Any) -> None:
    job = order()
    assert queue.take_back(claim(), queue.Loss.STOPPED)
    job.refresh_from_db()
    assert (job.state, job.attempt_limit - job.attempt) == (State.PENDING, settings.MAX_ATTEMPTS)


def test_a_job_that_kills_its_workers_holds_up_nobody_twice(order: Any, claim: Claim, user: Any, other: Any) -> None:
    poison, mine, theirs = order("poison"), order("mine"), order("theirs", owner=other)
    served = []
    for _ in range(5):
        served.append(claim().pk)
        if served[-1] == poison.pk:
            queue.rescue(host="here", pids=[4242])
        else:
            Job.objects.get(pk=served[-1]).fail("x", "y")
    assert served == [poison.pk, theirs.pk, mine.pk, poison.pk, poison.pk]


def test_a_job_that_is_handed_back_keeps_its_place(order: Any, claim: Claim) -> None:
    first, _second = order(), order()
    queue.postpone(claim(), 0, Attempt.Outcome.RETURNED, "", "", free=True)
    assert claim().pk == first.pk


def test_it_releases_jobs_whose_back_off_is_over(order: Any, claim: Claim) -> None:
    job = order()
    queue.postpone(claim(), 60, Attempt.Outcome.FAILED, "overloaded", "later")
    OrmQ.objects.all().delete()
    assert claim() is None
    assert queue.sweep("default").due == 0
    Job.objects.update(not_before=timezone.now())
    assert queue.sweep("default").due == 1
    assert OrmQ.objects.count() == 1
    assert claim().pk == job.pk


def test_it_replaces_a_lost_message(order: Any, claim: Claim) -> None:
    order()
    assert queue.sweep("default").woken == 0
    OrmQ.objects.all().delete()
    assert queue.sweep("default").woken == 1
    claim()
    OrmQ.objects.all().delete()
    assert queue.sweep("default").woken == 0


def test_it_purges_an_ended_job_with_its_files_and_exports(
    order: Any, claim: Claim, django_capture_on_commit_callbacks: Any, tmp_path: Any, settings: Any
) -> None:
    first = order()
    job = claim()
    with pytest.raises(IllegalTransition):
        queue.purge(job)
    export = order()
    Job.objects.filter(pk=export.pk).update(export_of=first, export_as="wav")
    for one in (first, export):
        produced = tmp_path / "audio.wav"
        produced.write_bytes(b"x")
        storage.keep(one.pk, 1, {"audio": (produced, "audio/wav")})
    job.fail("x", "y")
    folders = [settings.MEDIA_ROOT / "tracks" / str(one.pk) for one in (first, export)]
    assert all(folder.exists() for folder in folders)
    with django_capture_on_commit_callbacks(execute=True):
        queue.purge(job)
    assert not any(folder.exists() for folder in folders)
    assert not Job.objects.exists()


def test_a_deleted_job_lies_in_the_bin_until_its_time_is_over(order: Any, user: Any, settings: Any) -> None:
    settings.BIN_DAYS = 7
    job = order()
    with pytest.raises(IllegalTransition):
        queue.delete(job)
    queue.cancel(job)
    queue.delete(job)
    assert not Job.objects.owned_by(user).exists()
    deleted_at = Job.objects.binned_by(user).get().deleted_at
    queue.delete(job)
    assert Job.objects.binned_by(user).get().deleted_at == deleted_at, "the time in the bin begins once"
    with pytest.raises(IllegalTransition):
        queue.retry(job)
    job.restore()
    assert Job.objects.owned_by(user).get() == job
    queue.delete(job)
    assert queue.empty_bin() == 0
    Job.objects.update(deleted_at=timezone.now() - timezone.timedelta(days=7, seconds=1))
    assert queue.empty_bin() == 1
    assert not Job.objects.exists()


def test_the_key_of_a_deleted_job_is_free_again(dummy: Any, user: Any) -> None:
    dummy()
    job = queue.submit(user, "piano", {}, key="k")
    queue.cancel(job)
    queue.delete(job)
    again = queue.submit(user, "piano", {}, key="k")
    assert again != job
    job.restore()
    assert Job.objects.owned_by(user).count() == 2
