"""One attempt at a preview: render the section, store it, or say how it failed. It ends when it is superseded."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from jobs import generators
from jobs.generators.base import GeneratorError, Order, Progress, Stopped
from jobs.models import Holder, Preview, errors
from jobs.models.errors import AWAY
from jobs.models.preview import LEASE
from jobs.queue import gate, previews, revisions
from jobs.storage import files
from jobs.telemetry import logs
from jobs.worker.processes import host_name

logger = logging.getLogger(__name__)

LOOK = 0.2  # seconds between two looks whether it is still wanted


def making_way(progress: Progress) -> Progress:
    """What a job tells of how far it is: it stops there for as long as a preview takes, since somebody listens for it.

    Without this a preview would wait for whole pieces where all workers are busy.
    """
    looked = time.monotonic()

    def told(stage: str, fraction: float | None) -> None:
        nonlocal looked
        progress(stage, fraction)
        if time.monotonic() - looked < LOOK or gate.stopping():
            return
        try:
            if _beside_any_loop(_runs_one):
                progress(stage, fraction)  # raises where the job was cancelled meanwhile
        except AWAY as error:
            logger.warning("no preview claimed, the database is away: %s", error)
            connection.close()
        looked = time.monotonic()

    return told


def _runs_one() -> bool:
    preview = Preview.objects.claim(settings.LANE, Holder(host_name(), os.getpid()))
    if preview:
        run(preview)
    return preview is not None


def _beside_any_loop(act: Callable[[], bool]) -> bool:
    """What it returns; in a thread where an engine waits in an event loop, in which Django asks no database."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return act()

    def there() -> bool:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(there).result()


def run(preview: Preview) -> None:
    """Run one claimed attempt to its end, whatever that is; nothing stays of one that nobody waits for any more."""
    with logs.about(user_id=preview.owner_id):
        try:
            if not _finishes(preview):
                files.remove_preview(preview.track_id, preview.number)
        except AWAY:
            logger.exception("preview %d of user %s: the database is away", preview.number, preview.owner_id)
            connection.close()


def _finishes(preview: Preview) -> bool:
    try:
        return _make(preview)
    except AWAY:
        raise
    except Stopped as stopped:
        if stopped.why == "returned":
            previews.take_back(preview)
        elif stopped.why == "timeout":
            preview.fail(errors.TIMEOUT, "")
    except GeneratorError as error:
        _failed(preview, error.code, error.message)
    except OSError as error:
        _failed(preview, "disk_full" if error.errno in files.NO_ROOM else "storage_failed", str(error))
    except MemoryError:
        _failed(preview, "out_of_memory", "")
    except ImproperlyConfigured as error:
        _failed(preview, "generator_unavailable", str(error))
    except Exception as error:
        logger.exception("preview %d of user %s: unexpected error", preview.number, preview.owner_id)
        _failed(preview, errors.INTERNAL, str(error))
    return False


def _make(preview: Preview) -> bool:
    """True when the sound is stored and can be heard."""
    track = preview.track
    folder = files.preview_folder(track.pk, preview.number)
    order = Order(revisions.base_of(track), track.seed, folder, edit=preview.document)
    heard = generators.get(track.generator).preview(order, preview.section, _Watch(preview))
    kept = files.keep_preview(track.pk, preview.number, heard.path, heard.content_type)
    files.drop_preview_folder(track.pk, preview.number)
    facts = {"start": heard.start, "lead": heard.lead, "length": heard.length, "bars": heard.bars}
    return preview.finish({**kept, **facts})


def _failed(preview: Preview, code: str, message: str) -> None:
    logger.warning("preview %d of user %s failed: %s (%s)", preview.number, preview.owner_id, code, message)
    preview.fail(code, message)


class _Watch:
    """What the engine tells how far it is: raises Stopped where nobody waits for it any more, or it takes too long."""

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._ends = time.monotonic() + LEASE.total_seconds()
        self._looked = time.monotonic()

    def __call__(self, stage: str, fraction: float | None) -> None:
        now = time.monotonic()
        if now > self._ends:
            raise Stopped("timeout")
        if gate.stopping():
            raise Stopped("returned")
        if now - self._looked > LOOK:
            self._looked = now
            if not self._preview.is_held():
                raise Stopped("lost")
