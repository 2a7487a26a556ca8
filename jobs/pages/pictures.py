"""Pictures of a track that need no file of their own: its waveform, and a cover that its seed paints."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from django.core.cache import cache
from django.core.files.storage import default_storage

from jobs.models import Job

logger = logging.getLogger(__name__)

BARS = 96  # bars of a waveform picture
BAR_WIDTH, BAR_STEP, WAVE_HEIGHT = 2, 3, 40  # units of the picture
_FLOOR = 0.04  # of the height, so that silence is still a line
_MONTH = 30 * 24 * 3600  # seconds


def waveform(job: Job) -> str:
    """The path of the track's waveform in a box of BARS × BAR_STEP by WAVE_HEIGHT; "" where there are no peaks.

    An attempt's files never change, so what was read once is remembered.
    """
    file = job.files.get("peaks")
    if not file:
        return ""
    return str(cache.get_or_set(f"wave-{job.pk.hex}-{job.attempt}", lambda: _drawn(file["name"]), _MONTH))


def _drawn(name: str) -> str:
    try:
        with default_storage.open(name) as content:
            return bars(json.load(content)["peaks"])
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("no waveform: %s cannot be read", name)
        return ""


def bars(peaks: Sequence[float], count: int = BARS) -> str:
    """``count`` mirrored bars for any number of peaks (0 … 255), the loudest as high as the box."""
    columns = [
        max(peaks[at * len(peaks) // count : max((at + 1) * len(peaks) // count, at * len(peaks) // count + 1)])
        for at in range(count)
    ]
    top = max(columns) or 1
    highest = (WAVE_HEIGHT - BAR_WIDTH) / 2
    halves = [max(round(max(_FLOOR, peak / top) * highest), 0.5) for peak in columns]
    start = f"M{BAR_WIDTH / 2 - BAR_STEP:g} {WAVE_HEIGHT / 2:g}"
    # From the middle up, down and back, in whole steps: what repeats itself is sent in a third of the bytes.
    return start + "".join(f"m{BAR_STEP}-{half:g}v{2 * half:g}m0-{half:g}" for half in halves)


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
    """Three soft spots on a ground, and a line that swings across."""

    hue: int  # degrees, of the ground
    blobs: tuple[Blob, ...]
    line: str  # path in a box of 100 × 100


def cover(job: Job) -> Cover:
    """The same seed and style always give the same picture; one style keeps to one part of the colour wheel."""
    chance = Random(job.seed)  # noqa: S311 - a picture, not a secret
    hue = (style_hue(job.style) + chance.randrange(-18, 19)) % 360
    blobs = tuple(
        Blob(chance.randrange(5, 95), chance.randrange(5, 95), chance.randrange(50, 85), light, (hue + turn) % 360)
        for light, turn in (
            (66, chance.randrange(20, 50)),
            (58, -chance.randrange(25, 70)),
            (80, chance.randrange(40, 80)),
        )
    )
    return Cover(hue, blobs, _swing(chance))


def style_hue(style: str) -> int:
    """Where on the colour wheel the style with that id is at home, in degrees."""
    return Random(style).randrange(360)  # noqa: S311 - a colour, not a secret


def _swing(chance: Random) -> str:
    heights = [chance.randrange(30, 71) for _ in range(5)]
    path = f"M-5 {heights[0]}"
    for at, (before, after) in enumerate(zip(heights, heights[1:], strict=False)):
        left, right = -5 + 27.5 * at, -5 + 27.5 * (at + 1)
        middle = (left + right) / 2
        path += f"C{middle:g} {before} {middle:g} {after} {right:g} {after}"
    return path
