"""What a mood does to the tune and the touch; tempo, mode and energy of a brief carry the rest of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from jobs.music.styles.tune import MelodyStyle


@dataclass(frozen=True, slots=True)
class Mood:
    """Changes to the melody: semitones, shares of 1; and velocity of everything."""

    lift: int = 0
    density: float = 0.0
    leaps: float = 0.0
    legato: float = 0.0
    touch: int = 0


MOODS: dict[str, Mood] = {
    "happy": Mood(lift=2, density=0.08, legato=-0.05, touch=2),
    "sad": Mood(lift=-3, density=-0.12, leaps=-0.1, legato=0.05, touch=-4),
    "calm": Mood(density=-0.12, leaps=-0.1, legato=0.05, touch=-4),
    "energetic": Mood(density=0.12, touch=4),
    "dark": Mood(lift=-5, leaps=0.05),
    "romantic": Mood(leaps=0.1, legato=0.05, touch=-1),
    "epic": Mood(lift=2, leaps=0.15, touch=4),
    "dreamy": Mood(lift=2, density=-0.08, legato=0.05, touch=-3),
    "tense": Mood(lift=-2, density=0.06, leaps=0.05, touch=2),
    "playful": Mood(lift=2, density=0.08, leaps=0.12, legato=-0.25),
    "nostalgic": Mood(lift=-1, legato=0.05, touch=-2),
    "hopeful": Mood(lift=2, leaps=0.05),
    "mysterious": Mood(lift=-3, density=-0.06, leaps=0.1, touch=-3),
    "aggressive": Mood(density=0.08, leaps=0.1, legato=-0.1, touch=6),
    "peaceful": Mood(density=-0.12, leaps=-0.1, legato=0.05, touch=-5),
}


def moved(melody: MelodyStyle, moods: Iterable[str]) -> MelodyStyle:
    """The manner of the tune under these moods."""
    for mood in (MOODS[name] for name in moods):
        melody = replace(
            melody,
            centre=melody.centre + mood.lift,
            density=_share(melody.density + mood.density),
            leaps=_share(melody.leaps + mood.leaps),
            legato=max(0.4, min(1.0, melody.legato + mood.legato)),
        )
    return melody


def touch(moods: Iterable[str]) -> int:
    """Velocity to add everywhere."""
    return sum(MOODS[name].touch for name in moods)


def _share(value: float) -> float:
    return max(0.0, min(1.0, value))
