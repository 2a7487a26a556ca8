"""Text as it is kept, and which of its characters anybody sees."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"  # between letters of Persian and Indian scripts, and in pictures of several
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"))  # categories: controls, joiners, halves of a pair, spaces
_MARKS = frozenset(("Mn", "Mc", "Me"))  # seen only on the character before
# Letters, signs and unassigned places that show nothing, whatever their category says: fillers of Hangul, the blank
# pattern of Braille, the place of an object, the empty note head, blanks of hieroglyphs, default ignorables.
_BLANKS = frozenset(
    map(
        chr,
        (
            0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800, 0xFFFC, 0x1D159, 0x13441, 0x13442, 0x2065,
            0x034F, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9),
            *range(0xE0000, 0xE1000),
        ),
    )
)  # fmt: skip


def composed(text: str) -> str:
    """The text as it is kept: in NFC, with letters of one piece, whatever keyboard or system it came from."""
    return unicodedata.normalize("NFC", text)


def is_unseen(character: str) -> bool:
    """Whether the character alone shows nothing, a space and a broken half of a pair among them."""
    return character in _BLANKS or unicodedata.category(character) in _UNSEEN


def is_visible(text: str) -> bool:
    """Whether there is anything to see: a name that shows nothing is none."""
    return any(not is_unseen(character) and unicodedata.category(character) not in _MARKS for character in text)


def one_line(text: str) -> str:
    """The text as a name: composed, on one line, with spaces for controls and for marks that turn its direction."""
    letters = (character if _fits_a_line(character) else " " for character in composed(text))
    return " ".join("".join(letters).split())


def _fits_a_line(character: str) -> bool:
    return character in JOINERS or unicodedata.category(character)[0] != "C"
