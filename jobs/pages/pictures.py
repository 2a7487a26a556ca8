"""Pictures of a track that need no file of their own: its waveform, and its cover."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from django.core.cache import cache
from django.core.files.storage import default_storage

from jobs.models import Job
from jobs.music.files.cover import Cover
from jobs.music.files.cover import cover as paint

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
    loudest = _read(name)
    return bars(loudest) if loudest else ""


def peaks(job: Job) -> list[int]:
    """How loud the track is from its beginning to its end, 0 … 255; nothing where that is not known."""
    file = job.files.get("peaks")
    return _read(file["name"]) if file else []


def _read(name: str) -> list[int]:
    try:
        with default_storage.open(name) as content:
            return [int(peak) for peak in json.load(content)["peaks"]]
    except (OSError, ValueError, KeyError, TypeError):
        logger.warning("no waveform: %s cannot be read", name)
        return []


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


def cover(job: Job) -> Cover:
    """The cover that the job's seed and style paint."""
    return paint(job.seed, job.style)
