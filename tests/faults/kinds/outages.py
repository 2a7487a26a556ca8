"""The database and the disk, when they are not there."""

from __future__ import annotations

import sqlite3
import time

from django.conf import settings
from django.db import connection

from tests.faults.kinds.base import Struck, kind
from tests.faults.scene import Scene

OUTAGE = 3.0  # seconds that a disk is full or closed
LOCKED = 10.0  # seconds that another program keeps SQLite's write lock


@kind("PostgreSQL restarted in mid-job", possible=lambda scene: scene.postgres is not None)
def restart_postgres(scene: Scene) -> Struck:
    assert scene.postgres
    mode = scene.random.choice(["fast", "immediate"])
    scene.running(1)
    scene.postgres.stop(mode)
    time.sleep(scene.random.uniform(0, 2))
    scene.postgres.start()
    connection.close()
    return Struck(time.monotonic(), f"stopped {mode}")


@kind("SQLite locked by a writer for 10 s", possible=lambda scene: scene.postgres is None)
def lock_sqlite(scene: Scene) -> Struck:
    scene.running(1)
    writer = sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=30, isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED)
        writer.execute("ROLLBACK")
    finally:
        writer.close()
    return Struck(time.monotonic())


def _has_disk(scene: Scene) -> bool:
    return scene.disk.is_own


@kind("Disk full", possible=_has_disk)
def fill_disk(scene: Scene) -> Struck:
    scene.running(1)
    with scene.disk.full():
        time.sleep(OUTAGE)
    return Struck(time.monotonic(), f"for {OUTAGE:.0f} s")


@kind("Media folder read-only", possible=_has_disk)
def close_media(scene: Scene) -> Struck:
    scene.running(1)
    with scene.disk.read_only("media"):
        time.sleep(OUTAGE)
    return Struck(time.monotonic(), f"for {OUTAGE:.0f} s")
