"""Chunks behind the sound of a WAV file."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path


def append(path: Path, chunks: Iterable[tuple[bytes, bytes]]) -> None:
    """Append chunks, each a name of four letters and its content, to a RIFF file."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        for name, content in chunks:
            file.write(b"\0" * (file.tell() % 2) + chunk(name, content))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content
