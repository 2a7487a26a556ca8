"""Hosts whose clocks differ from each other's and from the database's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import F
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from jobs.models import Attempt, Holder, Job, WorkerHost
from jobs.models.worker_host import workers_alive
from jobs.queue import lanes, transitions
from jobs.worker.supervisor import Supervisor

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]
SetClock = Callable[[int], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Go on as a host whose clock differs from the true one by so many seconds."""
    true = timezone.now

    def step(seconds: int) -> None:
        monkeypatch.setattr(timezone, "now", lambda: true() + timedelta(seconds=seconds))

    return step


@pytest.fixture(params=[-3600, 3600], ids=["behind", "ahead"])
def skew(request: Any) -> int:
    return int(request.param)


def test_a_lease_of_another_host_is_not_taken_for_overdue(order: Submit, clock: SetClock, skew: int) -> None:
    order()
    clock(skew)
    job = Job.objects.claim("default", Holder("elsewhere", 1))
    assert job
    clock(0)
    here = Supervisor(1, "default")
    for _ in range(3):
        here._take_back_lost()
    assert Job.objects.get().state == "processing"
    assert job.beat("rendering", 10)


def test_a_lease_that_nobody_prolongs_is_taken_back_whatever_its_clock_said(
    order: Submit, clock: SetClock, skew: int, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LEASE_SECONDS = 0
    order()
    clock(skew)
    Job.objects.claim("default", Holder("elsewhere", 1))
    clock(0)
    here = Supervisor(1, "default")
    here._take_back_lost()
    here._take_back_lost()
    assert Job.objects.get().state == "pending"


def test_workers_are_counted_by_the_clock_of_the_database(
    client: Client, dummy: Any, clock: SetClock, skew: int
) -> None:
    dummy()
    WorkerHost.objects.create(host="elsewhere", pid=1, lane="default", size=3, started_at=timezone.now(), seen_at=Now())
    clock(skew)
    cache.clear()
    assert workers_alive() == 3
    assert [(lane.name, lane.workers) for lane in lanes.lanes()] == [("default", 3)]
    assert client.get("/readyz").status_code == 200


def test_a_back_off_lasts_as_long_as_was_meant(
    order: Submit, clock: SetClock, skew: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    order()
    clock(skew)
    job = Job.objects.claim("default", Holder("elsewhere", 1))
    assert job
    transitions.postpone(job, 10, Attempt.Outcome.FAILED, "engine_busy", "")
    clock(0)
    here, meant = Supervisor(1, "default"), []
    monkeypatch.setattr(here._back_offs, "lasting", lambda seconds: meant.extend(seconds.values()) or set())
    here._end_back_offs()
    assert len(meant) == 1
    assert meant[0] <= 10


def test_the_order_of_jobs_is_that_of_their_turns(order: Submit, other: Any, skew: int) -> None:
    first, _second, theirs = order(), order(), order(owner=other)
    Job.objects.exclude(pk=first.pk).update(created_at=F("created_at") + timedelta(seconds=skew))
    claimed = [Job.objects.claim("default", Holder("here", number)) for number in range(3)]
    assert {job.pk for job in claimed[:2] if job} == {first.pk, theirs.pk}


def test_nothing_waits_for_less_than_no_time(order: Submit) -> None:
    order()
    Job.objects.update(created_at=F("created_at") + timedelta(hours=1))
    cache.clear()
    (lane,) = lanes.lanes()
    assert lane.oldest == 0
