"""One django-q2 cluster as the supervisor has it, and what every process of it does when it begins."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from django_q import cluster as django_q_cluster
from django_q.signals import post_spawn

from jobs.queue.gate import Gate, set_gate
from jobs.worker.processes import SIGNALS, Process, adopt_orphans, die_with_parent, limit_memory


class Cluster:
    """Sentinel, pusher, monitor and one worker, in a process group of their own."""

    def __init__(self, listen: Callable[[], None]) -> None:
        """Fork the processes. ``listen`` puts the caller's signal handlers back in place."""
        self.gate = Gate()
        set_gate(self.gate)
        connections.close_all()  # a connection must not be shared over a fork
        # A new Cluster puts its own signal handlers in place of ours: no signal may come until ours are back.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self._cluster = django_q_cluster.Cluster()
            listen()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self._cluster.start()
        set_gate(None)
        self.sentinel: int = self._cluster.sentinel.pid
        sentinel = Process(self.sentinel)
        # Each with when it started: after a pause of the whole machine somebody else may have the id of a dead one.
        self.processes = [sentinel, *sentinel.children()]
        self.members = {process.pid for process in self.processes[1:]}

    def is_whole(self) -> bool:
        """False once any of its processes has died, even where django-q2 has put another in its place."""
        return all(process.is_alive() for process in self.processes)

    def is_stopped(self) -> bool:
        """Whether one of its processes does nothing for now."""
        return any(process.is_stopped() for process in self.processes)

    def is_running(self) -> bool:
        """Whether the sentinel is alive."""
        return bool(self._cluster.sentinel.is_alive())

    def ask_to_stop(self) -> None:
        """Take no further job; end when the running one has ended."""
        self.gate.stopping.set()
        self._cluster.stop_event.set()

    def kill(self) -> set[int]:
        """End all of its processes at once; returns their ids."""
        processes = [*self.processes, *self.processes[0].children()]
        for process in processes:
            process.kill()
        self._cluster.sentinel.join(timeout=5)
        return {process.pid for process in processes}


def prepare_forks() -> None:
    """Called once by the supervisor: every process below it dies with its parent.

    A cluster leaves the supervisor's process group, so that a signal to that group stops the supervisor alone, which
    then stops its clusters in order.
    """
    supervisor = parent = os.getpid()

    def before() -> None:
        nonlocal parent
        parent = os.getpid()

    def in_child() -> None:
        die_with_parent(parent)
        if parent == supervisor:
            os.setpgid(0, 0)

    os.register_at_fork(before=before, after_in_child=in_child)
    post_spawn.connect(_prepare_worker)


def _prepare_worker(**kwargs: Any) -> None:
    adopt_orphans()
    limit_memory(settings.JOB_MEMORY)
