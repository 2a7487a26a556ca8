"""django-q2's ORM broker, which takes a wake-up only while the worker behind it is free.

As it comes, a cluster takes messages into its memory while its worker is busy: one waits in the queue and one in the
pusher's hands, and the jobs they announce wait although workers of other clusters are idle.
"""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django_q.brokers.orm import ORM
from django_q.conf import Conf

from jobs.errors import AWAY
from jobs.processes import end_children

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between tries while the database is away


class Gate:
    """What a supervisor shares with the processes of one cluster."""

    def __init__(self) -> None:
        self.free = multiprocessing.Semaphore(1)  # whether its worker takes a wake-up
        self.stopping = multiprocessing.Event()  # whether it has been told to stop
        self._attempt_began = multiprocessing.RawValue("d", 0.0)  # monotonic seconds; 0: none runs

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around what a worker does under the deadline of an attempt."""
        self._attempt_began.value = time.monotonic()
        try:
            yield
        finally:
            self._attempt_began.value = 0.0

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


class WakeUps(ORM):
    """A pusher or monitor that meets an absent database would end, and a worker's cluster with it. Here one waits, and
    the other lets the message be: it is delivered once more and finds no work."""

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
            return time.sleep(Conf.POLL)
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
