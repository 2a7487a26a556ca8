"""From an earlier version's database to this one's: what keeps it from being migrated, and the copy before."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from jobs.storage import dumps

APP = "jobs"
FIRST_TABLE = "jobs_workerhost"  # 0.1.0 was the first version to have it, under the first migration's present name


class UpgradeRefused(Exception):
    """Why the database cannot be used by this version, in a sentence for operators."""


def missing() -> list[str]:
    """Our own migrations that the database lacks, as ``jobs.0002_…``, in order. Raises DatabaseError."""
    return [f"{APP}.{name}" for name in sorted(_known() - _applied())]


def bring_up_to_date() -> str:
    """Migrate; returns in a sentence what was done to data that were there, "" where there was nothing to say.

    Before it touches data, it writes a copy of the database beside it. Raises UpgradeRefused for a database that
    this version cannot take further, BackupError or OSError where the copy cannot be written, DatabaseError.
    """
    applied = _applied()
    _refuse_strange(applied)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    copy = _write_copy() if applied and plan else None
    call_command("migrate", verbosity=0)
    if copy is None:
        return ""
    steps = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _backwards in plan)
    return f"The database is now of version {settings.VERSION} ({steps}). As it was before: {copy}"


def _known() -> set[str]:
    """Names of the migrations of this version. They are not loaded: whoever only asks keeps its memory."""
    package, _explicit = MigrationLoader.migrations_module(APP)
    return {module.name for module in pkgutil.iter_modules(import_module(str(package)).__path__)}


def _applied() -> set[str]:
    return {name for app, name in MigrationRecorder(connection).applied_migrations() if app == APP}


def _refuse_strange(applied: set[str]) -> None:
    if later := sorted(applied - _known()):
        raise UpgradeRefused(
            f"The database was made by a later version of Musicsite than {settings.VERSION}: it has {APP}.{later[0]}."
            " Start that version, or restore a backup from before it."
        )
    if applied and FIRST_TABLE not in connection.introspection.table_names():
        raise UpgradeRefused(
            "The database is from before version 0.1.0, the first that can be upgraded. Nothing was changed:"
            " move its folder away, or name another with MUSICSITE_DATA_DIR."
        )


def _write_copy() -> Path:
    """The database as it is now, in a file of its own; for PostgreSQL what pg_dump writes."""
    before = f"before-{settings.VERSION}-{timezone.now():%Y%m%d-%H%M%S}"
    if connection.vendor == "sqlite":
        database = Path(str(connection.settings_dict["NAME"]))
        path = database.with_name(f"{database.stem}.{before}{database.suffix}")
    else:
        path = Path(settings.DATA_DIR) / f"{connection.vendor}.{before}.dump"
        path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    dumps.take(path)
    path.chmod(0o600)
    return path
