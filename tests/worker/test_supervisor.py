"""Which workers the supervisor replaces; what it does with real ones is in tests/faults."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Job, Preview, State
from jobs.models.errors import LOST
from jobs.models.preview import LEASE
from jobs.models.states import Holder
from jobs.queue.gate import Gate
from jobs.worker import lasting, supervisor

pytestmark = pytest.mark.django_db


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Whether a cluster is replaced within so many sweeps, between which it does something."""
    now = [100.0]
    monkeypatch.setattr(lasting.time, "monotonic", lambda: now[0])

    def sweep(count: int, between: Callable[[Gate], Any] = lambda gate: None) -> bool:
        here = supervisor.Supervisor(1, "default")
        here._host = "here"
        cluster: Any = SimpleNamespace(sentinel=1, members={os.getpid()}, gate=Gate())
        here._clusters = [cluster]
        dropped: list[Any] = []
        monkeypatch.setattr(here, "_drop", lambda cluster, loss, why: dropped.append(cluster))
        for _ in range(count):
            here._replace_stuck()
            between(cluster.gate)
            now[0] += supervisor.SWEEP
        return dropped == [cluster]

    return sweep


def do_a_short_job(gate: Gate) -> None:
    with gate.attempt():
        pass


STALL = int(supervisor.STALL / supervisor.SWEEP)  # sweeps


def test_a_worker_that_takes_no_work_is_replaced(order: Any, replaced: Callable[..., bool]) -> None:
    order()
    assert not replaced(STALL)
    assert replaced(STALL + 1)


def test_one_that_does_short_jobs_is_not(order: Any, replaced: Callable[..., bool]) -> None:
    """It holds none whenever the supervisor looks, and there is always work that waits."""
    order()
    assert not replaced(4 * STALL, do_a_short_job)


def test_one_that_does_not_end_an_attempt_that_is_no_longer_its_own_is(replaced: Callable[..., bool]) -> None:
    with ExitStack() as running:

        def begin(gate: Gate) -> None:
            if not gate.attempts():
                running.enter_context(gate.attempt())

        assert not replaced(STALL + 1, begin)
        assert replaced(STALL + 2, begin)


def test_one_that_runs_a_long_job_is_not(order: Any, replaced: Callable[..., bool]) -> None:
    order()
    order()
    assert Job.objects.claim("default", Holder("here", os.getpid()))
    assert not replaced(4 * STALL)


@pytest.fixture
def preview(order: Any, user: Any) -> Preview:
    return Preview.objects.create(owner=user, track=order(), lane="default", number=1)


def test_one_that_makes_a_preview_is_not(preview: Preview, replaced: Callable[..., bool]) -> None:
    Job.objects.all().update(lane="elsewhere")
    assert Preview.objects.claim("default", Holder("here", os.getpid()))
    with ExitStack() as running:
        assert not replaced(4 * STALL, lambda gate: gate.attempts() or running.enter_context(gate.attempt()))


@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_preview_is_taken_back_from_the_dead_and_the_silent(
    preview: Preview, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    """Whatever their clocks say."""
    now = [100.0]
    monkeypatch.setattr(lasting.time, "monotonic", lambda: now[0])
    here = supervisor.Supervisor(1, "default")
    here._host = "here"
    assert Preview.objects.claim("default", Holder("here", 2**22 + 7))
    here._take_back_lost()
    assert Preview.objects.get().state == State.PENDING
    assert Preview.objects.claim("default", Holder("elsewhere", os.getpid()))
    Preview.objects.update(lease_until=timezone.now() + timedelta(seconds=skew))
    here._take_back_lost()
    now[0] += LEASE.total_seconds()
    here._take_back_lost()
    assert Preview.objects.get().state == State.PROCESSING
    now[0] += supervisor.HARD_MARGIN + 1
    here._take_back_lost()
    assert (Preview.objects.get().state, Preview.objects.get().error_code) == (State.ERROR, LOST)
