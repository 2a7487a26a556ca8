"""Whether this process and what it needs are in order: what ``/readyz`` says."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection

from jobs.queue.lanes import lanes
from jobs.queue.rates import in_database
from jobs.storage import files

logger = logging.getLogger(__name__)

REMEMBER = 2  # seconds: however often somebody asks, it costs little
REMEMBER_STORE = 10  # seconds: an object store is asked to keep something
ROOM = 200  # megabytes that the disk of the tracks must have free

Check = Callable[[], dict[str, Any]]


def report(exclude: Collection[str] = ()) -> dict[str, Any]:
    """``{"ready", "failed": [names], "checks": {name: {"ok", …}}}`` of all CHECKS but those to exclude.

    It is for everybody's eyes: why something cannot be reached is in the log.
    """
    checks = {name: _remembered(name) for name in CHECKS if name not in exclude}
    failed = [name for name, result in checks.items() if not result["ok"]]
    return {"ready": not failed, "failed": failed, "checks": checks}


def _remembered(name: str) -> dict[str, Any]:
    seconds = REMEMBER_STORE if name == "storage" and files.object_store() else REMEMBER
    result: dict[str, Any] = cache.get_or_set(f"ready-{name}", lambda: _run(name), seconds)  # type: ignore[assignment]
    return result


def _run(name: str) -> dict[str, Any]:
    try:
        return CHECKS[name]()
    except (DatabaseError, InterfaceError) as error:
        logger.warning("not ready: %s: %s", name, error)
        connection.close()
        return {"ok": False, "detail": "The database cannot be reached or written, or is not migrated."}
    except Exception:  # whatever a storage raises
        logger.warning("not ready: %s", name, exc_info=True)
        return {"ok": False, "detail": "It cannot be reached; the log says why."}


def _database() -> dict[str, Any]:
    """It can be read and written: a full one answers and takes no order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM jobs_job LIMIT 1")
    in_database.storage.incr("ready", 60)
    return {"ok": True}


def _storage() -> dict[str, Any]:
    """The folder of the tracks can be written and has room; an object store keeps what it is given."""
    if files.object_store():
        if problem := files.problem():
            logger.warning("not ready: storage: %s", problem)
            return {"ok": False, "detail": "It keeps no tracks; the log says why."}
        return {"ok": True}
    folder = Path(default_storage.path(""))
    folder = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(folder).free // 1_000_000
    if not os.access(folder, os.W_OK | os.X_OK):
        return {"ok": False, "detail": "The folder of the tracks cannot be written."}
    if free < ROOM:
        return {"ok": False, "freeMegabytes": free, "detail": f"Less than {ROOM} megabytes are free."}
    return {"ok": True, "freeMegabytes": free}


def _workers() -> dict[str, Any]:
    alive = {lane.name: lane.workers for lane in lanes()}
    result = {"ok": all(alive.values()), "alive": sum(alive.values()), "lanes": alive}
    if deserted := [name for name, workers in alive.items() if not workers]:
        result["detail"] = f"No worker in lane {', '.join(deserted)}."
    return result


def _queue() -> dict[str, Any]:
    all_lanes = lanes()
    oldest = max((lane.oldest for lane in all_lanes if lane.oldest is not None), default=None)
    result: dict[str, Any] = {
        "ok": not settings.READY_WAIT or (oldest or 0) <= settings.READY_WAIT,
        "waiting": sum(lane.waiting for lane in all_lanes),
        "oldestSeconds": None if oldest is None else round(oldest),
    }
    if not result["ok"]:
        result["detail"] = f"A job has been waiting for more than {settings.READY_WAIT} seconds."
    return result


CHECKS: dict[str, Check] = {"database": _database, "storage": _storage, "workers": _workers, "queue": _queue}
