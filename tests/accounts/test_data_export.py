"""The zip has everything of one person and nothing of anybody else, and is sent while it is made."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.accounts import data_export
from jobs.models import Job
from jobs.queue import transitions
from jobs.storage import files
from tests.making import made, take

pytestmark = pytest.mark.django_db


def fetch(client: Client) -> zipfile.ZipFile:
    response = client.post("/accounts/export")
    assert response.status_code == 200
    assert response.streaming
    opened = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert opened.testzip() is None
    return opened


def test_it_has_everything_of_mine_and_nothing_of_others(mina: Client, user: User, other: User, order: Any) -> None:
    track = made(order("calm piano", title="비 오는 날 हिन्दी: a/b\\c\n"))
    binned = made(order("slow blues"))
    transitions.delete(binned)
    order("failed")
    take().fail("disk_full", "The disk is full.")
    waiting = order("waiting")
    theirs = made_for(other, order)
    track.revisions.create(number=1, document={"version": 1, "tempo": 90}, size=27, summary="tempo", is_current=True)
    opened = fetch(mina)
    profile, jobs, manifest = (json.loads(opened.read(f"{name}.json")) for name in ("profile", "jobs", "manifest"))
    assert (profile["username"], profile["email"]) == ("mina", "mina@example.org")
    assert not {"password", "is_superuser"} & set(profile)
    assert [job["prompt"] for job in jobs] == ["calm piano", "slow blues", "failed", "waiting"]
    assert [bool(job["deleted_at"]) for job in jobs] == [False, True, False, False]
    assert (jobs[2]["error_code"], jobs[3]["id"]) == ("disk_full", str(waiting.pk))
    assert set(jobs[0]["files"]) == set(track.files)
    (step,) = jobs[0]["revisions"]
    assert (step["number"], step["summary"], step["document"]) == (1, "tempo", {"version": 1, "tempo": 90})
    for job, row in ((track, jobs[0]), (binned, jobs[1])):
        for kind, file in job.files.items():
            with files.read(file["name"], file["size"]) as stored:
                assert opened.read(row["files"][kind]) == stored.read()
    everything = "".join(str(opened.read(name)) for name in opened.namelist())
    assert str(theirs.pk) not in everything
    assert "lease" not in opened.read("jobs.json").decode()
    # The manifest speaks of every file.
    assert set(manifest["files"]) | {"manifest.json"} == set(opened.namelist())
    for name, entry in manifest["files"].items():
        content = opened.read(name)
        assert entry == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert (manifest["format"], manifest["user"], manifest["missing"]) == (1, "mina", [])


def made_for(owner: User, order: Any) -> Job:
    Job.objects.filter(state="pending").update(not_before=timezone.now())  # let the next one be this
    return made(order("secret", owner=owner))


def test_an_empty_account_has_a_zip_too(mina: Client) -> None:
    opened = fetch(mina)
    assert opened.namelist() == ["profile.json", "jobs.json", "playlists.json", "prompts.json", "manifest.json"]
    assert json.loads(opened.read("jobs.json")) == []


def test_names_of_folders_suit_every_system(mina: Client, order: Any) -> None:
    titles = ["../../etc/passwd", 'a\\b:c*d?"<>|', "हिन्दी गीत", "가" * 200, "🎵", ". .", "CON"]
    for title in titles:
        job = made(order())
        Job.objects.filter(pk=job.pk).update(title=title)
    folders = {name.split("/")[1] for name in fetch(mina).namelist() if name.startswith("tracks/")}
    assert len(folders) == len(titles)
    for folder in folders:
        assert not set(folder) & set('\\/:*?"<>|.\n')
        assert len(folder.encode()) < 200
    assert any("हिन्दी गीत" in folder for folder in folders)


def test_the_first_bytes_come_before_anything_is_read(user: User, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made(order())
    read: list[str] = []
    monkeypatch.setattr(files, "read", lambda name, size: read.append(name))
    assert next(data_export.archive(user)).startswith(b"PK")
    assert read == []


def test_no_more_than_a_block_is_held(user: User, order: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file of 64 MB, read from a storage that says how much was asked for at once."""
    job = made(order())
    size = 64 * 1024 * 1024
    Job.objects.filter(pk=job.pk).update(
        files={"audio": {"name": "tracks/x/audio.wav", "type": "audio/wav", "size": size}}
    )

    class Endless(io.RawIOBase):
        left = size

        def read(self, amount: int = -1) -> bytes:
            assert 0 < amount <= data_export.BLOCK
            taken = min(amount, self.left)
            self.left -= taken
            return bytes(taken)

    monkeypatch.setattr(files, "read", lambda name, size: Endless())
    blocks = [len(block) for block in data_export.archive(user)]
    assert all(blocks), "an empty block would say that this was all"
    assert max(blocks) <= data_export.BLOCK
    assert sum(blocks) > size


def test_a_file_of_more_than_four_gigabytes_fits(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entry is of the large kind, whose lengths have 64 bits."""
    entries: list[bool] = []
    opened = zipfile.ZipFile._open_to_write  # type: ignore[attr-defined]

    def watch(self: Any, entry: zipfile.ZipInfo, force_zip64: bool = False) -> Any:
        entries.append(entry.file_size * 1.05 > zipfile.ZIP64_LIMIT)  # type: ignore[attr-defined]
        return opened(self, entry, force_zip64)

    monkeypatch.setattr(zipfile.ZipFile, "_open_to_write", watch)
    export = data_export._Export()
    assert list(export.add("large.wav", [b"x"], 5 * 1024**3, pack=False))
    assert entries == [True]


def test_a_file_that_is_gone_is_named(mina: Client, order: Any) -> None:
    job = made(order())
    files.remove_attempt(job.pk, job.attempt)
    opened = fetch(mina)
    missing = json.loads(opened.read("manifest.json"))["missing"]
    assert len(missing) == len(job.files)
    assert all(name.startswith("tracks/") for name in missing)


def test_a_job_that_is_deleted_meanwhile_is_left_out(user: User, order: Any) -> None:
    made(order())
    blocks = data_export.archive(user)
    first = next(blocks)
    Job.objects.all().delete()
    opened = zipfile.ZipFile(io.BytesIO(first + b"".join(blocks)))
    assert json.loads(opened.read("jobs.json")) == []


def test_it_is_limited(mina: Client, other: User, settings: Any) -> None:
    settings.LIMIT_DATA_EXPORT = "1/hour"
    fetch(mina)
    assert mina.post("/accounts/export").status_code == 429
    omar = Client()
    omar.force_login(other)
    fetch(omar)


def test_it_is_asked_for_by_a_form_and_kept_by_no_cache(mina: Client) -> None:
    assert mina.get("/accounts/export").status_code == 405
    response = mina.post("/accounts/export")
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == f'attachment; filename="musicsite-mina-{timezone.now():%Y-%m-%d}.zip"'
    assert b"".join(response.streaming_content)
