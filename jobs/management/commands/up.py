import multiprocessing
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from jobs.management.commands.web import web_server
from jobs.processes import FIGURES, adopt_orphans, die_with_parent, drop_shared_folders, end_children

START_SECONDS = 30  # for the web server to answer
AGAIN_SECONDS = 2  # between two starts of something that ends at once


class Command(BaseCommand):
    help = "Runs the whole site on this machine: web server and workers, until Ctrl-C."
    requires_migrations_checks = False
    requires_system_checks = ()  # they load all of the site: `_prepare` makes them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=settings.PORT, help="(default: %(default)s, or PORT)")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        self._stopping = False
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._on_signal)
        if host not in ("127.0.0.1", "localhost", "::1"):
            os.environ.setdefault("MUSICSITE_ALLOWED_HOSTS", "*")  # whoever opens it to others knows their names
        _apart(self._prepare)
        adopt_orphans()
        commands = {"worker": [sys.executable, _manage_py(), "worker"], "web": web_server(host, port)}
        processes = {"worker": _start(commands["worker"])}
        try:
            if not settings.DEBUG:
                _apart(lambda: call_command("collectstatic", interactive=False, verbosity=0))
            processes["web"] = _start(commands["web"])
            started = dict.fromkeys(processes, time.monotonic())
            self._wait_for_web(f"http://{host}:{port}/", processes["web"])
            while not self._stopping:
                for name, process in processes.items():
                    if process.poll() is not None and time.monotonic() > started[name] + AGAIN_SECONDS:
                        end_children(keep=[other.pid for other in processes.values()])
                        self.stderr.write(f"{name} ended with code {process.returncode}; starting it again")
                        processes[name], started[name] = _start(commands[name]), time.monotonic()
                time.sleep(0.1)
        finally:
            self._stop(list(processes.values()))

    def _prepare(self) -> None:
        self.check()
        call_command("migrate", verbosity=0)

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _wait_for_web(self, address: str, web: "subprocess.Popen[bytes]") -> None:
        for _ in range(START_SECONDS * 10):
            if self._stopping:
                return
            if web.poll() is not None:
                raise CommandError(
                    f"The web server did not start: is something else on {address}? PORT chooses another."
                )
            try:
                urllib.request.urlopen(address + "healthz", timeout=2).close()  # noqa: S310 — our own address
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
            else:
                break
        else:
            raise CommandError(f"The web server did not answer on {address} within {START_SECONDS} seconds.")
        self.stdout.write(self.style.SUCCESS(f"Musicsite is on {address} — Ctrl-C stops it."))
        self.stdout.flush()

    def _stop(self, processes: list["subprocess.Popen[bytes]"]) -> None:
        self.stdout.write("Stopping …")
        for process in processes:
            process.terminate()
        ends = time.monotonic() + settings.GRACE_SECONDS + 10
        for process in processes:
            try:
                process.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        end_children()
        drop_shared_folders(FIGURES)


def _apart(work: Callable[[], object]) -> None:
    """Do it in a child: what it loads, twice the memory of this process, is gone when it is done."""

    def told() -> None:
        try:
            work()
        except (CommandError, DatabaseError) as error:
            sys.exit(str(error))

    child = multiprocessing.get_context("fork").Process(target=told)
    child.start()
    child.join()
    if child.exitcode:
        raise CommandError("The site was not started.", returncode=child.exitcode)


def _manage_py() -> str:
    return str(Path(settings.BASE_DIR) / "manage.py")


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    """A child in a process group of its own (Ctrl-C reaches us alone) that ends when we die."""
    me = os.getpid()
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=settings.BASE_DIR,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(me, signal.SIGTERM),
    )
