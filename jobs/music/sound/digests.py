"""Files in a cache that say by their name what they hold: NAME.DIGEST.sf2."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path


def digest(path: Path) -> str:
    """SHA-256 of the file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
