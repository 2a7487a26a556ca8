"""Where everybody sits: the place of each part between left and right, and how wide it is."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Control, Note, Part, Score
from jobs.music.sound.filters import REACH, cut, highpass, lowpass, response, short
from jobs.music.sound.fluid import SAMPLE_RATE

_EAR = 13  # frames (.3 ms) by which a part that sits at the side comes later to the other ear: half of a head's .65 ms
_MONO = 120.0  # Hz: what is lower is the same on both sides, where a part has a low end
_SPREAD = (250.0, 14_000.0)  # Hz, between which a part is made wider; at 24 dB an octave below, 12 above
_BUTTERWORTH = (0.5412, 1.3066)  # the two Q of the fourth order
_BEND = 128  # jobs.music.score.Control.number of a pitch bend

# Two takes of the same part differ as those of one player do: by hundredths of a second, of a tone and of loudness.
_LATER, _APART, _DETUNED, _TOUCH = 0.004, 0.006, 5.0, 5  # seconds, seconds (σ), cents, velocity
_TAKES = ("distortion_guitar", "overdriven_guitar", "steel_guitar")
_TAKE_PAN = 0.85


@dataclass(frozen=True, slots=True)
class Seat:
    """``spread`` is the side against the middle (dB) from 400 Hz on, made by a diffusion of ``smear`` ms."""

    spread: float
    smear: float
    low: float = 60.0  # Hz: the part's own side is cut below this


# fmt: off
_SEATS = {
    "melody":     Seat(-11.0, 9.0),
    "counter":    Seat(-7.0, 12.0),
    "chords":     Seat(-3.5, 14.0),
    "pad":        Seat(-1.5, 26.0),
    "arpeggio":   Seat(-3.0, 10.0),
    "effects":    Seat(-1.0, 22.0),
    "bass":       Seat(-60.0, 8.0, _MONO),
    "drums":      Seat(-5.5, 5.0, _MONO),
    "percussion": Seat(-3.5, 6.0, _MONO),
}
# fmt: on
_ANGLES = (-0.35, 0.4, -0.5, 0.5)  # for parts that the style puts in the middle and that need not be there


def seat(part: Part) -> Seat:
    """The seat of a part; long sounds bear a longer diffusion."""
    found = _SEATS[part.role]
    if part.chorus > 0:
        found = replace(found, spread=min(found.spread + 6.0 * part.chorus, 0.0), smear=found.smear + 10.0)
    return found


def angle(part: Part) -> float:
    """From −1 (left) to 1: what carries a piece stays near the middle."""
    most = {"melody": 0.2, "bass": 0.0, "drums": 0.0}.get(part.role, 1.0)
    return math.copysign(min(abs(part.pan), most), part.pan)


@dataclass(frozen=True, slots=True)
class Placing:
    """What to multiply the spectra of a part's middle and side by, for left and right (2, bins)."""

    middle: NDArray[np.complex64]
    side: NDArray[np.complex64]


def placing(part: Part, equaliser: NDArray[np.complex64], own_side: float) -> Placing:
    """The part's place. ``own_side``: how wide it is by itself, side against middle as a ratio of energies.

    The diffusion is added to the left and taken from the right (Lauridsen's stereo): folded to one channel it is gone,
    and the part sounds as it was recorded.
    """
    place, at = seat(part), angle(part)
    left, right = math.sqrt(2) * math.cos((at + 1) * math.pi / 4), math.sqrt(2) * math.sin((at + 1) * math.pi / 4)
    late = cut(np.eye(1, _EAR + 1, round(_EAR * abs(at)))[0])
    to_left = left * late if at > 0 else left * np.ones_like(late)
    to_right = right * late if at < 0 else right * np.ones_like(late)
    own = response(highpass(place.low)) * equaliser
    diffuse = _diffusion(part.name, place, own_side) * equaliser
    return Placing(
        np.array((short(to_left * equaliser + diffuse), short(to_right * equaliser - diffuse))),
        np.array((short(to_left * own), short(-to_right * own))),
    )


@lru_cache(maxsize=64)
def _diffusion(name: str, place: Seat, own_side: float) -> NDArray[np.complex64]:
    """A burst of noise as long as the seat says, as loud as its spread lacks, in its band; not to be changed."""
    lacking = math.sqrt(max(10 ** (place.spread / 10) - own_side, 0.0))
    frames = np.arange(REACH)
    random = np.random.default_rng(zlib.crc32(name.encode()))
    burst = random.standard_normal(REACH) * np.exp(-frames / (place.smear / 1000 / 3 * SAMPLE_RATE))
    burst[0] = 0.0
    low, high = _SPREAD
    band = response(*(highpass(low, q) for q in _BUTTERWORTH), lowpass(high))
    return band * cut(burst * (lacking / math.sqrt((burst**2).sum())))


def takes(score: Score, part: Part) -> list[Part]:
    """The part as it is played: twice, left and right, where records do so, else once, in the middle of its strip."""
    if part.role != "chords" or part.instrument not in _TAKES:
        return [replace(part, pan=0.0)]
    return [replace(part, pan=-_TAKE_PAN), replace(_again(score, part), pan=_TAKE_PAN)]


def _again(score: Score, part: Part) -> Part:
    """The part, played once more by the same hands."""
    random = Random(f"{part.name}:take")  # noqa: S311 - music, not secrets
    beats = score.tempos[0].bpm / 60
    shifts: dict[float, float] = {}
    notes = []
    for note in part.notes:
        stroke = round(note.start * 8)  # the strings of a stroke stay together
        if stroke not in shifts:
            shifts[stroke] = (_LATER + max(-2.0, min(random.gauss(0, 1), 2.0)) * _APART) * beats
        velocity = min(max(note.velocity + random.randint(-_TOUCH, _TOUCH), 1), 127)
        notes.append(Note(max(note.start + shifts[stroke], 0.0), note.length, note.pitch, velocity))
    bent = any(control.number == _BEND for control in part.controls)
    tuning = () if bent else (Control(0.0, _BEND, round(8192 * _DETUNED / 200)),)
    return replace(part, notes=tuple(sorted(notes)), controls=(*tuning, *part.controls))


def is_drums(part: Part) -> bool:
    return INSTRUMENTS[part.instrument].drums
