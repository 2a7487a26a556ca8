"""Wake-ups through Redis, for a site whose database has enough to do without them: MUSICSITE_REDIS_URL chooses it.

The job row stays the truth, and Redis may lose or double every message: the supervisors' sweep replaces lost ones, and
while Redis is away the pushers look into the database instead.
"""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import Any

import redis
from django.utils import timezone
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from django_q.signing import SignedPackage

from jobs.queue.broker import PAUSE, GatedBroker

logger = logging.getLogger(__name__)

TIMEOUT = 2.0  # seconds for Redis to answer: more than BLPOP waits
REST = 5.0  # seconds after a failure in which nobody waits for Redis again

_rests_until = 0.0  # monotonic


@cache
def _connection() -> redis.Redis:
    """One pool for each process (redis-py makes it anew after a fork)."""
    return redis.Redis.from_url(
        Conf.REDIS, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT, health_check_interval=30
    )


class Watched(Redis):
    """django-q2's Redis broker, which goes on without Redis."""

    @staticmethod
    def get_connection(list_key: str | None = None) -> redis.Redis:
        return _connection()

    def enqueue(self, task: Any) -> Any:
        """Never raises: whoever ordered a piece has it, and the sweep wakes a worker within a second."""
        if not _resting():
            try:
                return super().enqueue(task)
            except redis.RedisError as error:
                _rest(error)
        return None

    def dequeue(self) -> Any:
        if not _resting():
            try:
                return super().dequeue()
            except redis.RedisError as error:
                _rest(error)
        time.sleep(PAUSE)
        return [(None, self._wake_up())] if self._work_waits() else None

    def _work_waits(self) -> bool:
        from jobs.models import Job  # django-q2 imports its brokers before the apps are ready

        return Job.objects.claimable(Conf.CLUSTER_NAME).exists()

    def _wake_up(self) -> str:
        name = Conf.CLUSTER_NAME
        package = {
            "id": name,
            "name": name,
            "func": "jobs.worker.tasks.work",
            "args": (),
            "kwargs": {},
            "ack_failure": True,
        }
        return str(SignedPackage.dumps({**package, "started": timezone.now()}))

    def ping(self) -> bool:
        """A cluster starts without Redis."""
        return True

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """WorkerHost is our record of who is there."""


def _resting() -> bool:
    return time.monotonic() < _rests_until


def _rest(error: Exception) -> None:
    global _rests_until
    _rests_until = time.monotonic() + REST
    logger.warning("Redis is away, workers look into the database instead: %s", error)


class RedisBroker(GatedBroker, Watched):
    """Messages in Redis: they are sent after the commit of the job that they announce."""

    def has_messages(self, number: int = 1) -> bool:
        """True also while Redis is away: the pushers look for work themselves then."""
        if _resting():
            return True
        try:
            return self.queue_size() >= number
        except redis.RedisError as error:
            _rest(error)
            return True
