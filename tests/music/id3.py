"""A reader of ID3v2.4 tags, written from the specification, to check what the writer wrote."""

from __future__ import annotations

from pathlib import Path


def read(path: Path) -> dict[str, str]:
    """Frame id, or TXXX:description → text; a picture is looked at, and left out."""
    data = path.read_bytes()
    assert data[:5] == b"ID3\x04\x00"
    body = data[10 : 10 + _size(data[6:10])]
    found, at = {}, 0
    while at < len(body):
        name, size = body[at : at + 4].decode("ascii"), _size(body[at + 4 : at + 8])
        content = body[at + 10 : at + 10 + size]
        assert content[0] == 3, "not UTF-8"
        if name == "APIC":
            assert content[1:].startswith(b"image/png\0\x03\0\x89PNG")
            at += 10 + size
            continue
        text = content[1:].decode("utf-8")
        if name == "TXXX":
            description, text = text.split("\0")
            name += f":{description}"
        if name == "USLT":
            assert text.startswith("XXX\0"), "no language, or a description"
            text = text[4:]
        found[name] = text
        at += 10 + size
    assert at == len(body)
    return found


def _size(data: bytes) -> int:
    assert all(byte < 128 for byte in data)
    return data[0] << 21 | data[1] << 14 | data[2] << 7 | data[3]
