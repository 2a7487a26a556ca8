from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs.management import arguments
from jobs.management.require_migrations import fill_rows, refuse_unmigrated


class Command(BaseCommand):
    help = "Runs this machine's workers until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--workers", type=arguments.workers, default=settings.WORKERS, help="jobs at a time (default: %(default)s)"
        )

    def handle(self, *args: Any, workers: int, **options: Any) -> None:
        refuse_unmigrated()
        fill_rows()
        from jobs.worker.supervisor import Supervisor  # django-q2 reads its settings at import

        Supervisor(workers, settings.LANE).run()
