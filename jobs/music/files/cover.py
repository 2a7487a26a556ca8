"""The cover that a piece's seed and style paint: three soft spots on a ground, and a line that swings across."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Blob:
    """A soft spot of colour: place, radius and lightness in percent, hue in degrees (of OKLCH)."""

    x: int
    y: int
    radius: int
    light: int
    hue: int


@dataclass(frozen=True, slots=True)
class Cover:
    """``heights``: of the line, in percent, at equal steps from 5 left of the picture to 5 right of it."""

    hue: int  # degrees, of the ground
    blobs: tuple[Blob, ...]
    heights: tuple[int, ...]

    @property
    def line(self) -> str:
        """The line as a path in a box of 100 × 100."""
        path = f"M{LEFT} {self.heights[0]}"
        for at, (before, after) in enumerate(zip(self.heights, self.heights[1:], strict=False)):
            left, right = LEFT + STEP * at, LEFT + STEP * (at + 1)
            middle = (left + right) / 2
            path += f"C{middle:g} {before} {middle:g} {after} {right:g} {after}"
        return path


LEFT, STEP = -5, 27.5  # percent
GROUND_LIGHT, GROUND_CHROMA, BLOB_CHROMA = 42, 0.11, 0.15  # of OKLCH
LINE_WIDTH, LINE_OPACITY = 1.6, 0.55


def cover(seed: int, style: str) -> Cover:
    """The same seed and style always give the same picture; one style keeps to one part of the colour wheel."""
    chance = Random(seed)  # noqa: S311 - a picture, not a secret
    hue = (style_hue(style) + chance.randrange(-18, 19)) % 360
    blobs = tuple(
        Blob(chance.randrange(5, 95), chance.randrange(5, 95), chance.randrange(50, 85), light, (hue + turn) % 360)
        for light, turn in (
            (66, chance.randrange(20, 50)),
            (58, -chance.randrange(25, 70)),
            (80, chance.randrange(40, 80)),
        )
    )
    return Cover(hue, blobs, tuple(chance.randrange(30, 71) for _ in range(5)))


def style_hue(style: str) -> int:
    """Where on the colour wheel the style with that id is at home, in degrees."""
    return Random(style).randrange(360)  # noqa: S311 - a colour, not a secret
