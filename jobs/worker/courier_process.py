"""The process that delivers webhooks, as its supervisor has it: there while there is something to deliver."""

from __future__ import annotations

import multiprocessing
from multiprocessing.process import BaseProcess

from django.db import connections

from jobs.worker import courier
from jobs.worker.processes import Process


class CourierProcess:
    def __init__(self) -> None:
        self._forked: BaseProcess | None = None
        self._process: Process | None = None

    @property
    def pids(self) -> list[int]:
        """The id of the process, while there is one."""
        if self._forked:
            self._forked.join(0)  # a dead one is to leave no zombie
        return [self._process.pid] if self._process and self._process.is_alive() else []

    def tend(self) -> None:
        """Start it where it is needed and not there; whatever a dead one was at is tried again after a minute."""
        if self.pids or not courier.is_needed():
            return
        connections.close_all()  # a connection must not be shared over a fork
        self._forked = multiprocessing.get_context("fork").Process(target=courier.run, name="courier")
        self._forked.start()
        self._process = Process(int(self._forked.pid or 0))
