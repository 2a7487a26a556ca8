"""The database as one file, as it was at one moment, while the site goes on: SQLite and PostgreSQL."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping, Set
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection, transaction

from jobs.models import Job


class BackupError(Exception):
    """What stands in the way, in a sentence for operators."""


def take(path: Path) -> list[str]:
    """Write the snapshot over ``path``; the names of all files that jobs in it have. Raises BackupError."""
    return _dumper()[0](path)


def check(path: Path, migrations: Set[tuple[str, str]]) -> None:
    """Raise BackupError unless ``path`` is a whole snapshot of a site that has had these ``migrations``."""
    _dumper()[2](path, migrations)


def put_back(path: Path) -> None:
    """Replace the whole database by the snapshot, in one transaction. Raises BackupError."""
    _dumper()[1](path)
    connection.close()


def _dumper() -> Any:
    try:
        return {
            "sqlite": (_take_sqlite, _put_sqlite, _check_sqlite),
            "postgresql": (_take_postgres, _put_postgres, _check_postgres),
        }[connection.vendor]
    except KeyError as error:
        raise BackupError(f"There is no backup of {connection.vendor} databases.") from error


def _names(files: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted(file["name"] for kinds in files for file in kinds.values())


# -- SQLite: its online backup, which readers and writers do not notice -----------------------------------------------


def _take_sqlite(path: Path) -> list[str]:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(_sqlite_file(), timeout=60)) as site, closing(sqlite3.connect(path)) as copy:
        site.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, no log beside it
        rows = copy.execute("SELECT files FROM jobs_job WHERE files <> '{}'")
        return _names(json.loads(files) for (files,) in rows)


def _put_sqlite(path: Path) -> None:
    connection.close()
    target = Path(_sqlite_file())
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as copy, closing(sqlite3.connect(target, timeout=60)) as site:
        copy.backup(site)
        site.execute("PRAGMA journal_mode=WAL")


def _check_sqlite(path: Path, migrations: Set[tuple[str, str]]) -> None:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as copy:
            problems = [text for (text,) in copy.execute("PRAGMA integrity_check(1)") if text != "ok"]
            applied = set(copy.execute("SELECT app, name FROM django_migrations"))
            copy.execute("SELECT count(*) FROM jobs_job JOIN auth_user ON auth_user.id = owner_id")
    except (sqlite3.Error, UnicodeError) as error:
        raise BackupError(f"The archive's database cannot be read: {error}") from error
    if problems:
        raise BackupError(f"The archive's database is damaged: {problems[0]}")
    if applied != migrations:
        raise BackupError("The archive's database is not the one that its manifest speaks of.")


def _sqlite_file() -> str:
    return str(connection.settings_dict["NAME"])


# -- PostgreSQL: pg_dump of a snapshot that we hold -------------------------------------------------------------------


def _take_postgres(path: Path) -> list[str]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # it waits for pg_dump
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        _run("pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={path}")
        return _names(Job.objects.exclude(files={}).order_by().values_list("files", flat=True).iterator())


def _put_postgres(path: Path) -> None:
    database = str(connection.settings_dict["NAME"])
    connection.close()
    _run("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-acl", "--single-transaction", "--exit-on-error",
         f"--dbname={database}", str(path))  # fmt: skip


def _check_postgres(path: Path, migrations: Set[tuple[str, str]]) -> None:
    _run("pg_restore", "--list", str(path))  # the rest it finds out in its one transaction


def _run(program: str, *arguments: str) -> None:
    executable = shutil.which(program)
    if executable is None:
        raise BackupError(f"{program} is not installed; it comes with PostgreSQL's client programs.")
    done = subprocess.run([executable, *arguments], env=_environment(), capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{program} failed: {done.stderr.strip()[-1000:]}")


def _environment() -> dict[str, str]:
    """How the programs find the database; a password on a command line could be read by everybody."""
    settings = connection.settings_dict
    names = {"PGDATABASE": "NAME", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGHOST": "HOST", "PGPORT": "PORT"}
    return {**os.environ, **{name: str(settings[key]) for name, key in names.items() if settings.get(key)}}
