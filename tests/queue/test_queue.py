from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from django_q.models import OrmQ

from jobs.models import Attempt, Job, State, Tally
from jobs.models.errors import LOST, TIMEOUT, IllegalTransition, KeyReused, LimitReached
from jobs.queue import orders, sweep, transitions
from jobs.queue.orders import Order
from jobs.storage import files

Claim = Callable[[], Job]


def test_it_commits_job_and_message_together(order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order()
    assert (Job.objects.count(), OrmQ.objects.count()) == (1, 1)

    def broken(lane: str, jobs: int) -> None:
        raise DatabaseError("full")

    monkeypatch.setattr(orders, "wake", broken)
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
    first = orders.submit(user, "piano", {"tempo": 90}, key="k")
    assert orders.submit(user, "piano", {"tempo": 90}, key="k") == first
    assert orders.submit(other, "piano", {"tempo": 90}, key="k") != first
    assert Job.objects.count() == OrmQ.objects.count() == 2
    with pytest.raises(KeyReused):
        orders.submit(user, "piano", {"tempo": 91}, key="k")


def test_several_orders_are_accepted_as_each_would_be(user: Any, other: Any, dummy: Any, settings: Any) -> None:
    dummy()
    settings.LIMIT_ACTIVE = 2
    calm, odd, theirs = Order(user.pk, "calm piano"), Order(user.pk, "piano", {"tempo": 1}), Order(other.pk, "rock")
    told = orders.submit_all([calm, odd, theirs, calm, calm])
    assert [type(one) for one in told] == [Job, ValueError, Job, Job, LimitReached]
    assert [getattr(one, "prompt", "") for one in told] == ["calm piano", "", "rock", "calm piano", ""]
    assert sorted(Job.objects.filter(owner=user).values_list("turn", flat=True)) == [0, 1]
    assert OrmQ.objects.count() == Job.objects.count() == 3, "one wake-up for each"
    assert Tally.objects.filter(count=2).count() == 1, "who is refused has ordered nothing"


def test_the_same_key_at_the_same_moment_is_one_job(user: Any, dummy: Any) -> None:
    dummy()
    first, again, changed = orders.submit_all(
        [Order(user.pk, "piano", key="k"), Order(user.pk, "piano", key="k"), Order(user.pk, "rock", key="k")]
    )
    assert first == again == Job.objects.get()
    assert isinstance(changed, KeyReused)


def test_what_nobody_expected_of_one_order_does_not_harm_the_others(
    user: Any, dummy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dummy()
    real = orders.understand

    def fails(prompt: str, *args: Any) -> Any:
        return real(prompt, *args) if prompt == "piano" else 1 / 0

    monkeypatch.setattr(orders, "understand", fails)
    odd, plain = orders.submit_all([Order(user.pk, "odd"), Order(user.pk, "piano")])
    assert (type(odd), Job.objects.get()) == (ZeroDivisionError, plain)
    with pytest.raises(ZeroDivisionError):
        orders.submit(user, "odd")


@pytest.mark.django_db(transaction=True)
def test_where_nobody_knows_whether_it_was_committed_nothing_is_done_again(
    user: Any, dummy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    dummy()

    def unlucky(lane: str, jobs: int) -> None:
        transaction.on_commit(lambda: 1 / 0)

    monkeypatch.setattr(orders, "wake", unlucky)
    with pytest.raises(ZeroDivisionError):
        orders.submit_all([Order(user.pk, "piano"), Order(user.pk, "rock")])
    assert Job.objects.count() == 2


def test_no_orders_are_no_transaction(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        assert orders.submit_all([]) == []


def test_it_names_the_option_that_is_wrong(user: Any) -> None:
    for name, value in {
        "generator": "nope",
        "style": "nope",
        "tempo": 1000,
        "instruments": ["kazoo-o-matic"],
        "formats": ["ogg"],
    }.items():
        with pytest.raises(ValueError, match=name):
            orders.submit(user, "piano", {name: value})
    assert Job.objects.count() == 0


def test_it_keeps_the_seed_that_was_asked_for(user: Any, dummy: Any) -> None:
    dummy()
    assert orders.submit(user, "piano", {"seed": 7}).seed == 7
    assert orders.submit(user, "piano", {"seed": 0}).seed == 0
    assert orders.submit(user, "piano").seed != orders.submit(user, "piano").seed


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


def test_a_job_that_is_handed_back_keeps_its_place(order: Any, claim: Claim) -> None:
    first, _second = order(), order()
    transitions.postpone(claim(), 0, Attempt.Outcome.RETURNED, "", "", free=True)
    assert claim().pk == first.pk


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


def test_it_replaces_a_lost_message(order: Any, claim: Claim) -> None:
    order()
    assert sweep.sweep("default").woken == 0
    OrmQ.objects.all().delete()
    assert sweep.sweep("default").woken == 1
    claim()
    OrmQ.objects.all().delete()
    assert sweep.sweep("default").woken == 0


def test_it_purges_an_ended_job_with_its_files_and_exports(
    order: Any, claim: Claim, django_capture_on_commit_callbacks: Any, tmp_path: Any, settings: Any
) -> None:
    first = order()
    job = claim()
    with pytest.raises(IllegalTransition):
        transitions.purge(job)
    export = order()
    Job.objects.filter(pk=export.pk).update(export_of=first, export_as="wav")
    for one in (first, export):
        produced = tmp_path / "audio.wav"
        produced.write_bytes(b"x")
        files.keep(one.pk, 1, {"audio": (produced, "audio/wav")})
    job.fail("x", "y")
    folders = [settings.MEDIA_ROOT / "tracks" / str(one.pk) for one in (first, export)]
    assert all(folder.exists() for folder in folders)
    with django_capture_on_commit_callbacks(execute=True):
        transitions.purge(job)
    assert not any(folder.exists() for folder in folders)
    assert not Job.objects.exists()


def test_a_deleted_job_lies_in_the_bin_until_its_time_is_over(order: Any, user: Any, settings: Any) -> None:
    settings.BIN_DAYS = 7
    job = order()
    with pytest.raises(IllegalTransition):
        transitions.delete(job)
    transitions.cancel(job)
    transitions.delete(job)
    assert not Job.objects.owned_by(user).exists()
    deleted_at = Job.objects.binned_by(user).get().deleted_at
    transitions.delete(job)
    assert Job.objects.binned_by(user).get().deleted_at == deleted_at, "the time in the bin begins once"
    with pytest.raises(IllegalTransition):
        transitions.retry(job)
    job.restore()
    assert Job.objects.owned_by(user).get() == job
    transitions.delete(job)
    assert transitions.empty_bin() == 0
    Job.objects.update(deleted_at=timezone.now() - timezone.timedelta(days=7, seconds=1))
    assert transitions.empty_bin() == 1
    assert not Job.objects.exists()


def test_the_key_of_a_deleted_job_is_free_again(dummy: Any, user: Any) -> None:
    dummy()
    job = orders.submit(user, "piano", {}, key="k")
    transitions.cancel(job)
    transitions.delete(job)
    again = orders.submit(user, "piano", {}, key="k")
    assert again != job
    job.restore()
    assert Job.objects.owned_by(user).count() == 2
