"""A file in the cache is what its name says, or is not taken."""

from __future__ import annotations

import os
from pathlib import Path

from jobs.music.sound.digests import digest, is_whole


def test_it_is_whole_while_its_digest_is_in_its_name(tmp_path: Path) -> None:
    written = tmp_path / "written"
    written.write_bytes(b"sound")
    named = written.rename(tmp_path / f"bank.source.{digest(written)}.sf2")
    assert is_whole(named)
    named.write_bytes(b"soun")
    assert not is_whole(named)
    named.write_bytes(b"sound")
    os.utime(named, (1, 1))
    assert is_whole(named)


def test_what_is_not_there_is_not_whole(tmp_path: Path) -> None:
    assert not is_whole(tmp_path / "bank.0.sf2")
