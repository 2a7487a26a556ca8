"""KILL, of every process there is."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import psutil
from django.conf import settings

from jobs.models import Job, State
from tests.faults.kinds.base import AGAIN, Struck, kind
from tests.faults.load import Accepted
from tests.faults.scene import Scene, look, wait_for


@kind("KILL a busy worker", AGAIN)
def kill_busy_worker(scene: Scene) -> Struck:
    order, begun = scene.running(2)
    time.sleep(scene.random.uniform(0, 1))
    since = time.monotonic()
    os.kill(begun.pid, signal.SIGKILL)
    return Struck(since, f"process {begun.pid}", [(order, begun.attempt + 1)])


@kind("KILL an idle worker")
def kill_idle_worker(scene: Scene) -> Struck:
    with scene.resting():
        cluster = scene.random.choice(scene.clusters())
        since = time.monotonic()
        cluster.worker.kill()
        scene.begins(scene.order())
    return Struck(since, f"process {cluster.worker.pid}")


def _kill_member(scene: Scene, name: str) -> Struck:
    cluster = scene.random.choice(scene.clusters())
    order, begun = scene.running(1)
    since = time.monotonic()
    process: psutil.Process = getattr(cluster, name)
    process.kill()
    hit = begun.pid == cluster.worker.pid
    return Struck(since, f"process {process.pid}", [(order, begun.attempt + 1)] if hit else [])


@kind("KILL the pusher")
def kill_pusher(scene: Scene) -> Struck:
    return _kill_member(scene, "pusher")


@kind("KILL the monitor")
def kill_monitor(scene: Scene) -> Struck:
    return _kill_member(scene, "monitor")


@kind("KILL the sentinel")
def kill_sentinel(scene: Scene) -> Struck:
    return _kill_member(scene, "sentinel")


@kind("KILL the supervisor (main process of all clusters)", AGAIN)
def kill_supervisor(scene: Scene) -> Struck:
    order, begun = scene.running(2)
    supervisor = scene.supervisor()
    since = time.monotonic()
    supervisor.kill()
    return Struck(since, f"process {supervisor.pid}", [(order, begun.attempt + 1)])


@kind("KILL the web server", "accepts orders again after", 10)
def kill_web_server(scene: Scene) -> Struck:
    web = scene.web()
    old = {web.pid, *(process.pid for process in web.children())}  # what the dead one leaves answers for a moment
    since = time.monotonic()
    web.kill()
    wait_for(lambda: scene.web().pid not in old, 20, "the web server was started again")
    return Struck(since, f"process {web.pid}")


@kind("KILL a process of the web server", "accepts orders again after")
def kill_web_process(scene: Scene) -> Struck:
    process = scene.random.choice(scene.web_processes())
    since = time.monotonic()
    process.kill()
    return Struck(since, f"process {process.pid}")


@kind("KILL five processes at random within two seconds", within=10)
def kill_at_random(scene: Scene) -> Struck:
    def all_but_the_first() -> list[psutil.Process]:
        return [process for process in scene.processes() if process.pid != scene.site.process.pid]

    killed = []
    for _ in range(5):
        process = scene.random.choice(wait_for(all_but_the_first, 10, "processes run"))
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
            killed.append(process.pid)
        time.sleep(scene.random.uniform(0, 0.4))
    return Struck(time.monotonic(), f"processes {', '.join(map(str, killed))}")


@kind("KILL everything with 20 jobs pending, start again", "all done, beyond the time they need, after")
def kill_everything(scene: Scene) -> Struck:
    with scene.resting():
        seconds = [scene.random.uniform(0.2, 0.6) for _ in range(20)]
        orders = [scene.order(seconds=each) for each in seconds]
        scene.kill_all()
        left = [(o, s) for o, s in zip(orders, seconds, strict=True) if not look(lambda o=o: _is_done(o))]
        since = time.monotonic()
        scene.site.start()
        wait_for(lambda: all(look(lambda o=o: _is_done(o)) for o in orders), 60, "all 20 are done")
        took = time.monotonic() - since
    need = sum(each for _, each in left) / settings.WORKERS
    return Struck(since, f"{len(left)} left, which need {need:.1f} s, took {took:.1f} s", figure=took - need)


def _is_done(order: Accepted) -> bool:
    return Job.objects.filter(pk=order.job, state=State.DONE).exists()
