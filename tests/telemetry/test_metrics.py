from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from jobs.models import Job, WorkerHost
from jobs.telemetry import counting, health
from jobs.worker import attempt

Scrape = Callable[..., dict[tuple[str, tuple[str, ...]], float]]
TOKEN = "0123456789abcdef"


@pytest.fixture
def scrape(client: Client) -> Scrape:
    """Figures as they are now: (name, values of its labels in the order of their names) → value."""

    def scrape() -> dict[tuple[str, tuple[str, ...]], float]:
        cache.clear()
        response = client.get("/metrics")
        assert response.status_code == 200
        families = text_string_to_metric_families(response.content.decode())
        return {
            (sample.name, tuple(value for _name, value in sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }

    return scrape


def test_it_tells_what_waits_runs_and_works(scrape: Scrape, order: Any, claim: Any) -> None:
    now = timezone.now()
    WorkerHost.objects.create(host="here", pid=1, lane="default", size=2, started_at=now, seen_at=now)
    for minutes in (10, 2):
        job = order()
        Job.objects.filter(pk=job.pk).update(created_at=now - timedelta(minutes=minutes))
    order()
    claim()
    figures = scrape()
    assert figures["musicsite_jobs", ("default", "pending")] == 2
    assert figures["musicsite_jobs", ("default", "processing")] == 1
    assert figures["musicsite_workers", ("default",)] == 2
    assert 119 < figures["musicsite_oldest_pending_seconds", ("default",)] < 130
    assert figures["musicsite_ready", ("workers",)] == 1


def test_it_tells_what_became_of_attempts(scrape: Scrape, order: Any, claim: Any) -> None:
    for _ in range(2):
        order()
        attempt.run(claim())
    order()
    claim().fail("overloaded", "")
    counting.count_ended()
    figures = scrape()
    assert figures["musicsite_attempts_total", ("", "dummy", "default", "true", "done")] == 2
    assert figures["musicsite_attempts_total", ("overloaded", "dummy", "default", "true", "failed")] == 1
    assert figures["musicsite_wait_seconds_count", ("dummy", "default")] == 3
    assert figures["musicsite_run_seconds_count", ("dummy", "default")] == 2
    assert figures["musicsite_run_seconds_bucket", ("dummy", "default", "+Inf")] == 2
    buckets = [value for (name, _labels), value in figures.items() if name == "musicsite_run_seconds_bucket"]
    assert buckets == sorted(buckets)


def test_it_counts_requests_by_view_and_not_by_address(scrape: Scrape, client: Client, mina: Client) -> None:
    def seen(*labels: str) -> float:
        return scrape().get(("musicsite_requests_total", labels), 0)

    before = seen("GET", "404", "track")
    for number in range(3):
        mina.get(f"/tracks/{number:08}-0000-0000-0000-000000000000/")
    assert seen("GET", "404", "track") == before + 3
    before = seen("other", "405", "login")
    client.generic("BREW", "/accounts/login/")
    assert seen("other", "405", "login") == before + 1
    assert not [labels for name, labels in scrape() if "/" in "".join(labels) and name.startswith("musicsite_req")]


def test_probes_are_no_requests(scrape: Scrape, client: Client, db: None) -> None:
    before = {key: value for key, value in scrape().items() if key[0] == "musicsite_requests_total"}
    for path in ("/healthz", "/readyz"):
        client.get(path)
    assert {key: value for key, value in scrape().items() if key[0] == "musicsite_requests_total"} == before


def test_scraping_costs_few_queries(scrape: Scrape, client: Client, db: None) -> None:
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        client.get("/metrics")
    assert len(queries) <= 7
    with CaptureQueriesContext(connection) as queries:
        client.get("/metrics")
    assert not queries


def test_without_a_database_it_says_so(scrape: Scrape, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise DatabaseError

    monkeypatch.setitem(health.CHECKS, "database", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    figures = scrape()
    assert figures["musicsite_ready", ("database",)] == 0
    assert not [name for name, _labels in figures if name == "musicsite_jobs"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": TOKEN}, 401),
        ({"Authorization": "Bearer é"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_a_token_keeps_it_from_others(client: Client, settings: Any, headers: Any, status: int) -> None:
    settings.METRICS_TOKEN = TOKEN
    response = client.get("/metrics", headers=headers)
    assert response.status_code == status
    assert (b"musicsite_jobs" in response.content) == (status == 200)


@pytest.mark.django_db
def test_without_a_token_it_is_for_this_machine_alone(client: Client, settings: Any) -> None:
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 404
    settings.LOCAL = False
    assert client.get("/metrics").status_code == 404
