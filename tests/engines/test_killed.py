"""A worker that is killed while Replicate is at work: the next one goes on with the same prediction."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs import generators
from jobs.models import Job, State
from jobs.queue import orders
from tests.engines.servers import KEY, ReplicateHandler, serving
from tests.faults.conftest import Workers, wait_for, workers  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_it_is_not_paid_twice(workers: Callable[..., Workers], user: User, settings: Any) -> None:  # noqa: F811
    with serving(ReplicateHandler) as server:
        server.slowness = 8
        options = {"token": KEY, "model": "owner/name:01", "url": server.url}
        backend = "jobs.generators.replicate.Replicate"
        settings.GENERATORS = {**settings.GENERATORS, "replicate": {"BACKEND": backend, "OPTIONS": options}}
        generators.get.cache_clear()
        supervisor = workers(size=1, MUSICSITE_REPLICATE=",".join(f"{name}={value}" for name, value in options.items()))
        job = orders.submit(user, "calm piano", {"generator": "replicate", "duration": 6})
        wait_for(lambda: Job.objects.get(pk=job.pk).resume, 20)
        os.kill(supervisor.worker_of(job), signal.SIGKILL)
        wait_for(lambda: Job.objects.filter(pk=job.pk, state=State.DONE).exists(), 60)
    assert [(a.outcome, a.remote_id) for a in job.attempts.all()] == [("lost", "p1"), ("done", "p1")]
    assert len(server.asked) == 1
