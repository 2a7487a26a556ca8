"""Jobs that an engine makes elsewhere: going on with its work, letting go of it, and falling back to another engine."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone, translation
from django_q.models import OrmQ

from jobs import generators
from jobs.generators.base import Order, Stopped
from jobs.models import Attempt, Job, State
from jobs.models.errors import message_for
from jobs.pages.tracks import Track
from jobs.queue import orders, sweep, transitions, wakeups
from jobs.storage.files import kept_folder
from jobs.worker import tasks
from tests.making import take
from tests.remote import entry, fails

pytestmark = pytest.mark.django_db(transaction=True)


# -- Resuming ----------------------------------------------------------------------------------------------------------


def test_what_an_engine_remembers_is_there_at_the_next_attempt(user: User, remote: Any) -> None:
    job = orders.submit(user, "piano")

    def dies(order: Order) -> None:
        order.remember("job-1", cost=0.25)
        assert Job.objects.get(pk=job.pk).resume == "job-1"
        fails(transient=True)(order)

    remote.script = [dies, lambda order: None]
    tasks.work()
    first, second = job.attempts.all()
    assert [order.resume for order in remote.orders] == ["", "job-1"]
    assert (first.remote_id, first.cost, second.remote_id) == ("job-1", pytest.approx(0.25), "")
    job.refresh_from_db()
    assert (job.state, job.resume) == (State.DONE, "")


def test_a_killed_attempt_leaves_what_it_remembered(user: User, remote: Any) -> None:
    job = take_one(user)
    assert job.remember("job-1")
    assert sweep.take_back(job)
    remote.script = [lambda order: None]
    tasks.work()
    assert remote.orders[0].resume == "job-1"


def test_a_lost_attempt_remembers_nothing(user: User, remote: Any) -> None:
    old = take_one(user)
    sweep.take_back(old)
    take()
    assert not old.remember("job-1")
    assert Job.objects.get().resume == ""
    assert set(Attempt.objects.values_list("remote_id", flat=True)) == {""}


def take_one(user: User) -> Job:
    orders.submit(user, "piano")
    return take()


@pytest.mark.parametrize("how", ["cancelled", "lost", "deleted"])
def test_it_tells_an_engine_whether_somebody_goes_on(user: User, remote: Any, how: str) -> None:
    job = orders.submit(user, "piano")
    seen: list[str] = []

    def watch(order: Order) -> None:
        if how == "lost":
            sweep.take_back(Job.objects.get(pk=job.pk))
            Job.objects.filter(pk=job.pk).update(not_before=timezone.now())  # nobody takes it for now
        else:
            transitions.cancel(Job.objects.get(pk=job.pk))
        if how == "deleted":
            transitions.delete(Job.objects.get(pk=job.pk))
        try:
            order.remember("job-1")
        except Stopped as stopped:
            seen.append(stopped.why)
            raise

    remote.script = [watch]
    tasks.work()
    assert seen == ["lost" if how == "lost" else "cancelled"]


@pytest.mark.parametrize("token", ["job-1", "gone"])
def test_what_goes_on_for_a_cancelled_job_is_stopped_once(user: User, remote: Any, token: str) -> None:
    job = take_one(user)
    assert job.remember(token)
    assert sweep.take_back(job)
    transitions.cancel(job)
    transitions.cancel(job)
    for _ in range(2):
        tasks.work()
    job.refresh_from_db()
    assert (remote.abandoned, remote.orders, job.resume) == ([token], [], "")
    assert job.attempts.get().remote_id == token


@pytest.mark.parametrize("how", ["waiting", "failed", "cancelled"])
def test_what_goes_on_for_somebody_who_is_gone_is_stopped_once(user: User, remote: Any, how: str) -> None:
    job = take_one(user)
    job.remember("job-1")
    if how == "waiting":
        sweep.take_back(job)
    elif how == "failed":
        job.fail("engine_busy", "No.")
    else:
        transitions.cancel(job)
    OrmQ.objects.all().delete()
    user.delete()
    assert wakeups.replace_lost_messages("default") == 1
    for _ in range(2):
        tasks.work()
    assert (remote.abandoned, remote.orders) == (["job-1"], [])


def test_a_user_who_is_not_deleted_after_all_keeps_what_is_being_made(user: User, remote: Any) -> None:
    take_one(user).remember("job-1")
    with transaction.atomic():
        user.delete()
        transaction.set_rollback(True)
    tasks.work()
    assert remote.abandoned == []
    assert Job.objects.get().resume == "job-1"


def test_an_attempt_stops_its_own_work_when_its_user_is_gone(user: User, remote: Any) -> None:
    orders.submit(user, "piano")
    seen: list[str] = []

    def watch(order: Order) -> None:
        user.delete()
        try:
            order.remember("job-1")
        except Stopped as stopped:
            seen.append(stopped.why)
            raise

    remote.script = [watch]
    tasks.work()
    assert seen == ["cancelled"]


def test_nothing_is_stopped_for_jobs_that_may_go_on(user: User, remote: Any) -> None:
    failed, waiting = take_one(user), take_one(user)
    for job in (failed, waiting):
        job.remember("job-1")
    failed.fail("engine_busy", "No.")
    transitions.postpone(waiting, 60, Attempt.Outcome.FAILED, "engine_busy", "No.")
    tasks.work()
    assert remote.abandoned == []
    assert set(Job.objects.values_list("resume", flat=True)) == {"job-1"}


def test_a_lost_message_does_not_keep_a_cancelled_job_going(user: User, remote: Any) -> None:
    job = take_one(user)
    job.remember("job-1")
    transitions.cancel(job)
    OrmQ.objects.all().delete()
    assert wakeups.replace_lost_messages("default") == 1
    assert wakeups.replace_lost_messages("default") == 0
    tasks.work()
    OrmQ.objects.all().delete()
    assert wakeups.replace_lost_messages("default") == 0


def test_what_an_engine_keeps_goes_when_the_job_is_done(user: User, remote: Any) -> None:
    job = orders.submit(user, "piano")

    def keeps(order: Order) -> None:
        assert order.kept == kept_folder(job.pk)
        order.kept.mkdir()
        (order.kept / "raw").write_text("paid for")
        fails(transient=True)(order)

    def finds(order: Order) -> None:
        assert order.kept
        assert (order.kept / "raw").read_text() == "paid for"

    remote.script = [keeps, finds]
    tasks.work()
    job.refresh_from_db()
    assert job.state == State.DONE
    assert not kept_folder(job.pk).exists()


def test_pruning_removes_what_is_kept_for_nobody(user: User, remote: Any) -> None:
    waiting, cancelled, failed = (orders.submit(user, "piano") for _ in range(3))
    transitions.cancel(cancelled)
    Job.objects.filter(pk=failed.pk).update(state="error", error_code="timeout", finished_at=timezone.now())
    for job in (waiting, cancelled, failed):
        kept_folder(job.pk).mkdir(parents=True)
    call_command("prunejobs", stdout=StringIO())
    assert [kept_folder(job.pk).exists() for job in (waiting, cancelled, failed)] == [True, False, True]


# -- Falling back ------------------------------------------------------------------------------------------------------


def test_another_engine_makes_what_one_cannot(user: User, remote: Any, settings: Any) -> None:
    entry(settings, FALLBACK="dummy")
    job = orders.submit(user, "piano")
    remote.script = [fails("engine_misconfigured")]
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.generator, job.resume) == (State.DONE, "dummy", "")
    assert [(a.generator, a.outcome, a.error_code) for a in job.attempts.all()] == [
        ("remote", "failed", "engine_misconfigured"),
        ("dummy", "done", ""),
    ]
    with translation.override("en"):
        assert "Remote could not make this piece, so Dummy made it." in Track(job).remarks


def test_it_falls_back_only_after_all_attempts_at_a_transient_error(user: User, remote: Any, settings: Any) -> None:
    entry(settings, FALLBACK="dummy")
    settings.MAX_ATTEMPTS = 2
    job = orders.submit(user, "piano")
    remote.script = [fails("engine_busy", transient=True)] * 2
    tasks.work()
    assert [a.generator for a in job.attempts.all()] == ["remote", "remote", "dummy"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_refused_prompt_is_the_persons_affair(user: User, remote: Any, settings: Any, allowed: bool) -> None:
    entry(settings, **({"FALLBACK": "dummy"} if allowed else {}))
    job = orders.submit(user, "like the Beatles")
    remote.script = [fails("prompt_refused", retryable=False, falls_back=False)]
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code, job.generator) == (State.ERROR, "prompt_refused", "remote")


def test_two_engines_do_not_fall_back_on_each_other_for_ever(user: User, remote: Any, settings: Any) -> None:
    entry(settings, FALLBACK="dummy")
    failing = {"BACKEND": "jobs.generators.dummy.Dummy", "OPTIONS": {"fail": "permanent"}, "FALLBACK": "remote"}
    settings.GENERATORS = {**settings.GENERATORS, "dummy": failing}
    job = orders.submit(user, "piano")
    remote.script = [fails()]
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.ERROR, "refused")
    assert [a.generator for a in job.attempts.all()] == ["remote", "dummy"]


def test_an_engine_that_is_gone_falls_back_too(user: User, remote: Any, settings: Any) -> None:
    entry(settings, FALLBACK="dummy")
    job = orders.submit(user, "piano")
    entry(settings, BACKEND="nowhere.Nope")
    generators.get.cache_clear()
    tasks.work()
    job.refresh_from_db()
    assert (job.state, job.generator) == (State.DONE, "dummy")


def test_a_suggestion_of_the_engine_is_shown() -> None:
    with translation.override("en"):
        assert message_for("prompt_refused", "upbeat 60s pop") == (
            "The engine refuses these words. It suggests: “upbeat 60s pop”"
        )
        assert "{" not in message_for("prompt_refused")
