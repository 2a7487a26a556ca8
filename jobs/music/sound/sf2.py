"""SoundFont files as RIFF trees: reading their chunks, decoding a compressed one (sf3) to plain samples (sf2).

SoundFont 2.04 specification, sections 4–7; in sf3 each sample is an Ogg Vorbis stream.
"""

from __future__ import annotations

import io
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_COMPRESSED = 0x10  # bit of sfSampleType in sf3
SAMPLE = struct.Struct("<20sIIIIIBbHH")  # shdr: name, start, end, loop start, loop end, rate, pitch, tune, link, type
RECORDS = {  # the last field of phdr and inst, and the first of pbag and ibag, is the place in the next table
    "phdr": struct.Struct("<24xH12x"),
    "inst": struct.Struct("<20xH"),
    "pbag": struct.Struct("<HH"),
    "ibag": struct.Struct("<HH"),
    "shdr": SAMPLE,
}
_ROM, _UNPITCHED = 0x8000, 255  # of sfSampleType; of the original pitch
GAP = bytes(2 * 46)  # frames of silence that must follow each sample (section 6.1)


def chunks(path: Path) -> dict[str, tuple[int, int]]:
    """Chunk name → (offset, size) of its data, inside all lists; raise ValueError unless the tree fills the file."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        name, length, kind = struct.unpack("<4sI4s", file.read(12))
        if name != b"RIFF" or kind != b"sfbk" or length + 8 > size:
            raise ValueError("not a SoundFont, or cut off")
        return dict(_walk(file, 12, length + 8))


def _walk(file: BinaryIO, at: int, end: int) -> Iterator[tuple[str, tuple[int, int]]]:
    while at + 8 <= end:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if at + 8 + length > end:
            raise ValueError(f"chunk {name!r} is cut off")
        if name == b"LIST":
            yield from _walk(file, at + 12, at + 8 + length)
        else:
            yield name.decode("latin-1"), (at + 8, length)
        at += 8 + length
        if length % 2 and at < end:  # some writers of sf3 leave the padding byte out
            file.seek(at)
            at += file.read(1) == b"\0"


def scrambled(path: Path, found: dict[str, tuple[int, int]]) -> str:
    """What in the tables of presets, instruments and samples leads out of the file, in words; "" where nothing does.

    ``found``: the chunks of the file. Sections 7.2 to 7.10: each table ends with a record that is one too many.
    """
    with path.open("rb") as file:

        def read(name: str) -> bytes:
            at, size = found[name]
            file.seek(at)
            return file.read(size)

        for table, record in RECORDS.items():
            size = found[table][1]
            if size % record.size or size < 2 * record.size:
                return f"its table {table} is of no whole records"
        for table, bags in (("phdr", "pbag"), ("inst", "ibag")):
            places = [row[-1] for row in RECORDS[table].iter_unpack(read(table))]
            if places != sorted(places) or places[-1] >= found[bags][1] // RECORDS[bags].size:
                return f"its table {table} leads out of {bags}"
        for table, generators in (("pbag", "pgen"), ("ibag", "igen")):
            places = [row[0] for row in RECORDS[table].iter_unpack(read(table))]
            if places != sorted(places) or places[-1] * 4 > found[generators][1]:
                return f"its table {table} leads out of {generators}"
        room = found["smpl"][1]
        for _, start, end, _, _, rate, pitch, _, _, kind in list(SAMPLE.iter_unpack(read("shdr")))[:-1]:
            if kind & _ROM:
                continue
            end *= 1 if kind & _COMPRESSED else 2  # bytes, or frames of two
            if not start <= end <= room or not rate or (pitch > 127 and pitch != _UNPITCHED):
                return "its table shdr leads out of the samples"
    return ""


def decode(source: Path, target: Path) -> None:
    """Write the sf3 file ``source`` as sf2 to ``target``; raise ValueError or OSError where that is not possible."""
    found = chunks(source)
    with (
        source.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        target.open("wb") as out,
    ):

        def read(name: str) -> bytes:
            at, size = found[name]
            return data[at : at + size]

        out.write(b"RIFF\0\0\0\0sfbk")
        texts = [(name, read(name)) for name in ("isng", "INAM", "IENG", "ICOP", "ICMT") if name in found]
        out.write(riff_list(b"INFO", [("ifil", struct.pack("<HH", 2, 4)), *texts]))
        sdta = out.tell()
        out.write(b"LIST\0\0\0\0sdtasmpl\0\0\0\0")
        headers = _write_samples(data, found["smpl"][0], read("shdr"), out)
        frames_end = out.tell()
        names = ("phdr", "pbag", "pmod", "pgen", "inst", "ibag", "imod", "igen")
        out.write(riff_list(b"pdta", [*((name, read(name)) for name in names), ("shdr", headers)]))
        for at, size in ((4, out.tell() - 8), (sdta + 4, frames_end - sdta - 8), (sdta + 16, frames_end - sdta - 20)):
            out.seek(at)
            out.write(struct.pack("<I", size))


def riff_list(kind: bytes, members: list[tuple[str, bytes]]) -> bytes:
    body = b"".join(
        name.encode() + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for name, data in members
    )
    return b"LIST" + struct.pack("<I", len(body) + 4) + kind + body


def _write_samples(data: mmap.mmap, base: int, headers: bytes, out: BinaryIO) -> bytes:
    """Decode every sample to 16 bits, write it, and return the headers that point at the plain samples (in frames)."""
    import numpy as np
    import soundfile

    result, at = bytearray(), 0
    for offset in range(0, len(headers), SAMPLE.size):
        name, start, end, loop_start, loop_end, rate, pitch, tune, link, kind = SAMPLE.unpack_from(headers, offset)
        if kind & _COMPRESSED:
            samples, _ = soundfile.read(io.BytesIO(data[base + start : base + end]), dtype="float32")
            plain = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2").tobytes()
            kind, loop_start, loop_end = kind & ~_COMPRESSED, loop_start + at, loop_end + at
        else:
            plain = data[base + 2 * start : base + 2 * end]
            loop_start, loop_end = loop_start - start + at, loop_end - start + at
        out.write(plain + GAP)
        frames = len(plain) // 2
        result += SAMPLE.pack(name, at, at + frames, loop_start, loop_end, rate, pitch, tune, link, kind)
        at += frames + len(GAP) // 2
    return bytes(result)
