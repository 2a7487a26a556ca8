"""Files that are to be repeated say where, and begin and end as what is heard around them does."""

from __future__ import annotations

import struct
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from jobs.music.files import encode
from jobs.music.files.loop_points import AROUND, LoopPoints
from jobs.music.files.retitle import HEAD, retitled
from jobs.music.sound.fluid import SAMPLE_RATE

LENGTH = 2 * SAMPLE_RATE
TURN = np.arange(LENGTH) / SAMPLE_RATE
ROUND = np.array([0.3 * np.sin(2 * np.pi * 220.5 * TURN + part) for part in (0.7, 1.1)], np.float32)  # whole periods


@pytest.fixture
def loop() -> LoopPoints:
    """A tone that goes round behind a second of silence."""
    return LoopPoints(SAMPLE_RATE, LENGTH, np.zeros((2, AROUND), np.float32), ROUND[:, :AROUND])


@pytest.fixture
def whole() -> LoopPoints:
    return LoopPoints(0, LENGTH, ROUND[:, -AROUND:], ROUND[:, :AROUND])


def nothing(_share: float) -> None:
    pass


def chunks(path: Path) -> dict[bytes, bytes]:
    data = path.read_bytes()
    assert data[:4] + data[8:12] == b"RIFFWAVE"
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    found, at = {}, 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


def comments(path: Path) -> dict[str, str]:
    """Tags as players read them."""
    read = mutagen.File(path)
    assert read is not None
    return {name.upper(): str(values[0]) for name, values in read.tags.items() if isinstance(values, list)}


@pytest.mark.parametrize(("rate", "bits"), [(44_100, 24), (48_000, 16)])
def test_a_wav_has_a_sampler_chunk(tmp_path, loop, rate, bits):
    path = tmp_path / "a.wav"
    sound = np.concatenate((np.zeros((2, SAMPLE_RATE), np.float32), ROUND), axis=1)
    encode.write_lossless(sound, 3 * SAMPLE_RATE, path, "wav", {"title": "T"}, nothing, bits=bits, rate=rate, loop=loop)
    sampler = struct.unpack("<15I", chunks(path)[b"smpl"])
    assert sampler[2] == round(1e9 / rate)
    assert sampler[7:9] == (1, 0)
    assert sampler[9:] == (0, 0, rate, 3 * rate - 1, 0, 0)
    assert soundfile.info(path).frames == 3 * rate
    begins = retitled(path.read_bytes()[:HEAD], "audio/wav", "Another")
    assert begins is not None
    path.write_bytes(begins.content + path.read_bytes()[begins.replaced :])
    assert b"smpl" in chunks(path)


def test_a_flac_and_an_opus_have_comments(tmp_path, loop):
    sound = np.concatenate((np.zeros((2, SAMPLE_RATE), np.float32), ROUND), axis=1)
    texts = {"title": "제목", "comment": "ü"}
    flac, opus = tmp_path / "a.flac", tmp_path / "a.opus"
    encode.write_lossless(sound, 3 * SAMPLE_RATE, flac, "flac", texts, nothing, loop=loop)
    encode.write_opus(sound, 3 * SAMPLE_RATE, opus, texts, nothing, loop=loop)
    assert comments(flac) | {"TITLE": "제목", "LOOPSTART": "44100", "LOOPLENGTH": "88200"} == comments(flac)
    assert comments(opus) | {"TITLE": "제목", "LOOPSTART": "48000", "LOOPLENGTH": "96000"} == comments(opus)
    assert soundfile.info(flac).frames == 3 * 44_100
    assert soundfile.info(opus).frames == 3 * 48_000


@pytest.mark.parametrize("kind", ["mp3", "opus", "flac"])
def test_what_is_lost_in_a_codec_is_not_lost_at_the_seam(tmp_path, whole, kind):
    path = tmp_path / f"a.{kind}"
    if kind == "mp3":
        encode.write_mp3(ROUND, LENGTH, path, {"TIT2": "T"}, {}, nothing, loop=whole)
        tags = {name: str(frame) for name, frame in mutagen.File(path).tags.items()}
        assert tags == {"TIT2": "T", "TXXX:LOOPSTART": "0", "TXXX:LOOPLENGTH": str(LENGTH)}
    elif kind == "opus":
        encode.write_opus(ROUND, LENGTH, path, {}, nothing, loop=whole)
    else:
        encode.write_lossless(ROUND, LENGTH, path, kind, {}, nothing, rate=48_000, loop=whole)
    decoded, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert len(decoded) == 2 * rate
    heard = np.tile(decoded.T, (1, 2))
    time = np.arange(heard.shape[1]) / rate
    meant = np.array([0.3 * np.sin(2 * np.pi * 220.5 * time + part) for part in (0.7, 1.1)])
    error = np.abs(heard - meant)
    seam = slice(2 * rate - 500, 2 * rate + 500)
    assert error[:, seam].max() < 0.02, "a gap, or a jump"
