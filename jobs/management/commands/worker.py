from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError

from jobs.management import arguments
from jobs.management.require_migrations import refuse_unmigrated
from jobs.models import Job
from jobs.models.text import fill_derived


class Command(BaseCommand):
    help = "Runs this machine's workers until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--workers", type=arguments.workers, default=settings.WORKERS, help="jobs at a time (default: %(default)s)"
        )

    def handle(self, *args: Any, workers: int, **options: Any) -> None:
        refuse_unmigrated()
        with suppress(DatabaseError):  # one that is away is waited for later
            fill_derived(Job.objects.all())  # of rows that an earlier version wrote after the migration
        from jobs.worker.supervisor import Supervisor  # django-q2 reads its settings at import

        Supervisor(workers, settings.LANE).run()
