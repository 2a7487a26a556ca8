import multiprocessing
import os
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from jobs.management import arguments
from jobs.management.ports import is_loopback, wait_for_port
from jobs.storage import upgrade
from jobs.storage.dumps import BackupError
from jobs.worker.keeper import become_keeper
from jobs.worker.processes import SIGNALS


class Command(BaseCommand):
    help = "Runs the whole site on this machine: web server and workers, until Ctrl-C."
    requires_migrations_checks = False
    requires_system_checks = ()  # they load all of the site: `_prepare` makes them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=arguments.port, default=settings.PORT, help="(default: %(default)s, or PORT)"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        self._stopping = False
        for signum in SIGNALS:
            signal.signal(signum, self._on_signal)
        if not is_loopback(host):
            if not settings.SITE_URL:
                raise CommandError(
                    f"--host {host} opens the site to others. Set MUSICSITE_URL to the address by which they reach it, "
                    f"such as http://192.0.2.10:{port}: links in mails and links to share lead there."
                )
            os.environ.setdefault("MUSICSITE_ALLOWED_HOSTS", "*")  # links that leave the site ask for no name
        wait_for_port(host, port)
        _at_once(self._prepare, *([] if settings.DEBUG else [_collect_static]))
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if not self._stopping:
            os.chdir(settings.BASE_DIR)
            become_keeper(host, port, settings.WEB_PROCESSES, settings.WEB_THREADS, settings.GRACE_SECONDS)

    def _prepare(self) -> None:
        self.check()
        try:
            if done := upgrade.bring_up_to_date():
                self.stdout.write(done)
        except (upgrade.UpgradeRefused, BackupError, OSError) as error:
            raise CommandError(str(error)) from error

    def _on_signal(self, signum: int, frame: FrameType | None) -> None:
        self._stopping = True


def _collect_static() -> None:
    call_command("collectstatic", interactive=False, verbosity=0)


def _at_once(*works: Callable[[], object]) -> None:
    """Each in a child of its own, side by side."""

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except (CommandError, DatabaseError) as error:
            sys.exit(str(error))

    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=run, args=(work,)) for work in works]
    for child in children:
        child.start()
    for child in children:
        child.join()
    if code := max(child.exitcode or 0 for child in children):
        raise CommandError("The site was not started.", returncode=code)
