"""Key, chords and tune by recognisers, against what was asked and planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import essentia.standard as es
import numpy as np

from jobs.music.brief import TONICS
from jobs.music.score import Note, Score

PROFILES = ("bgate", "edma", "krumhansl", "temperley")
FLATS = {"Db": "C#", "D#": "Eb", "Gb": "F#", "G#": "Ab", "A#": "Bb"}
MAJOR_LIKE = ("major", "lydian", "mixolydian")
# Of pitch classes over the tonic: Krumhansl and Kessler (1982); Temperley, from the Kostka-Payne corpus (1999).
WEIGHTS: tuple[dict[str, tuple[float, ...]], ...] = (
    {
        "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    },
    {
        "major": (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
        "minor": (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
    },
)
# Mode → the one that it is nearest to, and which degrees, in semitones, change places in it, one pair after the other:
# phrygian is also played with the major third, in flamenco, klezmer and maqam hijaz.
CHURCH: dict[str, tuple[Any, ...]] = {
    "dorian": ("minor", (8, 9)),
    "phrygian": ("minor", (1, 2), (3, 4)),
    "mixolydian": ("major", (10, 11)),
    "lydian": ("major", (5, 6)),
}
FRAME, HOP = 8192, 2048
RANGE = {"minFrequency": 40, "maxFrequency": 5000}
TUNE_HOP = 256
ATTACK = 4  # frames of TUNE_HOP
STEP = 0.05  # seconds between two looks at the chord


def key(mono: np.ndarray, rate: int, mode: str) -> dict[str, Any]:
    """The key that most profiles hear, the stronger ones where they are even; and what each hears.

    The extractor knows major and minor only: E phrygian is A minor to it, D dorian C major. A piece in such a ``mode``
    is heard by profiles that know it, too.
    """
    if mode not in ("major", "minor"):
        heard_key = _modal(mono, rate, mode)
        return {"key_heard": heard_key, "keys": {"modal": heard_key}}
    heard = {}
    strengths: Counter[str] = Counter()
    for profile in PROFILES:
        tonic, third, strength = es.KeyExtractor(profileType=profile)(mono)
        heard[profile] = f"{FLATS.get(tonic, tonic)} {third}"
        strengths[heard[profile]] += 1 + float(strength) / 100
    return {"key_heard": strengths.most_common(1)[0][0], "keys": heard}


def _modal(mono: np.ndarray, rate: int, mode: str) -> str:
    """The key, major, minor or in this mode, whose profiles correlate best with the sound's pitch classes."""
    bins = np.roll(
        _profile(mono, rate).mean(axis=0), 1 + 3 * TONICS.index("A")
    )  # three a semitone, from A's middle one
    classes = bins.reshape(12, 3).sum(axis=1)
    found = {}
    for name, (base, *exchanged) in {"major": ("major",), "minor": ("minor",), mode: CHURCH[mode]}.items():
        variants = [exchanged[:count] for count in range(1, len(exchanged) + 1)] or [[]]
        for tonic in range(12):
            profiles = [[_exchanged(weights[base], pairs) for weights in WEIGHTS] for pairs in variants]
            found[f"{TONICS[tonic]} {name}"] = max(
                sum(np.corrcoef(classes, np.roll(profile, tonic))[0, 1] for profile in pair) for pair in profiles
            )
    return max(found, key=lambda name: found[name])


def _exchanged(weights: Sequence[float], pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    changed = np.array(weights)
    for one, other in pairs:
        changed[[one, other]] = changed[[other, one]]
    return changed


def relation(asked: str, heard: str) -> str:
    """ "same", "relative", "parallel", "fifth" or "other"; church modes count by their third."""
    (tonic, mode), (other, heard_mode) = asked.split(), heard.split()
    home, there = TONICS.index(tonic), TONICS.index(other)
    major = mode in MAJOR_LIKE
    alike = major == (heard_mode in MAJOR_LIKE)
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
    """Share of the planned tune's time in which the pitch class that stands out most is the tune's; None: no tune.

    Where a part sings in two, its upper voice is the tune: no more than one pitch can stand out most.
    """
    parts = [part for part in score.parts if part.role == "melody" and part.notes]
    if not parts:
        return None
    pitch, _ = es.PredominantPitchMelodia(frameSize=2048, hopSize=TUNE_HOP, guessUnvoiced=True)(
        es.EqualLoudness()(mono)
    )
    heard = np.where(pitch > 0, np.round(69 + 12 * np.log2(np.maximum(pitch, 1) / 440)), -1)
    hits: list[bool] = []
    for part in parts:
        planned = _upper(part.notes, lambda beat: int(score.seconds(beat) * rate / TUNE_HOP), len(heard))
        sung = planned >= 0
        hits += list((heard[sung] >= 0) & ((heard[sung] - planned[sung]) % 12 == 0))
    return float(np.mean(hits)) if hits else None


def _upper(notes: Sequence[Note], frame: Callable[[float], int], frames: int) -> np.ndarray:
    """The highest pitch that sounds in each frame, −1: none; a note counts from a moment after its attack."""
    planned = np.full(frames, -1)
    for note in notes:
        inside = planned[frame(note.start) + ATTACK : frame(note.start + note.length)]
        np.maximum(inside, note.pitch, out=inside)
    return planned


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
