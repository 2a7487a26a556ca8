"""Playing a score: its parts as timed events on two synthesizers, each in a thread of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jobs.music.instruments import Instrument
from jobs.music.score import Note, Part, Score
from jobs.music.sound import choice, noises
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.fluid import BITE, SAMPLE_RATE, TICK, Buffers, Fluid
from jobs.music.sound.soundfont import Bank

THREADS = 2
_AHEAD = 4  # blocks; evens out that some are denser for one synthesizer than for the other

_PEDAL, _PEDAL_DOWN = 64, 64  # controller number and the least value at which dampers are up
_LEGATO = 68  # controller number
_QUICK = round(0.3 * SAMPLE_RATE / TICK)  # ticks of a note
_OVERLAP, _SOFTER = 2, 0.8  # ticks, of velocity
_OFF, _CONTROL, _ON = 0, 1, 2  # the order of events at the same moment


@dataclass(frozen=True, slots=True)
class Voice:
    """A part with its place at the desk: which group it sounds in, how loud, and what its keys cost to play."""

    part: Part
    instrument: Instrument  # what plays it on this bank
    group: int
    attenuation: float  # dB ≥ 0
    weights: Mapping[int, float]  # pitch → seconds of sounding voice
    noise: float | None = None  # dB ≥ 0 by which the noises of its hands are lower; None: it has none


@dataclass(frozen=True, slots=True)
class Blocks:
    """``dry`` (2 × groups, BLOCK): left and right of each group."""

    dry: NDArray[np.float32]


def seconds(score: Score, beats: NDArray[np.float64]) -> NDArray[np.float64]:
    """When the beats fall, by the tempo map; ``Score.seconds`` for many beats at once."""
    starts = np.array([tempo.start for tempo in score.tempos])
    lengths = 60.0 / np.array([tempo.bpm for tempo in score.tempos])
    times = np.concatenate(([0.0], np.cumsum(np.diff(starts) * lengths[:-1])))
    index = np.clip(np.searchsorted(starts, beats, "right") - 1, 0, None)
    result: NDArray[np.float64] = times[index] + (beats - starts[index]) * lengths[index]
    return result


def untangled(part: Part) -> list[Note]:
    """The part's notes by start; one that sounds when the same key is struck again ends there."""
    notes = sorted(note for note in part.notes if note.length > 0)
    following: dict[int, float] = {}
    result = []
    for note in reversed(notes):
        end = min(note.start + note.length, following.get(note.pitch, float("inf")))
        following[note.pitch] = note.start
        if end > note.start:
            result.append(Note(note.start, end - note.start, note.pitch, note.velocity))
    return result[::-1]


def ringing(part: Part) -> list[Note]:
    """The part's notes as long as they are heard: those that end while the pedal is down ring until it comes up."""
    pedal = sorted(control for control in part.controls if control.number == _PEDAL)
    if not pedal:
        return untangled(part)
    starts = [control.start for control in pedal]
    result = []
    for note in part.notes:
        at = bisect_right(starts, note.start + note.length) - 1
        held = at >= 0 and pedal[at].value >= _PEDAL_DOWN
        up = next((control.start for control in pedal[at + 1 :] if control.value < _PEDAL_DOWN), None)
        end = up if held and up is not None else note.start + note.length
        result.append(Note(note.start, end - note.start, note.pitch, note.velocity))
    return untangled(replace(part, notes=tuple(result)))


def events(
    score: Score, part: Part, keys: Set[int], channel: int, *, bowed: bool = False
) -> list[tuple[int, int, int, int, int]]:
    """(tick, order, channel, key or controller, velocity or value) of what the part does on these keys.

    Quick notes of ``bowed`` strings begin with a bite of the bow: further inside their sample than others.
    A note that begins while the legato pedal is down goes on from the one before, which is held until then, and is
    softer: where it needs another sample, it is struck after all.
    """

    def ticks(beats: list[float]) -> list[int]:
        found = np.maximum(seconds(score, np.array(beats, np.float64)), 0.0)
        return [int(tick) for tick in np.rint(found * (SAMPLE_RATE / TICK))]

    notes = [note for note in untangled(part) if note.pitch in keys]
    moments = ticks([control.start for control in part.controls])
    starts = ticks([note.start for note in notes])
    ends = ticks([note.start + note.length for note in notes])
    slurred = _slurred(part, starts, moments)
    result = []
    bite = choice.BITE
    for index, note in enumerate(notes):
        wanted = choice.QUICK_BITE if bowed and ends[index] - starts[index] < _QUICK else choice.BITE
        if wanted != bite:
            bite = wanted
            result.append((starts[index], _CONTROL, channel, BITE, bite))
        velocity = max(round(note.velocity * _SOFTER), 1) if slurred[index] else note.velocity
        end = max(ends[index], starts[index] + 1)
        if index + 1 < len(notes) and slurred[index + 1]:
            end = max(end, starts[index + 1] + _OVERLAP)
        result.append((starts[index], _ON, channel, note.pitch, velocity))
        result.append((end, _OFF, channel, note.pitch, 0))
    for control, moment in zip(part.controls, moments, strict=True):
        result.append((moment, _CONTROL, channel, control.number, control.value))
    return result


def _slurred(part: Part, starts: list[int], moments: list[int]) -> list[bool]:
    """Which notes begin while the legato pedal is down."""
    pedal = sorted(
        (moment, control.value >= _PEDAL_DOWN)
        for control, moment in zip(part.controls, moments, strict=True)
        if control.number == _LEGATO
    )
    turns = [moment for moment, _ in pedal]
    places = [bisect_right(turns, start) - 1 for start in starts]
    return [at >= 0 and pedal[at][1] for at in places]


def _noises(score: Score, voice: Voice, keys: Set[int], channel: int) -> list[tuple[int, int, int, int, int]]:
    """Events of the noises of the notes on these keys; those of no note go with the lowest."""
    lowest = min(voice.weights, default=None)
    result = []
    strokes = events(score, voice.part, voice.weights.keys(), channel)
    notes = [
        (start, end, key, velocity)
        for (start, kind, _, key, velocity), (end, *_) in zip(strokes, strokes[1:], strict=False)
        if kind == _ON
    ]
    pedal = [(tick, value) for tick, kind, _, number, value in strokes if (kind, number) == (_CONTROL, _PEDAL)]
    for noise in noises.noises(voice.instrument, notes, pedal):
        if (lowest if noise.source is None else noise.source) in keys:
            result.append((noise.tick, _ON, channel, noise.key, noise.velocity))
            result.append((noise.tick + 1, _OFF, channel, noise.key, 0))
    return result


def is_slurred(part: Part) -> bool:
    """Whether notes of the part go on from others, for which one synthesizer has to have them all."""
    return any(control.number == _LEGATO for control in part.controls)


class Player:
    """One synthesizer with its share of the keys."""

    def __init__(self, score: Score, bank: Bank, share: Share, groups: int) -> None:
        taken = [0] * groups
        timed = []
        noisy = sum(voice.noise is not None for voice, _ in share)
        self._fluid = Fluid(bank.path, channels=groups * max(len(share) + noisy, 1), groups=groups)
        try:
            for voice, keys in share:
                part, instrument = voice.part, voice.instrument
                channel = voice.group + groups * taken[voice.group]
                taken[voice.group] += 1
                self._seat(channel, bank, instrument, part.pan, voice.attenuation)
                timed += events(score, part, keys, channel, bowed=choice.bites(bank, instrument))
                if voice.noise is not None:
                    beside = voice.group + groups * taken[voice.group]
                    taken[voice.group] += 1
                    self._seat(beside, bank, noises.NOISES, part.pan, voice.attenuation + voice.noise)
                    timed += _noises(score, voice, keys, beside)
        except BaseException:
            self._fluid.close()
            raise
        self.close = self._fluid.close
        self._events = deque(sorted(timed))
        self._tick = 0
        self._buffers = deque(Buffers(2 * groups, BLOCK) for _ in range(_AHEAD + 1))

    def _seat(self, channel: int, bank: Bank, instrument: Instrument, pan: float, attenuation: float) -> None:
        choice.put(self._fluid, channel, bank, instrument)
        self._fluid.control(channel, 10, round(64 + 63 * pan))
        self._fluid.attenuate(channel, attenuation)

    def play(self) -> Blocks:
        """The next block; it holds for _AHEAD more calls."""
        self._buffers.rotate()
        dry = self._buffers[0]
        dry.samples.fill(0.0)
        events, fluid = self._events, self._fluid
        start, end = self._tick, self._tick + BLOCK // TICK
        while self._tick < end:
            while events and events[0][0] <= self._tick:
                _, order, channel, key, value = events.popleft()
                if order == _ON:
                    fluid.note_on(channel, key, value)
                elif order == _OFF:
                    fluid.note_off(channel, key)
                else:
                    fluid.control(channel, key, value)
            until = min(events[0][0], end) if events else end
            fluid.render(dry, (self._tick - start) * TICK, (until - self._tick) * TICK)
            self._tick = until
        return Blocks(dry.samples)


def play(score: Score, bank: Bank, voices: Sequence[Voice], groups: int, frames: int) -> Iterator[Blocks]:
    """The blocks of the first ``frames`` frames; each holds until the next. Closing the iterator frees everything.

    The synthesizers play _AHEAD blocks ahead of the caller, each in its thread. They share out the keys in a fixed
    way, so that the sum does not depend on which of them is faster.
    """
    count = -(-frames // BLOCK)
    with ExitStack() as stack:
        coming: list[deque[Future[Blocks]]] = []
        players: list[tuple[Player, ThreadPoolExecutor]] = []
        for share in shares(voices):
            player = Player(score, bank, share, groups)
            stack.callback(player.close)
            thread = ThreadPoolExecutor(1, "synth")
            stack.callback(thread.shutdown, cancel_futures=True)
            players.append((player, thread))
            coming.append(deque(thread.submit(player.play) for _ in range(min(_AHEAD, count))))
        for index in range(count):
            first, *others = [queue.popleft().result() for queue in coming]
            for other in others:
                np.add(first.dry, other.dry, out=first.dry)
            if index + _AHEAD < count:
                for queue, (player, thread) in zip(coming, players, strict=True):
                    queue.append(thread.submit(player.play))
            yield first


Share = Sequence[tuple[Voice, Set[int]]]  # voices with those of their keys that one synthesizer plays


def shares(voices: Sequence[Voice]) -> list[Share]:
    """All keys of all voices in THREADS lots of about the same weight. A drum kit stays together: its keys may mute
    each other; and so does a line whose notes go on from each other."""
    units: list[tuple[float, int, frozenset[int]]] = []
    for index, voice in enumerate(voices):
        if voice.instrument.drums or is_slurred(voice.part):
            units.append((sum(voice.weights.values()), index, frozenset(voice.weights)))
        else:
            units += [(weight, index, frozenset({pitch})) for pitch, weight in voice.weights.items()]
    lots: list[dict[int, frozenset[int]]] = [{} for _ in range(THREADS)]
    totals = [0.0] * THREADS
    for weight, index, keys in sorted(units, key=lambda unit: (-unit[0], unit[1], sorted(unit[2]))):
        lightest = totals.index(min(totals))
        totals[lightest] += weight
        lots[lightest][index] = lots[lightest].get(index, frozenset()) | keys
    return [[(voices[index], lot[index]) for index in sorted(lot)] for lot in lots if lot]
