"""Files whose stored bytes are not what is told: today's title, and to strangers neither seed nor brief."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from html import escape
from typing import IO, Any

from django.core.files.storage import default_storage

from jobs.models import Job
from jobs.music.files import tags
from jobs.storage.files import object_store

_TITLE = re.compile(rb"<title>[^<]*</title>")


def read(file: Mapping[str, Any], size: int) -> bytes:
    """The first ``size`` bytes of a stored file. Raises FileNotFoundError."""
    store = object_store()
    content = store.read_range(file["name"], 0, size - 1) if store else default_storage.open(file["name"])
    with closing(content):
        data: bytes = content.read(size)
    return data


def drawn(job: Job, file: Mapping[str, Any]) -> bytes:
    """The picture of the notes under the job's present title. Raises FileNotFoundError."""
    title = f"<title>{escape(tags.clean(job.title))}</title>".encode()
    return _TITLE.sub(lambda _match: title, read(file, file["size"]), count=1)


def opening_for_strangers(job: Job, file: Mapping[str, Any]) -> bytes:
    """What an MP3 is to begin with for those who have its link: a tag as long as its own, with title and artist alone.

    Empty where the file has no tag. Raises FileNotFoundError.
    """
    size = tags.size_of(read(file, tags.HEADER))
    return tags.shared(job.title, size) if size else b""


class Reopened:
    """A stored file, read from ``start`` on, of which the first bytes are others, as many."""

    def __init__(self, content: IO[bytes], start: int, opening: bytes) -> None:
        self._content, self._at, self._opening = content, start, opening

    def read(self, size: int = -1) -> bytes:
        data = self._content.read(size)
        changed = self._opening[self._at : self._at + len(data)]
        self._at += len(data)
        return changed + data[len(changed) :]

    def close(self) -> None:
        self._content.close()
