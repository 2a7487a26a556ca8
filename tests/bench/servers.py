"""What is measured: the site as ``manage.py up`` runs it, and a server of the empty view; what their processes cost."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from jobs.worker.keeper import web_server

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


class Running:
    """A command and all that it has started, answering on a port."""

    def __init__(self, command: list[str], port: int, log: Path, env: Mapping[str, str]) -> None:
        self.port, self.log = port, log
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdout=file, stderr=file, start_new_session=True
            )
        ends = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise RuntimeError(f"{command} did not start:\n{log.read_text()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def _processes(self) -> list[psutil.Process]:
        top = psutil.Process(self._process.pid)
        return [top, *top.children(recursive=True)]

    def web_cpu(self) -> float:
        """CPU seconds, user's and kernel's, that the web server's processes have had."""
        web = [process for process in self._processes() if "granian" in " ".join(process.cmdline())]
        pids = {process.pid: process for top in web for process in (top, *top.children(recursive=True))}
        times = [process.cpu_times() for process in pids.values()]
        return sum(time.user + time.system for time in times)

    def memory(self) -> float:
        """MiB of all processes; what several share is counted once (PSS)."""
        return sum(process.memory_full_info().pss for process in self._processes()) / 2**20

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def site(folder: Path, **env: str) -> Iterator[Running]:
    """``env``: variables without their ``MUSICSITE_``. Each start has its own log beside the data."""
    port = free_port()
    log = folder.with_name(f"{folder.name}-{port}.log")
    command = [sys.executable, "manage.py", "up", "--port", str(port)]
    running = Running(command, port, log, {f"MUSICSITE_{name}": value for name, value in env.items()})
    try:
        yield running
    finally:
        running.stop()


@contextlib.contextmanager
def empty_view(folder: Path) -> Iterator[Running]:
    from django.conf import settings

    port = free_port()
    command = [
        *web_server("127.0.0.1", port, settings.WEB_PROCESSES, settings.WEB_THREADS)[:-1],
        "tests.bench.empty:application",
    ]
    running = Running(command, port, folder.with_name("empty.log"), {})
    try:
        yield running
    finally:
        running.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
