"""How loud a piece will be, before anything of it is played: from its notes and what the bank's sounds measure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jobs.music.score import Score
from jobs.music.sound import bank_levels
from jobs.music.sound.loudness import OFFSET
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import Voice, ringing, seconds

STEP = 0.1  # seconds
_SHORTEST = 0.1  # seconds in which a note's energy comes at the soonest
_WINDOW = 4  # steps of a measuring window (BS.1770)
_GATE = 10.0  # LU


def course(score: Score, bank: Bank, voices: Sequence[Voice]) -> NDArray[np.float64]:
    """The power that is to be expected of the dry voices together, one value for each STEP of the score."""
    edges = np.zeros(math.ceil(score.duration / STEP) + 2)
    for voice in voices:
        notes = ringing(voice.part)
        if not notes:
            continue
        spans = seconds(score, np.array([(n.start, n.start + n.length) for n in notes]).ravel()).reshape(-1, 2)
        energies, heard = bank_levels.strokes(bank, voice.instrument, notes, spans)
        starts = heard[:, 0]
        lasting = np.maximum(heard[:, 1] - starts, _SHORTEST)
        power = energies / lasting * 10 ** (-voice.attenuation / 10)
        for moments, sign in ((starts, 1.0), (starts + lasting, -1.0)):
            at = np.clip(np.rint(moments / STEP).astype(int), 0, len(edges) - 1)
            np.add.at(edges, at, sign * power)
    return np.maximum(np.cumsum(edges)[:-1], 0.0)


def loudness(power: NDArray[np.float64]) -> float:
    """Gated loudness (LUFS) of a course or a stretch of it; −inf where nothing sounds."""
    windows = np.convolve(power, np.ones(_WINDOW) / _WINDOW, "valid") if len(power) >= _WINDOW else power
    audible = windows[windows > 1e-12]
    if not len(audible):
        return -math.inf
    loud = audible[audible > audible.mean() / 10 ** (_GATE / 10)]
    return OFFSET + 10 * math.log10(float(loud.mean()))
