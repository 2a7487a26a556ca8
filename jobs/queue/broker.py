"""django-q2's brokers, which take a wake-up only while the worker behind them is free.

As it comes, a cluster takes messages into its memory while its worker is busy: one waits in the queue and one in the
pusher's hands, and the jobs they announce wait although workers of other clusters are idle.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connections, transaction
from django.db.models import CharField
from django.db.models.functions import Now
from django_q.brokers import Broker
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

from jobs.models.errors import AWAY
from jobs.models.sql import Parameter, PreparedQuery
from jobs.queue import gate
from jobs.queue.bell import bell_of

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between tries while the database is away
LISTEN_SECONDS = 1.0  # after which a pusher looks for a message that it was not told of
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class GatedBroker(Broker):
    """A mixin over one of django-q2's brokers.

    A pusher or monitor that meets an absent broker would end, and a worker's cluster with it. Here the pusher waits,
    and the monitor leaves the message unacknowledged: it is delivered once more and finds no work.
    """

    transactional = False  # whether a message commits together with the job that it announces

    def has_messages(self, number: int = 1) -> bool:
        """Whether at least ``number`` messages wait that some worker will take."""
        raise NotImplementedError

    def dequeue(self) -> Any:
        try:
            return self._take()
        except AWAY as error:
            logger.warning("no wake-ups while the database is away: %s", error)
            connections.close_all()
            return time.sleep(PAUSE)

    def _take(self) -> Any:
        cluster_gate = gate.current()
        if cluster_gate is None:
            return super().dequeue()
        if cluster_gate.stopping.is_set():
            return time.sleep(0.05)
        if not cluster_gate.free.acquire(timeout=0.5):
            return None
        messages = None
        try:
            messages = super().dequeue()
        finally:
            if not messages:
                cluster_gate.free.release()
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
        gate.worker_is_free()


class ListeningBroker(ORM):
    """The ORM broker, whose messages are heard instead of looked for: by NOTIFY on PostgreSQL, else by a pipe.

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
        else:
            transaction.on_commit(bell_of(self.list_key).ring, using=Conf.ORM)
        return pk

    def dequeue(self) -> Any:
        if (listener := self._listen()) is None:
            return super().dequeue() if _waiting(1).rows(lane=self.list_key) else self._sleep()
        messages = super().dequeue()
        if not messages:
            for _ in listener.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                pass
        return messages

    def _sleep(self) -> None:
        try:
            bell_of(self.list_key).wait(LISTEN_SECONDS)
        except OSError:  # no pipe can be made here
            time.sleep(Conf.POLL)

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
def _waiting(number: int) -> PreparedQuery:
    """One row where so many messages of ``lane`` wait to be taken; asked many times a second."""
    messages = OrmQ.objects.filter(key=Parameter("lane", CharField()), lock__lte=Now()).order_by()
    return PreparedQuery(messages.values_list("pk")[number - 1 : number])


class OrmBroker(GatedBroker, ListeningBroker):
    """The default: messages are rows beside the jobs."""

    transactional = True

    def has_messages(self, number: int = 1) -> bool:
        return bool(_waiting(number).rows(lane=self.list_key))
