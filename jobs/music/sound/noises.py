"""What is heard of hands and mechanics beside the notes: jacks, fingers on strings, a pedal's dampers.

They are hits of a patch of our own, played on a channel beside the instrument's. When they sound follows from the notes
and pedals; how loud, from what the bank plays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.music.instruments import Instrument
from jobs.music.sound import bank_levels
from jobs.music.sound.fluid import SAMPLE_RATE, TICK
from jobs.music.sound.soundfont import Bank

PATCH = "noises"
NOISES = Instrument(PATCH, 0, "drums", 0, 127, drums=True, sounds=(PATCH,))
JACKS, FINGERS, SQUEAKS, PEDAL_DOWN, PEDAL_UP = (*range(24, 32),), (36, 37, 38, 39), (44, 45, 46), 52, 53  # its keys

_JACKED = {"harpsichord"}
_HAMMERED = {"piano", "mellow_piano", "bright_piano", "honky_tonk", "electric_piano"}
_FINGERED = {
    "nylon_guitar", "steel_guitar", "twelve_string", "jazz_guitar", "clean_guitar", "ukulele", "upright_bass",
    "fingered_bass", "picked_bass", "fretless_bass", "slap_bass", "banjo", "mandolin", "sitar",
}  # fmt: skip
_UNDER = {JACKS[4]: 27.0, FINGERS[2]: 31.0, PEDAL_DOWN: 34.0}  # dB by which these are quieter than a note
_REST = round(0.03 * SAMPLE_RATE / TICK)  # ticks between two noises of one hand, at least
_SHIFT, _WOUND = 4, 57  # semitones that a hand moves along the strings before it squeaks; the lowest key that has none
_BREATH = round(1.5 * SAMPLE_RATE / TICK)  # ticks between two squeaks
_NEAR = round(0.25 * SAMPLE_RATE / TICK)  # ticks in which a hand arrives where it goes
_DOWN = 64  # the least value of the pedal at which dampers are up


@dataclass(frozen=True, slots=True)
class Noise:
    """A hit at a tick; ``source``: the key of the note that it belongs to, None for one of no note."""

    tick: int
    key: int
    velocity: int
    source: int | None


def attenuation(bank: Bank, instrument: Instrument) -> float | None:
    """Decibels by which the channel of noises is lower than the instrument's; None for one that has no noises."""
    main = _main(instrument)
    if main is None or bank.patch(PATCH) is None:
        return None
    middle = round(instrument.low + (instrument.high - instrument.low) * 0.5)  # which is measured anyhow
    noise = bank_levels.sounds(bank, NOISES, [main])[main].short
    note = bank_levels.sounds(bank, instrument, [middle])[middle].short
    return max(10 * math.log10(max(noise, 1e-12) / max(note, 1e-12)) + _UNDER[main], 0.0)


def noises(
    instrument: Instrument, strokes: Sequence[tuple[int, int, int, int]], pedal: Sequence[tuple[int, int]]
) -> Iterator[Noise]:
    """The noises of a part. ``strokes``: start and end (ticks), key and velocity of notes; ``pedal``: ticks, values."""
    main = _main(instrument)
    if main == JACKS[4]:
        yield from (Noise(end, JACKS[key % 8], 60 + velocity // 4, key) for _, end, key, velocity in strokes)
    elif main == FINGERS[2]:
        yield from _of_fingers(strokes)
    elif main == PEDAL_DOWN:
        was_down = False
        for tick, value in sorted(pedal):
            if (value >= _DOWN) != was_down:
                was_down = not was_down
                yield Noise(tick, PEDAL_DOWN if was_down else PEDAL_UP, 84, None)


def _of_fingers(strokes: Sequence[tuple[int, int, int, int]]) -> Iterator[Noise]:
    """A finger leaves the string where notes end; a hand that moves along wound strings squeaks."""
    free = quiet = -_BREATH
    ordered = sorted(strokes)
    for index, (start, end, key, velocity) in enumerate(ordered):
        following = next((stroke for stroke in ordered[index + 1 :] if stroke[0] > start), None)
        moves = following and abs(following[2] - key) >= _SHIFT and 0 <= following[0] - end < _NEAR
        if moves and key < _WOUND and end - quiet >= _BREATH:
            quiet = free = end
            yield Noise(end, SQUEAKS[key % 3], 60 + velocity // 4, key)
        elif end - free >= _REST:
            free = end
            yield Noise(end, FINGERS[key % 4], 40 + velocity // 2, key)


def _main(instrument: Instrument) -> int | None:
    """The hit by which the loudness of an instrument's noises is set; None: it has none."""
    for names, key in ((_JACKED, JACKS[4]), (_FINGERED, FINGERS[2]), (_HAMMERED, PEDAL_DOWN)):
        if instrument.id in names:
            return key
    return None
