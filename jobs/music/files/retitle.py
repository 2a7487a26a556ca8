"""The title inside a finished file, changed in what the file begins with: all that comes after stays as it is."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Collection, Sequence
from html import escape
from typing import NamedTuple

from jobs.music.files import flac, ogg, riff
from jobs.music.files.tags import LYRICS, UTF8, clean, frame, synchsafe

HEAD = 256 * 1024  # bytes of a file that hold everything before its sound: tags are cut well below
_ID3 = b"ID3\x04\x00"
_TRACK_NAME = b"\x00\xff\x03"  # at once, a meta event: the name of the track
_WORK_TITLE = re.compile(rb"<work-title>[^<]*</work-title>")
_TITLE_DIRECTIVE = re.compile(rb"\A\{title: [^\n]*\}")
_CHART_TITLE = re.compile(rb"\A[^\n]*(?=\n[^\n]* BPM )")
_SVG_TITLE = re.compile(rb"<title>[^<]*</title>")


class Beginning(NamedTuple):
    """What the file is to begin with, and how many bytes of it as it is stored that stands for."""

    content: bytes
    replaced: int


def retitled(head: bytes, content_type: str, title: str, *, alone: bool = False) -> Beginning | None:
    """The beginning that gives a file of ``content_type`` this title; None for a file that holds none of ours.

    ``alone``: an MP3 keeps the artist, the lyrics and the cover beside it, and nothing of how it was made.

    ``head``: its first HEAD bytes, or all of a shorter one.
    """
    retitle = _KINDS.get(content_type)
    if alone and content_type == "audio/mpeg":
        retitle = _mp3_alone
    try:
        return retitle(head, clean(title)) if retitle else None
    except (IndexError, ValueError, struct.error):  # it ends before it is understood
        return None


def _mp3_alone(head: bytes, title: str) -> Beginning | None:
    return _mp3(head, title, ("TPE1", "APIC", LYRICS))


def _mp3(head: bytes, title: str, kept: Collection[str] = ()) -> Beginning | None:
    """ID3v2.4 as ``tags.id3`` writes it."""
    end = 10 + _from_synchsafe(head[6:10])
    if not head.startswith(_ID3) or end > len(head):
        return None
    body, at = b"", 10
    while at < end:
        size = 10 + _from_synchsafe(head[at + 4 : at + 8])
        name = head[at : at + 4].decode("latin-1")
        if name == "TIT2":
            body += frame(name, UTF8 + title.encode())
        elif not kept or name in kept:
            body += head[at : at + size]
        at += size
    return Beginning(_ID3 + b"\0" + synchsafe(len(body)) + body, end)


def _flac(head: bytes, title: str) -> Beginning | None:
    changed = flac.with_comments(head, {"title": title})
    return Beginning(*changed) if changed else None


def _wav(head: bytes, title: str) -> Beginning | None:
    """The list of facts (INFO) before the sound, and the tag as of an MP3."""

    def with_title(chunks: Sequence[riff.Chunk]) -> list[riff.Chunk]:
        return [(name, _retitled_chunk(name, content, title)) for name, content in chunks]

    changed = riff.with_others(head, with_title)
    return Beginning(*changed) if changed and not head.startswith(changed[0]) else None


def _retitled_chunk(name: bytes, content: bytes, title: str) -> bytes:
    if name == riff.TAG and (beginning := _mp3(content, title)):
        return beginning.content
    facts = name == b"LIST" and content.startswith(b"INFO")
    return b"INFO" + _retitled_facts(content[4:], title) if facts else content


def _retitled_facts(facts: bytes, title: str) -> bytes:
    text = title.encode() + b"\0"
    kept, at = b"INAM" + len(text).to_bytes(4, "little") + text + b"\0" * (len(text) % 2), 0
    while at + 8 <= len(facts):
        size = int.from_bytes(facts[at + 4 : at + 8], "little")
        step = 8 + size + size % 2
        kept += b"" if facts[at : at + 4] == b"INAM" else facts[at : at + step]
        at += step
    return kept


def _midi(head: bytes, title: str) -> Beginning | None:
    """The name of the first track, which is the first thing in it."""
    start = 22  # after the heads of the file and of the track
    if head[:4] != b"MThd" or head[14:18] != b"MTrk" or not head.startswith(_TRACK_NAME, start):
        return None
    size, at = 0, start + len(_TRACK_NAME)
    while True:
        size, more = size << 7 | head[at] & 0x7F, head[at] & 0x80
        at += 1
        if not more:
            break
    name = _TRACK_NAME + _variable(len(title.encode())) + title.encode()
    length = int.from_bytes(head[18:22], "big") + len(name) - (at + size - start)
    return Beginning(head[:18] + length.to_bytes(4, "big") + name, at + size)


def _variable(number: int) -> bytes:
    """Seven bits a byte, the highest first; all but the last have the eighth set."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.insert(0, number & 0x7F | 0x80)
    return bytes(groups)


def _svg(head: bytes, title: str) -> Beginning | None:
    """The first title, which is that of the picture."""
    return _first(_SVG_TITLE, head, f"<title>{escape(title)}</title>")


def _musicxml(head: bytes, title: str) -> Beginning | None:
    return _first(_WORK_TITLE, head, f"<work-title>{escape(title)}</work-title>")


def _text(head: bytes, title: str) -> Beginning | None:
    """The first line of a chord chart."""
    return _first(_CHART_TITLE, head, title)


def _chordpro(head: bytes, title: str) -> Beginning | None:
    return _first(_TITLE_DIRECTIVE, head, f"{{title: {title}}}")


def _opus(head: bytes, title: str) -> Beginning | None:
    changed = ogg.with_comments(head, {"TITLE": title})
    return Beginning(*changed) if changed else None


def _first(pattern: re.Pattern[bytes], head: bytes, replacement: str) -> Beginning | None:
    there = pattern.search(head)
    return Beginning(head[: there.start()] + replacement.encode(), there.end()) if there else None


def _from_synchsafe(four_bytes: bytes) -> int:
    return four_bytes[0] << 21 | four_bytes[1] << 14 | four_bytes[2] << 7 | four_bytes[3]


_KINDS: dict[str, Callable[[bytes, str], Beginning | None]] = {
    "audio/mpeg": _mp3,
    "audio/flac": _flac,
    "audio/wav": _wav,
    "audio/ogg": _opus,
    "audio/midi": _midi,
    "image/svg+xml": _svg,
    "application/vnd.recordare.musicxml+xml": _musicxml,
    "text/plain; charset=utf-8": _text,
    "text/x-chordpro; charset=utf-8": _chordpro,
}
TITLED = frozenset(_KINDS)  # types of files that may hold a title
