"""Key, chords and tune by recognisers, against what was asked and planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import essentia.standard as es
import numpy as np

from jobs.music.brief import TONICS
from jobs.music.score import Score

PROFILES = ("bgate", "edma", "krumhansl", "temperley")
FLATS = {"Db": "C#", "D#": "Eb", "Gb": "F#", "G#": "Ab", "A#": "Bb"}
MAJOR_LIKE = ("major", "lydian", "mixolydian")
FRAME, HOP = 8192, 2048
RANGE = {"minFrequency": 40, "maxFrequency": 5000}
TUNE_HOP = 256
STEP = 0.05  # seconds between two looks at the chord


def key(mono: np.ndarray) -> dict[str, Any]:
    """The key that most profiles hear, the stronger ones where they are even; and what each hears."""
    heard = {}
    strengths: Counter[str] = Counter()
    for profile in PROFILES:
        tonic, mode, strength = es.KeyExtractor(profileType=profile)(mono)
        heard[profile] = f"{FLATS.get(tonic, tonic)} {mode}"
        strengths[heard[profile]] += 1 + float(strength) / 100
    return {"key_heard": strengths.most_common(1)[0][0], "keys": heard}


def relation(asked: str, heard: str) -> str:
    """ "same", "relative", "parallel", "fifth" or "other"; church modes count by their third."""
    (tonic, mode), (other, heard_mode) = asked.split(), heard.split()
    home, there = TONICS.index(tonic), TONICS.index(other)
    major = mode in MAJOR_LIKE
    alike = major == (heard_mode == "major")
    if there == home:
        return "same" if alike else "parallel"
    if alike:
        return "fifth" if (there - home) % 12 in (5, 7) else "other"
    return "relative" if (there - home) % 12 == (9 if major else 3) else "other"


def chords(mono: np.ndarray, rate: int, beats: Sequence[float], score: Score) -> dict[str, float]:
    """Share of the time in which the triad heard, beat by beat, agrees with the plan.

    ``chords``: all its notes belong to the planned chord (Am7 has A minor and C major in it); ``roots_and_thirds``:
    it is the planned chord's own triad. The recogniser follows the beats that were heard, not those of the plan.
    """
    grid = [beat for beat in beats if beat < len(mono) / rate - 0.5]
    if len(grid) < 4:
        return {"chords": 0.0, "roots_and_thirds": 0.0}
    names, _ = es.ChordsDetectionBeats(hopSize=HOP, sampleRate=rate)(_profile(mono, rate), np.array(grid, np.float32))
    edges = [score.seconds(chord.start) for chord in score.chords]
    contained, exact = [], []
    for time in np.arange(grid[0], min(grid[-1], score.seconds(score.beats)), STEP):
        index = min(int(np.searchsorted(grid, time, side="right")) - 1, len(names) - 1)
        planned = score.chords[max(0, int(np.searchsorted(edges, time, side="right")) - 1)]
        root, third, fifth = _triad(names[index])
        tones = set(planned.pitches)
        bare = not tones & {(planned.root + 3) % 12, (planned.root + 4) % 12}
        contained.append({root, third, fifth} <= tones or (bare and root == planned.root))
        exact.append(root == planned.root and (bare or third in tones))
    return {"chords": float(np.mean(contained)), "roots_and_thirds": float(np.mean(exact))}


def tune(mono: np.ndarray, rate: int, score: Score) -> float | None:
    """Share of the planned tune's time in which the pitch class that stands out most is the tune's; None: no tune."""
    notes = [note for part in score.parts if part.role == "melody" for note in part.notes]
    if not notes:
        return None
    pitch, _ = es.PredominantPitchMelodia(frameSize=2048, hopSize=TUNE_HOP, guessUnvoiced=True)(
        es.EqualLoudness()(mono)
    )
    heard = np.where(pitch > 0, np.round(69 + 12 * np.log2(np.maximum(pitch, 1) / 440)), -1)
    hits: list[bool] = []
    for note in notes:
        start, end = (int(score.seconds(beat) * rate / TUNE_HOP) for beat in (note.start, note.start + note.length))
        frames = heard[start + 4 : end]
        hits += [frame >= 0 and (frame - note.pitch) % 12 == 0 for frame in frames]
    return float(np.mean(hits)) if hits else None


def _profile(mono: np.ndarray, rate: int) -> np.ndarray:
    """Frames × 36 harmonic pitch classes."""
    window, spectrum = es.Windowing(type="blackmanharris62"), es.Spectrum()
    peaks = es.SpectralPeaks(orderBy="magnitude", magnitudeThreshold=1e-5, maxPeaks=100, sampleRate=rate, **RANGE)
    whiten = es.SpectralWhitening(sampleRate=rate)
    profile = es.HPCP(size=36, nonLinear=True, harmonics=8, weightType="cosine", windowSize=1, sampleRate=rate, **RANGE)
    rows = []
    for frame in es.FrameGenerator(mono, frameSize=FRAME, hopSize=HOP, startFromZero=True):
        magnitudes = spectrum(window(frame))
        frequencies, heights = peaks(magnitudes)
        rows.append(profile(frequencies, whiten(magnitudes, frequencies, heights)))
    return np.array(rows)


def _triad(name: str) -> tuple[int, int, int]:
    minor = name.endswith("m")
    letter = name.removesuffix("m")
    root = TONICS.index(FLATS.get(letter, letter))
    return root, (root + (3 if minor else 4)) % 12, (root + 7) % 12
