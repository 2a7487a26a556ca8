"""What is asked all the time finds its rows by an index and in one statement, however many jobs there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection

from jobs.api.fast import orders as fast_orders
from jobs.api.fast import polls
from jobs.api.fast.logins import SESSION, TOKEN
from jobs.models import Holder, Job, session, statements
from jobs.models.sql import Parameter, PreparedQuery
from jobs.progress import status
from jobs.queue import broker, lanes, limits, orders

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]
QUERIES: dict[str, Callable[[], PreparedQuery]] = {
    "claim": statements.next_job,
    "turns": statements._turns,
    "limits": lambda: limits._holdings(10),
    "status": lambda: polls._job(SESSION),
    "status by token": lambda: polls._job(TOKEN),
    "active": lambda: polls._unfinished(SESSION),
    "active by token": lambda: polls._unfinished(TOKEN),
    "active of a page": status._unfinished,
    "place": status._place,
    "session": session._stored,
    "who orders": lambda: fast_orders._users(SESSION),
    "who orders by token": lambda: fast_orders._users(TOKEN),
    "lanes": lanes._next_waiting,
    "wake-up": lambda: broker._waiting(1),
}
SHORT = {
    "counted",
    "django_q_ormq",
}  # at most MOST_AHEAD rows that were found by an index; at most MOST_WAITING messages


def plan(query: PreparedQuery) -> str:
    given = {"key": "x", "owner": 1, "lane": "default", "id": uuid4()}
    params = [
        param.output_field.get_db_prep_value(given[param.value], connection) if isinstance(param, Parameter) else param
        for param in query._params
    ]
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a small table is read whole, or sorted, even where there is an index
            for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"{explain} {query._sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize("name", QUERIES)
def test_it_finds_its_rows_by_an_index(name: str) -> None:
    lines = plan(QUERIES[name]()).splitlines()
    whole = [line for line in lines if line.strip().startswith("SCAN ") or "Seq Scan on" in line]
    assert [line for line in whole if not any(table in line for table in SHORT)] == [], "\n".join(lines)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL takes any index of an empty table")
@pytest.mark.parametrize("name", ["limits", "active", "active by token", "active of a page"])
def test_what_somebody_waits_for_is_not_sought_among_all_that_is_theirs(name: str) -> None:
    """SQLite plans without statistics here as in a site."""
    assert "job_active" in plan(QUERIES[name]())


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL says so only of a table that it has vacuumed")
@pytest.mark.parametrize("name", ["limits", "status", "status by token", "place", "active", "active by token"])
def test_what_is_counted_is_counted_in_an_index_alone(name: str) -> None:
    lines = plan(QUERIES[name]()).splitlines()
    counted = [lines[n + 1] for n, line in enumerate(lines) if line.strip() == "CO-ROUTINE counted"]
    assert counted
    assert all("COVERING INDEX" in line for line in counted), counted


@pytest.mark.parametrize("name", ["claim", "turns", "status", "status by token", "place", "lanes"])
def test_it_sorts_nothing(name: str) -> None:
    text = plan(QUERIES[name]())
    assert "TEMP B-TREE" not in text
    assert "Sort" not in text, text


def test_a_claim_costs_a_look_and_two_writes(order: Submit, django_assert_num_queries: Any) -> None:
    order()
    order()
    Job.objects.claim("default", Holder("here", 1))
    with django_assert_num_queries(5):  # with SAVEPOINT and RELEASE, for a test is a transaction
        assert Job.objects.claim("default", Holder("here", 1))


def test_an_order_costs_few_statements(order: Submit, user: User, django_assert_max_num_queries: Any) -> None:
    order()
    with django_assert_max_num_queries(10):  # limits 2, turn, job, wake-up 2, savepoints
        orders.submit(user, "calm piano")


def test_a_place_is_counted_no_further_than_it_is_told(
    order: Submit, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole queue could be any number."""
    monkeypatch.setattr("jobs.progress.snapshot.MOST_AHEAD", 3)
    status._place.cache_clear()
    for _ in range(6):
        order()
    places = [status.place(job) for job in Job.objects.order_by("turn", "created_at")]
    status._place.cache_clear()
    assert places == [1, 2, 3, 4, 4, 4]


def test_what_waits_is_counted_no_further_than_matters(order: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST", 3)
    monkeypatch.setattr(lanes, "_next_waiting", lanes._next_waiting.__wrapped__)
    for _ in range(2):
        order()
    assert [(lane.waiting, lane.waiting_text) for lane in lanes._look()] == [(2, "2")]
    for _ in range(2):
        order()
    Job.objects.filter(pk=order().pk).update(lane="gpu")
    found = [(lane.name, lane.waiting, lane.waiting_text) for lane in lanes._look()]
    assert found == [("default", 3, "3+"), ("gpu", 1, "1")]
