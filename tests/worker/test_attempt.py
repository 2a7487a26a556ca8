import errno
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs import generators
from jobs.generators.base import Made, Order, Progress
from jobs.models import Attempt, Job, State
from jobs.models.errors import INTERNAL, TIMEOUT
from jobs.queue import gate, sweep, transitions
from jobs.worker import attempt, heartbeat, patience, tasks

pytestmark = pytest.mark.django_db(transaction=True)

Submit = Callable[..., Job]


def _left_over(settings: Any) -> list[str]:
    return [
        str(path) for root in (settings.MEDIA_ROOT, settings.WORK_DIR) for path in root.rglob("*") if path.is_file()
    ]


def test_it_makes_stores_and_finishes(order: Submit, settings: Any) -> None:
    job = order()
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.progress, job.duration) == (State.DONE, 100, 1.0)
    assert job.result_url == f"/tracks/{job.pk}/audio"
    stored = settings.MEDIA_ROOT / job.files["audio"]["name"]
    assert stored.stat().st_size == job.files["audio"]["size"]
    assert _left_over(settings) == [str(stored)]
    assert job.attempts.get().outcome == Attempt.Outcome.DONE


def test_it_goes_on_while_there_is_work(order: Submit) -> None:
    for _ in range(3):
        order()
    tasks.work()
    assert Job.objects.filter(state=State.DONE).count() == 3


def test_it_tries_transient_errors_again_with_a_growing_delay(order: Submit, dummy: Any, settings: Any) -> None:
    settings.MAX_ATTEMPTS, settings.RETRY_DELAY = 3, 8
    job = order()
    dummy(fail="transient")
    delays = []
    for _ in range(2):
        tasks.work()
        job.refresh_from_db()
        assert (job.state, job.error_code) == (State.PENDING, "")
        delays.append(round((job.not_before - timezone.now()).total_seconds()))
        Job.objects.update(not_before=None)
    assert delays == [8, 16]
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code, job.error_retryable) == (State.ERROR, "overloaded", True)
    assert [a.outcome for a in job.attempts.all()] == ["failed"] * 3


def test_it_does_not_try_permanent_errors_again(order: Submit, dummy: Any, settings: Any) -> None:
    job = order()
    dummy(fail="permanent")
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code, job.attempt, job.error_retryable) == (State.ERROR, "refused", 1, False)
    assert _left_over(settings) == []


def test_it_records_a_bug_for_the_operators(order: Submit, dummy: Any, caplog: Any) -> None:
    job = order()
    dummy(fail="raise")
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.ERROR, INTERNAL)
    assert "The dummy has a bug." in job.attempts.get().traceback


def test_it_waits_for_a_database_that_is_away(order: Submit, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    job = order()
    monkeypatch.setattr(patience, "AGAIN_SECONDS", 0.01)
    finish, tries = Job.finish, []

    def away_twice(self: Job, *args: Any) -> bool:
        tries.append(self.pk)
        if len(tries) == 1:
            raise OperationalError("gone before it was written")
        finished = finish(self, *args)
        if len(tries) == 2:
            raise OperationalError("gone before it could answer")
        return finished

    monkeypatch.setattr(Job, "finish", away_twice)
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.attempt, len(tries)) == (State.DONE, 1, 3)
    assert (settings.MEDIA_ROOT / job.files["audio"]["name"]).exists(), "what is done keeps its files"


def test_it_leaves_the_files_while_nobody_knows_whose_they_are(
    order: Submit, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    order()
    settings.JOB_TIMEOUT = 1
    monkeypatch.setattr(patience, "AGAIN_SECONDS", 0.4)

    def away(self: Job, *args: Any) -> bool:
        raise OperationalError("gone for good")

    monkeypatch.setattr(Job, "finish", away)
    tasks.work()
    assert Job.objects.get().state == State.PROCESSING
    assert len(_left_over(settings)) == 1
    assert sweep.take_back(Job.objects.get())
    assert _left_over(settings) == []


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "storage_failed")])
def test_it_tries_again_when_it_cannot_store(
    order: Submit, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    job = order()

    def refuse(*args: Any) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(attempt.files, "keep", refuse)
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.attempts.get().error_code) == (State.PENDING, code)
    assert job.not_before > timezone.now()


class _Exits(generators.Generator):
    def generate(self, order: Order, progress: Progress) -> Made:
        raise SystemExit(3)


def test_a_generator_that_exits_fails(order: Submit, settings: Any) -> None:
    settings.GENERATORS = {"dummy": {"BACKEND": "tests.worker.test_attempt._Exits"}}
    job = order()
    generators.get.cache_clear()
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.ERROR, INTERNAL)


class _Interrupted(generators.Generator):
    """Has something happen to its job while it works, and goes on until it is told to stop."""

    happen: Callable[[], None]
    reached_the_end = False

    def generate(self, order: Order, progress: Progress) -> Made:
        (order.folder / "half.wav").write_bytes(b"half")
        progress("rendering", 0.5)
        type(self).happen()
        for _ in range(1200):
            attempt.time.sleep(0.05)
            progress("rendering", 0.6)
        type(self).reached_the_end = True
        raise AssertionError("nobody stopped it")


@pytest.fixture
def interrupted(settings: Any, monkeypatch: pytest.MonkeyPatch) -> type[_Interrupted]:
    settings.GENERATORS = {"dummy": {"BACKEND": "tests.worker.test_attempt._Interrupted"}}
    generators.get.cache_clear()
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)
    settings.LEASE_SECONDS = 0.5
    return _Interrupted


def test_it_stops_when_the_job_is_cancelled(order: Submit, interrupted: Any, settings: Any) -> None:
    job = order()
    interrupted.happen = lambda: transitions.cancel(Job.objects.get())
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.ERROR, "cancelled")
    assert _left_over(settings) == []


def test_it_stops_when_the_job_was_given_to_another(order: Submit, interrupted: Any, settings: Any) -> None:
    job = order()

    def rescued() -> None:
        Job.objects.get().postpone(3600, Attempt.Outcome.LOST, "worker_lost", "gone")

    interrupted.happen = rescued
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (State.PENDING, 1)
    assert job.attempts.get().outcome == Attempt.Outcome.LOST
    assert _left_over(settings) == []


def test_it_stops_at_its_deadline(order: Submit, interrupted: Any, settings: Any) -> None:
    settings.JOB_TIMEOUT = 1
    job = order()
    interrupted.happen = lambda: attempt.time.sleep(1)
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.ERROR, TIMEOUT)


def test_it_hands_back_when_the_worker_must_stop(
    order: Submit, interrupted: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GRACE_SECONDS = 0
    job = order()
    stop = {"now": False}
    monkeypatch.setattr(gate, "stopping", lambda: stop["now"])
    interrupted.happen = lambda: stop.update(now=True)
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.attempt_limit) == (State.PENDING, 1, settings.MAX_ATTEMPTS + 1)
    assert job.attempts.get().outcome == Attempt.Outcome.RETURNED
    tasks.work()
    job.refresh_from_db()
    assert job.state == State.PENDING, "a stopping worker takes no job"


def test_the_bar_never_goes_back(order: Submit, claim: Any) -> None:
    order()
    job = claim()
    beating = heartbeat.Heartbeat(job)
    beating.progress("rendering", 0.5)
    beating.progress("mixing", 0.2)
    job.beat(*beating._known)
    assert Job.objects.values_list("stage", "progress").get() == ("mixing", 50)
    beating.progress("encoding", None)
    job.beat(*beating._known)
    assert Job.objects.get().progress == 50
