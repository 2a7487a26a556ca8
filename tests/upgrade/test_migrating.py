"""Databases that are older, newer, or on the way: each gets a sentence, and nothing is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from jobs.models.text import searchable, sort_key
from tests import forking
from tests.site import Site
from tests.upgrade import left
from tests.upgrade.make import SETTINGS

LATER = {"DJANGO_SETTINGS_MODULE": "tests.upgrade.settings_later"}

pytestmark = pytest.mark.slow


def command(data: Path, *args: str, **env: str) -> list[Any]:
    variables = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("MUSICSITE_", "DATABASE_", "DJANGO_"))
    } | {**SETTINGS, "MUSICSITE_DATA_DIR": str(data), "PORT": "0", **env}  # fmt: skip
    return [[sys.executable, "manage.py", *args], {"cwd": settings.BASE_DIR, "env": variables, "text": True}]


def manage(data: Path, *args: str, **env: str) -> tuple[int, str]:
    """Exit code, and all that was said."""
    done = forking.manage(data, *args, **{**SETTINGS, "PORT": "0", **env})
    return done.returncode, done.stdout + done.stderr


def query(data: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(data / "db.sqlite3")) as database:
        return database.execute(sql).fetchall()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return left.sqlite_folder("v0_1_0", tmp_path / "data")


def test_up_migrates_older_data_and_keeps_them_as_they_were(data: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    before = query(data, "SELECT id, state FROM jobs_job ORDER BY id")
    site = Site(tmp_path, **SETTINGS, **LATER)
    site.leave()
    (line,) = [line for line in site.log.read_text().splitlines() if "The database is now of" in line]
    (copy,) = data.glob("db.before-9.9.9-*.sqlite3")
    assert "version 9.9.9 (jobs." in line
    assert line.endswith(f"jobs.9999_later). As it was before: {copy}")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert query(data, "SELECT word FROM jobs_later") == []
    rows = query(data, "SELECT title, prompt, title_key, search_text FROM jobs_job")
    assert [(row[2], row[3]) for row in rows] == [(sort_key(row[0]), searchable(f"{row[0]}\n{row[1]}")) for row in rows]
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT id, state FROM jobs_job ORDER BY id").fetchall() == before
        assert not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'jobs_later'").fetchall()


def test_a_copy_that_cannot_be_written_stops_the_upgrade(data: Path) -> None:
    if os.geteuid() == 0:
        database = data / "db.sqlite3"
        # Root may write anywhere; a name that is too long it may not.
        longer = database.with_name("d" * 240 + ".sqlite3")
        database.rename(longer)
        url = {"DATABASE_URL": f"sqlite:///{longer}"}
    else:
        data.chmod(0o500)
        url = {}
    code, text = manage(data, "up", **LATER, **url)
    assert code != 0
    assert "Traceback" not in text, text
    assert "The site was not started." in text


def test_up_refuses_a_database_of_a_later_version(data: Path) -> None:
    assert manage(data, "migrate", **LATER)[0] == 0
    rows = query(data, "SELECT * FROM jobs_job ORDER BY id")
    code, text = manage(data, "up")
    assert code != 0
    assert "was made by a later version of Musicsite than" in text
    assert "jobs.9999_later" in text
    assert "Traceback" not in text
    assert query(data, "SELECT * FROM jobs_job ORDER BY id") == rows


def test_up_refuses_a_database_of_before_the_first_release(data: Path) -> None:
    with closing(sqlite3.connect(data / "db.sqlite3")) as database:
        database.execute("ALTER TABLE jobs_workerhost RENAME TO jobs_crew")
    code, text = manage(data, "up")
    assert code != 0
    assert "from before version 0.1.0" in text
    assert "Traceback" not in text
    assert query(data, "SELECT count(*) FROM jobs_job") == [(10,)]


def test_a_migration_that_was_killed_is_done_again(data: Path, tmp_path: Path) -> None:
    stopped = tmp_path / "stopped"
    words, options = command(data, "migrate", UPGRADE_STOPS=str(stopped), **LATER)
    process = subprocess.Popen(words, **options, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ends = time.monotonic() + 120
    while not stopped.exists():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < ends
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    code, text = manage(data, "worker", **LATER)
    assert (code, "jobs.9999_later. Run manage.py migrate first." in text) == (1, True), text
    assert manage(data, "migrate", **LATER)[0] == 0
    assert query(data, "SELECT word FROM jobs_later") == []
    assert query(data, "SELECT count(*) FROM jobs_job") == [(10,)]


@pytest.mark.parametrize("service", ["worker", "web"])
def test_nobody_serves_a_database_that_lacks_a_migration(data: Path, service: str) -> None:
    code, text = manage(data, service, **LATER)
    assert (code, "jobs.9999_later. Run manage.py migrate first." in text) == (1, True), text
    assert "Traceback" not in text
