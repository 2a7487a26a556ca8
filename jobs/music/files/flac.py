"""The comments of a FLAC file (RFC 9639) exchanged: all that comes after them stays as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_MAGIC = b"fLaC"
_COMMENTS = 4  # the type of the block of Vorbis comments


def with_comments(head: bytes, comments: Mapping[str, str]) -> tuple[bytes, int] | None:
    """The beginning of a file with these comments in front of those that ``head``, its beginning, has.

    Those of the same names go, in whatever case. Returns the bytes, and how many of the file they stand for; None where
    it is no such file, or its comments are not all in ``head``.
    """
    if not head.startswith(_MAGIC):
        return None
    at, last = len(_MAGIC), False
    while not last and at + 4 <= len(head):
        last, kind = bool(head[at] & 0x80), head[at] & 0x7F
        end = at + 4 + int.from_bytes(head[at + 1 : at + 4], "big")
        if end > len(head):
            return None
        if kind == _COMMENTS:
            block = _exchanged(head[at + 4 : end], comments)
            return head[: at + 1] + len(block).to_bytes(3, "big") + block, end
        at = end
    return None


def _exchanged(block: bytes, comments: Mapping[str, str]) -> bytes:
    vendor, *fields = _fields(block)
    names = {name.lower().encode() for name in comments}
    kept = [field for field in fields if field.partition(b"=")[0].lower() not in names]
    lines = [f"{name}={text}".encode() for name, text in comments.items()] + kept
    return _counted(vendor) + len(lines).to_bytes(4, "little") + b"".join(map(_counted, lines))


def _fields(block: bytes) -> Iterator[bytes]:
    """The vendor, then each comment."""
    at, left = 0, 1
    for number in range(1 << 16):
        if number == left:
            return
        size = int.from_bytes(block[at : at + 4], "little")
        yield block[at + 4 : at + 4 + size]
        at += 4 + size
        if number == 0:
            left += int.from_bytes(block[at : at + 4], "little")
            at += 4


def _counted(text: bytes) -> bytes:
    return len(text).to_bytes(4, "little") + text
