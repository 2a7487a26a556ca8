"""A prompt made plain to read: one spelling of letters, fractions, dashes and white space."""

from __future__ import annotations

import re
import unicodedata

_DASHES = str.maketrans(dict.fromkeys("-_‐‑‒–―\t\xa0", " ") | {"’": "'", "‘": "'", "`": "'", "—": ","})
_FRACTIONS = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_FRACTION = re.compile(rf"(?:(\d{{1,3}}) ?)?([{''.join(_FRACTIONS)}])")
_TIME_UNIT = r"(?=[ ]?(?:(?:of[ ])?an?[ ])?(?:minutes?|mins?|hours?|seconds?|secs?)\b|[ ]?분)"
_SPELT_FRACTION = re.compile(rf"(?<![\d/.])(?:(\d{{1,3}})[ ])?([1-3])/([2-4]){_TIME_UNIT}")
_COMMA = re.compile(rf"(?<=\d),(?=\d{{1,2}}{_TIME_UNIT})")
# A dash between two parts of a sentence or of a list, with words on both sides.
_PART = re.compile(r"(?<=[^\W\d_]{2}) [-–] (?=[^\W\d_]{3})")
# "Vocals: none", as forms have it.
_NONE = re.compile(r"(?i)\b([a-z]{3,20}) ?[:=] ?(?:none|no|off|n/a|nil)(?= ?(?:$|[,;|.)\n]))", re.MULTILINE)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_RANGE = re.compile(r"(?<=\d)[-~–](?=\d)")
_MINUTES = re.compile(r"""(?<![\d'])(\d{1,2})['′]([0-5]\d)(?:["″”]|'')""")


def normalise(prompt: str) -> str:
    """Compatibility forms folded, fractions written as decimals, accents and control characters dropped, dashes (but in
    "80-90") and runs of white space made one space. Letter case is kept: "Am" is a chord, "am" is not."""
    folded = _COMMA.sub(".", _SPELT_FRACTION.sub(_decimal, _FRACTION.sub(_decimal, _MINUTES.sub(r"\1:\2", prompt))))
    folded = unicodedata.normalize("NFKD", folded)
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", folded))
    folded = _NONE.sub(r"no \1", folded)
    folded = _PART.sub(", ", folded)
    plain = "".join(c for c in _RANGE.sub("~", folded) if c.isprintable() or c in "\n\t")
    lines = plain.translate(_DASHES).splitlines()
    return "\n".join(" ".join(line.split()) for line in lines)


def _decimal(match: re.Match[str]) -> str:
    part = int(match[2]) / int(match[3]) if match.lastindex == 3 else _FRACTIONS[match[2]]
    return f"{int(match[1] or 0) + part:.3g}"


def lower(text: str) -> str:
    """In lower case, letter by letter, so that positions stay."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
