"""A cover as pixels: what the page draws as SVG, for files and for cards in other places."""

from __future__ import annotations

from io import BytesIO
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray
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
_CURVE = np.linspace(0.0, 1.0, 24)


def paint(cover: Cover, width: int, height: int) -> Image.Image:
    """The cover, which fills the picture as on a page: what is too high is cut off above and below."""
    side = max(width, height)
    left, top = (side - width) / 2, (side - height) / 2
    x = (np.arange(width) + 0.5 + left)[np.newaxis, :] * (100 / side)
    y = (np.arange(height) + 0.5 + top)[:, np.newaxis] * (100 / side)
    pixels = np.broadcast_to(_rgb(GROUND_LIGHT, GROUND_CHROMA, cover.hue), (height, width, 3)).copy()
    for blob in cover.blobs:
        distance = np.hypot(x - blob.x, y - blob.y) / blob.radius
        opacity = np.clip(1.0 - distance, 0.0, 1.0)[:, :, np.newaxis].astype(np.float32)
        pixels += (_rgb(blob.light, BLOB_CHROMA, blob.hue) - pixels) * opacity
    line = np.asarray(_line(cover, side, width, height), np.float32)[:, :, np.newaxis] / 255 * LINE_OPACITY
    pixels += (1.0 - pixels) * line
    return Image.fromarray(np.rint(pixels * 255).astype(np.uint8))


def png(cover: Cover, size: int = SIZE) -> bytes:
    """The cover as it lies in a file, so many pixels wide and high."""
    content = BytesIO()
    paint(cover, size, size).save(content, "PNG")
    return content.getvalue()


def _line(cover: Cover, side: int, width: int, height: int) -> Image.Image:
    scale = side * _FINER / 100
    points = []
    for at, (before, after) in enumerate(zip(cover.heights, cover.heights[1:], strict=False)):
        # A cubic whose handles are level, half way across: what Cover.line says as a path.
        along = 3 * (1 - _CURVE) ** 2 * _CURVE * 0.5 + 3 * (1 - _CURVE) * _CURVE**2 * 0.5 + _CURVE**3
        rise = 3 * (1 - _CURVE) * _CURVE**2 + _CURVE**3
        points += list(
            zip((LEFT + STEP * (at + along)) * scale, (before + (after - before) * rise) * scale, strict=True)
        )
    mask = Image.new("L", (side * _FINER, side * _FINER))
    ImageDraw.Draw(mask).line([(float(x), float(y)) for x, y in points], 255, round(LINE_WIDTH * scale), "curve")
    left, top = (side - width) // 2, (side - height) // 2
    return mask.resize((side, side), Image.Resampling.BOX).crop((left, top, left + width, top + height))


def _rgb(light: float, chroma: float, hue: float) -> NDArray[np.float32]:
    """A colour of OKLCH (lightness in percent) in sRGB, 0 … 1, by the matrices of the CSS Color specification."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    lms = np.array(
        [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.291485548]]
    )
    linear = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.707614701],
        ]
    ) @ ((lms @ np.array([light / 100, a, b])) ** 3)
    clipped = np.clip(linear, 0.0, 1.0)
    srgb = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return srgb.astype(np.float32)
