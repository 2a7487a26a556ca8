"""A worker that is killed while a server of one's own is at work: the next one goes on with the same piece."""

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
from tests.engines.sa3_server import Sa3Handler
from tests.engines.served import ServedHandler
from tests.engines.servers import serving
from tests.faults.conftest import Workers, wait_for, workers  # noqa: F401 - a fixture

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("alias", "backend", "handler", "own", "name"),
    [
        ("acestep", "acestep.AceStep", AceServerHandler, {"thinking": "no"}, "synth:0000000000000001"),
        pytest.param(
            "stable_audio", "stable_audio.StableAudio", Sa3Handler, {}, "sa3:000000000001", marks=pytest.mark.sweep
        ),
    ],
)
def test_it_is_not_made_twice(
    workers: Callable[..., Workers],  # noqa: F811
    user: User,
    settings: Any,
    alias: str,
    backend: str,
    handler: type[ServedHandler],
    own: dict[str, str],
    name: str,
) -> None:
    with serving(handler) as server:
        server.polls = 10**6
        options = {"url": server.url, **own}
        entry = {"BACKEND": f"jobs.generators.{backend}", "OPTIONS": options}
        settings.GENERATORS = {**settings.GENERATORS, alias: entry}
        generators.get.cache_clear()
        written = ",".join(f"{option}={value}" for option, value in options.items())
        supervisor = workers(size=1, **{f"MUSICSITE_{alias.upper()}": written})
        job = orders.submit(user, "calm piano", {"generator": alias, "duration": 10})
        wait_for(lambda: Job.objects.get(pk=job.pk).resume, 60)
        os.kill(supervisor.worker_of(job), signal.SIGKILL)
        server.polls = 0
        wait_for(lambda: Job.objects.filter(pk=job.pk, state=State.DONE).exists(), 60)
    assert [(a.outcome, a.remote_id) for a in job.attempts.all()] == [("lost", name), ("done", name)]
    assert len(server.asked) == 1
