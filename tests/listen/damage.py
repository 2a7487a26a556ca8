"""Controls: finished sound that is damaged on purpose, and that the criteria of the sound must refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from jobs.music.sound.filters import BLOCK


def damaged(audio: Path, control: str) -> Path:
    """The sound with this damage, beside it."""
    samples, rate = soundfile.read(audio, dtype="float32", always_2d=True)
    path = audio.with_name(f"{control}.wav")
    soundfile.write(path, DAMAGES[control](samples.T, rate).T, rate, subtype="PCM_16")
    return path


def spoilt(samples: np.ndarray, rate: int) -> np.ndarray:
    """Late, too long, too loud, clipped, off centre, out of phase, with a click at every eighth seam."""
    loud = np.clip(samples * 4 + 0.02, -1, 1) * np.array([[1.0], [-1.0]], np.float32)
    late = np.hstack([np.zeros((2, rate), np.float32), loud])
    late[:, 4 * BLOCK :: 8 * BLOCK] *= -1
    return late


def mono(samples: np.ndarray, _rate: int) -> np.ndarray:
    """The same on both sides, but for a hundredth."""
    middle = samples.mean(axis=0)
    return middle + 0.01 * (samples - middle)


def bright(samples: np.ndarray, rate: int) -> np.ndarray:
    """12 dB more from 3 kHz on, at the same peak."""
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(samples.shape[1], 1 / rate)
    louder = np.fft.irfft(spectrum * np.where(frequency > 3000, 4.0, 1.0), samples.shape[1])
    return louder * (np.abs(samples).max() / np.abs(louder).max())


def pressed(samples: np.ndarray, rate: int) -> np.ndarray:
    """Every tenth of a second as loud as all others, and bent at 6 dB over that."""
    step = rate // 10
    blocks = np.pad(samples, ((0, 0), (0, -samples.shape[1] % step))).reshape(2, -1, step)
    level = np.sqrt((blocks**2).mean(axis=(0, 2), keepdims=True))
    even = (blocks / np.maximum(level, 0.003)).reshape(2, -1)[:, : samples.shape[1]]
    return 0.4 * np.tanh(even / 2)


DAMAGES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "spoilt": spoilt,
    "mono": mono,
    "bright": bright,
    "pressed": pressed,
}
