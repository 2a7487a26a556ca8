"""The picture by which other places show a link to a track: its cover, title, facts and waveform."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO

import pylopdf_fonts_ko
from PIL import Image, ImageDraw, ImageFont

from jobs.music.files.cover import Cover
from jobs.music.files.painting import paint

WIDTH, HEIGHT = 1200, 630  # pixels, as Open Graph likes it
_EDGE = 72
_PAINTED = 2  # the ground is painted so many times smaller: nobody sees it in what is soft
_SHADE = 0.42  # how dark the ground is under the words
_TITLE, _LINES, _FACTS = 76, 2, 36  # pixels of letters, and lines of a title at most
_WAVE_TOP, _WAVE_HEIGHT = 430, 120
_BARS, _BAR = 96, 5  # bars of the waveform, and pixels of each
_INK, _SOFT = (255, 255, 255), (222, 222, 232)


def card(cover: Cover, title: str, facts: str, peaks: Sequence[int], name: str) -> bytes:
    """A PNG of WIDTH × HEIGHT. ``peaks``: 0 … 255, none where nothing is known; ``name``: of the site."""
    small = paint(cover, WIDTH // _PAINTED, HEIGHT // _PAINTED)
    picture = small.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR).point(lambda value: round(value * (1 - _SHADE)))
    draw = ImageDraw.Draw(picture)
    draw.text((_EDGE, _EDGE), name, _SOFT, _font(_FACTS), "lm")
    lines = wrapped("".join(filter(_is_drawable, title)), WIDTH - 2 * _EDGE)
    for number, line in enumerate(lines):
        draw.text((_EDGE, 170 + number * round(_TITLE * 1.25)), line, _INK, _font(_TITLE), "lm")
    draw.text((_EDGE, 150 + len(lines) * round(_TITLE * 1.25) + 30), facts, _SOFT, _font(_FACTS), "lm")
    _draw_wave(draw, peaks)
    content = BytesIO()
    picture.save(content, "PNG", compress_level=4)
    return content.getvalue()


def wrapped(title: str, width: int) -> list[str]:
    """The title in at most _LINES lines of ``width`` pixels, cut with an ellipsis: between words where it can be."""
    lines: list[str] = []
    rest = " ".join(title.split())
    while rest and len(lines) < _LINES:
        line = _fitting(rest, width)
        if line != rest and len(lines) == _LINES - 1:
            line = _fitting(rest, width - _width("…")).rstrip() + "…"
            rest = ""
        elif line != rest and " " in line.strip():
            line = line[: line.rindex(" ")] if rest[len(line)] != " " else line
        lines.append(line.strip())
        rest = rest[len(line) :].strip()
    return lines


def _fitting(text: str, width: float) -> str:
    low, high = 0, len(text)
    while low < high:  # how many characters there is room for
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _width(text[:middle]) <= width else (low, middle - 1)
    return text[: max(low, 1)]


def _width(text: str) -> float:
    return _font(_TITLE).getlength(text)


@lru_cache(maxsize=4)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(pylopdf_fonts_ko.sans_path(), size)


@lru_cache(maxsize=4096)
def _is_drawable(character: str) -> bool:
    """Whether the font has it; a box stands for what it lacks, as emoji."""
    font = _font(_FACTS)
    return character.isspace() or bytes(font.getmask(character)) != bytes(font.getmask("\U0010ffff"))


def _draw_wave(draw: ImageDraw.ImageDraw, peaks: Sequence[int]) -> None:
    if not peaks:
        return
    step = (WIDTH - 2 * _EDGE) / _BARS
    loudest = max(peaks) or 1
    for at in range(_BARS):
        first, after = at * len(peaks) // _BARS, (at + 1) * len(peaks) // _BARS
        half = max(max(peaks[first : max(after, first + 1)]) / loudest * _WAVE_HEIGHT / 2, 2)
        x, middle = _EDGE + at * step, _WAVE_TOP + _WAVE_HEIGHT / 2
        draw.rounded_rectangle((x, middle - half, x + _BAR, middle + half), _BAR // 2, _INK)
