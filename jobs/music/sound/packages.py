"""What registries have, by their ordinary clients: one package in a folder, or an error that says why not."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

_LONGEST = 300  # characters of what a client says
FAILURES = (OSError, subprocess.SubprocessError, tarfile.TarError, LookupError, ValueError)


def from_npm(package: str, folder: Path, timeout: float) -> Path:
    """The archive of npm's ``package``; raise one of FAILURES where it is not to be had in ``timeout`` seconds."""
    _run([_program("npm"), "pack", "--loglevel=error", package], folder, timeout)
    return only(folder.glob("*.tgz"))


def from_debian(package: str, folder: Path, timeout: float) -> Path:
    """The folder into which Debian's ``package`` was unpacked; raise one of FAILURES where that is not to be had."""
    _run([_program("apt-get"), "download", package], folder, timeout)
    _run([_program("dpkg-deb"), "-x", only(folder.glob("*.deb")).name, "unpacked"], folder, timeout)
    return folder / "unpacked"


def only(paths: Iterator[Path]) -> Path:
    """The first of these; raise LookupError where there is none."""
    if (path := next(iter(paths), None)) is None:
        raise LookupError("the package came without its file")
    return path


def _run(command: list[str], folder: Path, timeout: float) -> None:
    """Raise LookupError with the client's own words where it fails."""
    try:
        subprocess.run(command, cwd=folder, timeout=timeout, check=True, capture_output=True, stdin=subprocess.DEVNULL)  # noqa: S603 fixed commands
    except subprocess.CalledProcessError as error:
        words = " ".join((error.stderr or b"").decode(errors="replace").split())
        raise LookupError(words[:_LONGEST] or str(error)) from error


def _program(name: str) -> str:
    if (path := shutil.which(name)) is None:
        raise LookupError(f"{name} is not installed")
    return path
