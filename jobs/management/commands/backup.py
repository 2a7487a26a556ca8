from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from jobs.management.arguments import new_file, sentence
from jobs.storage import backups
from jobs.storage.dumps import BackupError


class Command(BaseCommand):
    help = "Writes the database and all tracks into one archive, while the site goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=new_file, help="a file that is not there yet, or a folder to write it in")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        if path.is_dir():
            path /= f"musicsite-{timezone.now():%Y%m%d-%H%M%S}.tar"
        try:
            contents = backups.write(path)
        except (BackupError, OSError) as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"{path}: {len(contents.files)} files, {filesizeformat(path.stat().st_size)}.")
