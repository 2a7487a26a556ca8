"""ID3v2.4 tags for MP3 files: text and user-defined text frames in UTF-8 (id3.org, ID3v2.4.0 structure and frames)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from jobs.music.brief import Brief

ARTIST = "Musicsite"
LYRICS = "USLT"  # the frame of words that are sung, without their times
COMMENT = "COMM"
HEADER = 10  # bytes of a tag before its frames

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 20_000  # characters of one value
UTF8 = b"\x03"
_FRONT_COVER = b"\x03"
_ANY_LANGUAGE = b"XXX"
_FRAMES = {"title": "TIT2", "artist": "TPE1", "comment": COMMENT, "copyright": "TCOP", "lyrics": LYRICS}


def clean(text: str) -> str:
    """Without control characters and marks that turn the direction of text; at most _LONGEST characters."""
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()[:_LONGEST]


def comments(title: str, brief: Brief, seed: int, rights: str) -> dict[str, str]:
    """What a lossless file or Opus says of itself, by the names of soundfile; and "lyrics", which FLAC knows."""
    texts = {"title": title, "artist": ARTIST, "comment": f"{brief.prompt} (seed {seed})", "copyright": rights}
    texts["lyrics"] = brief.lyrics
    return {name: text for name, text in texts.items() if text}


def frames_of(comments: Mapping[str, str]) -> dict[str, str]:
    """The frames of a tag that say what ``comments`` do."""
    return {_FRAMES[name]: text for name, text in comments.items()}


def origin(
    title: str, brief: Brief, seed: int, generator: str, rights: str = ""
) -> tuple[dict[str, str], dict[str, str]]:
    """What ``id3`` takes: all that it takes to make the piece again, but for a tune that was given, which is long.

    Lyrics have a frame of their own.
    """
    stored = {name: value for name, value in brief.to_json().items() if name not in ("tune", "lyrics")}
    order = json.dumps(stored, separators=(",", ":"))  # ASCII, so that nothing in it needs cleaning
    return (
        {"TIT2": title, "TPE1": ARTIST, "TSSE": generator} | ({LYRICS: brief.lyrics} if brief.lyrics else {}),
        {"PROMPT": brief.prompt, "SEED": str(seed), "GENERATOR": generator, "BRIEF": order}
        | ({"LICENSE": rights} if rights else {}),
    )


def id3(frames: Mapping[str, str], custom: Mapping[str, str], cover: bytes = b"") -> bytes:
    """A tag with ``frames`` (TIT2, TPE1, …) and ``custom`` ones (TXXX, description → value); ``cover``: a PNG."""
    body = b"".join(frame(name, _head(name) + clean(value).encode()) for name, value in frames.items())
    for name, value in custom.items():
        body += frame("TXXX", UTF8 + clean(name).encode() + b"\0" + clean(value).encode())
    if cover:
        body += frame("APIC", UTF8 + b"image/png\0" + _FRONT_COVER + b"\0" + cover)
    return b"ID3\x04\x00\x00" + synchsafe(len(body)) + body


def _head(name: str) -> bytes:
    """What comes before the text in a frame: of longer ones also their language, and an empty description."""
    return UTF8 + (_ANY_LANGUAGE + b"\0" if name in (LYRICS, COMMENT) else b"")


def frame(name: str, data: bytes) -> bytes:
    """A frame of a tag; ``data`` of a text begins with UTF8."""
    return name.encode("ascii") + synchsafe(len(data)) + b"\0\0" + data


def synchsafe(number: int) -> bytes:
    """Four bytes of seven bits each."""
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))
