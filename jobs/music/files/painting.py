"""A cover as pixels: what the page draws as SVG, for files and cards. Without numpy, which web processes have not."""

from __future__ import annotations

from io import BytesIO
from math import cos, radians, sin

from PIL import Image, ImageDraw

from jobs.music.files.cover import (
    BLOB_CHROMA,
    GROUND_CHROMA,
    GROUND_LIGHT,
    LEFT,
    LINE_OPACITY,
    LINE_WIDTH,
    STEP,
    Cover,
)

SIZE, SMALL = 400, 280  # pixels of a cover inside a file; inside Opus, where it has to fit a page
_FINER = 2  # the line is drawn so many times as large: its edges are smooth
_POINTS = 24  # of each stretch of the line

Colour = tuple[int, int, int]


def paint(cover: Cover, width: int, height: int) -> Image.Image:
    """The cover, which fills the picture as on a page: what is too high is cut off above and below."""
    side = max(width, height)
    left, top = (side - width) / 2, (side - height) / 2
    picture = Image.new("RGB", (width, height), rgb(GROUND_LIGHT, GROUND_CHROMA, cover.hue))
    glow = Image.radial_gradient("L").point(_opacity)
    for blob in cover.blobs:
        radius = blob.radius * side / 100
        mask = glow.resize((round(2 * radius),) * 2, Image.Resampling.BILINEAR)
        corner = round(blob.x * side / 100 - radius - left), round(blob.y * side / 100 - radius - top)
        picture.paste(rgb(blob.light, BLOB_CHROMA, blob.hue), corner, mask)
    picture.paste((255, 255, 255), (0, 0), _line(cover, side, width, height))
    return picture


def png(cover: Cover, size: int = SIZE) -> bytes:
    """The cover as it lies in a file, so many pixels wide and high."""
    content = BytesIO()
    paint(cover, size, size).save(content, "PNG")
    return content.getvalue()


def _opacity(distance: int) -> int:
    """Of a glow: full in its middle, none from its edge on. Pillow counts 255 to the corner, which is √2 as far."""
    return max(0, round(255 - distance * 2**0.5))


def _line(cover: Cover, side: int, width: int, height: int) -> Image.Image:
    """Where the line covers the picture, and how much."""
    scale = side * _FINER / 100
    points = []
    for at, (before, after) in enumerate(zip(cover.heights, cover.heights[1:], strict=False)):
        for t in (step / _POINTS for step in range(_POINTS + 1)):
            # A cubic whose handles are level, half way across: what Cover.line says as a path.
            along = 1.5 * (1 - t) ** 2 * t + 1.5 * (1 - t) * t**2 + t**3
            rise = 3 * (1 - t) * t**2 + t**3
            points.append(((LEFT + STEP * (at + along)) * scale, (before + (after - before) * rise) * scale))
    mask = Image.new("L", (side * _FINER, side * _FINER))
    ImageDraw.Draw(mask).line(points, round(255 * LINE_OPACITY), round(LINE_WIDTH * scale), "curve")
    left, top = (side - width) // 2, (side - height) // 2
    return mask.resize((side, side), Image.Resampling.BOX).crop((left, top, left + width, top + height))


def rgb(light: float, chroma: float, hue: float) -> Colour:
    """A colour of OKLCH (lightness in percent) in sRGB, by the matrices of the CSS Color specification."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    light /= 100
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        _gamma(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _gamma(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _gamma(-0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short),
    )


def _gamma(linear: float) -> int:
    share = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * share if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055))
