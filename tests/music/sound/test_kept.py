"""The folder of what was played: whole or not there, and never too much of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jobs.music.sound.kept import Kept, digest


def test_it_gives_back_what_it_was_given(tmp_path: Path) -> None:
    keeps = Kept(tmp_path / "kept")
    assert keeps.get("a") is None
    keeps.put("a", b"sound")
    content = keeps.get("a")
    assert content is not None
    assert bytes(content) == b"sound"
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["a"]


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:5], lambda data: data[:-1] + b"?"])
def test_what_is_damaged_is_not_there(tmp_path: Path, damage: object) -> None:
    keeps = Kept(tmp_path)
    keeps.put("a", b"sound")
    (tmp_path / "a").write_bytes(damage((tmp_path / "a").read_bytes()))  # type: ignore[operator]
    assert keeps.get("a") is None
    assert not (tmp_path / "a").exists()


def test_what_nobody_asked_for_longest_goes_first(tmp_path: Path) -> None:
    keeps = Kept(tmp_path, 3 * (12 + 100))
    for number, name in enumerate("abcd"):
        keeps.put(name, bytes(100))
        os.utime(tmp_path / name, (number, number))
    assert keeps.get("a") is not None
    keeps.trim()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c", "d"]


def test_nothing_is_kept_where_there_is_no_room(tmp_path: Path) -> None:
    Kept(tmp_path / "kept", 0).put("a", b"sound")
    assert not (tmp_path / "kept").exists()
    (tmp_path / "file").write_bytes(b"")
    Kept(tmp_path / "file").put("a", b"sound")  # no folder
    assert Kept(tmp_path / "file").get("a") is None


def test_names_tell_values_apart() -> None:
    assert digest("a", "bc") != digest("ab", "c")
    assert digest(1, b"x") == digest(1, b"x")
