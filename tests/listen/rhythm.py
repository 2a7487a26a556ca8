"""Tempo by several trackers, and how clearly the beat is heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import essentia.standard as es
import librosa
import numpy as np

TOLERANCE = 0.02
OCTAVES = (1 / 2, 1, 2)
THIRDS = (1 / 3, 2 / 3, 3 / 2, 3)  # between the pulse and its parts in 3/4 and 6/8, and of triplets
HOP = 256
SPAN = 8  # beats over which an interval is taken
NEAR = 0.05  # seconds


def rhythm(mono: np.ndarray, rate: int) -> dict[str, Any]:
    """What the trackers hear.

    ``tempos``: tracker → bpm; ``beats``: seconds, by the first of them, and its ``beat_confidence``, 0 … 5.32;
    ``strength``: how much starts, by frames of HOP samples.
    """
    _, beats, confidence, _, _ = es.RhythmExtractor2013(method="multifeature")(mono)
    _, degara, _, _, _ = es.RhythmExtractor2013(method="degara")(mono)
    strength = librosa.onset.onset_strength(y=mono, sr=rate, hop_length=HOP)
    _, ellis = librosa.beat.beat_track(onset_envelope=strength, sr=rate, hop_length=HOP, units="time")
    tempos = {
        "multifeature": _bpm(beats),
        "degara": _bpm(degara),
        "percival": float(es.PercivalBpmEstimator()(mono)),
        "ellis": _bpm(ellis),
    }
    onsets = librosa.onset.onset_detect(onset_envelope=strength, sr=rate, hop_length=HOP, units="time")
    return {
        "tempos": tempos,
        "beat_confidence": float(confidence),
        "beats": [float(beat) for beat in beats],
        "onsets_a_second": len(onsets) / (len(mono) / rate),
        "strength": strength,
    }


def right_tempo(tempos: Sequence[float], asked: float, triple: bool) -> bool:
    """At least two trackers are within 2 %, where half and double count too, and in triple time the thirds."""
    factors = OCTAVES + (THIRDS if triple else ())
    hits = [any(abs(tempo / (asked * factor) - 1) <= TOLERANCE for factor in factors) for tempo in tempos if tempo]
    return sum(hits) >= 2


def accent(strength: np.ndarray, rate: int, beats: Sequence[float]) -> float:
    """How much more starts within 50 ms of the planned beats (seconds) than elsewhere; 1: no more."""
    times = np.arange(len(strength)) * HOP / rate
    inside = times < beats[-1] + NEAR
    distance = np.min(np.abs(times[:, None] - np.asarray(beats)[None, :]), axis=1)
    near = distance <= NEAR
    return float(strength[near].mean() / max(strength[inside & ~near].mean(), 1e-9))


def _bpm(beats: Sequence[float]) -> float:
    """The middle one of all intervals over so many beats: neither a ritardando nor the tracker's grid matter."""
    times = np.asarray(beats, dtype=float)
    span = min(SPAN, len(times) - 1)
    return float(60 * span / np.median(times[span:] - times[:-span])) if span > 0 else 0.0
