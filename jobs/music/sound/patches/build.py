"""SoundFonts of our own patches in a folder: each made when it is first needed, once for a machine.

A file is called <patch>.<digest of what it is made from>.<digest of itself>.sf2. It is written beside its place and
moved there, so that workers who make the same one at the same moment do each other no harm.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from jobs.music.sound import sf2_writer
from jobs.music.sound.digests import check_room, digest, is_whole
from jobs.music.sound.patches import patch

log = logging.getLogger(__name__)

NEEDED = 20_000_000  # bytes: more than any patch takes
_OLD = 30 * 86_400  # seconds after which files of former versions, or of interrupted builds, are removed
_PATIENCE = 60.0  # seconds until a failed build is tried again
_failed: dict[tuple[Path, str], float] = {}  # → when


def obtain(name: str, folder: Path) -> Path | None:
    """The SoundFont of that patch, made now if need be; None where it cannot be made (which is logged)."""
    for path in sorted(folder.glob(f"{name}.{_source(name)}.*.sf2")):
        if is_whole(path):
            return path
        log.warning("The patch %s is damaged on the disk; it is made anew.", path.name)
        with suppress(OSError):
            path.unlink()
    if time.monotonic() < _failed.get((folder, name), float("-inf")) + _PATIENCE:
        return None
    try:
        return _build(name, folder)
    except OSError as error:
        _failed[folder, name] = time.monotonic()
        log.warning("The patch %s cannot be made in %s: %s. Its parts are played on the next best sound.",
                    name, folder, error)  # fmt: skip
        return None


def _build(name: str, folder: Path) -> Path:
    """Make and keep it; raise OSError where there is no room, or no right to write."""
    folder.mkdir(parents=True, exist_ok=True)
    check_room(folder, NEEDED)
    data = patch.read(name)
    handle, part = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".part")
    path = Path(part)
    try:
        with os.fdopen(handle, "wb") as file:
            sf2_writer.write(file, data["name"], patch.zones(name, data), drums=bool(data.get("kit")))
        target = folder / f"{name}.{_source(name)}.{digest(path)}.sf2"
        path.chmod(0o644)
        path.replace(target)
    finally:
        path.unlink(missing_ok=True)
    _tidy(folder, name)
    return target


def _tidy(folder: Path, name: str) -> None:
    """Remove what former versions and interrupted builds left, once nobody can be using it any more."""
    for path in (*folder.glob(f"{name}.*.sf2"), *folder.glob(".*.part")):
        with suppress(OSError):
            if path.name.split(".")[1] != _source(name) and time.time() - path.stat().st_mtime > _OLD:
                path.unlink()


@cache
def _source(name: str) -> str:
    """The digest of everything that decides how the patch sounds."""
    content = hashlib.sha256()
    tables = [patch.FOLDER / f"{stem}.toml" for stem in (name, "_percussion")]
    for path in (*tables, *sorted(patch.FOLDER.glob("*.py")), Path(sf2_writer.__file__)):
        content.update(path.read_bytes())
    return content.hexdigest()[:12]
