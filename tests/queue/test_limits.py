from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.accounts import throttle
from jobs.models import Job, Outcome, State, Tally
from jobs.models.errors import LimitReached
from jobs.queue import limits, orders, rates, transitions

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


def ask(client: Client, prompt: str = "piano", **headers: str) -> Any:
    return client.post("/api/music", json.dumps({"prompt": prompt}), content_type="application/json", headers=headers)


def is_refused(response: Any, code: str) -> None:
    assert response.status_code == 429, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert int(response["Retry-After"]) >= 1


def outcome(size: int) -> Outcome:
    return Outcome("/tracks/x/audio", {"audio": {"name": "x", "type": "audio/wav", "size": size}}, 1.0, {})


def waiting(owner: User, count: int, first_turn: int = 0) -> list[Job]:
    """Jobs that were accepted one after the other, without asking what one person may have."""
    return Job.objects.bulk_create(
        Job(owner=owner, prompt="x", title="x", generator="dummy", lane="default", seed=1, attempt_limit=3, turn=turn)
        for turn in range(first_turn, first_turn + count)
    )


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


def test_a_full_shelf_takes_no_more_until_something_is_deleted(
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
    transitions.delete(Job.objects.get(size=600_000))
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


# -- Requests ---------------------------------------------------------------------------------------------------------


def test_so_many_requests_and_no_more(mina: Client, other: User, order: Submit, settings: Any) -> None:
    path = f"/api/music/{order().pk}/status"
    settings.LIMIT_REQUESTS = "3/10 second"
    assert [mina.get(path).status_code for _ in range(4)] == [200, 200, 200, 429]
    response = mina.get(path)
    is_refused(response, "too_many_requests")
    assert int(response["Retry-After"]) <= 10
    page = mina.get("/library/")
    assert (page.status_code, page["Content-Type"]) == (429, "text/html; charset=utf-8")
    omar = Client()
    omar.force_login(other)
    assert omar.get("/api/music").status_code == 200


def test_who_is_not_signed_in_is_counted_by_address(client: Client, db: None, settings: Any) -> None:
    settings.LIMIT_REQUESTS = "1/minute"
    codes = [client.get("/", REMOTE_ADDR=address).status_code for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    assert codes == [200, 429, 200]


def test_counting_requests_costs_no_query(mina: Client, order: Submit, settings: Any) -> None:
    path = f"/api/music/{order().pk}/status"
    costs = []
    for limit in ("", "1000/minute"):
        settings.LIMIT_REQUESTS = limit
        mina.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            mina.get(path)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_limits_cost_an_order_two_look_ups_by_index(user: User, order: Submit, settings: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        limits.admit(user.pk, "dummy", "default")
    assert len(queries) == 2
    jobs = Job.objects.owned_by(user)
    for plan in (jobs.unfinished().explain(), jobs.order_by().values("size").explain()):
        assert "SCAN" not in plan
        assert "Seq Scan" not in plan


@pytest.mark.parametrize(
    ("behind", "remote", "forwarded", "address"),
    [
        (False, "192.0.2.1", "198.51.100.9", "192.0.2.1"),
        (True, "10.0.0.1", "198.51.100.9", "198.51.100.9"),
        (True, "10.0.0.1", "1.2.3.4, 198.51.100.9", "198.51.100.9"),
        (True, "10.0.0.1", None, "10.0.0.1"),
        (False, "2001:db8:1:2:3::4", None, "2001:db8:1:2::/64"),
        (False, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (False, "", None, ""),
    ],
)
def test_an_address_cannot_be_made_up(
    settings: Any, behind: bool, remote: str, forwarded: str | None, address: str
) -> None:
    settings.BEHIND_PROXY = behind
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert throttle.address_of(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == address


def test_a_count_begins_anew_after_its_window() -> None:
    for _ in range(2):
        rates.count("orders", "2/hour", "mina", "Too many.")
    with pytest.raises(LimitReached, match="Too many") as refusal:
        rates.count("orders", "2/hour", "mina", "Too many.")
    assert (refusal.value.code, refusal.value.retry_after) == ("orders", 3600)
    Tally.objects.update(ends=0)
    rates.count("orders", "2/hour", "mina", "Too many.")
    assert Tally.objects.get().count == 1


# -- Fairness ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 4])
def test_five_hundred_jobs_of_one_delay_another_by_one_for_each_worker(
    user: User, other: User, order: Submit, claim: Any, workers: int
) -> None:
    waiting(user, 500)
    running = [claim() for _ in range(workers)]
    assert {job.owner_id for job in running} == {user.pk}
    theirs = order(owner=other)
    started = []
    while theirs.pk not in started:
        running.pop(0).finish(outcome(1))
        running.append(claim())
        started.append(running[-1].pk)
    assert len(started) <= workers, "at most the jobs that were running end first, and then it is theirs"
    assert Job.objects.filter(owner=user, state=State.PENDING).count() >= 500 - 2 * workers


def test_both_get_every_second_turn(user: User, other: User, order: Submit, claim: Any) -> None:
    waiting(user, 500)
    claim().finish(outcome(1))
    for _ in range(10):
        order(owner=other)
    owners = []
    for _ in range(21):
        job = claim()
        owners.append(job.owner_id)
        job.finish(outcome(1))
    assert owners.count(other.pk) == 10
    assert all(other.pk in pair for pair in zip(owners[:20:2], owners[1:20:2], strict=True))


def test_a_limit_is_for_the_owners_jobs_of_all_lanes_and_times(user: User, settings: Any) -> None:
    waiting(user, 3)
    Job.objects.update(created_at=timezone.now() - timedelta(days=30), lane="other")
    settings.LIMIT_ACTIVE = 3
    with pytest.raises(LimitReached):
        limits.admit(user.pk, "dummy", "default")
