"""Everything of one person as a zip that is sent while it is made: nothing is held but the block that is being read.

``profile.json``, ``jobs.json`` (every order, in the bin or not, and what was changed of its track),
``playlists.json``, ``prompts.json`` (those that were saved), ``tracks/…`` (every file of a finished one), and at last
``manifest.json`` with the size and the SHA-256 of each of these.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from jobs.models import Job, Playlist, SavedPrompt, Token
from jobs.storage import files
from jobs.storage.zips import Outlet

FORMAT = 1
BLOCK = 64 * 1024  # bytes
BATCH = 100  # jobs that are read at once
NAME_BYTES = 120  # of a title in the name of a folder
FIELDS = (
    "id", "title", "prompt", "options", "brief", "generator", "seed", "style", "variation_of_id", "export_of_id",
    "export_as", "state", "error_code", "error_message", "attempt", "favourite", "share_token", "share_until", "note",
    "size", "duration", "facts", "created_at", "started_at", "finished_at", "deleted_at",
)  # fmt: skip

TOKEN_FIELDS = (  # nothing that is secret
    "name", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at", "webhook_url", "webhook_events",
)  # fmt: skip

STEP_FIELDS = ("number", "parent", "created_at", "summary", "name", "is_current", "document")


def archive(user: User) -> Iterator[bytes]:
    """The zip, block by block; one that breaks off is no whole zip. Raises OSError where the storage is away."""
    export = _Export()
    yield from export.add("profile.json", [_json(_profile(user))])
    jobs = list(Job.objects.anywhere_of(user).order_by("created_at", "pk").values_list("pk", flat=True))
    yield from export.add("jobs.json", _jobs_json(jobs))
    yield from export.add("playlists.json", [_json(_playlists(user))])
    yield from export.add("prompts.json", [_json(_prompts(user))])
    for job in _read(jobs):
        for file in job.files.values():
            yield from export.add_stored(_path(job, file), file)
    yield from export.end(user)


def tracks(ids: list[Any]) -> Iterator[bytes]:
    """A zip with every file of the jobs of these keys, block by block. Raises OSError where the storage is away."""
    export = _Export()
    for job in _read(ids):
        for file in job.files.values():
            yield from export.add_stored(_path(job, file), file)
    yield from export.close()


class _Export:
    def __init__(self) -> None:
        self._outlet = Outlet()
        self._zip = zipfile.ZipFile(self._outlet, "w")
        self._files: dict[str, dict[str, Any]] = {}
        self._missing: list[str] = []

    def add(self, path: str, blocks: Iterable[bytes], size: int = 0, *, pack: bool = True) -> Iterator[bytes]:
        """Write a file of these blocks; ``size``: of a large one in bytes. What plays is packed already."""
        entry = zipfile.ZipInfo(path, timezone.now().timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
        entry.file_size, entry.external_attr = size, 0o600 << 16
        digest, written = hashlib.sha256(), 0
        with self._zip.open(entry, "w") as file:
            for block in blocks:
                file.write(block)
                digest.update(block)
                written += len(block)
                yield from self._outlet.take()
        self._files[path] = {"size": written, "sha256": digest.hexdigest()}
        yield from self._outlet.take()

    def add_stored(self, path: str, file: Mapping[str, Any]) -> Iterator[bytes]:
        """Write a stored file; one that was deleted meanwhile is named in the manifest."""
        try:
            content = files.read(file["name"], file["size"])
        except FileNotFoundError:
            self._missing.append(path)
            return
        with closing(content):
            yield from self.add(path, iter(lambda: content.read(BLOCK), b""), file["size"], pack=False)

    def end(self, user: User) -> Iterator[bytes]:
        """Write the manifest and the zip's own directory."""
        manifest = {
            "format": FORMAT,
            "site": settings.SITE_URL,
            "version": settings.VERSION,
            "made_at": timezone.now(),
            "user": user.get_username(),
            "files": self._files.copy(),
            "missing": self._missing,
        }
        yield from self.add("manifest.json", [_json(manifest)])
        yield from self.close()

    def close(self) -> Iterator[bytes]:
        """Write the zip's own directory."""
        self._zip.close()
        yield from self._outlet.take()


def _profile(user: User) -> dict[str, Any]:
    names = ("username", "email", "first_name", "last_name", "date_joined", "last_login")
    tokens = Token.objects.filter(owner=user).order_by("created_at")
    return {name: getattr(user, name) for name in names} | {"tokens": list(tokens.values(*TOKEN_FIELDS))}


def _playlists(user: User) -> list[dict[str, Any]]:
    """Names, and the ids of the tracks in their order."""
    return [
        {
            "name": playlist.name,
            "created_at": playlist.created_at,
            "tracks": list(playlist.places.order_by("position", "pk").values_list("job", flat=True)),
        }
        for playlist in Playlist.objects.filter(owner=user.pk).order_by("created_at", "pk")
    ]


def _prompts(user: User) -> list[dict[str, Any]]:
    saved = SavedPrompt.objects.filter(owner=user).order_by("created_at", "pk")
    return [dict(row) for row in saved.values("name", "prompt", "settings", "created_at")]


def _jobs_json(jobs: list[Any]) -> Iterator[bytes]:
    before = b"[\n"
    for job in _read(jobs):
        values = {name: getattr(job, name) for name in FIELDS}
        values["files"] = {kind: _path(job, file) for kind, file in job.files.items()}
        values["revisions"] = [
            {name: getattr(step, name) for name in STEP_FIELDS}
            for step in sorted(job.revisions.all(), key=lambda step: step.number)
        ]
        yield before + _json(values)
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _read(jobs: list[Any]) -> Iterator[Job]:
    """The jobs that are still there, in the order of their keys: no cursor is open while somebody's line is slow."""
    for start in range(0, len(jobs), BATCH):
        batch = Job.objects.prefetch_related("revisions").in_bulk(jobs[start : start + BATCH])
        yield from (batch[pk] for pk in jobs[start : start + BATCH] if pk in batch)


def _path(job: Job, file: Mapping[str, Any]) -> str:
    folder = f"{job.created_at:%Y-%m-%d} {_name(job.title)} {str(job.pk)[:8]}"
    return f"tracks/{folder}/{PurePosixPath(file['name']).name}"


def _name(title: str) -> str:
    """The title without what no file system takes: letters with their marks, digits and single blanks."""
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" or sign == "-" else " " for sign in title)
    return " ".join(kept.split()).encode()[:NAME_BYTES].decode(errors="ignore").strip() or "-"


def _json(value: Any) -> bytes:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode("utf-8", "replace")
