"""Which octave each tone of a chord is played in: the inversion nearest to the one before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

MUD = 50  # below this pitch, thirds are mud
STILL = 1.2  # semitones' worth of not moving at all
MUD_GAP = 5  # semitones that neighbours keep there


def essential(tones: Sequence[int], voices: int) -> tuple[int, ...]:
    """At most ``voices`` pitch classes of the chord: the triad before the seventh before the rest.

    The bass alone does not make a chord plain to the ear: three voices without its fifth are heard as another one.
    """
    return tuple(tones[:voices])


@lru_cache(maxsize=16384)
def placements(tones: tuple[int, ...], low: int, high: int) -> tuple[tuple[int, ...], ...]:
    """All close and drop-two arrangements of the pitch classes between the two pitches, without mud."""
    found = set()
    for bottom in range(low, high + 1):
        if bottom % 12 not in tones:
            continue
        close = sorted(bottom + (tone - bottom) % 12 for tone in tones)
        arrangements = [close]
        if len(close) >= 4:
            arrangements.append(sorted([close[-2] - 12, *close[:-2], close[-1]]))
        for pitches in arrangements:
            if pitches[0] >= low and pitches[-1] <= high and clear(pitches):
                found.add(tuple(pitches))
    return tuple(sorted(found))


def clear(pitches: Sequence[int]) -> bool:
    """Whether no two neighbours are so low and close that they are mud."""
    return all(upper - lower >= MUD_GAP for lower, upper in zip(pitches, pitches[1:], strict=False) if lower < MUD)


def movement(before: Sequence[int], after: Sequence[int]) -> float:
    """Mean semitones that a voice moves, each voice going to the nearest new pitch."""
    return sum(min(abs(pitch - other) for other in before) for pitch in after) / len(after)


@lru_cache(maxsize=16384)
def nearest(
    tones: tuple[int, ...], voices: int, low: int, high: int, before: tuple[int, ...] | None, drift: int = 0
) -> tuple[int, ...]:
    """The voicing between ``low`` and ``high`` that moves least from ``before``, or lies best in the middle.

    ``drift``: semitones by which the middle is higher just now.
    """
    chosen = essential(tones, voices)
    options = placements(chosen, low, high) or placements(chosen[:3], low - 6, high + 6)
    centre = (low + high) / 2 + drift

    def cost(pitches: tuple[int, ...]) -> float:
        middle = abs(sum(pitches) / len(pitches) - centre)
        if not before:
            return middle
        still = STILL * (before == pitches)  # the same chord again goes to another inversion, if one is near
        return still + movement(before, pitches) + movement(pitches, before) * 0.5 + (0.2 + 0.12 * abs(drift)) * middle

    if not options:
        return tuple(sorted(low + (tone - low) % 12 for tone in chosen))
    best = min(options, key=cost)
    return _doubled(best, tones[0], low, high) if len(best) < voices else best


def _doubled(pitches: tuple[int, ...], root: int, low: int, high: int) -> tuple[int, ...]:
    """With the root once more, an octave above or below, where there is room for it."""
    own = next((pitch for pitch in pitches if pitch % 12 == root), pitches[0])
    for pitch in (own + 12, own - 12):
        wider = tuple(sorted((*pitches, pitch)))
        if low <= pitch <= high and clear(wider):
            return wider
    return pitches


def fold(pitch: int, low: int, high: int) -> int:
    """The same pitch class between ``low`` and ``high`` (at least an octave apart), in the nearest octave."""
    if pitch < low:
        pitch += -(-(low - pitch) // 12) * 12
    if pitch > high:
        pitch -= -(-(pitch - high) // 12) * 12
    return pitch
