"""Where finished files lie: ``tracks/<job>/<attempt>/…`` in the default storage.

An attempt has a folder of its own, so one that has lost its job can never touch the files of the one that owns it. Its
work folder on this machine is the last thing of it that goes: while that is there, there may be something to remove.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage

if TYPE_CHECKING:
    from jobs.storage.s3 import Store

logger = logging.getLogger(__name__)

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)  # of an OSError
_PREVIEW = "-preview"  # how the work folder of a preview ends: the name of no attempt's


def object_store() -> Store | None:
    """The store that the tracks are in, or None where that is a folder."""
    return None if isinstance(default_storage, FileSystemStorage) else cast("Store", default_storage)


class _Produced(File):  # type: ignore[type-arg]
    """A file on this machine that the storage may take over by renaming it instead of copying."""

    def __init__(self, path: Path, content_type: str) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self._path, self.content_type = path, content_type

    def temporary_file_path(self) -> str:
        return str(self._path)


def work_folder(job: UUID, attempt: int) -> Path:
    """A new, empty folder on this machine for one attempt to write in; what lay there is gone."""
    folder = Path(settings.WORK_DIR) / f"{job}-{attempt}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def work_folders() -> set[tuple[UUID, int]]:
    """The attempts, as job and number, that have a work folder on this machine."""
    attempts = set()
    with contextlib.suppress(FileNotFoundError):
        for path in Path(settings.WORK_DIR).iterdir():
            job, _, number = path.name.rpartition("-")
            with contextlib.suppress(ValueError):  # none of ours
                attempts.add((UUID(job), int(number)))
    return attempts


def drop_work_folder(job: UUID, attempt: int) -> None:
    """Remove the work folder of an attempt; one that is not there is no error."""
    shutil.rmtree(Path(settings.WORK_DIR) / f"{job}-{attempt}", ignore_errors=True)


def kept_folder(job: UUID) -> Path:
    """Where an engine keeps something of a job on this machine from one attempt to the next; it may not exist."""
    return Path(settings.WORK_DIR) / f"{job}-kept"


def drop_kept(job: UUID) -> None:
    """Remove what an engine keeps of a job on this machine; nothing there is no error."""
    shutil.rmtree(kept_folder(job), ignore_errors=True)


def keep(job: UUID, attempt: int, files: Mapping[str, tuple[Path, str]]) -> dict[str, dict[str, Any]]:
    """Store an attempt's files (kind → (path, content type)); each appears whole or not at all.

    Returns kind → {name, type, size in bytes}. Raises OSError; ConnectionError where trying again may help.
    """
    stored: dict[str, dict[str, Any]] = {}
    for kind, (path, content_type) in files.items():
        size = path.stat().st_size
        with _Produced(path, content_type) as content:
            name = default_storage.save(f"{_folder(job, attempt)}/{path.name}", content)
        stored[kind] = {"name": name, "type": content_type, "size": size}
    return stored


def preview_folder(track: UUID, number: int) -> Path:
    """A new, empty folder on this machine for the preview of that number; what lay there is gone."""
    folder = Path(settings.WORK_DIR) / f"{track}-{number}{_PREVIEW}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def keep_preview(track: UUID, number: int, path: Path, content_type: str) -> dict[str, Any]:
    """Store the sound of a preview, whole or not at all: its name, type and size in bytes. Raises OSError."""
    size = path.stat().st_size
    with _Produced(path, content_type) as content:
        name = default_storage.save(f"tracks/{track}/preview/{number}/{path.name}", content)
    return {"name": name, "type": content_type, "size": size}


def drop_preview_folder(track: UUID, number: int) -> None:
    """Remove the work folder of a preview; one that is not there is no error."""
    shutil.rmtree(Path(settings.WORK_DIR) / f"{track}-{number}{_PREVIEW}", ignore_errors=True)


def remove_preview(track: UUID, number: int) -> None:
    """Remove whatever the preview of that number left; where the storage refuses, it goes with the track."""
    drop_preview_folder(track, number)
    try:
        _remove_tree(f"tracks/{track}/preview/{number}")
    except OSError as error:
        logger.warning("preview %d of track %s cannot be removed: %s", number, track, error)


def drop_old_previews(age: timedelta) -> None:
    """Remove work folders of previews that dead workers have left on this machine longer ago."""
    for path in Path(settings.WORK_DIR).glob(f"*{_PREVIEW}"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > age.total_seconds():
                shutil.rmtree(path, ignore_errors=True)


def read(name: str, size: int) -> IO[bytes]:
    """A stored file of ``size`` bytes from its beginning, fetched while it is read. Raises OSError."""
    if store := object_store():
        return store.read_range(name, 0, size - 1)
    return default_storage.open(name, "rb")


def remove_attempt(job: UUID, attempt: int) -> None:
    """Remove whatever an attempt left, here and in the storage; what is not there is no error.

    Where the storage refuses, the work folder stays, and whoever finds it tries again.
    """
    try:
        _remove_tree(_folder(job, attempt))
    except OSError as error:
        logger.warning("job %s: the files of attempt %d cannot be removed yet: %s", job, attempt, error)
    else:
        drop_work_folder(job, attempt)


def remove_job(job: UUID) -> None:
    """Remove all files of a job; where the storage refuses, they belong to no job, and prunejobs tries again."""
    drop_kept(job)
    try:
        _remove_tree(f"tracks/{job}")
    except OSError as error:
        logger.warning("job %s: its files cannot be removed yet: %s", job, error)


def _folder(job: UUID, attempt: int) -> str:
    return f"tracks/{job}/{attempt}"


def problem() -> str:
    """Why tracks cannot be kept, in a sentence for operators; "" where they can."""
    if store := object_store():
        return store.problem()
    folder = Path(default_storage.path(""))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"The folder of the tracks cannot be written: {error}"


def _remove_tree(folder: str) -> None:
    if store := object_store():
        store.delete_folder(folder)
    else:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(default_storage.path(folder))
