"""Zips that are sent while they are made: nothing of them is ever whole in memory or on a disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import IO, Any

from django.utils import timezone

BLOCK = 64 * 1024  # bytes that are read at once


class Outlet(io.RawIOBase):
    """What a zip is written to: blocks, until they are taken away."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if data:
            self._blocks.append(bytes(data))
        return len(data)

    def take(self) -> list[bytes]:
        taken, self._blocks = self._blocks, []
        return taken


def zipped(entries: Iterable[tuple[str, IO[bytes]]]) -> Iterator[bytes]:
    """The zip of these files (name and content), block by block; what plays is packed already, so it is stored."""
    outlet = Outlet()
    archive = zipfile.ZipFile(outlet, "w")
    for name, content in entries:
        entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
        entry.external_attr = 0o600 << 16
        with closing(content), archive.open(entry, "w", force_zip64=True) as file:
            while block := content.read(BLOCK):
                file.write(block)
                yield from outlet.take()
        yield from outlet.take()
    archive.close()
    yield from outlet.take()
