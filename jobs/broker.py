"""django-q2's brokers, which take a wake-up only while the worker behind them is free.

As it comes, a cluster takes messages into its memory while its worker is busy: one waits in the queue and one in the
pusher's hands, and the jobs they announce wait although workers of other clusters are idle.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connections
from django.db.models import CharField
from django.db.models.functions import Now
from django_q.brokers import Broker
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

from jobs.errors import AWAY
from jobs.processes import end_children
from jobs.sql import Prepared, Slot

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between tries while the database is away
LISTEN_SECONDS = 1.0  # after which a pusher looks for a message that it was not told of
ENOUGH = 64  # messages of a lane that wait: as many as it may have workers, so that whoever becomes free finds one
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Gate:
    """What a supervisor shares with the processes of one cluster."""

    def __init__(self) -> None:
        self.free = multiprocessing.Semaphore(1)  # whether its worker takes a wake-up
        self.stopping = multiprocessing.Event()  # whether it has been told to stop
        self._attempt_began = multiprocessing.RawValue("d", 0.0)  # monotonic seconds; 0: none runs
        self._attempts = multiprocessing.RawValue("Q", 0)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around what a worker does under the deadline of an attempt."""
        self._attempt_began.value = time.monotonic()
        self._attempts.value += 1
        try:
            yield
        finally:
            self._attempt_began.value = 0.0

    def attempts(self) -> int:
        """How many the worker has begun."""
        return int(self._attempts.value)

    def attempt_seconds(self) -> float:
        """How long the attempt has been running; 0 when there is none."""
        began = self._attempt_began.value
        return time.monotonic() - began if began else 0.0


_gate: Gate | None = None


def set_gate(gate: Gate | None) -> None:
    """Called by the supervisor before it forks a cluster, so that the pusher and the worker inherit the gate."""
    global _gate
    _gate = gate


def worker_is_free() -> None:
    """Called by the worker when it is through with a wake-up."""
    if _gate:
        _gate.free.release()


def stopping() -> bool:
    """Whether this cluster has been told to stop: take no further job."""
    return _gate is not None and _gate.stopping.is_set()


@contextmanager
def attempt() -> Iterator[None]:
    """Let the supervisor see that an attempt runs: it keeps the deadline where the worker itself does not."""
    if _gate is None:
        yield
    else:
        with _gate.attempt():
            yield


def end_leftovers() -> None:
    """Whatever processes an attempt has started end with it. Only in a cluster: elsewhere they may be anybody's."""
    if _gate is not None:
        end_children()


class Gated(Broker):
    """A mixin over one of django-q2's brokers.

    A pusher or monitor that meets an absent broker would end, and a worker's cluster with it. Here one waits, and the
    other lets the message be: it is delivered once more and finds no work.
    """

    transactional = False  # whether a message commits together with the job that it announces

    def has_messages(self, number: int = 1) -> bool:
        """Whether so many messages wait that some worker will take."""
        raise NotImplementedError

    def dequeue(self) -> Any:
        try:
            return self._take()
        except AWAY as error:
            logger.warning("no wake-ups while the database is away: %s", error)
            connections.close_all()
            return time.sleep(PAUSE)

    def _take(self) -> Any:
        if _gate is None:
            return super().dequeue()
        if stopping():
            return time.sleep(0.05)
        if not _gate.free.acquire(timeout=0.5):
            return None
        messages = None
        try:
            messages = super().dequeue()
        finally:
            if not messages:
                _gate.free.release()
        return messages

    def acknowledge(self, task_id: Any) -> None:
        try:
            super().acknowledge(task_id)
        except AWAY as error:
            logger.warning("a wake-up is not acknowledged, the database is away: %s", error)
            connections.close_all()

    def fail(self, task_id: Any) -> None:
        """A message that cannot be read never reaches the worker, so the worker stays free."""
        super().fail(task_id)
        worker_is_free()


class Heard(ORM):
    """The ORM broker, whose messages are heard on PostgreSQL (LISTEN, NOTIFY) instead of looked for.

    Eight idle workers make 22 transactions a second this way, and 300 with a poll of 50 ms. The row is still the
    message: a notification that is lost costs LISTEN_SECONDS.
    """

    _ear: Any = None  # the driver's connection that listens

    def enqueue(self, task: Any) -> Any:
        # At once for whoever looks, also where its clock is behind ours.
        pk = self.get_connection().create(key=self.list_key, payload=task, lock=LONG_AGO).pk
        connection = connections[Conf.ORM]
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, '')", [self._channel])
        return pk

    def dequeue(self) -> Any:
        if (listening := self._listen()) is None:
            return super().dequeue() if _waiting(1).rows(lane=self.list_key) else time.sleep(Conf.POLL)
        messages = super().dequeue()
        if not messages:
            for _ in listening.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                pass
        return messages

    def _listen(self) -> Any:
        self.get_connection()  # closes one that is too old
        connection = connections[Conf.ORM]
        if connection.vendor != "postgresql":
            return None
        connection.ensure_connection()
        if connection.connection is not self._ear:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {connection.ops.quote_name(self._channel)}")
            self._ear = connection.connection
        return self._ear

    @property
    def _channel(self) -> str:
        return f"musicsite_{self.list_key}"


@cache
def _waiting(number: int) -> Prepared:
    """One row where so many messages of ``lane`` wait to be taken; asked many times a second."""
    messages = OrmQ.objects.filter(key=Slot("lane", CharField()), lock__lte=Now()).order_by()
    return Prepared(messages.values_list("pk")[number - 1 : number])


class WakeUps(Gated, Heard):
    """The default: messages are rows beside the jobs."""

    transactional = True

    def has_messages(self, number: int = 1) -> bool:
        return bool(_waiting(number).rows(lane=self.list_key))
