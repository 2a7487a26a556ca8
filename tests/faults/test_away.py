"""What a site needs is not there, or its address is wrong."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests import postgres
from tests.faults.conftest import wait_for
from tests.site import Axios, Site

pytestmark = pytest.mark.slow


def run(folder: Path, *command: str, **env: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MUSICSITE_", "DJANGO_"))}
    ours = {"MUSICSITE_DATA_DIR": str(folder), "MUSICSITE_LOCAL": "1", "MUSICSITE_WORKERS": "1"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={**clean, **ours, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("url", ["nonsense", "foo://host/name", "postgres://host:port/name"])
def test_a_wrong_address_of_the_database_is_one_sentence(tmp_path: Path, url: str) -> None:
    said = run(tmp_path, "check", DATABASE_URL=url)
    out, _ = said.communicate(timeout=120)
    assert said.returncode == 1
    assert out.startswith("manage.py: DATABASE_URL: ")
    assert "Traceback" not in out
    assert len(out.splitlines()) == 1
    assert url not in out, "an address may hold a password"


@pytest.fixture
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server(postgres.needed()) as server:
        yield server


def test_workers_wait_for_a_database_that_is_not_there_yet(tmp_path: Path, postgres_server: postgres.Server) -> None:
    url = {"DATABASE_URL": postgres_server.url}
    with run(tmp_path, "migrate", **url) as migrate:
        migrate.communicate(timeout=120)
    postgres_server.stop()
    said: list[str] = []
    with run(tmp_path, "worker", **url) as worker:
        reader = threading.Thread(target=lambda: said.extend(worker.stdout or ()))
        reader.start()
        try:
            wait_for(lambda: said)
            time.sleep(2)  # some tries
            assert worker.poll() is None
            postgres_server.start()
            with psycopg.connect(postgres_server.url.replace("postgres:", "postgresql:"), autocommit=True) as database:
                heard_of = "SELECT 1 FROM jobs_workerhost"
                wait_for(lambda: database.execute(heard_of).fetchone())
        finally:
            worker.terminate()
            worker.wait(60)
            reader.join()
    away, back = (line for line in said if "WARNING" in line or "ERROR" in line)
    assert "the database is away, trying again" in away
    assert "the database is back" in back
    assert "Traceback" not in "".join(said)


FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON jobs_job EXECUTE FUNCTION full_disk();
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON jobs_tally EXECUTE FUNCTION full_disk();
"""
ROOM = "DROP FUNCTION full_disk CASCADE"
READY = "/readyz?exclude=workers&exclude=queue"
ORDER = {"prompt": "calm piano", "generator": "dummy"}


def test_a_database_that_is_full_or_slow_is_said_and_lived_through(
    tmp_path: Path, postgres_server: postgres.Server
) -> None:
    url = f"{postgres_server.url}?options=-c%20statement_timeout%3D3s"
    address = postgres_server.url.replace("postgres:", "postgresql:")
    site = Site(tmp_path, DATABASE_URL=url, MUSICSITE_DUMMY="seconds=1", MUSICSITE_ALLOW_DUMMY="1")
    try:
        with psycopg.connect(address, autocommit=True) as database:
            mina = Axios(site.url).sign_up("mina")
            _, running = mina.post("/api/music", ORDER)

            database.execute(FULL)
            wait_for(lambda: is_unready(mina, ["database"]))
            assert refuses(*mina.post("/api/music", ORDER))
            assert mina.get(running["statusUrl"])[0] == 200, "what is there can be read"
            database.execute(ROOM)
            wait_for(lambda: mina.get(READY)[0] == 200)
            wait_for(lambda: mina.get(running["statusUrl"])[1]["state"] == "done")

            with database.transaction():
                database.execute("LOCK TABLE jobs_job IN ACCESS EXCLUSIVE MODE")
                wait_for(lambda: is_unready(mina, ["database"]))
                assert refuses(*mina.get(running["statusUrl"]))
            wait_for(lambda: mina.get(READY)[0] == 200)
            _, after = mina.post("/api/music", ORDER)
            wait_for(lambda: mina.get(after["statusUrl"])[1]["state"] == "done")
    finally:
        site.stop()


def is_unready(client: Axios, failed: list[str]) -> bool:
    status, body = client.get(READY)
    return (status, body["failed"]) == (503, failed)


def refuses(status: int, body: Any) -> bool:
    """With words for people, for which nothing is lost."""
    return (status, body["code"]) == (503, "unavailable")
