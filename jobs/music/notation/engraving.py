"""MusicXML engraved by verovio, as outlines that need no font and no style sheet, on pages of A4.

Words become outlines too: few programs that show a file have a font for Korean, and none is allowed a style sheet here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any
from xml.etree.ElementTree import Element

import pylopdf_fonts_ko
import verovio
from defusedxml.ElementTree import fromstring
from fontTools.misc.transform import Identity, Transform
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

WIDTH, HEIGHT = 21000.0, 29700.0  # units of a page of A4: hundredths of a millimetre
MARGIN = 1500.0
_TITLE_ROOM = 2900.0  # from the upper edge of a page to its music
_TITLE_LINE, _SUBTITLE_LINE = 1900.0, 2500.0
_TITLE_SIZE, _SMALL_SIZE = 720.0, 380.0
_TALLEST = 60_000  # verovio's own units of a page that is as high as it has to be, ten of ours each
_SVG = "{http://www.w3.org/2000/svg}"
_SIGNS = {  # of music fonts (SMuFL), as words have them
    "\ue260": "♭", "\ue261": "♮", "\ue262": "♯", "\ue263": "♯♯", "\ue264": "♭♭",
    "\uea63": "♭♭", "\uea64": "♭", "\uea65": "♮", "\uea66": "♯", "\uea67": "♯♯",  # in chord symbols
    "\ueca5": "♩", "\uecb7": ".",
}  # fmt: skip
_NARROW = {"♭": 0.4, "♮": 0.45, "♯": 0.5}  # ems that a sign is wide in a chord symbol, and not a whole one
_NO_FONT = "none"
_OPTIONS = {
    "breaks": "line", "header": "none", "footer": "none", "svgRemoveXlink": True, "smuflTextFont": _NO_FONT,
    "pageWidth": round(WIDTH / 10), "pageMarginLeft": round(MARGIN / 10), "pageMarginRight": round(MARGIN / 10),
    "pageMarginTop": round(_TITLE_ROOM / 10), "pageMarginBottom": round(MARGIN / 10),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline, filled or drawn with a line of that width, or both; ``placed`` takes it to units of the page."""

    path: str  # data of a path, as SVG has it
    placed: Transform
    filled: bool = True
    line: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """``height`` in units; the shapes in the order in which they are drawn."""

    height: float
    shapes: Sequence[Shape]


def engrave(document: str, title: str, subtitle: str = "", *, one_page: bool = False) -> list[Page]:
    """A MusicXML document on paper, under its title. ``one_page``: on a single page, as high as it has to be.

    Raise ValueError where it cannot be read.
    """
    toolkit = verovio.toolkit()
    height = {"pageHeight": _TALLEST, "adjustPageHeight": True} if one_page else {"pageHeight": round(HEIGHT / 10)}
    toolkit.setOptions(_OPTIONS | height)
    if not toolkit.loadData(document):
        raise ValueError("verovio cannot read the document")
    count = toolkit.getPageCount()
    pages = []
    for number in range(1, count + 1):
        drawing = _Drawing(fromstring(toolkit.renderToSVG(number)))
        heading = _heading(title, subtitle) if number == 1 else words(title, MARGIN, _TITLE_LINE, _SMALL_SIZE)
        foot = words(f"{number} / {count}", WIDTH / 2, drawing.height - MARGIN / 2, _SMALL_SIZE, 0.5)
        pages.append(Page(drawing.height, [*heading, *drawing.shapes, *(foot if count > 1 else [])]))
    return pages


def _heading(title: str, subtitle: str) -> list[Shape]:
    room = WIDTH - 2 * MARGIN
    size = min(_TITLE_SIZE, _TITLE_SIZE * room / max(width_of(title, _TITLE_SIZE), 1.0))
    return [
        *words(title, WIDTH / 2, _TITLE_LINE, size, 0.5),
        *words(subtitle, WIDTH / 2, _SUBTITLE_LINE, _SMALL_SIZE, 0.5),
    ]


@lru_cache(maxsize=1)
def _font() -> tuple[Any, Mapping[int, str], float]:
    """Glyphs, names of the glyphs by character, and units of an em."""
    font = TTFont(pylopdf_fonts_ko.sans_path(), lazy=True)
    return font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm


@lru_cache(maxsize=4096)
def _glyph(character: str) -> tuple[str, float]:
    """The outline of a character, upside down, and its width, both in ems of 1; nothing where the font lacks it."""
    glyphs, names, em = _font()
    if ord(character) not in names:
        return "", 0.0
    glyph = glyphs[names[ord(character)]]
    width = _NARROW.get(character, glyph.width / em)
    pen = SVGPathPen(glyphs, lambda number: f"{number:g}")
    glyph.draw(TransformPen(pen, Transform(dx=(width * em - glyph.width) / 2)))
    return pen.getCommands(), width


def width_of(text: str, size: float) -> float:
    """How wide the words are, in units of the page."""
    return size * sum(_glyph(character)[1] for character in text)


def words(text: str, x: float, y: float, size: float, anchor: float = 0.0) -> list[Shape]:
    """Words on the line ``y``; ``anchor``: which share of them lies left of ``x``."""
    shapes, scale = [], size / _font()[2]
    at = x - anchor * width_of(text, size)
    for path, width in map(_glyph, text):
        if path:
            shapes.append(Shape(path, Transform(scale, 0, 0, -scale, at, y)))
        at += width * size
    return shapes


class _Drawing:
    """What verovio drew on a page."""

    def __init__(self, root: Element) -> None:
        self._symbols = {group.attrib["id"]: group for group in root.iterfind(f"{_SVG}defs/{_SVG}g")}
        inner = next(root.iterfind(f"{_SVG}svg"))
        self.height = float(inner.attrib["viewBox"].split()[3])
        self.shapes = list(self._shapes(inner, Identity))

    def _shapes(self, element: Element, outer: Transform) -> Iterator[Shape]:
        for child in element:
            if "placeholder" in child.get("class", "").split():
                continue
            placed = outer.transform(_transform(child.get("transform", "")))
            match child.tag.removeprefix(_SVG):
                case "g" | "svg":
                    yield from self._shapes(child, placed)
                case "use":
                    yield from self._shapes(self._symbols[child.attrib["href"].removeprefix("#")], placed)
                case "text":
                    yield from _text(child, placed)
                case tag:
                    if path := _path(tag, child):
                        yield _shape(child, path, placed)


def _shape(element: Element, path: str, placed: Transform) -> Shape:
    line = float(element.get("stroke-width", 0))
    is_line = element.tag == f"{_SVG}path" and line > 0 and "C" not in path
    empty = is_line or element.get("fill") == "none" or element.get("fill-opacity") == "0"
    return Shape(path, placed, not empty, line)


def _path(tag: str, element: Element) -> str:
    """What is drawn, as data of a path; "" where there is nothing."""
    number = {name: float(element.get(name, 0)) for name in ("x", "y", "width", "height", "cx", "cy", "rx", "ry")}
    match tag:
        case "path":
            return element.attrib["d"]
        case "rect":
            return f"M{number['x']} {number['y']}h{number['width']}v{number['height']}h{-number['width']}Z"
        case "ellipse":
            rx, ry = number["rx"], number["ry"]
            half = f"a{rx} {ry} 0 1 0 "
            return f"M{number['cx'] - rx} {number['cy']}{half}{2 * rx} 0{half}{-2 * rx} 0Z"
        case "polygon":
            return f"M{element.attrib['points']}Z"
        case "polyline":
            return f"M{element.attrib['points']}"
    return ""


def _transform(text: str) -> Transform:
    """ "translate(1, 2) scale(3, 4)" """
    result = Identity
    for call in text.split(")")[:-1]:
        name, _, values = call.strip().partition("(")
        numbers = [float(value) for value in values.replace(",", " ").split()]
        result = result.translate(*numbers) if name == "translate" else result.scale(*numbers)
    return result


def _text(element: Element, placed: Transform) -> Iterator[Shape]:
    """A line of words, of pieces that may differ in size."""
    leaves = [(leaf, "".join(_SIGNS.get(sign, sign) for sign in leaf.text or "")) for leaf in element.iter()]
    runs = [(text, float(leaf.get("font-size", "0").removesuffix("px"))) for leaf, text in leaves if text.strip(" \n")]
    size = min((size for _, size in runs), default=inf)  # signs of a music font are twice as large as words
    text = "".join(text for text, _ in runs)
    x, y = placed.transformPoint((float(element.get("x", 0)), float(element.get("y", 0))))
    anchor = {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor", ""), 0.0)
    yield from words(text, x, y, size, anchor)
