"""Samples → MP3, FLAC and WAV files."""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import lameenc
import numpy as np
import soundfile

from jobs.music.files.tags import clean, id3
from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.mix import Step

BITRATE = 192  # kbit/s, constant
_QUALITY = 5  # LAME's −q: 2 takes twice the time
_BLOCK = 32_768  # samples
_SCALE = 0.97  # LAME turns everything down by this at this bitrate; taken back
_DELAY = 576  # samples that LAME puts before the first one
_DECODER_DELAY = 529

_FRAME = 1152  # samples of one MPEG-1 layer III frame
_FRAME_BYTES = 144 * BITRATE * 1000 // SAMPLE_RATE  # without the padding byte
_HEADER = b"\xff\xfb\xb0\x00"  # MPEG-1 layer III, 192 kbit/s, 44.1 kHz, stereo
_OVERLAP = 24  # frames that both halves encode on each side of the cut
_SETTLED = 8  # frames after which an encoder has forgotten its start


def write_mp3(
    samples: Samples, frames: int, path: Path, texts: Mapping[str, str], custom: Mapping[str, str], step: Step
) -> None:
    """The first ``frames`` frames of ``samples`` (2, …) at 192 kbit/s, with an ID3 tag (``tags.id3``).

    Two threads encode a half each. LAME's frame of information is in front, by which players cut to the exact length.
    ``step`` is told the share that is done, by either thread.
    """
    middle = frames // _FRAME // 2
    early, late = middle - _OVERLAP, middle + _OVERLAP
    done = [0.0, 0.0]

    def encode(half: int, start: int, stop: int) -> list[bytes]:
        def report(share: float) -> None:
            done[half] = share
            step(sum(done) / 2)

        return _encode(samples[:, start:stop], report)

    with ThreadPoolExecutor(1, "mp3") as pool:
        second = pool.submit(encode, 1, max(early, 0) * _FRAME, frames)
        first = encode(0, 0, min(late * _FRAME, frames))
        stream = _splice(first, second.result(), max(early, 0))
    if stream is None:
        stream = _encode(samples[:, :frames], step)
    with path.open("wb") as file:
        file.write(id3(texts, custom))
        file.write(_information(frames, stream))
        file.writelines(stream)


def _encode(samples: Samples, step: Step) -> list[bytes]:
    """The MP3 frames of all samples (2, …)."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(BITRATE)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(2)
    encoder.set_quality(_QUALITY)
    encoder.silence()
    stream = bytearray()
    for at in range(0, samples.shape[1], _BLOCK):
        step(at / samples.shape[1])
        whole = np.rint(samples[:, at : at + _BLOCK].T * (32767.0 / _SCALE)).clip(-32768, 32767).astype("<i2")
        stream += encoder.encode(whole.tobytes())
    return list(_frames(bytes(stream + encoder.flush())))


def _frames(stream: bytes) -> Iterator[bytes]:
    at = 0
    while at + 4 <= len(stream):
        size = _FRAME_BYTES + (stream[at + 2] >> 1 & 1)
        yield stream[at : at + size]
        at += size


def _reservoir(frame: bytes) -> int:
    """How many bytes of its sound a frame keeps in the frames before it (main_data_begin, ISO 11172-3, 2.4.1.7)."""
    return frame[4] << 1 | frame[5] >> 7


def _splice(first: Sequence[bytes], second: Sequence[bytes], offset: int) -> list[bytes] | None:
    """One stream of two, where ``second[0]`` is of the same time as ``first[offset]``; None where they do not join.

    They join before a frame of the second that keeps no more bytes in its predecessors than the first stream's frame of
    the same time does: those bytes are free once the latter is gone.
    """
    for index in range(_SETTLED, min(len(second), len(first) - offset - _SETTLED)):
        before, kept = first[offset + index - 1], _reservoir(second[index])
        if kept <= _reservoir(first[offset + index]):
            joint = before[: len(before) - kept] + second[index - 1][len(second[index - 1]) - kept :]
            return [*first[: offset + index - 1], joint, *second[index:]]
    return None


def _information(samples: int, stream: Sequence[bytes]) -> bytes:
    """The 'Info' frame (Xing's, with LAME's extension): frames, bytes, seek table, encoder delay and padding."""
    size = _FRAME_BYTES + sum(map(len, stream))
    padding = min(max(len(stream) * _FRAME - samples - _DELAY, 0), 4095)
    head = _HEADER + bytes(32)  # no side information
    head += b"Info" + struct.pack(">III", 0b111, len(stream), size) + bytes(256 * i // 100 for i in range(100))
    head += b"LAME3.100" + bytes([0x01, 186]) + bytes(8) + bytes([_QUALITY, BITRATE])
    head += struct.pack(">I", _DELAY << 12 | padding)[1:] + bytes(4) + struct.pack(">IH", size, 0)
    return (head + struct.pack(">H", _crc16(head))).ljust(_FRAME_BYTES, b"\0")


def _crc16(data: bytes) -> int:
    """CRC-16/ARC, which LAME ends its information with."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def write_lossless(samples: Samples, frames: int, path: Path, kind: str, texts: Mapping[str, str], step: Step) -> None:
    """The first ``frames`` frames of ``samples`` (2, …) as 'flac' or 'wav'; ``texts`` and errors as of Lossless."""
    with closing(Lossless(path, kind, texts)) as file:
        for at in range(0, frames, _BLOCK):
            step(at / frames)
            file.write(samples[:, at : min(at + _BLOCK, frames)])


class Lossless:
    """FLAC or WAV, 24 bits, with ``texts`` (title, artist, comment …; RIFF and Vorbis know the same names)."""

    def __init__(self, path: Path, kind: str, texts: Mapping[str, str], channels: int = 2) -> None:
        self._path, self._frames = path, 0
        with _disk_errors(path):
            self._file = soundfile.SoundFile(path, "w", SAMPLE_RATE, channels, "PCM_24", format=kind.upper())
            for name, text in texts.items():
                if text := clean(text):
                    setattr(self._file, name, text)

    def write(self, block: Samples) -> None:
        """``block`` (channels, frames) from −1 to 1"""
        self._frames += block.shape[1]
        with _disk_errors(self._path):
            self._file.write(block.T)

    def close(self) -> None:
        """Complete the file; raise OSError if its last frame cannot be read back."""
        with _disk_errors(self._path):
            self._file.close()
            if self._frames:
                soundfile.read(self._path, frames=1, start=self._frames - 1, always_2d=True)


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """libsndfile says nothing of why a write failed, but there is one reason."""
    try:
        yield
    except (soundfile.LibsndfileError, AssertionError) as error:
        raise OSError(errno.ENOSPC, f"cannot write: {error}", str(path)) from error
