"""Data folders and databases as an earlier version has left them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

from tests import postgres

VERSIONS = ("v0_1_0",)
_HERE = Path(__file__).parent


def sqlite_folder(version: str, folder: Path) -> Path:
    """A data folder with a database and files in it."""
    shutil.copytree(_HERE / version / "media", folder / "media")
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        database.executescript((_HERE / version / "sqlite.sql").read_text())
    return folder


def postgres_database(version: str, server: str) -> str:
    """The URL of a database on the server of that URL."""
    url = postgres.fresh_database(server)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((_HERE / version / "postgres.sql").read_text())  # type: ignore[call-overload]
    return url


def media(version: str, job: str, name: str) -> bytes:
    return (_HERE / version / "media" / "tracks" / job / "1" / name).read_bytes()
