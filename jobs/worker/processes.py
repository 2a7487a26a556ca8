"""Processes as the operating system has them: who we are, who is alive, and nobody outliving what started it."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import resource
import select
import shutil
import signal
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Collection, Iterable
from functools import cache, cached_property
from pathlib import Path

import psutil

SIGNALS = (signal.SIGTERM, signal.SIGINT)  # that ask a process to stop in order
FIGURES = "musicsite-figures"  # the shared folder in which web processes count together
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


@cache
def host_name() -> str:
    """A name for this machine since it started, or for this container of it where process ids are its own.

    Two hosts of the same name never share a process id, and neither do two lives of one host: a container that starts
    again numbers its processes as it did before.
    """
    name = socket.gethostname()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        namespace = _namespace()
        first_started = Path("/proc/1/stat").read_text().rpartition(")")[2].split()[19]  # ticks since boot; proc(5)
    except OSError:
        return name
    life = hashlib.blake2b(f"{boot} {namespace} {first_started}".encode(), digest_size=3).hexdigest()
    return f"{name}#{life}"


def die_with_parent(parent: int, signum: int = signal.SIGKILL) -> None:
    """Have the kernel send this process ``signum`` when ``parent`` dies, or has died; does nothing but on Linux."""
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, int(signum))
        if os.getppid() != parent:
            os.kill(os.getpid(), signum)


def adopt_orphans() -> None:
    """Become the parent of every process below whose own parent dies; does nothing but on Linux."""
    if sys.platform == "linux":
        _prctl(PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def count_together(parent: int) -> None:
    """Let the children of the process ``parent`` count in one folder; before anything imports prometheus_client."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(shared_folder(FIGURES, parent))


def shared_folder(name: str, parent: int) -> Path:
    """A folder for what the children of the process ``parent`` share: empty with each new parent, and ours alone.

    Raises PermissionError where somebody else has made a folder of that name.
    """
    drop_shared_folders(name)
    folder = Path(tempfile.gettempdir()) / f"{name}-{_namespace()}-{_life(parent)}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} belongs to somebody else, or is open to others")
    return folder


def drop_shared_folders(name: str) -> None:
    """Remove our shared folders of that ``name`` whose parents are dead, and those of this process itself.

    Orphans that this process has adopted may have made the latter. Folders of another container, whose process ids say
    nothing here, are left to it.
    """
    prefix = f"{name}-{_namespace()}-"
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            life = folder.name.removeprefix(prefix)
            pid = life.partition("-")[0]
            in_use = pid.isdecimal() and int(pid) != os.getpid() and life == _life(int(pid))
            if not in_use and folder.lstat().st_uid == os.getuid():
                shutil.rmtree(folder, ignore_errors=True)


@cache
def _namespace() -> int:
    """Within which process ids name a process; 0 where the system has but one."""
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def _life(pid: int) -> str:
    """Names a process apart from later ones of the same id; "" where there is none."""
    try:
        return f"{pid}-{psutil.Process(pid).create_time():.2f}"
    except psutil.NoSuchProcess:
        return ""


def limit_memory(mebibytes: int) -> None:
    """Let this process and each one below it have so many MiB of its own; MemoryError beyond. 0: no limit."""
    if mebibytes:
        limit = mebibytes << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


class Process:
    """A process by its id and when it started: never one that has the id now, because the first is dead."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._process: psutil.Process | None = psutil.Process(pid)
        except psutil.NoSuchProcess:
            self._process = None

    def is_alive(self) -> bool:
        """Whether it is there, and not dead and waiting to be reaped."""
        return self._status() not in ("", psutil.STATUS_ZOMBIE)

    def is_stopped(self) -> bool:
        """Whether it does nothing until somebody sends it SIGCONT."""
        return self._status() == psutil.STATUS_STOPPED

    def children(self) -> list[Process]:
        """Its living children; none where it is gone."""
        return [Process(pid) for pid in children_of(self.pid)] if self.is_alive() else []

    def kill(self) -> None:
        """Send SIGKILL; one that is gone already is passed over."""
        if self._process:
            with contextlib.suppress(psutil.NoSuchProcess):  # also raised where another has its id
                self._process.kill()

    @cached_property
    def death(self) -> int | None:
        """A file that can be read once the process is dead (a pidfd of Linux); None where there is none."""
        try:
            return os.pidfd_open(self.pid) if self.is_alive() else None
        except (AttributeError, OSError):
            return None

    def __del__(self) -> None:
        if death := self.__dict__.get("death"):
            os.close(death)

    def _status(self) -> str:
        """As psutil names it; "" where it is gone."""
        if self._process is None:
            return ""
        try:
            return str(self._process.status()) if self._process.is_running() else ""
        except psutil.NoSuchProcess:
            return ""


class Alarm:
    """Sleeps until a process dies or a signal comes, which costs nothing meanwhile."""

    def __init__(self) -> None:
        """Call it in the main thread. Signals wake it from then on, those without a handler apart."""
        self._signals, self._waker = socket.socketpair()
        for end in (self._signals, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """Let signals wake nobody any more."""
        signal.set_wakeup_fd(-1)
        for end in (self._signals, self._waker):
            end.close()

    def sleep(self, seconds: float, processes: Iterable[Process], unseen: float) -> None:
        """At most so many seconds; only ``unseen`` seconds where the death of one of the processes cannot be seen."""
        poll = select.poll()
        poll.register(self._signals, select.POLLIN)
        for process in processes:
            if process.death is None:
                seconds = min(seconds, unseen)
            else:
                poll.register(process.death, select.POLLIN)
        poll.poll(max(0.0, seconds) * 1000)
        with contextlib.suppress(BlockingIOError):
            self._signals.recv(1024)


def is_alive(pid: int) -> bool:
    """Whether there is a process of that id, other than one that is dead and waits to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def children_of(pid: int) -> set[int]:
    """Process ids of the living children of the process ``pid``; none where that does not exist."""
    try:
        return {child.pid for child in psutil.Process(pid).children() if child.status() != psutil.STATUS_ZOMBIE}
    except psutil.NoSuchProcess:
        return set()


def has_children() -> bool:
    """Whether this process has children, living or dead.

    Linux keeps a list of them; psutil reads all of /proc for it.
    """
    lists = list(Path("/proc/self/task").glob("*/children"))
    try:
        return not lists or any(path.read_bytes() for path in lists)
    except OSError:  # of a thread that has just ended
        return True


def end_children(keep: Collection[int] = ()) -> None:
    """Kill and reap this process's children and all that is below them, but the children whose ids are to ``keep``.

    Whoever adopts orphans gets the children of the dead, too, a moment later; gives up after a second.
    """
    if not has_children():
        return
    me, ends = psutil.Process(), time.monotonic() + 1
    while (children := [child for child in me.children() if child.pid not in keep]) and time.monotonic() < ends:
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                for process in (*child.children(recursive=True), child):
                    process.kill()
        psutil.wait_procs(children, timeout=max(0.0, ends - time.monotonic()))
