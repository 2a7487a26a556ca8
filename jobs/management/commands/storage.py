from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from jobs.storage import files


class Command(BaseCommand):
    help = "Says whether tracks can be kept: writes, reads and removes a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--create", action="store_true", help="make the bucket first, where there is none")

    def handle(self, *args: Any, create: bool, **options: Any) -> None:
        store = files.object_store()
        try:
            if create and store:
                store.create_bucket()
            problem = files.problem()
        except OSError as error:
            problem = str(error)
        if problem:
            raise CommandError(problem)
        place = f"bucket {settings.S3_BUCKET}" if store else str(settings.MEDIA_ROOT)
        self.stdout.write(f"Tracks can be kept in {place}.")
