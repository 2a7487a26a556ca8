"""SoundFonts written by hand: one instrument of one looped sine, plain (sf2) or with a Vorbis sample (sf3)."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import soundfile

RATE, PERIODS, PERIOD = 44_100, 300, 100  # 441 Hz


def write(path: Path, *, compressed: bool = False, drums: bool = False) -> Path:
    """Write the bank: preset 0 of bank 0, or of the drums' bank 128."""
    sine = (np.sin(2 * np.pi * np.arange(PERIODS * PERIOD) / PERIOD) * 0.5).astype(np.float32)
    loop = (100 * PERIOD, 200 * PERIOD)
    if compressed:
        stream = io.BytesIO()
        soundfile.write(stream, sine, RATE, format="OGG", subtype="VORBIS")
        data = stream.getvalue()
        header = (0, len(data), *loop, RATE, 69, 0, 0, 0x11)
    else:
        data = (sine * 32767).astype("<i2").tobytes() + bytes(92)
        header = (0, len(sine), *loop, RATE, 69, 0, 0, 1)
    terminal = bytes(10)
    chunks = {
        "phdr": struct.pack("<20sHHHIII", b"Sine", 0, 128 if drums else 0, 0, 0, 0, 0)
        + struct.pack("<20sHHHIII", b"EOP", 0, 0, 1, 0, 0, 0),
        "pbag": struct.pack("<HHHH", 0, 0, 1, 0),
        "pmod": terminal,
        "pgen": struct.pack("<HHHH", 41, 0, 0, 0),  # instrument 0
        "inst": struct.pack("<20sH", b"Sine", 0) + struct.pack("<20sH", b"EOI", 1),
        "ibag": struct.pack("<HHHH", 0, 0, 2, 0),
        "imod": terminal,
        "igen": struct.pack("<HHHHHH", 54, 1, 53, 0, 0, 0),  # looped; sample 0
        "shdr": struct.pack("<20sIIIIIBbHH", b"Sine", *header) + struct.pack("<20sIIIIIBbHH", b"EOS", *[0] * 9),
    }
    tree = (
        _list(b"INFO", {"ifil": struct.pack("<HH", 3 if compressed else 2, 1), "INAM": b"Sine\0\0"})
        + _list(b"sdta", {"smpl": data})
        + _list(b"pdta", chunks)
    )
    path.write_bytes(b"RIFF" + struct.pack("<I", len(tree) + 4) + b"sfbk" + tree)
    return path


def _list(kind: bytes, members: dict[str, bytes]) -> bytes:
    body = b"".join(
        name.encode() + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in members.items()
    )
    return b"LIST" + struct.pack("<I", len(body) + 4) + kind + body
