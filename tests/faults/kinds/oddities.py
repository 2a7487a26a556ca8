"""Frozen workers and machines, clocks, messages, and more supervisors than there should be."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import psutil
from django.conf import settings
from django.db import transaction
from django_q.models import OrmQ

from jobs.models import Job, WorkerHost
from tests.faults.journal import Event
from tests.faults.kinds.base import AGAIN, Struck, kind
from tests.faults.kinds.signals import ends_cleanly
from tests.faults.load import Accepted
from tests.faults.scene import Scene, look


@kind("STOP a worker for longer than its lease", "runs again, beyond the lease, after")
def stop_worker(scene: Scene) -> Struck:
    order, begun = scene.running(2)
    os.kill(begun.pid, signal.SIGSTOP)
    stopped = time.monotonic()
    scene.begins(order, begun.attempt + 1)
    with contextlib.suppress(ProcessLookupError):
        os.kill(begun.pid, signal.SIGCONT)
    return Struck(stopped + settings.LEASE_SECONDS, f"process {begun.pid}", [(order, begun.attempt + 1)])


def _can_be_elsewhere(scene: Scene) -> bool:
    return os.geteuid() == 0


@kind("STOP another machine for longer than its leases", "runs again, beyond the lease, after", 5, _can_be_elsewhere)
def stop_machine(scene: Scene) -> Struck:
    """It wakes in the middle of attempts that others have done by then, and must not change anything."""
    with scene.second_supervisor("unshare", "--uts", "sh", "-c", 'hostname elsewhere && exec "$@"', "sh") as other:
        order, begun = running_at(scene, other)
        frozen = [other, *other.children(recursive=True)]
        # No two machines share SQLite's file: here the second one must not take its lock along.
        with transaction.atomic() if scene.postgres is None else contextlib.nullcontext():
            for process in frozen:
                process.suspend()
        stopped = time.monotonic()
        pids = [process.pid for process in frozen]
        held = look(lambda: list(Job.objects.leased().filter(lease_pid__in=pids)))
        again = scene.begins(order, begun.attempt + 1)
        for job in held:  # its other worker may have been in the middle of somebody's job
            scene.journal.write("thaw", str(job.pk), job.attempt, job.lease_pid)
        for process in frozen:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()
        time.sleep(1)
        ends_cleanly(scene, other, signal.SIGTERM)
    beyond = again.at - stopped - settings.LEASE_SECONDS
    return Struck(stopped, f"process {begun.pid} frozen in attempt {begun.attempt}", figure=beyond)


def running_at(scene: Scene, other: psutil.Process) -> tuple[Accepted, Event]:
    """A job that this supervisor's workers have taken: of more jobs than the site has workers, there is one."""
    for _ in range(5):
        orders = [scene.order(seconds=3) for _ in range(settings.WORKERS + 1)]
        below = {process.pid for process in other.children(recursive=True)}
        for order in orders:
            if (begun := scene.begins(order)).pid in below:
                for another in orders:
                    if another is not order:
                        scene.cancel(another)
                return order, begun
    raise TimeoutError("the other workers took nothing")


@kind("Clock set forward by an hour")
def clock_forward(scene: Scene) -> Struck:
    return _step_clock(scene, 3600)


@kind("Clock set back by an hour")
def clock_back(scene: Scene) -> Struck:
    return _step_clock(scene, -3600)


def _step_clock(scene: Scene, seconds: int) -> Struck:
    order, begun = scene.running(2)
    scene.clock.step(seconds)
    since = time.monotonic()
    job = scene.ends(order)
    if job.attempt != begun.attempt:
        scene.violated(f"job {job.pk} lost attempt {begun.attempt} to the clock")
    return Struck(since)


@contextlib.contextmanager
def _untold(scene: Scene) -> Iterator[None]:
    """Workers hear of nothing in here."""
    pushers = [cluster.pusher for cluster in scene.clusters()]
    for pusher in pushers:
        pusher.suspend()
    try:
        yield
    finally:
        for pusher in pushers:
            pusher.resume()


@kind("Every message delivered four times at the same time")
def double_messages(scene: Scene) -> Struck:
    with scene.resting():
        with _untold(scene):
            orders = [scene.order(seconds=0.2) for _ in range(3)]
            messages = look(lambda: list(OrmQ.objects.all()))
            copies = [OrmQ(key=m.key, payload=m.payload, lock=m.lock) for m in messages for _ in range(3)]
            look(lambda: OrmQ.objects.bulk_create(copies))
        since = time.monotonic()
        begun = min(scene.begins(order).at for order in orders)
        if any(scene.ends(order).attempt != 1 for order in orders):
            scene.violated("a doubled message made a job run twice")
    return Struck(since, f"{len(copies)} copies", figure=max(0.0, begun - since))


@kind("All messages deleted")
def delete_messages(scene: Scene) -> Struck:
    with scene.resting():
        with _untold(scene):
            orders = [scene.order(seconds=0.2) for _ in range(4)]
            deleted, _ = look(lambda: OrmQ.objects.all().delete())
        since = time.monotonic()
        begun = min(scene.begins(order).at for order in orders)
    return Struck(since, f"{deleted} messages", figure=max(0.0, begun - since))


@kind("Two supervisors on one machine, one killed", AGAIN)
def two_supervisors(scene: Scene) -> Struck:
    with scene.second_supervisor() as other:
        order, begun = running_at(scene, other)
        since = time.monotonic()
        other.kill()
    return Struck(since, f"process {other.pid}", [(order, begun.attempt + 1)])


@kind("Two supervisors on one machine, one stopped")
def two_supervisors_stopped(scene: Scene) -> Struck:
    with scene.second_supervisor() as other:
        scene.running(1)
        ends_cleanly(scene, other, signal.SIGTERM)
        if look(lambda: WorkerHost.objects.filter(pid=other.pid).exists()):
            scene.violated("a stopped supervisor is still announced")
    return Struck(time.monotonic())
