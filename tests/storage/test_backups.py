from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs.models import Job, Session, State, WorkerHost
from jobs.music import piece
from jobs.queue import transitions
from jobs.storage import backups, files
from jobs.worker import attempt

# A snapshot is of what is committed.
pytestmark = pytest.mark.django_db(transaction=True)

Make = Callable[..., Job]


@pytest.fixture
def make(order: Any, claim: Any) -> Make:
    def make(prompt: str = "calm piano") -> Job:
        pk = order(prompt).pk
        attempt.run(claim())
        return Job.objects.get(pk=pk)

    return make


def run(command: str, *args: Any) -> str:
    out = StringIO()
    call_command(command, *map(str, args), stdout=out)
    return out.getvalue()


def bytes_of(job: Job) -> bytes:
    return (Path(files.default_storage.location) / job.files["audio"]["name"]).read_bytes()


def test_it_restores_into_an_empty_folder_and_the_track_plays(make: Make, tmp_path: Path, settings: Any) -> None:
    job = make()
    archive = tmp_path / "site.tar"
    run("backup", archive)
    if connection.vendor != "sqlite":
        pytest.skip("an empty folder is an empty database on SQLite only")
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("MUSICSITE_", "DJANGO_", "DATABASE_"))
    }
    env |= {"MUSICSITE_DATA_DIR": str(tmp_path / "empty"), "MUSICSITE_LOCAL": "1"}
    play = f"""
from django.test import Client
from django.contrib.auth.models import User
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(username="mina"))
response = client.get("/tracks/{job.pk}/audio")
import sys; sys.stdout.buffer.write(b"%d %s" % (response.status_code, b"".join(response.streaming_content)))
from jobs.worker import attempt
"""
    for args in (["restore", str(archive)], ["shell", "--no-imports", "-c", play]):
        done = subprocess.run(
            [sys.executable, "manage.py", *args], cwd=settings.BASE_DIR, env=env, capture_output=True, timeout=60
        )
        assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b"200 " + bytes_of(job)


def test_a_site_is_what_it_was(make: Make, other: User, user: User, tmp_path: Path, settings: Any) -> None:
    kept, deleted = make("first"), make("second")
    sound = bytes_of(deleted)
    run("backup", tmp_path / "site.tar")
    transitions.purge(deleted)
    later = make("later")
    User.objects.filter(pk=user.pk).update(email="new@example.org")
    Path(settings.MEDIA_ROOT / kept.files["audio"]["name"]).write_bytes(b"rot")
    run("restore", tmp_path / "site.tar", "--force")
    assert {job.pk for job in Job.objects.all()} == {kept.pk, deleted.pk}
    assert User.objects.get(pk=user.pk).email == "mina@example.org"
    assert bytes_of(deleted) == sound
    assert bytes_of(kept)[:4] == b"RIFF"
    assert not (settings.MEDIA_ROOT / "tracks" / str(later.pk)).exists(), "no file is left of what is not there"


def test_waiting_jobs_are_made_after_a_restore(make: Make, order: Any, claim: Any, tmp_path: Path) -> None:
    waiting = order()
    run("backup", tmp_path / "site.tar")
    transitions.cancel(waiting)
    run("restore", tmp_path / "site.tar", "--force")
    attempt.run(claim())
    waiting.refresh_from_db()
    assert waiting.state == State.DONE


def test_it_takes_every_file_that_a_piece_has() -> None:
    assert all(backups._NAME.fullmatch(f"tracks/{uuid4()}/1/{name}") for name in piece.NAMES.values())


def test_nobody_is_signed_in_after_a_restore(user: User, tmp_path: Path) -> None:
    client = Client()
    client.force_login(user)
    run("backup", tmp_path / "site.tar")
    client.post("/accounts/logout_everywhere/")
    run("restore", tmp_path / "site.tar", "--force")
    assert not Session.objects.exists()


def test_it_overwrites_nothing_unasked(make: Make, tmp_path: Path) -> None:
    make()
    archive = tmp_path / "site.tar"
    run("backup", archive)
    before = archive.read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        run("backup", archive)
    with pytest.raises(CommandError, match="--force"):
        run("restore", archive)
    assert archive.read_bytes() == before


def test_it_waits_for_nobody_to_work(make: Make, tmp_path: Path) -> None:
    make()
    run("backup", tmp_path / "site.tar")
    now = timezone.now()
    WorkerHost.objects.create(host="here", pid=1, lane="default", size=1, started_at=now, seen_at=now)
    with pytest.raises(CommandError, match="Stop the site"):
        run("restore", tmp_path / "site.tar", "--force")


def test_it_names_an_archive_in_a_folder(make: Make, tmp_path: Path) -> None:
    make()
    folder = tmp_path / "backups"
    folder.mkdir()
    run("backup", folder)
    (archive,) = folder.iterdir()
    assert archive.match("musicsite-*.tar")
    assert archive.stat().st_mode & 0o077 == 0, "it holds the hashes of passwords"
    assert "is whole" in run("restore", archive, "--check")


@pytest.mark.parametrize("damage", ["flip", "cut", "other", "missing"])
def test_it_restores_nothing_from_a_damaged_archive(make: Make, tmp_path: Path, damage: str) -> None:
    job = make()
    archive = tmp_path / "site.tar"
    run("backup", archive)
    data = bytearray(archive.read_bytes())
    at = data.index(b"RIFF") + 100
    data[at] ^= 1
    broken = {"flip": bytes(data), "cut": bytes(data[: len(data) // 2]), "other": b"PK\x03\x04" * 999}.get(damage)
    archive.unlink()
    if broken is not None:
        archive.write_bytes(broken)
    sound = bytes_of(job)
    for flag in ("--check", "--force"):
        with pytest.raises(CommandError):
            run("restore", archive, flag)
    assert Job.objects.get().pk == job.pk
    assert bytes_of(job) == sound


def rewritten(archive: Path, **changes: Any) -> Path:
    """The archive with another manifest."""
    with tarfile.open(archive) as old:
        contents = {member.name: old.extractfile(member).read() for member in old}  # type: ignore[union-attr]
    manifest = {**json.loads(contents[backups.MANIFEST]), **changes}
    contents[backups.MANIFEST] = json.dumps(manifest).encode()
    for name, text in dict(changes.get("files", {})).items():
        contents.setdefault(backups.FILES + name, str(text).encode())
    path = archive.with_name("rewritten.tar")
    with tarfile.open(path, "w") as new:
        for name, data in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"vendor": "oracle"}, "oracle"),
        ({"format": 2}, "later version"),
        ({"migrations": [["jobs", "9999_future"]]}, "9999_future"),
    ],
)
def test_it_refuses_what_does_not_fit(make: Make, tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    make()
    run("backup", tmp_path / "site.tar")
    with pytest.raises(CommandError, match=why):
        run("restore", rewritten(tmp_path / "site.tar", **changes), "--force")


def test_an_archive_cannot_write_outside_of_the_storage(make: Make, tmp_path: Path) -> None:
    make()
    run("backup", tmp_path / "site.tar")
    for name in ("../evil", "/etc/evil", "tracks/../../evil"):
        evil = rewritten(tmp_path / "site.tar", files={name: hashlib.sha256(b"x").hexdigest()})
        with pytest.raises(CommandError, match="is no name of a track"):
            run("restore", evil, "--force")
        assert not list(tmp_path.rglob("evil"))


NAME = f"tracks/{'0' * 8}-0000-0000-0000-{'0' * 12}/1/evil.mp3"


@pytest.mark.parametrize(
    "changes",
    [
        {"deleted": ["no id"]}, {"deleted": "x"}, {"migrations": [["jobs"]]}, {"migrations": [["jobs", "x", "y"]]},
        {"migrations": "x"}, {"files": []}, {"files": {NAME: 1}}, {"made": None}, {"more": 1}, {"database": 1},
        {"migrations": [["jobs", "0001_initial"]]},
        *(
            {"files": {name: hashlib.sha256(b"x").hexdigest()}}
            for name in ("tracks/a", "tracks/a/b/c", f"{NAME}/x", NAME.replace("evil", "e\0"), f"{NAME}/../x",
                         NAME.replace("/1/", "/x/"), f"tracks//{NAME}", NAME.replace("evil", "e" * 300), "tracks/./x")
        ),
    ],
    ids=lambda changes: str(changes)[:60],
)  # fmt: skip
def test_a_crafted_archive_changes_nothing(make: Make, tmp_path: Path, changes: dict[str, Any], settings: Any) -> None:
    if changes == {"migrations": [["jobs", "0001_initial"]]} and connection.vendor != "sqlite":
        pytest.skip("pg_restore alone reads what is in it")
    make()
    run("backup", tmp_path / "site.tar")
    refuses(rewritten(tmp_path / "site.tar", **changes), settings)


def refuses(archive: Path, settings: Any) -> None:
    """Nothing is there that was not, and nothing is gone."""
    before = everything(settings)
    with pytest.raises(CommandError):
        run("restore", archive, "--force")
    assert everything(settings) == before


def everything(settings: Any) -> Any:
    stored = {str(path): path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}
    return stored, list(Job.objects.order_by("pk").values()), list(User.objects.values_list("pk", "username"))


@pytest.mark.parametrize("database", [b"", b"no database", b"SQLite format 3\0" + bytes(4096), b"PGDMP" + bytes(99)])
def test_an_archive_whose_database_is_none_writes_no_file(
    make: Make, tmp_path: Path, settings: Any, database: bytes
) -> None:
    job = make()
    run("backup", tmp_path / "site.tar")
    transitions.purge(job)  # its files are not there, and must not come without their row
    archive = rewritten(tmp_path / "site.tar", database=hashlib.sha256(database).hexdigest())
    refuses(replaced(archive, backups.DATABASE, database), settings)


def test_files_go_again_where_the_database_cannot_be_put_back(
    make: Make, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make()
    run("backup", tmp_path / "site.tar")
    transitions.purge(job)

    def fail(path: Path) -> None:
        raise backups.BackupError("no")

    monkeypatch.setattr(backups.dumps, "put_back", fail)
    refuses(tmp_path / "site.tar", settings)


def test_a_link_in_an_archive_is_no_file(make: Make, tmp_path: Path, settings: Any) -> None:
    make()
    run("backup", tmp_path / "site.tar")
    for target in (backups.DATABASE, "manifest.json", "/etc/passwd"):
        refuses(replaced(tmp_path / "site.tar", backups.DATABASE, target), settings)


def replaced(archive: Path, name: str, content: bytes | str) -> Path:
    """The archive with other content of a member: bytes, or a link to a name."""
    path = archive.with_name("replaced.tar")
    with tarfile.open(archive) as old, tarfile.open(path, "w") as new:
        for member in old:
            data = old.extractfile(member).read()  # type: ignore[union-attr]
            entry = tarfile.TarInfo(member.name)
            if member.name == name and isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                data = b""
            elif member.name == name:
                data = bytes(content)  # type: ignore[arg-type]
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return path


def test_a_track_that_is_deleted_while_it_is_copied_stays_deleted(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, deleted = make(), make()
    take = backups.dumps.take

    def take_and_delete(path: Path) -> list[str]:
        names: list[str] = take(path)
        transitions.purge(deleted)
        return names

    monkeypatch.setattr(backups.dumps, "take", take_and_delete)
    run("backup", tmp_path / "site.tar")
    run("restore", tmp_path / "site.tar", "--force")
    assert Job.objects.get().pk == kept.pk


def test_a_file_that_is_missing_is_named(make: Make, tmp_path: Path, settings: Any) -> None:
    name = make().files["audio"]["name"]
    (settings.MEDIA_ROOT / name).unlink()
    with pytest.raises(CommandError, match=name):
        run("backup", tmp_path / "site.tar")
    assert list(tmp_path.glob("*.tar")) == []
    assert list(tmp_path.glob(".backup-*")) == []


def test_a_backup_is_of_one_moment_while_the_site_goes_on(make: Make, tmp_path: Path) -> None:
    """Tracks come and go while it is written; nothing that the snapshot speaks of is missing in the archive."""
    for number in range(5):
        make(f"piece {number}")
    stop, rounds, errors = threading.Event(), [0], []

    def go_on() -> None:
        try:
            while not stop.is_set():
                make("another")
                transitions.purge(Job.objects.order_by("created_at").first())
                rounds[0] += 1
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        for number in range(4):
            done = rounds[0]
            run("backup", tmp_path / f"{number}.tar")
            while rounds[0] == done and thread.is_alive():
                pass
    finally:
        stop.set()
        thread.join()
    assert not errors
    if connection.vendor != "sqlite":
        return
    for number in range(4):
        with tarfile.open(tmp_path / f"{number}.tar") as archive:
            names = set(archive.getnames())
            deleted = {pk.replace("-", "") for pk in backups.check(tmp_path / f"{number}.tar").deleted}
            (tmp_path / "db").write_bytes(archive.extractfile(backups.DATABASE).read())  # type: ignore[union-attr]
        with sqlite3.connect(tmp_path / "db") as database:
            rows = database.execute("SELECT id, state, files FROM jobs_job").fetchall()
        database.close()
        assert len(rows) >= 5
        for pk, state, stored in rows:
            found = [file["name"] for file in json.loads(stored).values()]
            assert bool(found) == (state == "done")
            assert {backups.FILES + name for name in found} <= names or pk in deleted
