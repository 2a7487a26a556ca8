"""An Ogg Opus file (RFC 7845, in pages of RFC 3533): its comments, where one page has all of them, and its end."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

_MAGIC, _TAGS = b"OggS", b"OpusTags"
_PRE_SKIP = 10  # bytes of the head of Opus before the number of samples that are cut off again
_POSITION = 6  # bytes of a page before the number of frames that are over at its end
_HEADER = 27  # bytes of a page before its table of segments
_SEGMENT = 255
MOST = _SEGMENT * _SEGMENT  # bytes of a packet that fits a page
_POLYNOMIAL = 0x04C11DB7


class _Page(NamedTuple):
    start: int
    header: bytes  # without the table of segments
    body: bytes

    @property
    def end(self) -> int:
        return self.start + _HEADER + self.header[26] + len(self.body)


def with_comments(head: bytes, comments: Mapping[str, str], picture: bytes = b"") -> tuple[bytes, int] | None:
    """The beginning of a file with these comments instead of those that ``head``, its beginning, has.

    Names of ``comments`` are in capitals; those that are there already and not named stay. ``picture``: a PNG for the
    front. Returns the bytes, and how many of the file they stand for; None where it is no such file, or too much.
    """
    first = _page(head, 0)
    page = _page(head, first.end) if first else None
    if page is None or not page.body.startswith(_TAGS):
        return None
    more = [f"METADATA_BLOCK_PICTURE={base64.b64encode(picture_block(picture)).decode()}".encode()] if picture else []
    body = _TAGS + _exchanged(page.body[len(_TAGS) :], comments, more)
    if len(body) >= MOST:
        return None
    return head[: page.start] + _written(page.header, body), page.end


def with_longer_pre_skip(head: bytes, frames: int) -> tuple[bytes, int] | None:
    """The beginning of an Opus file of which so many more frames are cut off when it is played; None as above."""
    page = _page(head, 0)
    if page is None or not page.body.startswith(b"OpusHead"):
        return None
    (skipped,) = struct.unpack_from("<H", page.body, _PRE_SKIP)
    body = page.body[:_PRE_SKIP] + struct.pack("<H", skipped + frames) + page.body[_PRE_SKIP + 2 :]
    return _written(page.header, body), page.end


def cut_at_the_end(path: Path, frames: int) -> None:
    """Have the last so many frames of an Opus file cut off when it is played: its last page says where it ends."""
    with path.open("r+b") as file:
        start = max(0, file.seek(0, 2) - _HEADER - _SEGMENT - MOST)
        file.seek(start)
        tail = file.read()
        at = tail.rindex(_MAGIC)
        page = _page(tail, at)
        if page is None or page.end != len(tail):
            raise ValueError("the last page is damaged")
        (end,) = struct.unpack_from("<q", page.header, _POSITION)
        header = page.header[:_POSITION] + struct.pack("<q", end - frames) + page.header[_POSITION + 8 :]
        table = tail[at + _HEADER : at + _HEADER + header[26]]
        file.seek(start + at)
        file.write(_checked(header + table + page.body))


def _exchanged(block: bytes, comments: Mapping[str, str], more: Iterable[bytes] = ()) -> bytes:
    """A block of comments with these before the others that it has, and ``more`` behind them."""
    vendor, *lines = _lines(block)
    kept = [line for line in lines if line.partition(b"=")[0].decode("ascii", "replace").upper() not in comments]
    fields = [*(f"{name}={value}".encode() for name, value in comments.items()), *kept, *more]
    return _counted([vendor]) + struct.pack("<I", len(fields)) + _counted(fields)


def picture_block(png: bytes) -> bytes:
    """A picture of the front cover as FLAC and Vorbis comments have it (RFC 9639, 8.8)."""
    width, height = struct.unpack(">II", png[16:24])
    kind = b"image/png"
    return struct.pack(">II", 3, len(kind)) + kind + struct.pack(">IIIIII", 0, width, height, 24, 0, len(png)) + png


def _page(data: bytes, start: int) -> _Page | None:
    header = data[start : start + _HEADER]
    if not header.startswith(_MAGIC) or len(header) < _HEADER:
        return None
    table = data[start + _HEADER : start + _HEADER + header[26]]
    body = data[start + _HEADER + header[26] :][: sum(table)]
    return _Page(start, header, body) if len(body) == sum(table) else None


def _lines(body: bytes) -> list[bytes]:
    """The vendor, then each comment; raise ValueError where it ends too early."""
    lines, at, left = [], 0, 1
    while left:
        (size,) = struct.unpack_from("<I", body, at)
        lines.append(body[at + 4 : at + 4 + size])
        at += 4 + size
        left -= 1
        if len(lines) == 1:
            (left,) = struct.unpack_from("<I", body, at)
            at += 4
        if at > len(body):
            raise ValueError("the comments end too early")
    return lines


def _counted(lines: Iterable[bytes]) -> bytes:
    return b"".join(struct.pack("<I", len(line)) + line for line in lines)


def _written(header: bytes, body: bytes) -> bytes:
    """A page with that one packet, which ends on it."""
    whole, rest = divmod(len(body), _SEGMENT)
    table = bytes([_SEGMENT] * whole + [rest])
    return _checked(header[:26] + bytes([len(table)]) + table + body)


def _checked(page: bytes) -> bytes:
    """The page with its checksum."""
    page = page[:22] + bytes(4) + page[26:]
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]


def _crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _TABLE[crc >> 24 ^ byte]
    return crc


def _row(byte: int) -> int:
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1 ^ _POLYNOMIAL if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


_TABLE = tuple(map(_row, range(256)))
