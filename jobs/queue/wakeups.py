"""The messages of the queue: each says "there is work in this lane", and nothing more."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import transaction
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.tasks import async_task

from jobs.models import Abandoned, Job, Preview

MOST_WAITING = 64  # messages of a lane: as many as it may have workers, so that whoever becomes free finds one


def wake(lane: str, jobs: int = 1) -> None:
    """Tell up to ``jobs`` workers of ``lane`` that there is work, when the transaction commits."""
    broker = _broker(lane, Conf.BROKER_CLASS)
    if broker.transactional and broker.has_messages(MOST_WAITING):
        return

    def send() -> None:
        for _ in range(min(jobs, MOST_WAITING)):
            async_task("jobs.worker.tasks.work", cluster=lane, task_name=lane, broker=broker)

    if broker.transactional:
        send()
    else:
        transaction.on_commit(send)


@cache
def _broker(lane: str, kind: str) -> Any:
    """django-q2's broker of that kind, which Conf names."""
    return get_broker(lane)


def replace_lost_messages(lane: str) -> int:
    """Send one wake-up where work waits in ``lane`` and no message does; returns how many were sent: 0 or 1.

    One is enough: a worker goes on to the next job by itself.
    """
    waiting = Job.objects.claimable(lane), Abandoned.objects.filter(lane=lane), Preview.objects.waiting(lane)
    if not any(work.exists() for work in waiting) or _broker(lane, Conf.BROKER_CLASS).has_messages():
        return 0
    wake(lane)
    return 1
