"""The waveform in a few hundred numbers, for drawing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from jobs.music.sound.filters import Samples

COLUMNS = 800


def peaks(samples: Samples, frames: int, columns: int = COLUMNS) -> list[int]:
    """The loudest sample of each column of the first ``frames`` frames of ``samples`` (2, …): 0 … 255."""
    edges = np.linspace(0, frames, columns + 1).astype(int)[:-1]
    loudest = np.zeros(columns)
    for channel in samples[:, :frames]:
        high, low = np.maximum.reduceat(channel, edges), np.minimum.reduceat(channel, edges)
        np.maximum(loudest, np.maximum(high, -low), out=loudest)
    return [int(value) for value in np.rint(np.minimum(loudest, 1.0) * 255)]


def write(samples: Samples, frames: int, duration: float, path: Path) -> None:
    """Write ``{"duration": seconds, "peaks": […]}``."""
    data = {"duration": round(duration, 3), "peaks": peaks(samples, frames)}
    path.write_text(json.dumps(data, separators=(",", ":")))
