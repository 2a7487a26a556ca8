from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jobs.models import Attempt, Holder, Job, Outcome, State
from jobs.models.errors import CANCELLED, IllegalTransition

OUTCOME = Outcome("/tracks/x/audio", {"audio": {"name": "x", "type": "audio/wav", "size": 1}}, 1.0, {})

Claim = Callable[[], Job]


def test_it_claims_for_one_worker_only(order: Any, claim: Claim) -> None:
    job = order()
    assert claim().pk == job.pk
    assert claim() is None
    job.refresh_from_db()
    assert (job.state, job.attempt, job.lease_host, job.lease_pid) == (State.PROCESSING, 1, "here", 4242)
    assert job.lease_until > timezone.now()
    assert [(a.number, a.outcome) for a in job.attempts.all()] == [(1, Attempt.Outcome.RUNNING)]


def test_it_leaves_jobs_of_other_lanes_alone(order: Any) -> None:
    order()
    assert Job.objects.claim("gpu", Holder("here", 1)) is None


def test_it_lets_one_of_two_users_pass_the_others_hundred(order: Any, other: Any, claim: Claim) -> None:
    many = [order() for _ in range(20)]
    first = claim()
    lone = order(owner=other)
    assert first.pk == many[0].pk
    assert claim().pk == lone.pk
    assert claim().pk == many[1].pk


def test_it_takes_turns_between_users(order: Any, other: Any, claim: Claim) -> None:
    for _ in range(3):
        order()
    for _ in range(3):
        order(owner=other)
    owners = [claim().owner_id for _ in range(6)]
    assert all(owners[i] != owners[i + 1] for i in range(0, 6, 2))


def test_it_gives_no_credit_for_having_been_away(order: Any, user: Any, other: Any, claim: Claim) -> None:
    for _ in range(10):
        order()
        claim().finish(OUTCOME)
    first, second = order(), order(owner=other)
    assert second.turn == Job.objects.exclude(pk__in=[first.pk, second.pk]).order_by("-turn").first().turn
    order(owner=other)
    owners = [claim().owner_id for _ in range(3)]
    assert owners.count(user.pk) == 1, "the newcomer must not hold up the regular for ten turns"
    assert owners.index(user.pk) < 2


def test_it_keeps_a_retried_jobs_turn_out_of_what_is_being_served(order: Any, other: Any, claim: Claim) -> None:
    for _ in range(5):
        order()
        claim().fail("x", "broken")
    for job in Job.objects.all():
        job.retry()
    lone = order(owner=other)
    order()
    assert lone.turn < max(Job.objects.exclude(owner=other).values_list("turn", flat=True))
    assert claim().owner_id == other.pk or claim().owner_id == other.pk


def test_it_fences_out_an_attempt_that_lost_its_job(order: Any, claim: Claim) -> None:
    order()
    late = claim()
    Job.objects.get().postpone(0, Attempt.Outcome.LOST, "worker_lost", "gone")
    current = claim()
    assert current.attempt == 2
    assert not late.beat("rendering", 50)
    assert not late.finish(OUTCOME)
    assert not late.fail("x", "y")
    current.refresh_from_db()
    assert (current.state, current.stage, current.progress) == (State.PROCESSING, "", None)
    assert current.finish(OUTCOME)
    assert [a.outcome for a in current.attempts.all()] == ["lost", "done"]


def test_finishing_again_after_a_lost_answer_is_still_this_attempts_success(order: Any, claim: Claim) -> None:
    order()
    job = claim()
    assert job.finish(OUTCOME)
    assert job.finish(OUTCOME)
    assert job.attempts.get().outcome == Attempt.Outcome.DONE


def test_it_prolongs_the_lease_with_each_beat(order: Any, claim: Claim) -> None:
    order()
    job = claim()
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert Job.objects.overdue(timezone.now()).count() == 1
    assert job.beat("rendering", 40)
    assert Job.objects.overdue(timezone.now()).count() == 0
    job.refresh_from_db()
    assert (job.stage, job.progress) == ("rendering", 40)


def test_it_cancels_what_has_not_ended_and_nothing_else(order: Any, claim: Claim) -> None:
    pending, running, done = order(), order(), order()
    Job.objects.filter(pk=pending.pk).update(turn=99)
    running = claim()
    done = claim()
    done.finish(OUTCOME)
    pending.cancel()
    running.cancel()
    running.cancel()  # once more changes nothing
    for job in (pending, running):
        job.refresh_from_db()
        assert (job.state, job.error_code, job.error_retryable) == (State.ERROR, CANCELLED, True)
    assert not running.beat("rendering", 10)
    assert running.attempts.get().outcome == Attempt.Outcome.CANCELLED
    with pytest.raises(IllegalTransition):
        done.cancel()


def test_it_retries_only_errors_that_a_retry_may_mend(order: Any, claim: Claim) -> None:
    order()
    job = claim()
    with pytest.raises(IllegalTransition):
        job.retry()
    job.fail("refused", "no", retryable=False)
    with pytest.raises(IllegalTransition):
        job.retry()
    order()
    job = claim()
    job.fail("overloaded", "later")
    job.retry()
    assert (job.state, job.error_code, job.attempt, job.attempt_limit) == (State.PENDING, "", 1, 4)
    assert claim().attempt == 2


@pytest.mark.parametrize(
    "shape",
    [
        {"state": "done"},
        {"state": "error", "finished_at": timezone.now()},
        {"state": "processing"},
        {"state": "pending", "result_url": "/x"},
        {"state": "pending", "finished_at": timezone.now()},
        {"state": "asleep"},
        {"progress": 101},
    ],
)
def test_the_database_refuses_a_state_without_its_shape(order: Any, shape: dict[str, Any]) -> None:
    job = order()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**shape)


def test_it_finds_every_hot_row_by_an_index(order: Any, user: Any) -> None:
    job = order()
    now = timezone.now()
    queries = {
        "claim": Job.objects.claimable("default")[:1],
        "earlier turns": Job.objects.ahead_of(job.lane, job.turn, job.created_at)[0],
        "the same turn": Job.objects.ahead_of(job.lane, job.turn, job.created_at)[1],
        "active": Job.objects.owned_by(user).unfinished().order_by("created_at"),
        "ended": Job.objects.owned_by(user).finished().filter(finished_at__gt=now).order_by("finished_at"),
        "library": Job.objects.owned_by(user).order_by("-created_at", "-id")[:20],
        "overdue": Job.objects.overdue(now),
        "back-off": Job.objects.filter(not_before__lte=now),
        "status": Job.objects.owned_by(user).filter(pk=job.pk),
    }
    if connection.vendor == "postgresql":  # a table this small is read whole even where there is an index
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    for name, query in queries.items():
        plan = query.explain()
        assert "SEARCH" in plan or "Index" in plan, f"{name}: {plan}"
        assert "SCAN" not in plan, f"{name}: {plan}"
