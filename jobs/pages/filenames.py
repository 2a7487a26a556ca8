"""The name under which a browser keeps a track: its title, as every file system takes it."""

from __future__ import annotations

import unicodedata

import regex

from jobs.music.text import JOINERS, composed, is_visible

LONGEST = 200  # bytes with the ending, which is at most 255 everywhere; room is left for " (2)" and ".part"
_KEPT = ("L", "M", "N", "So", "Sk", "Pc", "Pd")  # categories, or the first letters of some
_WHOLE = regex.compile(r"\X")  # what people take for one character
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
)  # what Windows takes for none of its files, whatever the ending


def filename(title: str, extension: str, otherwise: str) -> str:
    """The title as the name of a file: in NFC, whole characters, LONGEST bytes at most with ``.extension``.

    Letters with their marks, digits, pictures and dashes stay, all else becomes a space. Where nothing is left to see,
    it is ``otherwise``.
    """
    spaced = "".join(character if _is_kept(character) else " " for character in composed(title))
    name = " ".join(spaced.split()).strip("-_ " + JOINERS)
    room = LONGEST - len(f".{extension}".encode())
    short = ""
    for whole in _WHOLE.findall(name):
        if len((short + whole).encode()) > room:
            break
        short += whole
    short = short.rstrip()
    if not is_visible(short):
        short = otherwise
    return f"{short}_.{extension}" if short.lower() in _DEVICES else f"{short}.{extension}"


def _is_kept(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character).startswith(_KEPT)
