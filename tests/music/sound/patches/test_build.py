from __future__ import annotations

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.music.sound.patches import build, patch
from jobs.music.sound.sf2 import chunks

NAME = "chip_lead"


@pytest.fixture(autouse=True)
def _forget(caplog):
    build._failed.clear()
    caplog.set_level(logging.WARNING, build.__name__)


def test_it_is_made_once(tmp_path, monkeypatch):
    path = build.obtain(NAME, tmp_path / "patches")
    assert chunks(path)["smpl"][1] > 1000
    monkeypatch.setattr(patch, "zones", None)  # would fail
    assert build.obtain(NAME, tmp_path / "patches") == path
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_one_is_made_anew(tmp_path, caplog):
    path = build.obtain(NAME, tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:1000])
    assert build.obtain(NAME, tmp_path) == path
    assert path.read_bytes() == whole
    assert "damaged" in caplog.text


def test_two_workers_at_once_end_with_the_same_file(tmp_path):
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: build.obtain(NAME, tmp_path), range(4)))
    assert list(tmp_path.iterdir()) == list(paths)


def test_without_room_or_rights_it_is_said_and_tried_again_later(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(build, "NEEDED", 1 << 60)
    assert build.obtain(NAME, tmp_path) is None
    assert "MB are free" in caplog.text
    caplog.clear()
    assert build.obtain(NAME, tmp_path) is None
    assert caplog.text == ""
    monkeypatch.setattr(build, "NEEDED", 1)
    monkeypatch.setattr(build, "_PATIENCE", 0.0)
    assert build.obtain(NAME, tmp_path) is not None


def test_a_disk_that_fills_up_while_it_is_written_leaves_nothing(tmp_path, monkeypatch):
    def full(file, *_args, **_options):
        file.write(b"RIFF")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build.sf2_writer, "write", full)
    assert build.obtain(NAME, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_changed_patch_has_another_file_and_old_ones_go(tmp_path, monkeypatch):
    old = build.obtain(NAME, tmp_path)
    forgotten = tmp_path / f".{NAME}.abc.part"
    forgotten.write_bytes(b"RIFF")
    monkeypatch.setattr(build, "_source", lambda _name: "0" * 12)
    new = build.obtain(NAME, tmp_path)
    assert new != old
    assert old.exists()  # a worker of the former version may be playing it
    new.unlink()
    for path in (old, forgotten):
        os.utime(path, (time.time() - 90 * 86_400,) * 2)
    assert build.obtain(NAME, tmp_path) == new
    assert list(tmp_path.iterdir()) == [new]
