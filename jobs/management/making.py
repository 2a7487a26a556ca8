"""What the commands share that make music without a site: the sounds to play on, and why nothing was made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from django.core.management.base import CommandError

from jobs import generators
from jobs.music.errors import MusicError


class Sounds(TypedDict):
    """Arguments of ``piece.make``."""

    soundfont: Path | None
    cache: Path


def sounds(chosen: Path | None) -> Sounds:
    """Arguments of ``piece.make``: ``soundfont``, the file to use (``chosen``, else the site's), and ``cache``."""
    setup = generators.get("composer").options
    return {
        "soundfont": chosen or (Path(setup["soundfont"]) if setup["soundfont"] else None),
        "cache": Path(setup["cache"]),
    }


@contextmanager
def failing_in_a_sentence(when_stopped: str) -> Iterator[None]:
    """Raise CommandError for what can keep a piece from being made or written; ``when_stopped``: for Ctrl-C."""
    try:
        yield
    except MusicError as error:
        raise CommandError(f"{error.message} ({error.code})") from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from error
    except KeyboardInterrupt:
        raise CommandError(when_stopped, returncode=130) from None
