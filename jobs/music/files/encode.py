"""Samples → MP3, FLAC, WAV and Opus files."""

from __future__ import annotations

import errno
import shutil
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from math import gcd
from pathlib import Path

import lameenc
import numpy as np
import soundfile
from scipy.signal import resample_poly

from jobs.music.files import flac, ogg, riff
from jobs.music.files.loop_points import LoopPoints
from jobs.music.files.tags import clean, frames_of, id3
from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.mix import Step

BITRATE = 192  # kbit/s, constant, where no other is asked for
OPUS_RATE = 48_000  # frames a second: the only one of ours that Opus takes
_OPUS_COMPRESSION = 0.75  # of libsndfile, from best to smallest: some 130 kbit/s
_QUALITY = 5  # LAME's −q: 2 takes twice the time
_BLOCK = 32_768  # samples
_SCALES = {192: 0.97, 320: 1.0}  # LAME turns everything down by this at a bitrate; taken back
_DELAY = 576  # samples that LAME puts before the first one
_DECODER_DELAY = 529

_FRAME = 1152  # samples of one MPEG-1 layer III frame
_HEADERS = {192: b"\xff\xfb\xb0\x00", 320: b"\xff\xfb\xe0\x00"}  # MPEG-1 layer III, 44.1 kHz, stereo
_OVERLAP = 24  # frames that both halves encode on each side of the cut
_FLAC_HEAD = 42  # bytes: the mark of a FLAC file and its first block, which is always there
_COMMENTS = 64 * 1024  # bytes that hold all up to libsndfile's comments
_PICTURE = 6  # the type of a block of metadata
_BEFORE, _AFTER = 2 * _FRAME, _FRAME  # samples of what is heard around a loop, encoded with it and cut off by players
_OPUS_BEFORE, _OPUS_AFTER = 3840, 480  # the same of Opus: its decoder takes 80 ms to converge (RFC 7845, 4.6)
_SETTLED = 8  # frames after which an encoder has forgotten its start


def write_mp3(
    samples: Samples,
    frames: int,
    path: Path,
    texts: Mapping[str, str],
    custom: Mapping[str, str],
    step: Step,
    *,
    bitrate: int = BITRATE,
    cover: bytes = b"",
    loop: LoopPoints | None = None,
) -> None:
    """The first ``frames`` frames of ``samples`` (2, …) at ``bitrate`` kbit/s (192, 320), with a tag (``tags.id3``).

    Two threads encode a half each. LAME's frame of information is in front, by which players cut to the exact length.
    ``step`` is told the share that is done, by either thread.
    """
    length, before = frames, _BEFORE if loop else 0
    if loop:
        samples = np.concatenate((loop.before[:, -_BEFORE:], samples[:, :frames], loop.after[:, :_AFTER]), axis=1)
        frames, custom = samples.shape[1], {**custom, **loop.comments()}
    middle = frames // _FRAME // 2
    early, late = middle - _OVERLAP, middle + _OVERLAP
    done = [0.0, 0.0]

    def encode(half: int, start: int, stop: int) -> list[bytes]:
        def report(share: float) -> None:
            done[half] = share
            step(sum(done) / 2)

        return _encode(samples[:, start:stop], bitrate, report)

    with ThreadPoolExecutor(1, "mp3") as pool:
        second = pool.submit(encode, 1, max(early, 0) * _FRAME, frames)
        first = encode(0, 0, min(late * _FRAME, frames))
        stream = _splice(first, second.result(), max(early, 0))
    if stream is None:
        stream = _encode(samples[:, :frames], bitrate, step)
    with path.open("wb") as file:
        file.write(id3(texts, custom, cover))
        file.write(_information(length, stream, bitrate, _DELAY + before))
        file.writelines(stream)


def _encode(samples: Samples, bitrate: int, step: Step) -> list[bytes]:
    """The MP3 frames of all samples (2, …)."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(bitrate)
    encoder.set_in_sample_rate(SAMPLE_RATE)
    encoder.set_channels(2)
    encoder.set_quality(_QUALITY)
    encoder.silence()
    stream = bytearray()
    for at in range(0, samples.shape[1], _BLOCK):
        step(at / samples.shape[1])
        whole = np.rint(samples[:, at : at + _BLOCK].T * (32767.0 / _SCALES[bitrate])).clip(-32768, 32767).astype("<i2")
        stream += encoder.encode(whole.tobytes())
    return list(_frames(bytes(stream + encoder.flush()), bitrate))


def _frames(stream: bytes, bitrate: int) -> Iterator[bytes]:
    at = 0
    while at + 4 <= len(stream):
        size = _frame_bytes(bitrate) + (stream[at + 2] >> 1 & 1)
        yield stream[at : at + size]
        at += size


def _frame_bytes(bitrate: int) -> int:
    """Bytes of a frame without the padding byte."""
    return 144 * bitrate * 1000 // SAMPLE_RATE


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


def _information(samples: int, stream: Sequence[bytes], bitrate: int, delay: int) -> bytes:
    """The 'Info' frame (Xing's, with LAME's extension): frames, bytes, seek table, encoder delay and padding."""
    size = _frame_bytes(bitrate) + sum(map(len, stream))
    padding = min(max(len(stream) * _FRAME - samples - delay, 0), 4095)
    head = _HEADERS[bitrate] + bytes(32)  # no side information
    head += b"Info" + struct.pack(">III", 0b111, len(stream), size) + bytes(256 * i // 100 for i in range(100))
    head += b"LAME3.100" + bytes([0x01, 186]) + bytes(8) + bytes([_QUALITY, min(bitrate, 255)])
    head += struct.pack(">I", delay << 12 | padding)[1:] + bytes(4) + struct.pack(">IH", size, 0)
    return (head + struct.pack(">H", _crc16(head))).ljust(_frame_bytes(bitrate), b"\0")


def _crc16(data: bytes) -> int:
    """CRC-16/ARC, which LAME ends its information with."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def write_lossless(
    samples: Samples,
    frames: int,
    path: Path,
    kind: str,
    texts: Mapping[str, str],
    step: Step,
    *,
    bits: int = 24,
    rate: int = SAMPLE_RATE,
    cover: bytes = b"",
    loop: LoopPoints | None = None,
) -> None:
    """The first ``frames`` frames of ``samples`` (2, …) as 'flac' or 'wav'; all else and errors as of Lossless."""
    sound = _at_rate(samples[:, :frames], rate, loop)
    lyrics = clean(texts.get("lyrics", ""))
    named = {name: text for name, text in texts.items() if name != "lyrics"}  # libsndfile writes what it knows
    with closing(Lossless(path, kind, named, bits=bits, rate=rate)) as file:
        for at in range(0, sound.shape[1], _BLOCK):
            step(at / sound.shape[1])
            file.write(sound[:, at : at + _BLOCK])
    if cover and kind == "wav":  # of which RIFF's own list knows nothing
        tag = id3(frames_of(texts), {}, cover)
        _begin(path, _COMMENTS, lambda head: riff.with_others(head, lambda chunks: [*chunks, (riff.TAG, tag)]))
    if loop and kind == "wav":
        loop.mark_wav(path, rate)
    more = {**({"LYRICS": lyrics} if lyrics else {}), **(loop.comments(rate) if loop else {})}
    if more and kind == "flac":
        _begin(path, _COMMENTS, lambda head: flac.with_comments(head, more))
    if cover and kind == "flac":
        _begin(path, _FLAC_HEAD, lambda head: (_with_picture(head, cover), len(head)))


def write_opus(
    samples: Samples,
    frames: int,
    path: Path,
    texts: Mapping[str, str],
    step: Step,
    *,
    cover: bytes = b"",
    loop: LoopPoints | None = None,
) -> None:
    """The first ``frames`` frames of ``samples`` (2, …) as Opus in Ogg, with ``texts`` by the names of soundfile.

    Raise OSError.
    """
    sound = _at_rate(samples[:, :frames], OPUS_RATE, loop)
    if loop:
        before, after = (_at_rate(around, OPUS_RATE) for around in (loop.before, loop.after))
        sound = np.concatenate((before[:, -_OPUS_BEFORE:], sound, after[:, :_OPUS_AFTER]), axis=1)
    with (
        _disk_errors(path),
        soundfile.SoundFile(path, "w", OPUS_RATE, 2, "OPUS", format="OGG", compression_level=_OPUS_COMPRESSION) as file,
    ):
        for at in range(0, sound.shape[1], _BLOCK):
            step(at / sound.shape[1])
            file.write(sound[:, at : at + _BLOCK].T)
    comments = {name.upper(): clean(text) for name, text in texts.items()}
    if loop:
        comments |= loop.comments(OPUS_RATE)
        _begin(path, 2 * ogg.MOST, lambda head: ogg.with_longer_pre_skip(head, _OPUS_BEFORE))
        ogg.cut_at_the_end(path, _OPUS_AFTER)
    _begin(path, 2 * ogg.MOST, lambda head: ogg.with_comments(head, comments, cover))


def _at_rate(samples: Samples, rate: int, loop: LoopPoints | None = None) -> Samples:
    """The samples at another rate; they may be a little louder between two of them. Around a ``loop`` is no silence."""
    if rate == SAMPLE_RATE:
        return samples
    if loop:
        around = np.concatenate((loop.before, samples, loop.after), axis=1)
        start = loop.before.shape[1] * rate // SAMPLE_RATE
        return _at_rate(around, rate)[:, start : start + round(samples.shape[1] * rate / SAMPLE_RATE)]
    common = gcd(rate, SAMPLE_RATE)
    other: Samples = np.clip(resample_poly(samples, rate // common, SAMPLE_RATE // common, axis=1), -1.0, 1.0)
    return other


def _with_picture(head: bytes, cover: bytes) -> bytes:
    """The first bytes of a FLAC file, the mark and its first block, with a block of a picture behind them."""
    block = ogg.picture_block(cover)
    return head + bytes([_PICTURE]) + len(block).to_bytes(3, "big") + block


def _begin(path: Path, size: int, change: Callable[[bytes], tuple[bytes, int] | None]) -> None:
    """Give the file another beginning: ``change`` has its first ``size`` bytes, and says how many of them go."""
    with path.open("rb") as file:
        changed = change(file.read(size))
        if changed is None:
            return
        file.seek(changed[1])
        other = path.with_name(f"{path.name}.other")
        try:
            with other.open("wb") as copy:
                copy.write(changed[0])
                shutil.copyfileobj(file, copy)
            other.replace(path)
        finally:
            other.unlink(missing_ok=True)


class Lossless:
    """FLAC or WAV with ``texts`` (title, artist, comment …; RIFF and Vorbis know the same names).

    ``bits`` of a sample are 24, or 16, to which a noise of one of them is added: it hides what rounding would leave.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        texts: Mapping[str, str],
        channels: int = 2,
        *,
        bits: int = 24,
        rate: int = SAMPLE_RATE,
    ) -> None:
        self._path, self._frames = path, 0
        self._noise = np.random.default_rng(0) if bits == 16 else None
        with _disk_errors(path):
            self._file = soundfile.SoundFile(path, "w", rate, channels, f"PCM_{bits}", format=kind.upper())
            for name, text in texts.items():
                if text := clean(text):
                    setattr(self._file, name, text)

    def write(self, block: Samples) -> None:
        """``block`` (channels, frames) from −1 to 1"""
        self._frames += block.shape[1]
        if self._noise:
            triangle = self._noise.random(block.shape, np.float32) - self._noise.random(block.shape, np.float32)
            block = np.clip(block + triangle / 2**15, -1.0, 1.0 - 2**-15)
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
