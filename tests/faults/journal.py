"""The execution log: what engines did, written by themselves, so that nobody has to believe the database.

One JSON line for each event, appended in one write. While an attempt runs, its process holds a POSIX lock on a file of
the job: a second attempt that runs at the same time finds it held and says so. The kernel gives such a lock back when
its process dies, and a forked child does not inherit it.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "FAULTS_FOLDER"  # environment: the folder of a run


@dataclass(frozen=True, slots=True)
class Event:
    what: str  # begin, end, overlap, child
    job: str
    attempt: int
    pid: int
    at: float  # monotonic seconds, the same clock in all processes of a machine


class Journal:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines = folder / "journal"

    @classmethod
    def of_environment(cls) -> Journal:
        return cls(Path(os.environ[VARIABLE]))

    @property
    def repaired(self) -> bool:
        """Whether the engines have been told to behave, as after an operator's repair."""
        return (self._folder / "repaired").exists()

    def repair(self) -> None:
        (self._folder / "repaired").touch()

    def events(self) -> list[Event]:
        if not self._lines.exists():
            return []
        return [Event(**json.loads(line)) for line in self._lines.read_text().splitlines()]

    def write(self, what: str, job: str, attempt: int, pid: int | None = None) -> None:
        event = {"what": what, "job": job, "attempt": attempt, "pid": pid or os.getpid(), "at": time.monotonic()}
        descriptor = os.open(self._lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, (json.dumps(event) + "\n").encode())
        finally:
            os.close(descriptor)

    @contextmanager
    def attempt(self, job: str, attempt: int) -> Iterator[None]:
        """Around all that an engine does for an attempt."""
        with (self._folder / f"{job}.lock").open("w") as lock:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.write("overlap", job, attempt)
            self.write("begin", job, attempt)
            try:
                yield
            finally:
                self.write("end", job, attempt)
