"""What the clients of registries give, and what they say when they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.music.sound import packages


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that counts as npm: a shell script to be written."""
    path = tmp_path / "npm"
    monkeypatch.setattr(packages.shutil, "which", lambda name: str(path))
    return path


def test_the_archive_is_what_the_client_packed(client: Path, tmp_path: Path) -> None:
    client.write_text("#!/bin/sh\ntouch package-1.0.tgz\n")
    client.chmod(0o755)
    assert packages.from_npm("package@1.0", tmp_path, 30.0) == tmp_path / "package-1.0.tgz"


def test_a_client_that_fails_is_quoted(client: Path, tmp_path: Path) -> None:
    client.write_text("#!/bin/sh\necho 'npm error code ENOSPC' >&2\necho 'npm error no space left' >&2\nexit 228\n")
    client.chmod(0o755)
    with pytest.raises(LookupError, match="npm error code ENOSPC npm error no space left"):
        packages.from_npm("package@1.0", tmp_path, 30.0)
    client.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(LookupError, match="exit status 3"):
        packages.from_npm("package@1.0", tmp_path, 30.0)
    client.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(LookupError, match="without its file"):
        packages.from_npm("package@1.0", tmp_path, 30.0)
