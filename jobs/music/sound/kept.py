"""What was played once and may be wanted again: files by the digest of all that they were made of.

Any number of processes share a folder: a file appears whole or not at all, and one that is damaged counts as none.
"""

from __future__ import annotations

import hashlib
import logging
import os
import struct
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

MOST_BYTES = 500_000_000  # of a folder
_HEAD = struct.Struct("<8sI")  # mark, CRC-32 of what follows
_MARK = b"kept\x00\x00\x00\x01"


def digest(*parts: object) -> str:
    """The name of what was made of these values: of their ``repr``, or of the bytes themselves."""
    summary = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        summary.update(struct.pack("<Q", len(data)))
        summary.update(data)
    return summary.hexdigest()


class Kept:
    """A folder of at most ``most`` bytes, out of which goes first what nobody has asked for longest.

    Nothing here raises OSError: whatever cannot be kept is made again.
    """

    def __init__(self, folder: Path, most: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most

    def get(self, name: str) -> memoryview | None:
        """What was kept under a digest; None where there is nothing whole."""
        path = self._folder / name
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        content = memoryview(data)[_HEAD.size :]
        if data[: _HEAD.size] == _HEAD.pack(_MARK, zlib.crc32(content)):
            return content
        log.warning("%s is damaged, and made anew.", path)
        with suppress(OSError):
            path.unlink()
        return None

    def put(self, name: str, content: bytes | memoryview) -> None:
        """Keep it under its digest."""
        if len(content) > self._most:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
                part = Path(file.name)
                try:
                    file.write(_HEAD.pack(_MARK, zlib.crc32(content)))
                    file.write(content)
                    file.close()
                    part.replace(self._folder / name)
                finally:
                    part.unlink(missing_ok=True)
        except OSError as error:
            log.warning("Nothing is kept in %s: %s", self._folder, error)

    def trim(self) -> None:
        """Bring the folder down to its size; parts of files that a dead process has left go, too, with time."""
        found = []
        with suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(OSError):  # another process has removed it
                    stat = entry.stat()
                    found.append((stat.st_mtime, stat.st_size, entry.path))
        left = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if left <= self._most:
                return
            with suppress(OSError):
                Path(path).unlink()
            left -= size
