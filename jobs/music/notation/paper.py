"""Pages of outlines as files: one picture in SVG, or a PDF. What is drawn often is written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from fontTools.misc.transform import Transform
from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path import parse_path
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from jobs.music.files.tags import ARTIST, clean
from jobs.music.notation.engraving import WIDTH, Page, Shape

_UNIT = mm / 100
_BOX = -4000, -4000, 4000, 4000  # in which every glyph lies, in its own units


def write_svg(page: Page, path: Path, title: str) -> None:
    """Write a page as a picture, black on white on any ground."""
    often = _often(page.shapes)
    glyphs = "".join(f'<path id="g{number}" d="{data}"/>' for data, number in often.items())
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {page.height:.0f}" role="img">'
        f"<title>{escape(clean(title))}</title><defs>{glyphs}</defs>",
        f'<path fill="#fff" d="M0 0h{WIDTH:.0f}v{page.height:.0f}H0Z"/>',
    ]
    lines += [_drawn(shape, often) for shape in page.shapes]
    path.write_text("\n".join([*lines, "</svg>\n"]), encoding="utf-8")


def _drawn(shape: Shape, often: dict[str, int]) -> str:
    placed = f' transform="matrix({" ".join(f"{number:g}" for number in shape.placed)})"'
    line = f' stroke="#000" stroke-width="{shape.line:g}"' if shape.line else ""
    fill = "" if shape.filled else ' fill="none"'
    if shape.path in often:
        return f'<use href="#g{often[shape.path]}"{placed}/>'
    return f'<path{placed}{line}{fill} d="{shape.path}"/>'


def _often(shapes: Sequence[Shape]) -> dict[str, int]:
    """What is drawn more than once, without a line; each with a number."""
    counts = Counter(shape.path for shape in shapes if not shape.line)
    return {path: number for number, path in enumerate(path for path, count in counts.items() if count > 1)}


def write_pdf(pages: Sequence[Page], path: Path, title: str, subject: str) -> None:
    """Write pages as a PDF, the same bytes for the same pages."""
    canvas = Canvas(str(path), pageCompression=1, invariant=1)
    canvas.setTitle(clean(title))
    canvas.setAuthor(ARTIST)
    canvas.setSubject(clean(subject))
    often = _often([shape for page in pages for shape in page.shapes])
    for data, number in often.items():
        canvas.beginForm(f"g{number}", *_BOX)
        _draw(canvas, Shape(data, Transform()))
        canvas.endForm()
    for page in pages:
        canvas.setPageSize((WIDTH * _UNIT, page.height * _UNIT))
        canvas.transform(_UNIT, 0, 0, -_UNIT, 0, page.height * _UNIT)
        for shape in page.shapes:
            canvas.saveState()
            canvas.transform(*shape.placed)
            if shape.path in often:
                canvas.doForm(f"g{often[shape.path]}")
            else:
                _draw(canvas, shape)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()


def _draw(canvas: Canvas, shape: Shape) -> None:
    pen = _Pen(canvas.beginPath())
    parse_path(shape.path, pen)
    canvas.setLineWidth(shape.line)
    canvas.drawPath(pen.path, stroke=int(shape.line > 0), fill=int(shape.filled))


class _Pen(BasePen):
    """Draws on a path of a PDF."""

    def __init__(self, path: Any) -> None:
        super().__init__(None)
        self.path = path

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools' names
        self.path.moveTo(*point)

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.path.lineTo(*point)

    def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self.path.curveTo(*(number for point in points for number in point))

    def _closePath(self) -> None:  # noqa: N802
        self.path.close()
