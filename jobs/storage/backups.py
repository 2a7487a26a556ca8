"""A backup: one archive with the database as it was at one moment, and every file that it speaks of.

Files never change under their name, so they are copied after the snapshot. If one has gone meanwhile, its track was
deleted, and the archive says so: restored, it is the moment of the snapshot without what was deleted before the end.
"""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Annotated
from uuid import UUID

from annotated_types import Len
from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from pydantic import TypeAdapter

from jobs.models import Job, Session
from jobs.models.worker_host import workers_alive
from jobs.storage import dumps
from jobs.storage.dumps import BackupError

MANIFEST, DATABASE, FILES = "manifest.json", "database", "files/"
FORMAT = 1
_HEX = "[0-9a-f]"
_NAME = re.compile(  # as ``files.keep`` gives them: a job's id, an attempt, a plain name
    rf"tracks/{_HEX}{{8}}(-{_HEX}{{4}}){{3}}-{_HEX}{{12}}/[0-9]{{1,5}}/[\w-][\w. -]{{0,80}}"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """The manifest: what an archive holds, with SHA-256 sums."""

    format: int
    made: str  # ISO time
    vendor: str  # of the database
    migrations: list[Annotated[list[str], Len(2, 2)]]  # app and name of each that the database has had
    database: str  # sum
    files: Mapping[str, str]  # name in the storage → sum
    deleted: list[str]  # ids of jobs in the database whose files were deleted before they were copied


# -- Writing ----------------------------------------------------------------------------------------------------------


def write(path: Path) -> Contents:
    """Write an archive that nobody else can read; it appears whole or not at all. Raises BackupError, OSError."""
    if path.exists():
        raise BackupError(f"{path} exists already.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        partial = Path(folder) / "archive"
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                contents = _fill(archive, Path(folder) / "snapshot")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    return contents


def _fill(archive: tarfile.TarFile, snapshot: Path) -> Contents:
    files: dict[str, str] = {}
    deleted: set[str] = set()
    for name in dumps.take(snapshot):
        try:
            with default_storage.open(name, "rb") as content:
                files[name] = _add(archive, FILES + name, content, default_storage.size(name))
        except FileNotFoundError:
            job = name.split("/")[1]
            if Job.objects.filter(pk=job).exists():
                raise BackupError(
                    f"{name} is not in the storage, though a track needs it; see docs/BACKUP.md."
                ) from None
            deleted.add(job)
    with snapshot.open("rb") as content:
        database = _add(archive, DATABASE, content, snapshot.stat().st_size)
    applied = sorted([app, name] for app, name in MigrationLoader(connection).applied_migrations)
    made = timezone.now().isoformat(timespec="seconds")
    contents = Contents(FORMAT, made, connection.vendor, applied, database, files, sorted(deleted))
    manifest = json.dumps(asdict(contents)).encode()
    _add(archive, MANIFEST, io.BytesIO(manifest), len(manifest))
    return contents


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes] | File, size: int) -> str:  # type: ignore[type-arg]
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(timezone.now().timestamp())
    reader = _Summing(content)
    archive.addfile(entry, reader)
    return reader.sum.hexdigest()


class _Summing:
    """A file whose sum is known when it has been read."""

    def __init__(self, content: IO[bytes] | File) -> None:  # type: ignore[type-arg]
        self._content = content
        self.sum = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._content.read(size)
        self.sum.update(data)
        return data


# -- Reading ----------------------------------------------------------------------------------------------------------


def check(path: Path) -> Contents:
    """Read the whole archive and compare every sum. Raises BackupError for one that is damaged or none of ours."""
    try:
        with tarfile.open(path) as archive:
            manifest = _member(archive, MANIFEST).read()
            if Contents(**json.loads(manifest)).format != FORMAT:
                raise BackupError(f"{path} is of a later version of this program.")
            contents = TypeAdapter(Contents).validate_json(manifest, strict=True)
            for name in contents.files:
                if not _NAME.fullmatch(name):
                    raise BackupError(f"{path} is no backup: {name!r} is no name of a track's file.")
            for job in contents.deleted:
                UUID(job)
            expected = {DATABASE: contents.database, **{FILES + name: sum for name, sum in contents.files.items()}}
            for name, sum in expected.items():
                if hashlib.file_digest(_member(archive, name), "sha256").hexdigest() != sum:  # type: ignore[arg-type]
                    raise BackupError(f"{path} is damaged: {name} is not what was written.")
    except (tarfile.TarError, zlib.error, lzma.LZMAError, KeyError, TypeError, ValueError, EOFError) as error:
        raise BackupError(f"{path} is no backup, or is damaged: {error}") from error
    return contents


def restore(path: Path, *, force: bool = False) -> Contents:
    """Make the site what it was. Raises BackupError before anything changes.

    Files come first, under names of their own; then the database, in one transaction; then it is tidied up. Where one
    of both fails, the files are removed again that were not there.
    ``force``: over a site that has accounts or jobs.
    """
    contents = check(path)
    if contents.vendor != connection.vendor:
        raise BackupError(f"The backup is of {contents.vendor}, this site's database is {connection.vendor}.")
    known = set(MigrationLoader(None).disk_migrations)
    if unknown := [f"{app}.{name}" for app, name in contents.migrations if (app, name) not in known]:
        raise BackupError(f"The backup was made by a later version of this program: it has {unknown[0]}.")
    if _running():
        raise BackupError("Workers of this site are running, or were 15 seconds ago. Stop the site first.")
    if not force and _in_use():
        raise BackupError("This site has accounts or jobs; --force replaces them all.")
    with (
        tarfile.open(path) as archive,
        tempfile.NamedTemporaryFile(dir=path.parent, prefix=".restore-") as snapshot,
        ExitStack() as undo,
    ):
        shutil.copyfileobj(_member(archive, DATABASE), snapshot)
        snapshot.flush()
        dumps.check(Path(snapshot.name), {(app, name) for app, name in contents.migrations})
        for name, sum in contents.files.items():
            if not default_storage.exists(name):
                undo.callback(default_storage.delete, name)
            _put_back(archive, name, sum)
        dumps.put_back(Path(snapshot.name))
        undo.pop_all()
    call_command("migrate", verbosity=0)  # the backup may be of an earlier version
    Job.objects.filter(pk__in=contents.deleted).delete()
    Session.objects.all().delete()  # one that was ended after the backup must not come back with it
    return contents


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    entry = archive.getmember(name)
    member = archive.extractfile(entry) if entry.isreg() else None  # no link, which may lead to itself
    if member is None:
        raise KeyError(f"{name} is no file")
    return member


def _put_back(archive: tarfile.TarFile, name: str, sum: str) -> None:
    if default_storage.exists(name):
        with default_storage.open(name, "rb") as present:
            if hashlib.file_digest(present, "sha256").hexdigest() == sum:
                return
        default_storage.delete(name)
    saved = default_storage.save(name, File(_member(archive, name=FILES + name)))
    if saved != name:
        raise BackupError(f"The storage has put {name} under another name, {saved}.")


def _in_use() -> bool:
    try:
        return get_user_model().objects.exists() or Job.objects.exists()
    except DatabaseError:  # no tables yet
        return False


def _running() -> bool:
    try:
        return workers_alive() > 0
    except DatabaseError:
        return False
