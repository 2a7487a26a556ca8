from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs.management.arguments import sentence
from jobs.management.commands.prunejobs import orphaned_tracks
from jobs.storage import backups, files
from jobs.storage.dumps import BackupError


class Command(BaseCommand):
    help = "Makes the site what it was when an archive was written; everybody has to log in again."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="what manage.py backup has written")
        parser.add_argument("--force", action="store_true", help="replace the accounts and jobs that are there")
        parser.add_argument("--check", action="store_true", help="only read the archive and compare its sums")

    def handle(self, *args: Any, path: Path, force: bool, check: bool, **options: Any) -> None:
        try:
            contents = backups.check(path) if check else backups.restore(path, force=force)
        except (BackupError, OSError) as error:
            raise CommandError(sentence(error)) from error
        if not check:
            for job in list(orphaned_tracks()):
                files.remove_job(job)
        verb = "is whole" if check else "is restored"
        self.stdout.write(f"{path} of {contents.made} {verb}: {len(contents.files)} files.")
