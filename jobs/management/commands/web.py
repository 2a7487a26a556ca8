import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs.management import arguments
from jobs.management.ports import wait_for_port
from jobs.management.require_migrations import refuse_unmigrated
from jobs.worker.keeper import web_server


class Command(BaseCommand):
    help = "Runs the web server alone, behind a proxy; SIGTERM lets running requests end."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=arguments.port, default=settings.PORT, help="(default: %(default)s, or PORT)"
        )
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        refuse_unmigrated()
        wait_for_port(host, port)
        os.chdir(settings.BASE_DIR)
        command = web_server(host, port, settings.WEB_PROCESSES, settings.WEB_THREADS)
        os.execv(sys.executable, command)  # noqa: S606 - our own command line
