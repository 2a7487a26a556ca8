"""Engines as nobody wants them. Each attempt is written down, and its audio carries the attempt's name.

They misbehave until the journal says that they were repaired; the seed says how long a piece takes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.generators.base import Generator, GeneratorError, Made, Order, Progress
from jobs.generators.composer import Composer
from tests.faults.journal import Journal

RATE = 8000  # samples a second
MARK = 128  # bytes at the beginning of the samples that name the attempt


def seconds_of(seed: int) -> float:
    """How long an engine works: the seed's last four digits in milliseconds."""
    return seed % 10_000 / 1000


def name_of(order: Order) -> tuple[str, int]:
    job, _dash, attempt = order.folder.name.rpartition("-")
    return job, int(attempt)


class RecordedComposer(Composer):
    """The real one, in the journal."""

    def generate(self, order: Order, progress: Progress) -> Made:
        with Journal.of_environment().attempt(*name_of(order)):
            return super().generate(order, progress)


class Recorded(Generator):
    OPTIONS = {"does": ""}  # the name of the method that comes before the piece

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        self._journal = Journal.of_environment()
        self._misbehave = getattr(self, f"_{self.options['does']}", None)

    def generate(self, order: Order, progress: Progress) -> Made:
        job, attempt = name_of(order)
        with self._journal.attempt(job, attempt):
            works = seconds_of(order.seed)
            ends = time.monotonic() + works
            while (left := ends - time.monotonic()) > 0:
                progress("rendering", 1 - left / works)
                time.sleep(min(0.02, left))
            if self._misbehave and not self._journal.repaired:
                self._misbehave(job, attempt)
            return Made(files={"audio": (write(order.folder / "audio.wav", job, attempt), "audio/wav")}, duration=1.0)

    def _raises(self, job: str, attempt: int) -> None:
        raise RuntimeError("This engine has a bug.")

    def _stumbles(self, job: str, attempt: int) -> None:
        raise GeneratorError("overloaded", "This engine is overloaded.", transient=True)

    def _hangs(self, job: str, attempt: int) -> None:
        """In C code, while the heart goes on beating."""
        while True:
            ctypes.CDLL(None).sleep(3600)

    def _clings(self, job: str, attempt: int) -> None:
        """In C code that never lets go of the interpreter: no handler runs, and no heart beats."""
        while True:
            ctypes.PyDLL(None).sleep(3600)

    def _deaf(self, job: str, attempt: int) -> None:
        """Hangs with every signal blocked that can be."""
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            time.sleep(3600)

    def _greedy(self, job: str, attempt: int) -> None:
        held = []
        while True:
            held.append(bytearray(32 << 20))

    def _forks(self, job: str, attempt: int) -> None:
        """Children that leave the session, ignore signals, and fork once more."""
        script = (
            "import os, signal, time; os.setsid(); os.fork(); [signal.signal(s, signal.SIG_IGN) for s in (1, 2, 15)];"
            "time.sleep(3600)"
        )
        for _ in range(2):
            child = subprocess.Popen([sys.executable, "-S", "-c", script])
            self._journal.write("child", job, attempt, child.pid)

    def _exits(self, job: str, attempt: int) -> None:
        os._exit(0)

    def _poison(self, job: str, attempt: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def write(path: Path, job: str, attempt: int) -> Path:
    """A second of sound that begins with the attempt's name."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(f"{job}/{attempt}".encode().ljust(MARK) + bytes(2 * RATE - MARK))
    return path


def read_name(file: Any) -> str:
    """``<job>/<attempt>`` of a file that ``write`` wrote; raises wave.Error or EOFError where it is not whole."""
    with wave.open(file, "rb") as sound:
        frames = sound.readframes(RATE)
    if len(frames) != 2 * RATE:
        raise EOFError(f"{len(frames)} bytes of sound")
    return frames[:MARK].decode().strip()
