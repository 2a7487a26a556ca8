"""TERM and INT: what a deploy does."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import psutil
from django.conf import settings

from jobs.models import Attempt, Job
from tests.faults.kinds.base import Struck, kind
from tests.faults.scene import Scene, alive, look, wait_for


def ends_cleanly(scene: Scene, supervisor: psutil.Process, signum: int, *, times: int = 1, group: bool = False) -> None:
    """Send the signal and see what a deploy has to be sure of."""
    below = supervisor.children(recursive=True)
    leased = look(lambda: list(Job.objects.leased().values_list("pk", "attempt", "lease_pid")))
    held = [(pk, attempt) for pk, attempt, pid in leased if pid in {process.pid for process in below}]
    code_seen = scene.site.log.read_text().count("worker ended with code 0")
    mine = supervisor.ppid() == scene.site.process.pid
    for _ in range(times):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(supervisor.pid, signum) if group else os.kill(supervisor.pid, signum)
        time.sleep(0.3)
    psutil.wait_procs([supervisor, *below], timeout=settings.GRACE_SECONDS + 8)
    if left := alive([supervisor, *below]):
        scene.violated(f"alive after {signal.Signals(signum).name}: {', '.join(left)}")
    if mine:
        wait_for(
            lambda: scene.site.log.read_text().count("worker ended with code 0") > code_seen, 5, "it ended with code 0"
        )
    for pk, attempt in held:
        outcome = look(lambda pk=pk, attempt=attempt: Attempt.objects.get(job=pk, number=attempt).outcome)
        if outcome in ("running", "lost"):
            scene.violated(f"job {pk}: attempt {attempt} is {outcome} after {signal.Signals(signum).name}")


def _signals(signum: signal.Signals, times: int, *, group: bool) -> None:
    whom = "the workers' process group" if group else "the supervisor"

    @kind(f"{signum.name[3:]} {'twice' if times == 2 else 'once'} to {whom}")
    def stop_workers(scene: Scene) -> Struck:
        scene.order(seconds=0.5)
        long, begun = scene.running(settings.GRACE_SECONDS + 2)
        time.sleep(scene.random.uniform(0, 0.5))
        ends_cleanly(scene, scene.supervisor(), signum, times=times, group=group)
        since = time.monotonic()
        again = scene.begins(long, begun.attempt + 1)
        scene.cancel(long)
        return Struck(since, f"the longer job came back as attempt {again.attempt}", figure=again.at - since)


for _signum in (signal.SIGTERM, signal.SIGINT):
    for _times in (1, 2):
        for _group in (False, True):
            _signals(_signum, _times, group=_group)


@kind("TERM or INT to the whole site, start again", within=10)
def stop_site(scene: Scene) -> Struck:
    signum = scene.random.choice([signal.SIGTERM, signal.SIGINT])
    scene.running(1)
    processes = scene.processes()
    code = scene.site.stop(signum)
    if code != 0:
        scene.violated(f"the site ended with code {code} on {signum.name}")
    if left := alive(processes):
        scene.violated(f"alive after {signum.name} to the site: {', '.join(left)}")
    since = time.monotonic()
    scene.site.start()
    return Struck(since, signum.name)
