"""What one person may have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import Job, State
from jobs.models.errors import LimitReached
from jobs.queue import limits, orders, transitions
from tests.making import outcome, waiting
from tests.refusals import ask, is_refused

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


def test_so_many_jobs_at_a_time_and_no_more(mina: Client, other: User, order: Submit, settings: Any) -> None:
    settings.LIMIT_ACTIVE = 2
    jobs = [order(), order()]
    is_refused(ask(mina), "too_many_active")
    assert Job.objects.count() == 2
    order(owner=other)
    transitions.cancel(jobs[0])
    assert ask(mina).status_code == 202


def test_so_many_orders_a_day_and_no_more(mina: Client, other: User, order: Submit, settings: Any) -> None:
    settings.LIMIT_JOBS = "2/day"
    for _ in range(2):
        job = order()
        transitions.cancel(job)
        transitions.delete(job)
    response = ask(mina)
    is_refused(response, "jobs_per_day")
    assert 86_000 < int(response["Retry-After"]) <= 86_400
    order(owner=other)


def test_an_order_that_was_not_accepted_does_not_count(mina: Client, order: Submit, settings: Any) -> None:
    settings.LIMIT_JOBS, settings.LIMIT_ACTIVE = "2/day", 1
    job = order()
    for _ in range(5):
        is_refused(ask(mina), "too_many_active")
    transitions.cancel(job)
    assert ask(mina).status_code == 202


def test_the_same_order_again_is_no_further_order(mina: Client, order: Submit, settings: Any) -> None:
    order()
    settings.LIMIT_ACTIVE = 2
    answers = [ask(mina, **{"Idempotency-Key": "abc"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.json()["jobId"] for answer in answers}) == 1


def test_a_full_shelf_takes_no_more_until_something_is_gone_for_good(
    mina: Client, order: Submit, claim: Any, settings: Any
) -> None:
    settings.LIMIT_STORAGE = 1
    for size in (600_000, 399_999):
        order()
        claim().finish(outcome(size))
    assert Job.objects.filter(size=600_000).exists()
    third = ask(mina)
    assert third.status_code == 202
    claim().finish(outcome(1))
    is_refused(ask(mina), "storage_full")
    largest = Job.objects.get(size=600_000)
    transitions.delete(largest)
    is_refused(ask(mina), "storage_full")  # it takes room in the bin, too
    mina.post(f"/tracks/{largest.pk}/restore")
    assert Job.objects.owned_by(largest.owner).filter(pk=largest.pk).exists(), "what was counted may come back"
    transitions.delete(largest)
    transitions.purge(largest)
    assert ask(mina).status_code == 202


def test_a_retry_is_an_order_but_not_an_operators(mina: Client, order: Submit, claim: Any, settings: Any) -> None:
    job = order()
    claim().fail("overloaded", "Too much to do.")
    order()
    settings.LIMIT_ACTIVE = 1
    is_refused(mina.post(f"/api/music/{job.pk}/retry", content_type="application/json"), "too_many_active")
    assert mina.post(f"/tracks/{job.pk}/retry").status_code == 429
    job.refresh_from_db()
    assert job.state == State.ERROR
    transitions.retry(job, operator=True)
    assert job.state == State.PENDING


def test_the_form_says_what_is_too_much(mina: Client, order: Submit, settings: Any) -> None:
    settings.LIMIT_ACTIVE = 1
    order()
    response = mina.post("/music/", {"prompt": "organ"})
    assert "1 piece is being made for you already" in response.content.decode()
    assert Job.objects.count() == 1


def test_limits_can_be_lifted(order: Submit, settings: Any) -> None:
    settings.LIMIT_ACTIVE = settings.LIMIT_STORAGE = 0
    settings.LIMIT_JOBS = settings.LIMIT_REQUESTS = ""
    for _ in range(3):
        order()


def test_a_prompt_has_a_limit_whoever_orders(user: User, mina: Client, order: Submit, settings: Any) -> None:
    settings.MAX_PROMPT = 20
    order("x" * 20)
    assert ask(mina, "x" * 21).status_code == 422
    assert mina.post("/music/", {"prompt": "x" * 21}).status_code == 422
    with pytest.raises(ValueError, match="prompt"):
        orders.submit(user, "x" * 21)
    assert Job.objects.count() == 1


def test_limits_cost_an_order_two_look_ups_by_index(user: User, order: Submit, settings: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        limits.admit(user.pk, "dummy", "default")
    assert len(queries) == 2
    jobs = Job.objects.owned_by(user)
    if connection.vendor == "postgresql":  # a small table is read whole even where there is an index
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    for plan in (jobs.unfinished().explain(), jobs.order_by().values("size").explain()):
        assert "SCAN" not in plan
        assert "Seq Scan" not in plan


def test_a_limit_is_for_the_owners_jobs_of_all_lanes_and_times(user: User, settings: Any) -> None:
    waiting(user, 3)
    Job.objects.update(created_at=timezone.now() - timedelta(days=30), lane="other")
    settings.LIMIT_ACTIVE = 3
    with pytest.raises(LimitReached):
        limits.admit(user.pk, "dummy", "default")
