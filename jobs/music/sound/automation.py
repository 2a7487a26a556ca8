"""What moves at the desk: faders by section, filters that open before a drop, the gap before it, risers, echoes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from jobs.music.score import Score
from jobs.music.sound.filters import BLOCK, HOP, Samples
from jobs.music.sound.fluid import SAMPLE_RATE

ARRIVALS = ("drop", "peak", "hook", "chorus")
LEADING = ("build", "break", "strip", "breakdown", "groove", "bridge", "intro", "rise")
QUIET = ("break", "strip", "breakdown", "interlude", "outro", "dub")
OPEN = 18_000.0  # Hz: a filter that is not heard
_CLOSED = 700.0
_LONGEST, _SHORTEST = 16.0, 3.0  # beats × and seconds: how long a filter opens at most, and at least
_GAP = 0.5  # beats of silence before a drop
_EDGE = 4  # hops in which it falls silent and comes back
_THROW = 1.0  # beats before a quiet section whose echo is thrown into it
_THROWN = 3.0  # times as much
_MOVE = 0.25  # seconds in which a fader goes where the next section has it, before that begins
_RISER, _CYMBAL, _SUB = 0.0035, 0.006, 0.03  # full scale, where a melody has .016


@dataclass(frozen=True, slots=True)
class Lift:
    """What leads to a drop, in seconds."""

    start: float
    arrival: float
    beat: float


def lifts(score: Score) -> list[Lift]:
    """The build-ups of a score whose style has them."""
    if not score.mix.lifts:
        return []
    beat = 60.0 / score.tempos[0].bpm
    found = []
    for before, after in zip(score.sections, score.sections[1:], strict=False):
        if before.name in LEADING and after.name in ARRIVALS:
            arrival = score.seconds(after.start)
            start = max(score.seconds(before.start), arrival - _LONGEST * beat)
            if arrival - start >= _SHORTEST:
                found.append(Lift(start, arrival, beat))
    return found


def cutoffs(found: list[Lift], blocks: int) -> NDArray[np.float64]:
    """Where the filter stands (Hz) at the edges of the blocks; OPEN where it does nothing."""
    result = np.full(blocks + 1, OPEN)
    times = np.arange(blocks + 1) * BLOCK / SAMPLE_RATE
    for lift in found:
        inside = (times > lift.start) & (times < lift.arrival)
        share = (times[inside] - lift.start) / (lift.arrival - lift.start)
        result[inside] = _CLOSED * (OPEN / _CLOSED) ** share
    return result


def gaps(found: list[Lift], hops: int) -> NDArray[np.float32]:
    """The gain of each hop: 0 in the gap before each drop, else 1."""
    result = np.ones(hops, np.float32)
    ramp = np.linspace(1.0, 0.0, _EDGE + 2, dtype=np.float32)[1:-1]
    for lift in found:
        start, end = (round(t * SAMPLE_RATE / HOP) for t in (lift.arrival - _GAP * lift.beat, lift.arrival))
        if start > 0 and end < hops and end - start > 3 * _EDGE:
            result[start : end - 1] = 0.0
            result[start : start + _EDGE] = ramp
            result[end - 1 - _EDGE : end - 1] = ramp[::-1]
    return result


def throws(score: Score, hops: int) -> NDArray[np.float32]:
    """How much more goes to the echo at each hop: the last beat before it gets quiet."""
    result = np.ones(hops, np.float32)
    beat = 60.0 / score.tempos[0].bpm
    for before, after in zip(score.sections, score.sections[1:], strict=False):
        if after.name in QUIET and before.name not in QUIET:
            end = score.seconds(after.start)
            at, until = (round(t * SAMPLE_RATE / HOP) for t in (end - _THROW * beat, end))
            if 0 < at < until <= hops:
                result[at:until] = 1 + (_THROWN - 1) * np.sin(np.linspace(0, np.pi, until - at)) ** 0.5
    return result


def rides(score: Score, hops: int) -> NDArray[np.float32]:
    """The gain at each hop of the strips whose faders ride with the sections."""
    decibels = np.array([section.ride for section in score.sections])
    if not decibels.any():
        return np.ones(hops, np.float32)
    starts = np.array([score.seconds(section.start) for section in score.sections])
    moves = np.column_stack((starts - _MOVE, starts)).ravel()[1:]
    curve = np.interp(np.arange(hops) * HOP / SAMPLE_RATE, moves, np.repeat(decibels, 2)[:-1])
    result: NDArray[np.float32] = (10 ** (curve / 20)).astype(np.float32)
    return result


class Clips:
    """Sounds that no instrument plays, laid over the blocks: risers, reversed cymbals, the fall under a drop."""

    def __init__(self, found: list[Lift]) -> None:
        self._clips = [clip for index, lift in enumerate(found) for clip in _clips(lift, index)]

    def __call__(self, block: int) -> Samples | None:
        """What sounds in the block (2, BLOCK), if anything."""
        start, total = block * BLOCK, None
        for at, samples in self._clips:
            low, high = max(at, start), min(at + samples.shape[1], start + BLOCK)
            if low < high:
                total = np.zeros((2, BLOCK), np.float32) if total is None else total
                total[:, low - start : high - start] += samples[:, low - at : high - at]
        return total


def _clips(lift: Lift, index: int) -> Iterator[tuple[int, Samples]]:
    """(first frame, samples) of what belongs to one build-up."""
    gap = round((lift.arrival - _GAP * lift.beat) * SAMPLE_RATE)
    random = np.random.default_rng(index)
    for length, level, power, low in (
        (lift.arrival - lift.start, _RISER, 1.5, 500.0),
        (min(4 * lift.beat, lift.arrival - lift.start), _CYMBAL, 3.0, 4000.0),
    ):
        frames = min(round(length * SAMPLE_RATE), gap)
        yield gap - frames, level * _swell(random, frames, power, low)
    yield round(lift.arrival * SAMPLE_RATE), _SUB * _fall()


def _swell(random: np.random.Generator, frames: int, power: float, low: float) -> Samples:
    """Noise that grows and brightens, cut short: two colours, faded over from the darker to the brighter one."""
    size = fft.next_fast_len(frames, real=True)
    spectrum = fft.rfft(random.standard_normal((2, size), np.float32))
    frequency = np.maximum(fft.rfftfreq(size, 1 / SAMPLE_RATE), 1.0)
    share = np.linspace(0.0, 1.0, frames, dtype=np.float32)
    colours = []
    for centre in (low, 4 * low):
        shape = 1 / (1 + (centre / frequency) ** 4) / (1 + (frequency / (3 * centre)) ** 4)
        noise = fft.irfft(spectrum * shape.astype(np.float32), size)[:, :frames]
        colours.append(noise / np.std(noise))
    swell = (colours[0] * (1 - share) + colours[1] * share) * share**power
    end = min(_EDGE * HOP, frames)
    swell[:, frames - end :] *= np.linspace(1.0, 0.0, end, dtype=np.float32)
    result: Samples = swell.astype(np.float32)
    return result


def _fall() -> Samples:
    """A sine that falls from 95 to 38 Hz and dies away within a second."""
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    frequency = 38 + 57 * np.exp(-time / 0.18)
    tone = np.sin(2 * np.pi * np.cumsum(frequency) / SAMPLE_RATE) * np.exp(-time / 0.3)
    tone *= np.minimum(time / 0.004, 1.0) * np.minimum((1 - time) / 0.1, 1.0)
    return np.broadcast_to(tone.astype(np.float32), (2, SAMPLE_RATE))
