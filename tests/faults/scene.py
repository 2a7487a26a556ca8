"""The running site as the fault suite sees and handles it: its processes by what they do, its database, its disk."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeVar, cast

import psutil
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from jobs.models import Job, WorkerHost
from tests.faults.clock import Clock
from tests.faults.journal import Event, Journal
from tests.faults.load import Accepted, Crowd, Person
from tests.faults.share import Share
from tests.postgres import Server
from tests.site import Site

T = TypeVar("T")

DISK = 192  # MiB that the site's data folder may take


def wait_for(what: Callable[[], T], seconds: float, text: str) -> T:
    """The first true value of ``what``; raises TimeoutError that says ``text`` after that many seconds."""
    ends = time.monotonic() + seconds
    while not (value := what()):
        if time.monotonic() > ends:
            raise TimeoutError(f"not within {seconds:.0f} s: {text}")
        time.sleep(0.02)
    return value


def alive(processes: Iterable[psutil.Process]) -> list[str]:
    """Those that run, in words; the dead that nobody has buried yet do not."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} ({' '.join(process.cmdline()[-3:])}, child of {process.ppid()})")
    return found


def look(read: Callable[[], T]) -> T:
    """Read from the site's database, also while it starts again."""
    ends = time.monotonic() + 60
    while True:
        try:
            return read()
        except (OperationalError, InterfaceError):
            if time.monotonic() > ends:
                raise
            connection.close()
            time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster: a sentinel and what it starts, in that order."""

    sentinel: psutil.Process
    worker: psutil.Process
    monitor: psutil.Process
    pusher: psutil.Process


class Disk:
    """A file system of its own for the site's data, which can be filled and closed to writers. Needs root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.is_own = os.geteuid() == 0 and _mount("-t", "tmpfs", "-o", f"size={DISK}m", "none", str(folder))

    @contextmanager
    def full(self) -> Iterator[None]:
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        try:
            yield
        finally:
            ballast.unlink()

    @contextmanager
    def read_only(self, name: str) -> Iterator[None]:
        """One folder below as an administrator's mistake leaves it."""
        folder = str(self.folder / name)
        Path(folder).mkdir(exist_ok=True)
        _mount("--bind", folder, folder)
        _mount("-o", "remount,bind,ro", folder)
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", folder], check=True)

    def remove(self) -> None:
        if self.is_own:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)
        shutil.rmtree(self.folder)


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], stderr=subprocess.DEVNULL).returncode == 0


class Scene:
    def __init__(
        self, folder: Path, env: dict[str, str], disk: Disk, clock: Clock, postgres: Server | None, seed: str
    ) -> None:
        self.folder, self.disk, self.clock, self.postgres = folder, disk, clock, postgres
        self.share = Share(folder)
        self.random = Random(seed)
        self.journal = Journal(folder)
        self.site = Site(folder, **env)
        self.probe = Person(self.site.url, "probe")  # whose orders are waited for
        self.crowd = Crowd([Person(self.site.url, f"person{number}") for number in range(3)], seed)
        self.violations: list[str] = []

    # -- processes

    def processes(self) -> list[psutil.Process]:
        """All that belong to this site, whoever is their parent now: they inherit its folder for temporary files."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("TMPDIR") == self.site.env["TMPDIR"]:
                    found.append(process)
        return found

    def _part(self, word: str) -> psutil.Process:
        def find() -> psutil.Process | None:
            with contextlib.suppress(psutil.Error):
                for child in psutil.Process(self.site.process.pid).children():
                    with contextlib.suppress(psutil.Error):
                        if word in child.cmdline():
                            return child
            return None

        return cast(psutil.Process, wait_for(find, 20, f"{word} runs"))

    def supervisor(self) -> psutil.Process:
        return self._part("worker")

    def web(self) -> psutil.Process:
        return self._part("musicsite.granian")

    def web_processes(self) -> list[psutil.Process]:
        return wait_for(lambda: self.web().children(), 15, "web processes run")

    def clusters(self) -> list[Cluster]:
        """Whole ones, once there are as many as there should be."""

        def find() -> list[Cluster]:
            with contextlib.suppress(psutil.Error):
                clusters = [(one, sorted(one.children(), key=lambda p: p.pid)) for one in self.supervisor().children()]
                if len(clusters) == settings.WORKERS and all(len(members) >= 3 for _, members in clusters):
                    return [Cluster(sentinel, *members[:3]) for sentinel, members in clusters]
            return []

        return wait_for(find, 20, "all clusters are whole")

    # -- jobs

    def running(self, seconds: float, engine: str = "steady") -> tuple[Accepted, Event]:
        """A job of the probe that has begun, with so many seconds of work before it."""
        order = self.order(engine, seconds)
        return order, self.begins(order)

    def order(self, engine: str = "steady", seconds: float = 0.0) -> Accepted:
        return self.probe.order(engine, self.random.randrange(10**5) * 10**4 + int(seconds * 1000))

    def cancel(self, order: Accepted) -> None:
        order.cancelled = True
        self.probe.call("POST", f"/api/music/{order.job}/cancel")

    def begins(self, order: Accepted, attempt: int = 1, within: float = 60) -> Event:
        """The beginning of that attempt, or of a later one."""

        def find() -> Event | None:
            begun = (e for e in self.journal.events() if e.what == "begin" and e.job == order.job)
            return next((event for event in begun if event.attempt >= attempt), None)

        return wait_for(find, within, f"attempt {attempt} of {order.engine} job {order.job} begins")

    def ends(self, order: Accepted, within: float = 60) -> Job:
        """The job when it has ended."""

        def find() -> Job | None:
            return look(lambda: Job.objects.filter(pk=order.job, finished_at__isnull=False).first())

        return wait_for(find, within, f"{order.engine} job {order.job} ends")

    def rest(self) -> None:
        """Nobody orders, nothing runs."""
        self.crowd.pause()
        wait_for(lambda: not look(lambda: Job.objects.unfinished().exists()), 90, "all jobs end")

    @contextmanager
    def resting(self) -> Iterator[None]:
        self.rest()
        try:
            yield
        finally:
            self.crowd.resume()

    # -- other supervisors

    @contextmanager
    def second_supervisor(self, *before: str) -> Iterator[psutil.Process]:
        """Another ``manage.py worker``; killed afterwards if it has not ended."""
        hosts = set(look(lambda: list(WorkerHost.objects.values_list("pk", flat=True))))
        with (self.folder / "second.log").open("ab") as log:
            process = subprocess.Popen(
                [*before, sys.executable, "manage.py", "worker"],
                cwd=settings.BASE_DIR,
                env=self.site.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_for(
                lambda: look(lambda: WorkerHost.objects.exclude(pk__in=hosts).exists()), 20, "a second supervisor calls"
            )
            yield psutil.Process(process.pid)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()

    def kill_all(self) -> None:
        def kill() -> bool:
            alive = [p for p in self.processes() if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
            for process in alive:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            return not alive

        wait_for(kill, 10, "all are dead")
        self.site.process.wait()

    def violated(self, text: str) -> None:
        self.violations.append(text)
