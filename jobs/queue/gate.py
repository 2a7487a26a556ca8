"""The gate of a cluster: whether its worker is free, works on an attempt, or is to stop."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """What a supervisor shares with the processes of one cluster, through memory that survives the fork."""

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
        """How many attempts the worker has begun."""
        return int(self._attempts.value)

    def attempt_seconds(self) -> float:
        """How many seconds the attempt has been running; 0 when there is none."""
        began = self._attempt_began.value
        return time.monotonic() - began if began else 0.0


_gate: Gate | None = None


def set_gate(gate: Gate | None) -> None:
    """Called by the supervisor around the fork of a cluster, so that pusher and worker inherit ``gate``; None: none."""
    global _gate
    _gate = gate


def current() -> Gate | None:
    """The gate of the cluster that this process belongs to; None outside of a cluster."""
    return _gate


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
