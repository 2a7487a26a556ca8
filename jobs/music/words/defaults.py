"""What musicians take for granted: how moods pull at energy, mode and style, which keys lie well under the hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

MOOD_ENERGY = {
    "happy": 0.65, "sad": 0.25, "calm": 0.2, "energetic": 0.88, "dark": 0.5, "romantic": 0.35, "epic": 0.85,
    "dreamy": 0.3, "tense": 0.65, "playful": 0.6, "nostalgic": 0.35, "hopeful": 0.5, "mysterious": 0.4,
    "aggressive": 0.95, "peaceful": 0.15,
}  # fmt: skip

MOOD_MINOR = {  # positive: minor, negative: major
    "happy": -1.0, "sad": 1.0, "dark": 1.0, "romantic": -0.3, "epic": 0.3, "tense": 1.0, "playful": -1.0,
    "nostalgic": 0.2, "hopeful": -0.8, "mysterious": 0.8, "aggressive": 0.9, "peaceful": -0.6,
}  # fmt: skip

OPPOSITE_MOODS = tuple(
    frozenset(pair)
    for pair in (
        ("happy", "sad"), ("calm", "energetic"), ("calm", "aggressive"), ("peaceful", "aggressive"),
        ("peaceful", "energetic"), ("calm", "tense"), ("peaceful", "tense"), ("happy", "dark"),
    )
)  # fmt: skip

MOOD_STYLES: Mapping[str, Mapping[str, float]] = {
    "happy": {"pop": 4, "funk": 2, "folk": 2, "disco": 2, "country": 1},
    "sad": {"piano": 4, "ballad": 3, "cinematic": 1},
    "calm": {"piano": 3, "lofi": 3, "ambient": 2, "bossa": 1, "folk": 1},
    "energetic": {"rock": 3, "house": 3, "pop": 2, "drum_and_bass": 1, "trance": 1},
    "dark": {"cinematic": 6, "techno": 2, "trap": 1, "ambient": 1},
    "romantic": {"ballad": 3, "bossa": 2, "soul": 2, "jazz": 2, "piano": 1},
    "epic": {"cinematic": 8},
    "dreamy": {"ambient": 3, "synthwave": 2, "lofi": 1, "piano": 1},
    "tense": {"cinematic": 4, "techno": 1},
    "playful": {"pop": 3, "chiptune": 2, "funk": 2, "march": 1},
    "nostalgic": {"lofi": 3, "folk": 2, "synthwave": 1, "piano": 2},
    "hopeful": {"pop": 3, "cinematic": 2, "piano": 2, "folk": 2},
    "mysterious": {"ambient": 3, "cinematic": 3},
    "aggressive": {"metal": 3, "rock": 2, "trap": 1},
    "peaceful": {"ambient": 3, "piano": 3, "folk": 1, "classical": 1},
}
OPEN_STYLES: Mapping[str, float] = {
    "pop": 4, "lofi": 4, "piano": 4, "cinematic": 3, "folk": 3, "rock": 3, "house": 2, "synthwave": 2, "soul": 2,
    "jazz": 2, "bossa": 2, "waltz": 1, "ambient": 2, "classical": 2, "ballad": 2, "funk": 2, "celtic": 1,
    "drum_and_bass": 1, "metal": 1, "lullaby": 1, "techno": 1,
}  # fmt: skip

# The keys that lie under the hands of those who play a style, by whether its third is major: open strings for guitars,
# flats for horns, what a fiddle is tuned to; machines have every key, and low basses are heard best from E to A.
TONIC_WEIGHTS: Mapping[str, Mapping[bool, Mapping[str, float]]] = {
    "keys": {
        True: {"C": 4, "G": 4, "D": 4, "F": 3, "A": 3, "Bb": 3, "Eb": 3, "E": 2, "Ab": 1, "B": 1},
        False: {"A": 4, "E": 4, "D": 4, "C": 3, "G": 3, "B": 2, "F": 2, "F#": 2, "C#": 1, "Bb": 1},
    },
    "guitar": {
        True: {"E": 4, "A": 4, "G": 4, "D": 4, "C": 3, "B": 1, "F": 1},
        False: {"E": 5, "A": 4, "D": 3, "B": 2, "F#": 2, "C#": 1, "G": 1, "C": 1},
    },
    "horns": {
        True: {"Bb": 4, "Eb": 4, "F": 4, "Ab": 3, "C": 3, "G": 1, "C#": 1},
        False: {"C": 4, "D": 4, "G": 4, "F": 3, "Bb": 2, "A": 1, "Eb": 1},
    },
    "fiddle": {
        True: {"D": 5, "G": 5, "A": 4, "C": 2, "F": 1},
        False: {"D": 4, "A": 4, "E": 4, "G": 3, "B": 2},
    },
    "machines": {
        True: {"F": 3, "G": 3, "C": 3, "A": 2, "E": 2, "Ab": 2, "D": 2, "Bb": 2, "Eb": 2, "B": 1, "F#": 1},
        False: {"F": 4, "G": 4, "A": 4, "E": 3, "F#": 3, "C": 3, "D": 2, "C#": 2, "B": 2, "Bb": 2, "Eb": 1},
    },
}
MAJOR_LIKE = frozenset({"major", "lydian", "mixolydian"})

# Metres that the composer does not write, and the one that carries them best.
NEAREST_METRE = {
    (2, 2): "4/4", (4, 2): "4/4", (8, 8): "4/4", (4, 8): "2/4", (7, 4): "7/8", (5, 8): "5/4", (10, 8): "5/4",
    (14, 8): "7/8", (3, 8): "3/4", (3, 2): "3/4", (6, 4): "3/4", (9, 8): "6/8",
}  # fmt: skip


def pick(weights: Mapping[str, float], chooser: Random) -> str:
    """One key, as likely as its weight; keys in the mapping's order."""
    return chooser.choices(list(weights), [max(weight, 1e-9) for weight in weights.values()])[0]


def mood_minor(moods: Sequence[str]) -> float:
    """How strongly the moods ask for minor (≥ .5) or major (≤ −.5)."""
    return sum(MOOD_MINOR.get(mood, 0.0) for mood in moods)


def styles_for(moods: Sequence[str]) -> dict[str, float]:
    """Weights of the styles that suit the moods; of several moods only what suits one of them well."""
    weights: dict[str, float] = {}
    for mood in moods:
        for style, weight in MOOD_STYLES[mood].items():
            weights[style] = weights.get(style, 0.0) + weight
    return {style: weight for style, weight in weights.items() if weight > 1 or len(moods) == 1}
