from __future__ import annotations

import numpy as np
import pytest
import soundfile

from jobs.music.files import encode
from jobs.music.sound.fluid import SAMPLE_RATE
from tests.music import id3


def music(seconds: float) -> np.ndarray:
    """Tones that move, and noise that comes and goes."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    random = np.random.default_rng(5)
    left = 0.3 * np.sin(2 * np.pi * (220 + 40 * np.sin(time)) * time) + 0.2 * random.standard_normal(len(time)) * (
        np.sin(7 * time) ** 8
    )
    return np.array([left, 0.7 * np.roll(left, 20)], np.float32).clip(-0.8, 0.8)


def nothing(_share: float) -> None:
    pass


@pytest.mark.parametrize("seconds", [0.05, 0.4, 1.0, 5.0, 12.345])
def test_an_mp3_has_every_sample_at_its_place(tmp_path, seconds):
    samples, path = music(seconds), tmp_path / "a.mp3"
    encode.write_mp3(samples, samples.shape[1], path, {"TIT2": "T"}, {}, nothing)
    decoded, rate = soundfile.read(path, always_2d=True)
    assert rate == SAMPLE_RATE
    assert decoded.shape == samples.T.shape
    assert np.corrcoef(decoded[:, 0], samples[0])[0, 1] > 0.96
    assert np.std(decoded) == pytest.approx(np.std(samples), rel=0.01)


def test_the_halves_of_an_mp3_join_without_a_trace(tmp_path):
    samples, path = music(20.0), tmp_path / "a.mp3"
    encode.write_mp3(samples, samples.shape[1], path, {}, {}, nothing)
    error = soundfile.read(path)[0].T - samples
    pieces = error.reshape(2, 200, -1).std(axis=2)[0] + 1e-6
    expected = np.median(pieces[60:140])
    assert pieces[97:104].max() < 3 * max(expected, pieces[60:95].max())


def test_halves_that_do_not_join_are_seen():
    """A frame that keeps 100 bytes in its predecessors cannot follow one that left no room."""

    def frame(kept: int) -> bytes:
        return encode._HEADERS[192] + bytes([kept >> 1, (kept & 1) << 7]) + bytes(620)

    assert encode._splice([frame(0)] * 60, [frame(100)] * 60, 10) is None
    joined = encode._splice([frame(100)] * 60, [frame(100)] * 60, 10)
    assert joined is not None
    assert len(joined) == 70


def test_an_mp3_counts_its_frames_and_bytes(tmp_path):
    samples, path = music(3.0), tmp_path / "a.mp3"
    encode.write_mp3(samples, samples.shape[1], path, {"TIT2": "T"}, {"SEED": "5"}, nothing)
    data = path.read_bytes()
    start = data.index(b"Info") - 36
    frames, size = (int.from_bytes(data[start + at : start + at + 4], "big") for at in (44, 48))
    assert size == len(data) - start
    sizes = list(encode._frames(data[start:], 192))
    assert len(sizes) == frames + 1
    assert all(frame[:2] == b"\xff\xfb" for frame in sizes)
    assert id3.read(path) == {"TIT2": "T", "TXXX:SEED": "5"}


@pytest.mark.parametrize("kind", ["flac", "wav"])
def test_a_lossless_file_loses_nothing(tmp_path, kind):
    samples, path = music(2.0), tmp_path / f"a.{kind}"
    encode.write_lossless(samples, 80_000, path, kind, {"title": "T\0itle", "artist": "", "comment": "ü"}, nothing)
    with soundfile.SoundFile(path) as file:
        assert (file.format, file.subtype) == (kind.upper(), "PCM_24")
        assert (file.title, file.comment) == ("Title", "ü")
        assert np.allclose(file.read().T, samples[:, :80_000], rtol=0, atol=2**-22)


def test_encoding_stops_when_it_is_told_to(tmp_path):
    def stop(share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    samples = music(20.0)
    with pytest.raises(KeyboardInterrupt):
        encode.write_mp3(samples, samples.shape[1], tmp_path / "a", {}, {}, stop)
    with pytest.raises(KeyboardInterrupt):
        encode.write_lossless(samples, samples.shape[1], tmp_path / "a", "flac", {}, stop)
