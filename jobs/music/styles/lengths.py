"""How many whole bars come closest to a length."""

from __future__ import annotations

from math import ceil

from jobs.music.brief import MAX_DURATION, MIN_DURATION
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS

_UNEVEN = {0: 0.0, 2: 0.6}  # what it costs to leave groups of four bars, by what is left over; 1.2 an odd number
_OFF = 10.0  # what it costs to be away from the length, as a share of it
_LONGEST_INTRO = 0.5  # share of the whole


def bar_seconds(tempo: float, metre: str) -> float:
    """How long a bar lasts at a tempo in pulses a minute."""
    return BAR_BEATS[metre] / PULSE_BEATS[metre] * 60 / tempo


def loop_bars(seconds: float, tempo: float, metre: str, intro: int = 0) -> tuple[int, int]:
    """Bars of the intro and of what is repeated, in a loop of about ``seconds`` altogether.

    Of the intro as many as leave what is repeated at least as long; rather whole groups of four bars than the exact
    length.
    """
    bar = bar_seconds(tempo, metre)
    intro = min(intro, int(seconds / bar * _LONGEST_INTRO))
    wanted = max(seconds / bar - intro, 1.0)
    fewest, most = max(1, ceil(MIN_DURATION / bar) - intro), max(1, int(MAX_DURATION / bar) - intro)

    def cost(bars: int) -> float:
        uneven = _UNEVEN.get(bars % 4, 1.2) if bars > 2 else 0.0
        return uneven + _OFF * abs(bars / wanted - 1)

    return intro, min(range(fewest, max(most, fewest) + 1), key=cost)
