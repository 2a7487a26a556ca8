"""Files in a cache that say by their name what they hold: NAME.DIGEST.sf2; and whether there is room for them."""

from __future__ import annotations

import errno
import hashlib
import shutil
from functools import lru_cache
from pathlib import Path


def digest(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_room(folder: Path, needed: int) -> None:
    """Raise OSError unless so many bytes are free where the folder lies."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(errno.ENOSPC, f"{free / 1e6:.0f} MB are free, {needed / 1e6:.0f} needed", str(folder))


def is_whole(path: Path) -> bool:
    """Whether the file is what its name says; read once for each state of the file."""
    try:
        stat = path.stat()
        return _matches(path, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return False


@lru_cache(maxsize=256)
def _matches(path: Path, _size: int, _modified: int) -> bool:
    return digest(path) == path.name.split(".")[-2]
