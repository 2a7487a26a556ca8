"""Engines that misbehave; each says what its job has to end with."""

from __future__ import annotations

import time

import psutil
from django.conf import settings

from jobs.models import Job
from tests.faults.kinds.base import ENDS, Struck, kind
from tests.faults.scene import Scene, look, wait_for


def _misbehaves(scene: Scene, engine: str, code: str, attempts: int, seconds: float = 0.3) -> Struck:
    """Order a piece of that engine; meanwhile others do not wait for it longer than one attempt."""
    order = scene.order(engine, seconds)
    first = scene.begins(order)
    longest = 0.0
    while not look(lambda: Job.objects.filter(pk=order.job, finished_at__isnull=False).exists()):
        ordered = time.monotonic()
        begun = scene.begins(scene.order()).at
        longest = max(longest, begun - ordered)
        events = scene.journal.events()
        if sum(e.what == "begin" and e.job == order.job and ordered < e.at < begun for e in events) > 1:
            scene.violated(f"a job waited {begun - ordered:.1f} s for several attempts of {engine}")
        if time.monotonic() - first.at > 60:
            raise TimeoutError(f"{engine} job {order.job} does not end")
        time.sleep(0.1)
    job = look(lambda: Job.objects.get(pk=order.job))
    if (job.error_code, job.attempt) != (code, attempts):
        scene.violated(f"{engine} job {job.pk} ended as {job.error_code or job.state} in attempt {job.attempt}")
    return Struck(first.at, f"{code}; others waited {longest:.2f} s at most", figure=time.monotonic() - first.at)


@kind("An engine raises", ENDS)
def raises(scene: Scene) -> Struck:
    return _misbehaves(scene, "raises", "internal_error", 1)


@kind("An engine hangs in C code", "ends, beyond its deadline, after", 8)
def hangs(scene: Scene) -> Struck:
    return _past_deadline(_misbehaves(scene, "hangs", "timeout", 1))


@kind("An engine hangs with all signals blocked", "ends, beyond its deadline, after", 8)
def deaf(scene: Scene) -> Struck:
    return _past_deadline(_misbehaves(scene, "deaf", "timeout", 1))


def _past_deadline(struck: Struck) -> Struck:
    assert struck.figure is not None
    struck.figure -= settings.JOB_TIMEOUT
    return struck


@kind("An engine never lets go of the interpreter", ENDS, 25)
def clings(scene: Scene) -> Struck:
    return _misbehaves(scene, "clings", "worker_lost", settings.MAX_ATTEMPTS)


@kind("An engine eats memory", ENDS, 15)
def greedy(scene: Scene) -> Struck:
    return _misbehaves(scene, "greedy", "out_of_memory", settings.MAX_ATTEMPTS)


@kind("An engine exits the process", ENDS, 15)
def exits(scene: Scene) -> Struck:
    return _misbehaves(scene, "exits", "worker_lost", settings.MAX_ATTEMPTS)


@kind("An engine kills its own worker every time", ENDS, 15)
def poison(scene: Scene) -> Struck:
    return _misbehaves(scene, "poison", "worker_lost", settings.MAX_ATTEMPTS)


@kind("An engine forks", "its children are dead after")
def forks(scene: Scene) -> Struck:
    order = scene.order("forks")
    scene.ends(order)
    since = time.monotonic()

    def left() -> list[int]:
        children = [e.pid for e in scene.journal.events() if e.what == "child" and e.job == order.job]
        return [pid for pid in children if psutil.pid_exists(pid)]

    wait_for(lambda: not left(), 5, "the children of an engine are dead")
    return Struck(since, figure=time.monotonic() - since)
