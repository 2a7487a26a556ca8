"""ID3v2.4 tags for MP3 files: text and user-defined text frames in UTF-8 (id3.org, ID3v2.4.0 structure and frames)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from jobs.music.brief import Brief

ARTIST = "Musicsite"
HEADER = 10  # bytes of a tag before its frames

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 20_000  # characters of one value
_UTF8 = b"\x03"


def clean(text: str) -> str:
    """Without control characters and marks that turn the direction of text; at most _LONGEST characters."""
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()[:_LONGEST]


def origin(title: str, brief: Brief, seed: int, generator: str) -> tuple[dict[str, str], dict[str, str]]:
    """What ``id3`` takes: all that it takes to make the piece again."""
    order = json.dumps(brief.to_json(), separators=(",", ":"))  # ASCII, so that nothing in it needs cleaning
    return (
        {"TIT2": title, "TPE1": ARTIST, "TSSE": generator},
        {"PROMPT": brief.prompt, "SEED": str(seed), "GENERATOR": generator, "BRIEF": order},
    )


def shared(title: str, size: int) -> bytes:
    """A tag of ``size`` bytes with the title, as much of it as there is room for, and the artist."""
    for length in range(len(title), -1, -1):
        tag = id3({"TIT2": title[:length], "TPE1": ARTIST}, {}, size)
        if len(tag) == size:
            return tag
    return id3({}, {}, size)


def size_of(head: bytes) -> int:
    """How many bytes the tag has that a file with these first HEADER bytes begins with; 0 for none."""
    if len(head) < HEADER or head[:3] != b"ID3":
        return 0
    return HEADER + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def id3(frames: Mapping[str, str], custom: Mapping[str, str], size: int = 0) -> bytes:
    """A tag with ``frames`` (TIT2, …) and ``custom`` ones (TXXX, description → value), of at least ``size`` bytes."""
    body = b"".join(_frame(name, _UTF8 + clean(value).encode()) for name, value in frames.items())
    for name, value in custom.items():
        body += _frame("TXXX", _UTF8 + clean(name).encode() + b"\0" + clean(value).encode())
    body = body.ljust(size - HEADER, b"\0")
    return b"ID3\x04\x00\x00" + _synchsafe(len(body)) + body


def _frame(name: str, data: bytes) -> bytes:
    return name.encode("ascii") + _synchsafe(len(data)) + b"\0\0" + data


def _synchsafe(number: int) -> bytes:
    """Four bytes of seven bits each."""
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))
