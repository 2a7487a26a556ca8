"""What text may come in."""

from __future__ import annotations

import re

# Control characters but tab and line ends, and surrogates: no database, file name or tag takes them all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """The text of somebody else as every database takes it: what is unprintable is replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text)


def unprintable(text: str) -> bool:
    """Whether the text has control characters (tab and line ends apart) or broken Unicode."""
    return bool(_UNPRINTABLE.search(text))
