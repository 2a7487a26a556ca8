import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import Attempt, Depth, Job, Rollup, WorkerHost
from jobs.models.rollup import BARS, start_of
from jobs.queue import sweep, transitions
from jobs.telemetry import counting
from jobs.worker import attempt

PAGE = "/admin/dashboard/"


@pytest.fixture
def worker_host(db: None) -> WorkerHost:
    now = timezone.now()
    return WorkerHost.objects.create(host="studio-1", pid=7, lane="default", size=2, started_at=now, seen_at=now)


@pytest.fixture
def busy(order: Any, claim: Callable[[], Job], worker_host: WorkerHost) -> None:
    """Two done, one failed, one tried again, one cancelled; one being made, two waiting."""
    for _ in range(2):
        order()
        attempt.run(claim())
    order()
    claim().fail("storage_failed", "")
    order()
    sweep.take_back(claim())
    transitions.cancel(claim())
    order("the one that runs")
    claim()
    for _ in range(2):
        order()
    cache.clear()
    Attempt.objects.exclude(finished_at=None).update(finished_at=timezone.now())  # or a minute might end among them
    counting.count_ended()
    counting.sample_depth()


def shown(client: Client, query: str = "") -> dict[str, Any]:
    cache.clear()
    response = client.get(PAGE + query)
    assert response.status_code == 200
    found = {name: response.context[name] for name in ("range", "warnings", "pictures", "codes")}
    tiles = {name: figure for name, figure, _more in response.context["tiles"]}
    return {**found, "tiles": tiles, "page": response.content.decode()}


def test_it_shows_what_waits_runs_and_ended(operator: Client, busy: None) -> None:
    found = shown(operator)
    assert {name: found["tiles"][name] for name in ("Waiting", "Being made", "Done", "Failed")} == {
        "Waiting": "2", "Being made": "1", "Done": "2", "Failed": "1",
    }  # fmt: skip
    pictures = {picture["name"]: picture for picture in found["pictures"]}
    assert pictures["ends"]["summary"] == "2 done, 1 failed, 1 tried again, 1 cancelled"
    assert pictures["queue"]["summary"].startswith("At most 2 waited.")
    assert found["codes"] == [(code, 1, 100) for code, _count, _share in found["codes"]]
    assert {code for code, _count, _share in found["codes"]} == {"storage_failed", "worker_lost", "cancelled"}
    for text in ("studio-1", "here · 4242", "1 / 3"):
        assert text in found["page"]


@pytest.mark.parametrize("name", ["hour", "day", "week"])
def test_each_range_shows_its_own_bars(operator: Client, busy: None, name: str) -> None:
    found = shown(operator, f"?range={name}")
    assert found["tiles"]["Done"] == "2"
    slots = found["pictures"][0]["chart"].slots
    assert len(slots) == {"hour": 60, "day": 96, "week": 84}[name]


def test_an_unknown_range_is_the_hour(operator: Client, db: None) -> None:
    assert shown(operator, "?range=century")["range"].name == "hour"


def test_what_ended_before_is_not_shown(operator: Client, busy: None) -> None:
    Rollup.objects.filter(span=60).update(start=start_of(timezone.now() - timedelta(minutes=61), 60))
    assert shown(operator)["tiles"]["Done"] == "0"
    assert shown(operator, "?range=day")["tiles"]["Done"] == "2"


def test_it_says_the_same_in_words(operator: Client, busy: None) -> None:
    """Each picture has a name that says what it shows; every bar has a tooltip and a row of the table."""
    page = shown(operator)["page"]
    labels = re.findall(r'role="img" aria-label="([^"]+)"', page)
    assert len(labels) == 4
    assert "Attempts that ended: 2 done, 1 failed, 1 tried again, 1 cancelled" in labels
    assert re.search(r"<title>\d\d-\d\d \d\d:\d\d: 2 done, 1 failed, 1 tried again, 1 cancelled</title>", page)
    assert re.search(r"<details>.*<td>2</td><td>1</td><td>1</td><td>1</td>", page, re.DOTALL)


def test_it_warns_of_a_lane_without_workers(operator: Client, order: Any) -> None:
    assert shown(operator)["warnings"] == ["Lane default has no workers."]
    order()
    assert shown(operator)["warnings"] == ["Lane default has no workers: 1 job waits there."]


def test_a_time_without_workers_is_no_zero(operator: Client, busy: None) -> None:
    picture = shown(operator)["pictures"][0]
    assert "No workers reported in 59 of 60 spans." in picture["summary"]
    assert "unknown" in [shape.name for shape in picture["chart"].shapes if shape.path]


def test_a_full_site_costs_as_many_queries_as_an_empty_one(operator: Client, busy: None) -> None:
    operator.get(PAGE)
    cache.clear()
    with CaptureQueriesContext(connection) as few:
        operator.get(PAGE)
    now = timezone.now()
    for span, bars in BARS.items():
        for bar in range(bars):
            start = start_of(now, span) - timedelta(seconds=bar * span)
            for code in ("a", "b", "c"):
                Rollup.objects.create(
                    span=span, start=start, lane="default", generator="dummy", outcome="failed", error_code=code,
                    last=True, count=5, runs={"3": 5}, waits={"4": 5},
                )  # fmt: skip
            Depth.objects.get_or_create(span=span, start=start, lane="gpu", defaults={"waiting": 3})
    for pid in range(10, 30):
        WorkerHost.objects.create(host="studio-2", pid=pid, lane="default", size=2, started_at=now, seen_at=now)
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        operator.get(f"{PAGE}?range=week")
    assert len(many) == len(few) <= 11
    assert not [query["sql"] for query in many if 'FROM "jobs_attempt"' in query["sql"]]


def test_its_queries_use_indexes(operator: Client, busy: None) -> None:
    """No step of a plan reads all jobs, ended or not, or all bars."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads tables as small as these whole, whatever indexes they have")
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        operator.get(PAGE)
    plans = []
    for query in queries:
        if re.search(r'FROM "jobs_(job|rollup|depth)"', query["sql"]):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                plans += [row[3] for row in cursor.fetchall()]
    assert len(plans) >= 5
    assert not [plan for plan in plans if re.match(r"SCAN jobs_\w+$", plan)], plans


def test_only_who_may_see_jobs_sees_it(client: Client, db: None) -> None:
    assert client.get(PAGE).status_code == 302
    user = User.objects.create_user("staff", is_staff=True)
    client.force_login(user)
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/admin/").content.decode()
    user.user_permissions.add(Permission.objects.get(codename="view_job"))
    assert client.get(PAGE).status_code == 200


def test_it_is_linked_where_operators_are(operator: Client) -> None:
    for path in ("/admin/", "/admin/jobs/job/"):
        assert f'href="{PAGE}"' in operator.get(path).content.decode()


def test_the_part_that_is_asked_for_again_has_no_page_around_it(operator: Client, busy: None) -> None:
    part = shown(operator, "?range=day&part=live")["page"]
    assert "<html" not in part
    assert 'id="pictures"' in part


def test_it_speaks_korean(operator: Client, busy: None) -> None:
    page = operator.get(PAGE, headers={"Accept-Language": "ko"}).content.decode()
    for text in ("대시보드", "완료 2, 실패 1, 다시 시도 1, 취소 1", "워커 2개 중"):
        assert text in page
