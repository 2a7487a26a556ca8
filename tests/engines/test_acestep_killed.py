"""A worker that is killed while ACE-Step is at work: the next one goes on with the same piece."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs import generators
from jobs.models import Job, State
from jobs.queue import orders
from tests.engines.acestep_servers import AceServerHandler
from tests.engines.servers import serving
from tests.faults.conftest import Workers, wait_for, workers  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_it_is_not_made_twice(workers: Callable[..., Workers], user: User, settings: Any) -> None:  # noqa: F811
    with serving(AceServerHandler) as server:
        server.polls = 10**6
        options = {"url": server.url, "thinking": "no"}
        backend = "jobs.generators.acestep.AceStep"
        settings.GENERATORS = {**settings.GENERATORS, "acestep": {"BACKEND": backend, "OPTIONS": options}}
        generators.get.cache_clear()
        supervisor = workers(size=1, MUSICSITE_ACESTEP=",".join(f"{name}={value}" for name, value in options.items()))
        job = orders.submit(user, "calm piano", {"generator": "acestep", "duration": 10})
        wait_for(lambda: Job.objects.get(pk=job.pk).resume, 60)
        os.kill(supervisor.worker_of(job), signal.SIGKILL)
        server.polls = 0
        wait_for(lambda: Job.objects.filter(pk=job.pk, state=State.DONE).exists(), 60)
    name = "synth:0000000000000001"
    assert [(a.outcome, a.remote_id) for a in job.attempts.all()] == [("lost", name), ("done", name)]
    assert len(server.asked) == 1
