"""Keeps the services of a site on one machine going, web server and workers, until it is told to stop.

``manage.py up`` becomes this program when all is prepared: one that only waits needs no Django in its memory.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from types import FrameType

from jobs.worker.processes import FIGURES, SIGNALS, adopt_orphans, die_with_parent, drop_shared_folders, end_children

START_SECONDS = 60  # for the web server to answer
AGAIN_SECONDS = 2  # between two starts of something that ends at once
LOOK = 0.1  # seconds between looks at the services

Service = subprocess.Popen[bytes]


def become_keeper(host: str, port: int, web_processes: int, web_threads: int, grace_seconds: int) -> None:
    """Go on as this program in the working directory, where ``manage.py`` is; what this process has loaded is gone.

    A signal that comes between the two programs reaches the second one if SIGNALS are blocked in the first.
    """
    arguments = map(str, (host, port, web_processes, web_threads, grace_seconds))
    os.execv(sys.executable, [sys.executable, "-m", "jobs.worker.keeper", *arguments])  # noqa: S606 — our own command line


def web_server(host: str, port: int, processes: int, threads: int) -> list[str]:
    """The production web server's command line, each process with so many threads; the last word is the application."""
    server = [sys.executable, "-m", "musicsite.granian"]
    return [*server, host, str(port), str(processes), str(threads), "musicsite.wsgi:application"]


class Keeper:
    def __init__(self, host: str, port: int, web_processes: int, web_threads: int, grace_seconds: int) -> None:
        self._host, self._port, self._grace_seconds = host, port, grace_seconds
        self._commands = {
            "worker": [sys.executable, "manage.py", "worker"],
            "web": web_server(host, port, web_processes, web_threads),
        }
        self._services: dict[str, Service] = {}
        self._stopping = False

    def run(self) -> None:
        for signum in SIGNALS:
            signal.signal(signum, self._on_signal)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        adopt_orphans()
        try:
            self._services = {name: _start(command) for name, command in self._commands.items()}
            self._wait_for_web()
            self._keep()
        finally:
            self._stop()

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _wait_for_web(self) -> None:
        address = f"http://{self._host}:{self._port}/"
        ends = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._stopping:
                return
            if self._services["web"].poll() is not None:
                sys.exit(f"The web server did not start: is something else on {address}? PORT chooses another.")
            if time.monotonic() > ends:
                sys.exit(f"The web server did not answer on {address} within {START_SECONDS} seconds.")
            time.sleep(LOOK)
        _say(f"Musicsite is on {address} — Ctrl-C stops it.")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse()  # whatever it says
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return True

    def _keep(self) -> None:
        started = dict.fromkeys(self._services, time.monotonic())
        while not self._stopping:
            for name, service in self._services.items():
                if service.poll() is not None and time.monotonic() > started[name] + AGAIN_SECONDS:
                    end_children(keep=[other.pid for other in self._services.values()])
                    sys.stderr.write(f"{name} ended with code {service.returncode}; starting it again\n")
                    self._services[name], started[name] = _start(self._commands[name]), time.monotonic()
            time.sleep(LOOK)

    def _stop(self) -> None:
        _say("Stopping …")
        for service in self._services.values():
            service.terminate()
        ends = time.monotonic() + self._grace_seconds + 10
        for service in self._services.values():
            try:
                service.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                service.kill()
                service.wait()
        end_children()
        drop_shared_folders(FIGURES)


def _start(command: list[str]) -> Service:
    """A child in a process group of its own (Ctrl-C reaches us alone) that ends when we die."""
    me = os.getpid()
    return subprocess.Popen(  # noqa: S603
        command,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(me, signal.SIGTERM),
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    host, *numbers = sys.argv[1:]
    Keeper(host, *map(int, numbers)).run()
