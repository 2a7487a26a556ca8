"""The present version on what earlier ones have left: everything is there and plays, and waiting jobs run."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from http.cookiejar import Cookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from jobs.music.files.retitle import HEAD, retitled
from tests.site import PASSWORD, Axios, Site
from tests.upgrade import left
from tests.upgrade.make import SESSION, SETTINGS

pytestmark = pytest.mark.slow

Rows = dict[str, dict[str, Any]]


class Left:
    """A site of the present version on the data of an earlier one, with what its jobs were before it started."""

    def __init__(self, version: str, folder: Path, url: str) -> None:
        self.version = version
        data = folder / "data"
        if url:
            env = {"DATABASE_URL": left.postgres_database(version, url)}
            left.sqlite_folder(version, data)  # for its files
            (data / "db.sqlite3").unlink()
            with psycopg.connect(env["DATABASE_URL"]) as database:
                self.jobs = _jobs(database.execute(_QUERY).fetchall())
        else:
            env = {}
            left.sqlite_folder(version, data)
            with closing(sqlite3.connect(data / "db.sqlite3")) as database:
                self.jobs = _jobs(database.execute(_QUERY).fetchall())
        self.site = Site(folder, **SETTINGS, MUSICSITE_LEASE_SECONDS="2", **env)

    def of(self, owner: str, **values: Any) -> list[str]:
        """Ids of somebody's jobs with these values, oldest first."""
        return [
            pk for pk, job in self.jobs.items()
            if job["owner"] == owner and all(job[name] == value for name, value in values.items())
        ]  # fmt: skip


_QUERY = (
    "SELECT j.id, username, title, state, error_code, export_as, deleted_at IS NOT NULL, variation_of_id IS NOT NULL"
    " FROM jobs_job j JOIN auth_user u ON u.id = j.owner_id ORDER BY j.created_at"
)


def _jobs(rows: list[Any]) -> Rows:
    names = ("owner", "title", "state", "error", "export", "deleted", "variation")
    return {_hyphenated(str(row[0])): dict(zip(names, row[1:], strict=True)) for row in rows}


def _hyphenated(pk: str) -> str:
    pk = pk.replace("-", "")
    return "-".join((pk[:8], pk[8:12], pk[12:16], pk[16:20], pk[20:]))


@pytest.fixture(params=left.VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(version: str, tmp_path: Path) -> Iterator[Left]:
    """On the kind of database that the suite runs on."""
    there = Left(version, tmp_path, os.environ.get("DATABASE_URL", ""))
    yield there
    there.site.leave()


def mina(site: Left) -> Axios:
    """In the browser in which she was signed in."""
    client = Axios(site.site.url)
    host = str(urlsplit(client.url).hostname)
    cookie = Cookie(
        0, "sessionid", SESSION, None, False, host, False, False, "/", True, False, None, False, None, None, {}
    )
    client.cookies.set_cookie(cookie)
    client.send("GET", "/library/", None, "")  # brings the token
    return client


def ends(client: Axios, job: str) -> dict[str, Any]:
    limit = time.monotonic() + 240
    while True:
        status, body = client.get(f"/api/music/{job}/status")
        assert status == 200, body
        if body["state"] in ("done", "error"):
            return dict(body)
        assert time.monotonic() < limit, body
        time.sleep(0.2)


def test_everything_is_there_and_goes_on(site: Left) -> None:
    client = mina(site)
    first, variation = site.of("mina", state="done", export="", deleted=False)
    (binned,) = site.of("mina", deleted=True)
    (failed,) = site.of("mina", error="storage_failed")
    (cancelled,) = site.of("mina", error="cancelled")
    (waiting,) = site.of("mina", state="pending")
    taken, also_waiting = site.of("omar", state="processing") + site.of("omar", state="pending")

    _, page = client.get("/api/music?limit=100")
    listed = {item["jobId"]: item for item in page["items"]}
    assert set(listed) == {first, variation, failed, cancelled, waiting}, "all tracks but what lies in the bin"
    assert all(listed[pk]["title"] == site.jobs[pk]["title"] for pk in listed)
    library = client.send("GET", "/library/?show=favourites", None, "")[1].decode()
    assert site.jobs[first]["title"] in library
    form = client.send("GET", "/music/", None, "")[1].decode()
    assert 'value="jazz" selected' in form, "the settings of the last order"

    # Plays: the track, its other formats, and for whoever has the link.
    (export,) = site.of("mina", export="flac")
    for path, pk, name, kind in (
        ("audio", first, "audio.mp3", "audio/mpeg"),
        ("midi", first, "score.mid", "audio/midi"),
        ("roll", first, "roll.svg", "image/svg+xml"),
        ("flac", export, "audio.flac", "audio/flac"),
    ):
        stored = left.media(site.version, pk, name)
        beginning = retitled(stored[:HEAD], kind, site.jobs[first]["title"])  # it was renamed
        assert beginning
        assert client.send("GET", f"/tracks/{first}/{path}", None, "") == (
            200,
            beginning.content + stored[beginning.replaced :],
        )
    if site.version == "v0_1_0":  # which kept no score
        refused = client.post(f"/api/music/{first}/export", {"format": "stems"})
        assert (refused[0], refused[1]["code"]) == (409, "no_score")
        assert "made by an earlier version" in client.send("GET", f"/tracks/{first}/", None, "")[1].decode()
    stranger = Axios(site.site.url)
    assert stranger.send("GET", "/shared/share-of-the-first-track/", None, "")[0] == 200
    assert stranger.send("GET", "/shared/share-of-the-first-track/audio", None, "")[0] == 200
    assert stranger.send("GET", f"/tracks/{first}/audio", None, "")[0] == 404

    # Can be taken back, retried, ordered again by the same key.
    assert client.form(f"/tracks/{binned}/restore") == 200
    assert client.get(f"/api/music/{binned}/status")[1]["state"] == "done"
    assert client.post(f"/api/music/{failed}/retry", None)[0] == 202
    body = {"prompt": "bossa nova, 5 seconds", "seed": 7}
    assert client.post("/api/music", body, Idempotency_Key="once")[1]["jobId"] == waiting

    # What waited, what was being made when its machine went, and what was retried is made.
    omar = Axios(site.site.url)
    assert omar.form("/accounts/login/", username="omar", password=PASSWORD) == 200
    for owner, job in ((client, waiting), (client, failed), (omar, taken), (omar, also_waiting)):
        end = ends(owner, job)
        assert end["state"] == "done", end
        status, sound = owner.send("GET", str(end["resultUrl"]), None, "")
        assert (status, len(sound) > 50_000) == (200, True)
    status, export = client.post(f"/api/music/{waiting}/export", {"format": "wav"})
    assert (status, ends(client, export["jobId"])["state"]) == (202, "done")
    assert json.loads(client.send("GET", "/readyz", None, "")[1])["ready"]
