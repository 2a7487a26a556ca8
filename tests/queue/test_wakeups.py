"""Messages that wake workers."""

from collections.abc import Callable
from typing import Any

from django_q.models import OrmQ

from jobs.models import Job
from jobs.queue import sweep

Claim = Callable[[], Job]


def test_it_replaces_a_lost_message(order: Any, claim: Claim) -> None:
    order()
    assert sweep.sweep("default").woken == 0
    OrmQ.objects.all().delete()
    assert sweep.sweep("default").woken == 1
    claim()
    OrmQ.objects.all().delete()
    assert sweep.sweep("default").woken == 0
