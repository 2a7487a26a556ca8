from pathlib import Path
from typing import Any

import numpy as np
import pyloudnorm
import pytest
import soundfile

from jobs.music.errors import SilentSound, UnreadableSound
from jobs.music.files.deliver import LONGEST, deliver
from jobs.music.words.understand import understand

BRIEF = understand("a test tone", {"duration": 5}, 1)


def tone(path: Path, rate: int = 32000, channels: int = 1, level: float = 0.05, seconds: float = 5) -> Path:
    time = np.arange(round(rate * seconds)) / rate
    beats = 0.6 + 0.4 * np.sin(2 * np.pi * 2 * time)
    sound = np.stack([level * beats * np.sin(2 * np.pi * (440 + 110 * n) * time) for n in range(channels)], axis=1)
    soundfile.write(path, sound, rate)
    return path


def run(source: Path, folder: Path, **kwargs: Any) -> Any:
    folder.mkdir()
    return deliver(source, BRIEF, 1, folder, lambda stage, share: None, generator="test", **kwargs)


@pytest.mark.parametrize(
    ("rate", "channels", "level"), [(32000, 1, 0.02), (48000, 2, 0.9), (44100, 2, 0.3), (8000, 1, 1)]
)
def test_any_sound_ends_as_loud_as_every_track(tmp_path: Path, rate: int, channels: int, level: float) -> None:
    done = run(tone(tmp_path / "in.wav", rate, channels, level), tmp_path / "out", outputs=("mp3", "flac", "peaks"))
    sound, found = soundfile.read(done.files["flac"])
    assert (found, sound.shape) == (44100, (220500, 2))
    assert pyloudnorm.Meter(found).integrated_loudness(sound) == pytest.approx(-14, abs=0.3)
    assert done.loudness == pytest.approx(-14, abs=0.05)
    assert done.duration == pytest.approx(5, abs=0.001)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"audio.mp3", "audio.flac", "peaks.json"}


def test_the_pitch_stays_when_the_rate_changes(tmp_path: Path) -> None:
    done = run(tone(tmp_path / "in.wav", 32000), tmp_path / "out", outputs=("flac",))
    sound, rate = soundfile.read(done.files["flac"])
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound))))
    assert np.argmax(spectrum) * rate / len(sound) == pytest.approx(440, abs=0.5)


def test_both_ends_start_at_nothing(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.full(44100 * 2, 0.5) * np.sign(np.sin(np.arange(88200) / 20)), 44100)
    done = run(tmp_path / "in.wav", tmp_path / "out", outputs=("flac",))
    sound, _rate = soundfile.read(done.files["flac"])
    assert abs(sound[[0, -1]]).max() < 0.001


def test_an_offset_goes(tmp_path: Path) -> None:
    sound, rate = soundfile.read(tone(tmp_path / "in.wav"))
    soundfile.write(tmp_path / "off.wav", sound + 0.8, rate)
    done = run(tmp_path / "off.wav", tmp_path / "out", outputs=("flac",))
    assert done.loudness == pytest.approx(-14, abs=0.05)
    assert abs(soundfile.read(done.files["flac"])[0][rate:].mean()) < 0.001


def test_silence_is_an_error(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.zeros((44100 * 5, 2)), 44100)
    with pytest.raises(SilentSound):
        run(tmp_path / "in.wav", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"<html>busy</html>", b"RIFF\x00\x00\x00\x00WAVE", b"\xff\xfb" * 20])
def test_what_is_no_sound_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.mp3").write_bytes(content)
    with pytest.raises(UnreadableSound):
        run(tmp_path / "in.mp3", tmp_path / "out")


def test_numbers_that_are_none_are_an_error(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.full(44100, np.nan, np.float32), 44100, subtype="FLOAT")
    with pytest.raises(UnreadableSound):
        run(tmp_path / "in.wav", tmp_path / "out")


def test_hours_of_sound_are_an_error(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.zeros(round(8000 * (LONGEST + 1)), np.int16), 8000)
    with pytest.raises(UnreadableSound, match="901 s"):
        run(tmp_path / "in.wav", tmp_path / "out")


def test_a_loop_is_not_faded(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.full(44100 * 2, 0.5) * np.sign(np.sin(np.arange(88200) / 20 + 1)), 44100)
    done = run(tmp_path / "in.wav", tmp_path / "out", outputs=("flac",), fades=False)
    sound, _rate = soundfile.read(done.files["flac"])
    assert abs(sound[[0, -1]]).min() > 0.05
    assert len(sound) == 44100 * 2


def test_it_says_what_it_hears_and_how_loud_it_came(tmp_path: Path) -> None:
    done = run(tone(tmp_path / "in.wav", level=0.02, seconds=8), tmp_path / "out", outputs=("peaks",))
    assert done.heard.key == "A minor"  # a single note
    assert done.came_at < -30


def test_nobody_loses_a_piece_over_listening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(samples: object) -> None:
        raise FloatingPointError("nan")

    monkeypatch.setattr("jobs.music.files.deliver.listen", fail)
    done = run(tone(tmp_path / "in.wav"), tmp_path / "out", outputs=("peaks",))
    assert (done.heard, done.files["peaks"].exists()) == (None, True)
    assert "was not found out" in caplog.text
