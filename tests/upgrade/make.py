"""Leaves a site as the present version leaves it, for the tests of later versions: ``python -m tests.upgrade.make``.

Writes ``tests/upgrade/v<version>/``: ``sqlite.sql``, ``postgres.sql`` (by pg_dump, where PostgreSQL is installed) and
``media/``. Run it once, when the version is released.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests import postgres

SECRET = "development-of-the-upgrade-tests"  # signs the sessions that lie in the dumps
SESSION = "minas-browser".ljust(32, "x")  # key of one in which she is signed in
SETTINGS = {"MUSICSITE_LOCAL": "1", "MUSICSITE_SECRET_KEY": SECRET, "MUSICSITE_LOG_LEVEL": "ERROR"}
ROOT = Path(__file__).parents[2]


def main() -> None:
    from musicsite import __version__

    folder = Path(__file__).parent / f"v{__version__.replace('.', '_')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with tempfile.TemporaryDirectory() as data:
        rows = Path(data) / "rows.json"
        _run("make", str(rows), data)
        shutil.copytree(Path(data) / "media", folder / "media")
        with closing(sqlite3.connect(Path(data) / "db.sqlite3")) as database:
            (folder / "sqlite.sql").write_text("\n".join(database.iterdump()) + "\n")
        with postgres.server(postgres.needed()) as server:
            _run("load", str(rows), data, DATABASE_URL=server.url)
            dump = [postgres.needed() / "pg_dump", "--inserts", "--no-owner", "--no-acl", f"--dbname={server.url}"]
            text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    lines = [
        line for line in text.splitlines() if line and not line.startswith(("--", "\\", "SET transaction_timeout"))
    ]
    (folder / "postgres.sql").write_text("\n".join(lines) + "\n")


def _run(what: str, rows: str, data: str, **env: str) -> None:
    """``_make`` or ``_load`` in a process of its own, with this data folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MUSICSITE_", "DATABASE_"))}
    variables = {**clean, **SETTINGS, "MUSICSITE_DATA_DIR": data, "DJANGO_SETTINGS_MODULE": "musicsite.settings", **env}
    subprocess.run([sys.executable, "-m", "tests.upgrade.make", what, rows], cwd=ROOT, env=variables, check=True)


def _load(rows: str) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("loaddata", rows, verbosity=0)


def _make(rows: str) -> None:
    """Some people, and a job in each state that a site can stop in."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    from jobs.models import Holder, Job
    from jobs.queue import exports, orders, transitions, variations
    from jobs.worker import attempt
    from tests.site import PASSWORD

    call_command("migrate", verbosity=0)
    mina = User.objects.create_user("mina", "mina@example.org", PASSWORD)
    omar = User.objects.create_user("omar", "", PASSWORD)
    User.objects.create_superuser("boss", "boss@example.org", PASSWORD)
    holder = Holder("studio", 4242)

    def take(job: Job) -> Job:
        taken = Job.objects.claim("default", holder)
        assert taken == job, "it is the next one"
        return taken

    def make(job: Job) -> Job:
        attempt.run(take(job))
        job.refresh_from_db()
        return job

    first = make(orders.submit(mina, "잔잔한 피아노, 5초", {"seed": 1, "title": "새벽"}))
    Job.objects.filter(pk=first.pk).update(favourite=True, share_token="share-of-the-first-track", title="새벽 기차")
    make(exports.order(first, "flac"))
    variations.vary(first, "melody", {"duration": 5})
    make(Job.objects.get(variation_of=first))
    thrown_away = make(orders.submit(mina, "slow blues, 5 seconds", {"seed": 2}))
    transitions.delete(thrown_away)
    make(orders.submit(omar, "solo piano, 5 seconds", {"seed": 3}))
    take(orders.submit(mina, "jazz, 5 seconds", {"seed": 4})).fail("storage_failed", "The disk is full.")
    transitions.cancel(orders.submit(mina, "techno, 5 seconds", {"seed": 5}))
    take(orders.submit(omar, "waltz, 5 seconds", {"seed": 6}))  # whoever made it is gone with its machine
    orders.submit(mina, "bossa nova, 5 seconds", {"seed": 7}, key="once")
    orders.submit(omar, "calm ambient, 5 seconds", {"seed": 8})
    browser = Client()
    browser.force_login(mina)
    session = browser.session
    session["settings"] = {"style": "jazz"}
    session.save()
    sessions = type(session).get_model_class().objects
    sessions.update(session_key=SESSION, expire_date="2100-01-01T00:00Z")
    ours = ["auth.user", "jobs", "django_q"]
    call_command("dumpdata", *ours, output=rows, verbosity=0)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        import django

        django.setup()
        {"make": _make, "load": _load}[sys.argv[1]](sys.argv[2])
