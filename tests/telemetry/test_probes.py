import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import Job, WorkerHost
from jobs.storage import files
from jobs.telemetry import health

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def ask(client: Client, dummy: Any) -> Ask:
    """The answer of /readyz as it is now: status and body."""
    dummy()

    def ask(query: str = "") -> tuple[int, Any]:
        cache.clear()
        response = client.get(f"/readyz{query}")
        return response.status_code, json.loads(response.content)

    return ask


@pytest.fixture
def worker_host(db: None) -> Callable[..., WorkerHost]:
    def call(lane: str = "default", size: int = 2, seen: timedelta = timedelta(), pid: int = 1) -> WorkerHost:
        now = timezone.now()
        return WorkerHost.objects.create(host="here", pid=pid, lane=lane, size=size, started_at=now, seen_at=now - seen)

    return call


def test_it_lives_without_a_database(client: Client) -> None:
    """Database access is refused in this test."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, f"ok {settings.VERSION}\n".encode())


@pytest.mark.django_db
def test_it_is_ready_when_everything_is_in_order(ask: Ask, worker_host: Any) -> None:
    worker_host()
    status, body = ask()
    assert (status, body["ready"], body["failed"]) == (200, True, [])
    assert body["checks"]["workers"] == {"ok": True, "alive": 2, "lanes": {"default": 2}}
    assert body["checks"]["queue"] == {"ok": True, "waiting": 0, "oldestSeconds": None}


def test_it_says_that_no_worker_was_heard_of_lately(ask: Ask, worker_host: Any) -> None:
    worker_host(seen=timedelta(seconds=16))
    status, body = ask()
    assert (status, body["failed"]) == (503, ["workers"])
    assert body["checks"]["workers"]["detail"] == "No worker in lane default."


def test_it_names_a_lane_without_workers(ask: Ask, worker_host: Any, settings: Any) -> None:
    worker_host(size=3)
    settings.GENERATORS = {**settings.GENERATORS, "neural": {"BACKEND": "no.matter", "LANE": "gpu"}}
    status, body = ask()
    assert status == 503
    assert body["checks"]["workers"]["lanes"] == {"default": 3, "gpu": 0}
    worker_host(lane="gpu", pid=2)
    assert ask()[0] == 200


def test_it_names_a_lane_that_only_jobs_know(ask: Ask, worker_host: Any, order: Any) -> None:
    worker_host()
    order()
    Job.objects.update(lane="closed")
    assert ask()[1]["checks"]["workers"]["lanes"] == {"closed": 0, "default": 2}


def test_it_says_how_long_the_oldest_job_waits(ask: Ask, worker_host: Any, order: Any, settings: Any) -> None:
    worker_host()
    for minutes in (1, 16, 3):
        job = order()
        Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=minutes))
    status, body = ask()
    assert (status, body["failed"], body["checks"]["queue"]["waiting"]) == (503, ["queue"], 3)
    assert 960 <= body["checks"]["queue"]["oldestSeconds"] <= 965
    settings.READY_WAIT = 0
    assert ask()[0] == 200


def test_a_job_that_is_being_made_does_not_wait(ask: Ask, worker_host: Any, order: Any, claim: Any) -> None:
    worker_host()
    Job.objects.filter(pk=order().pk).update(created_at=timezone.now() - timedelta(hours=1))
    claim()
    assert ask()[1]["checks"]["queue"] == {"ok": True, "waiting": 0, "oldestSeconds": None}


@pytest.mark.django_db
def test_checks_can_be_left_out(ask: Ask) -> None:
    """A web host without workers still takes orders and plays tracks: its load balancer asks for no more."""
    assert ask()[0] == 503
    status, body = ask("?exclude=workers&exclude=queue")
    assert (status, list(body["checks"])) == (200, ["database", "storage"])
    status, body = ask("?exclude=wokers")
    assert (status, body["detail"]) == (400, "exclude: wokers is not among database, storage, workers, queue")


def test_it_says_that_the_database_is_away(ask: Ask, worker_host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    worker_host()

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("password of musicsite at 10.0.0.3 refused")

    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", refuse)
        away.setattr(connection, "close", lambda: None)
        status, body = ask()
    assert (status, body["failed"]) == (503, ["database", "workers", "queue"])
    assert "10.0.0.3" not in json.dumps(body)


@pytest.mark.parametrize("problem", ["bucket music: AKIA123 may not (403)", "bucket music: there is none (404)"])
def test_it_says_that_the_store_keeps_nothing(
    ask: Ask, worker_host: Any, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    said = problem

    class Bucket:
        def problem(self) -> str:
            return said

    worker_host()
    monkeypatch.setattr(files, "object_store", Bucket)
    status, body = ask()
    assert (status, body["failed"]) == (503, ["storage"])
    assert problem not in json.dumps(body)
    said = ""
    assert ask()[0] == 200


def test_it_says_that_the_disk_is_full(ask: Ask, worker_host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    worker_host()
    monkeypatch.setattr(health, "ROOM", 10**12)
    assert ask()[1]["failed"] == ["storage"]


@pytest.fixture
def strict(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["music.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    settings.LIMIT_REQUESTS = "1/hour"


@pytest.mark.django_db
def test_probes_need_no_host_name_no_https_and_no_patience(client: Client, worker_host: Any, strict: None) -> None:
    worker_host()
    for _ in range(5):
        for path in ("/healthz", "/readyz"):
            assert client.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200
    assert client.post("/healthz").status_code == 405
    assert client.get("/", headers={"Host": "10.1.2.3:8000"}).status_code == 400


def test_not_ready_is_no_error_of_ours(ask: Ask, db: None, caplog: pytest.LogCaptureFixture) -> None:
    assert ask()[0] == 503
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_asking_often_costs_no_more(ask: Ask, client: Client, worker_host: Any) -> None:
    worker_host()
    assert ask()[0] == 200
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/readyz").status_code == 200
    assert not queries
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        client.get("/readyz")
    assert len(queries) <= 6
