"""Where finished files lie: ``tracks/<job>/<attempt>/…`` in the default storage.

An attempt has a folder of its own, so one that has lost its job can never touch the files of the one that owns it. Its
work folder on this machine is the last thing of it that goes: while that is there, there may be something to remove.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage

logger = logging.getLogger(__name__)


class _Produced(File):  # type: ignore[type-arg]
    """A file on this machine that the storage may take over by renaming it instead of copying."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.open("rb"), name=path.name)
        self._path = path

    def temporary_file_path(self) -> str:
        return str(self._path)


def work_folder(job: UUID, attempt: int) -> Path:
    """An empty folder on this machine for one attempt to write in."""
    folder = Path(settings.WORK_DIR) / f"{job}-{attempt}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def work_folders() -> set[tuple[UUID, int]]:
    """The attempts, as job and number, that have a work folder on this machine."""
    found = set()
    with contextlib.suppress(FileNotFoundError):
        for path in Path(settings.WORK_DIR).iterdir():
            job, _, number = path.name.rpartition("-")
            with contextlib.suppress(ValueError):  # none of ours
                found.add((UUID(job), int(number)))
    return found


def drop_work_folder(job: UUID, attempt: int) -> None:
    shutil.rmtree(Path(settings.WORK_DIR) / f"{job}-{attempt}", ignore_errors=True)


def keep(job: UUID, attempt: int, files: Mapping[str, tuple[Path, str]]) -> dict[str, dict[str, Any]]:
    """Store an attempt's files (kind → (path, content type)); each appears whole or not at all.

    Returns kind → {name, type, size in bytes}. Raises OSError, or what the storage raises.
    """
    kept: dict[str, dict[str, Any]] = {}
    for kind, (path, content_type) in files.items():
        size = path.stat().st_size
        with _Produced(path) as content:
            name = default_storage.save(f"{_folder(job, attempt)}/{path.name}", content)
        kept[kind] = {"name": name, "type": content_type, "size": size}
    return kept


def remove_attempt(job: UUID, attempt: int) -> None:
    """Remove whatever an attempt left, here and in the storage; what is not there is no error.

    Where the storage refuses, the work folder stays, and whoever finds it tries again.
    """
    try:
        _remove_tree(default_storage, _folder(job, attempt))
    except OSError as error:
        logger.warning("job %s: the files of attempt %d cannot be removed yet: %s", job, attempt, error)
    else:
        drop_work_folder(job, attempt)


def remove_job(job: UUID) -> None:
    """Remove all files of a job."""
    _remove_tree(default_storage, f"tracks/{job}")


def _folder(job: UUID, attempt: int) -> str:
    return f"tracks/{job}/{attempt}"


def _remove_tree(storage: Storage, folder: str) -> None:
    if isinstance(storage, FileSystemStorage):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(storage.path(folder))
        return
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in files:
        storage.delete(f"{folder}/{name}")
    for name in folders:
        _remove_tree(storage, f"{folder}/{name}")
