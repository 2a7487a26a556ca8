"""Hearing a section of a track that is being changed, as programs do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.accounts import tokens
from jobs.models import Holder, Job, Preview
from jobs.queue import orders
from jobs.storage import files
from tests.making import composed

SOUND = b"fLaC" + bytes(range(200))


@pytest.fixture
def track(user: User) -> Job:
    return composed(orders.submit(user, "pop", {"duration": 20, "seed": 7, "generator": "composer"}))


@pytest.fixture
def url(track: Job) -> str:
    return f"/api/music/{track.pk}/preview"


def post(client: Client, url: str, body: Any = None) -> Any:
    return client.post(url, body or {}, content_type="application/json")


def make(folder: Path) -> Preview:
    """The one that waits, as a worker ends it."""
    preview = Preview.objects.claim("default", Holder("here", 4242))
    assert preview is not None
    (folder / "preview.flac").write_bytes(SOUND)
    file = files.keep_preview(preview.track_id, preview.number, folder / "preview.flac", "audio/flac")
    assert preview.finish({**file, "start": 8.0, "lead": 0.5, "length": 4.0})
    return preview


def test_it_is_ordered_followed_and_heard(mina: Client, url: str, tmp_path: Path) -> None:
    answer = post(mina, url, {"document": {"version": 1, "tempo": 120}, "section": 1})
    assert (answer.status_code, answer["Location"]) == (202, url)
    waiting = answer.json()
    assert {name: waiting[name] for name in ("number", "section", "state", "url", "start", "error")} == {
        "number": 1, "section": 1, "state": "pending", "url": None, "start": None, "error": None,
    }  # fmt: skip
    make(tmp_path)
    status = mina.get(url)
    done = status.json()
    assert (done["state"], done["start"], done["lead"], done["length"]) == ("done", 8.0, 0.5, 4.0)
    assert mina.get(url, headers={"If-None-Match": status["ETag"]}).status_code == 304
    sound = mina.get(done["url"])
    assert (sound["Content-Type"], b"".join(sound)) == ("audio/flac", SOUND)  # type: ignore[arg-type]
    part = mina.get(done["url"], headers={"Range": "bytes=4-7"})
    assert (part.status_code, b"".join(part)) == (206, SOUND[4:8])  # type: ignore[arg-type]
    assert mina.get(done["url"], headers={"If-None-Match": sound["ETag"]}).status_code == 304
    assert post(mina, url).status_code == 202
    assert mina.get(done["url"]).status_code == 404  # superseded


def test_a_piece_is_heard_while_it_is_made(mina: Client, user: User, other: User, tmp_path: Path) -> None:
    job = orders.submit(user, "pop", {"duration": 20, "seed": 7, "generator": "composer"})
    url, status = f"/api/music/{job.pk}/preview", f"/api/music/{job.pk}/status"
    assert post(mina, url, {"document": {"version": 1, "tempo": 120}}).status_code == 409
    assert post(mina, url).status_code == 202
    before = mina.get(status)
    assert "previewUrl" not in before.json()
    make(tmp_path)
    after = mina.get(status, headers={"If-None-Match": before["ETag"]})
    sound = after.json()["previewUrl"]
    assert [item.get("previewUrl") for item in mina.get("/api/music/active").json()["jobs"]] == [sound]
    assert b"".join(mina.get(sound)) == SOUND  # type: ignore[arg-type]
    stranger = Client()
    stranger.force_login(other)
    assert {stranger.get(address).status_code for address in (sound, url)} == {404}
    assert post(mina, f"/api/music/{job.pk}/cancel").status_code == 200
    assert {mina.get(address).status_code for address in (sound, url)} == {404}
    assert "previewUrl" not in mina.get(status).json()


def test_only_its_owner_hears_it(mina: Client, url: str, other: User, tmp_path: Path) -> None:
    post(mina, url)
    make(tmp_path)
    sound = mina.get(url).json()["url"]
    stranger = Client()
    assert (stranger.get(sound).status_code, stranger.get(url).status_code) == (404, 401)
    stranger.force_login(other)
    assert {stranger.get(address).status_code for address in (sound, url)} == {404}
    assert post(stranger, url).status_code == 404


def test_programs_hear_it_by_their_token(user: User, mina: Client, url: str, tmp_path: Path) -> None:
    post(mina, url)
    make(tmp_path)
    sound = mina.get(url).json()["url"]
    for scope, status in (("read", 200), ("create", 403)):
        token = tokens.make(user, "robot", [scope], None).text
        answer = Client().get(sound, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, status == 403 or b"".join(answer) == SOUND) == (status, True)  # type: ignore[arg-type]
    assert Client().get(sound, headers={"Authorization": "Bearer msk_no"}).status_code == 401


def test_it_is_no_job(mina: Client, url: str, track: Job) -> None:
    post(mina, url)
    assert mina.get("/api/music/active").json()["jobs"] == []
    assert [item["jobId"] for item in mina.get("/api/music").json()["items"]] == [str(track.pk)]
    assert mina.get(f"/api/music/{track.pk}/status").json()["state"] == "done"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"section": 70}, 422, "section"),
        ({"section": -1}, 422, "section"),
        ({"at": "now"}, 422, "at"),
        ({"document": {"version": 2}}, 422, "document.version"),
        ({"document": {"version": 1, "sections": [{"of": 0, "chords": "H7"}]}}, 422, "document.sections.0.chords"),
        ({"document": {"version": 1, "parts": {"drums": {"instrument": "kazoo"}}}}, 422, "document.parts"),
    ],
)
def test_what_does_not_fit_is_named(mina: Client, url: str, body: Any, status: int, field: str) -> None:
    answer = post(mina, url, body)
    assert answer.status_code == status, answer.content
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert not Preview.objects.exists()


def test_why_it_failed_is_said_in_words(mina: Client, url: str) -> None:
    post(mina, url)
    preview = Preview.objects.claim("default", Holder("here", 1))
    assert preview is not None
    preview.fail("disk_full", "No space left on device")
    error = mina.get(url).json()["error"]
    assert (error["code"], error["retryable"]) == ("disk_full", True)
    assert "no room" in error["message"]
