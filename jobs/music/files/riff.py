"""Chunks of a WAV file, before its sound and behind it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

Chunk = tuple[bytes, bytes]  # a name of four letters and its content

TAG = b"id3 "  # the name of a chunk that holds an ID3 tag


def append(path: Path, chunks: Iterable[Chunk]) -> None:
    """Append chunks to a RIFF file."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        for name, content in chunks:
            file.write(b"\0" * (file.tell() % 2) + chunk(name, content))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))


def with_others(head: bytes, change: Callable[[Sequence[Chunk]], Sequence[Chunk]]) -> tuple[bytes, int] | None:
    """The beginning of a file whose chunks before its sound are what ``change`` makes of those in ``head``.

    Returns the bytes, and how many of the file they stand for; None where it is no such file, or its sound does not
    begin in ``head``.
    """
    if head[:4] + head[8:12] != b"RIFFWAVE":
        return None
    chunks, at = [], 12
    while (name := head[at : at + 4]) != b"data":
        size = int.from_bytes(head[at + 4 : at + 8], "little")
        if at + 8 + size > len(head):
            return None
        chunks.append((name, head[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    body = b"".join(chunk(*each) + b"\0" * (len(each[1]) % 2) for each in change(chunks))
    whole = int.from_bytes(head[4:8], "little") + 12 + len(body) - at
    return b"RIFF" + struct.pack("<I", whole) + b"WAVE" + body, at


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content
