"""Workers of a lane take the jobs of its generators and no others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job, State
from jobs.queue import orders
from tests.faults.conftest import Workers, wait_for
from tests.making import text_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_gpu_host_takes_only_its_lane_and_a_deserted_lane_says_so(
    workers: Callable[..., Workers], order: Any, user: Any, mina: Client, settings: Any
) -> None:
    engine = settings.GENERATORS["dummy"]
    settings.GENERATORS = {"dummy": engine, "neural": {**engine, "LANE": "gpu"}}
    plain, neural = order(), orders.submit(user, "calm piano", {"generator": "neural"})
    assert (plain.lane, neural.lane) == ("default", "gpu")
    # The worker knows one generator alone, by the name that the job has.
    Job.objects.filter(pk=neural.pk).update(generator="dummy")
    workers(MUSICSITE_LANE="gpu")
    wait_for(lambda: Job.objects.filter(pk=neural.pk, state=State.DONE).exists())
    later = orders.submit(user, "calm piano", {"generator": "neural"})
    plain.refresh_from_db()
    assert plain.state == State.PENDING
    assert mina.get(f"/api/music/{plain.pk}/status").json()["workers"] == 0
    assert mina.get(f"/api/music/{later.pk}/status").json()["workers"] == 2
    assert "Nobody is working right now" in text_of(mina.get(f"/tracks/{plain.pk}/"))
