"""The mixing desk: dry parts, each on a strip of its own → one stereo mix, block by block."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from jobs.music.errors import NothingToPlay
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Part, Score
from jobs.music.sound import automation, bank_levels, choice, noises, rooms, stage, tone
from jobs.music.sound.bands import Powers
from jobs.music.sound.bus import Compressor, Knob, glide
from jobs.music.sound.filters import (
    BINS,
    BLOCK,
    HOP,
    Overlap,
    Samples,
    Spectrum,
    highpass,
    lowpass,
    response,
)
from jobs.music.sound.filters import samples as samples_of
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loops import Cycle, cycle_of, unrolled
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import Blocks, Voice, play, ringing, seconds

Step = Callable[[float], None]  # told how much of the stage is done, 0 … 1; raises to abort
Meter = Callable[[int, Spectrum], None]  # told the number of a strip and the spectrum of its next block

_KICKS = {35, 36}
_REFERENCE = -36.0  # LUFS of a part at its role's level 0 inside the synthesizer: low, since it can only attenuate
_KNEE = 0.035  # of full scale; strokes at the level of their role reach 4 times as far
_SILENCE = 1e-5  # less than anybody hears
_DRUMS = Knob(threshold=_REFERENCE + 5.0, ratio=2.5, attack=12.0, release=90.0, parallel=0.3)
_WET = 1.1  # energy of the room against that of a part that is sent to it whole, in a style whose room is 1
_ECHO = 0.5  # of a part that is sent to it whole
_CARRIED = 3.0  # dB by which a tune is louder, at most, because it dies away in notes that are long
_ECHOED = ("melody", "arpeggio", "counter")
_RIDDEN = ("chords", "pad", "arpeggio", "counter", "effects")


@dataclass(frozen=True, slots=True)
class Role:
    """How loud a part of this role is (dB), and how the desk treats it."""

    level: float
    highpass: float  # Hz, where there is a bass
    duck: float  # 0 … 1, share of the side-chain that it takes


# fmt: off
ROLES = {
    "melody":     Role(2.8, 110.0, 0.3),
    "counter":    Role(-6.5, 110.0, 0.3),
    "chords":     Role(-1.5, 90.0, 1.0),
    "pad":        Role(-3.5, 90.0, 1.0),
    "arpeggio":   Role(-5.0, 90.0, 1.0),
    "effects":    Role(-7.5, 90.0, 1.0),
    "bass":       Role(-2.5, 28.0, 0.8),
    "drums":      Role(1.0, 28.0, 0.0),
    "percussion": Role(-7.0, 28.0, 0.0),
}
# fmt: on
_ALONE = 28.0  # Hz: the high-pass of parts that share the low end with nobody


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """How the desk treats one part; ``room`` and ``echo`` are gains of what is sent there."""

    name: str
    role: str
    duck: float
    placing: stage.Placing
    room: float = 0.0
    echo: float = 0.0
    mono: bool = False
    drums: bool = False  # strokes lose their tips, and a compressor holds them together
    ridden: bool = False  # its fader goes up in intense sections
    lifted: bool = False  # its filter opens before a drop


EFFECTS = "effects"  # the name of what comes from the rooms and from no instrument
_RETURN_DUCK = 0.5


def layout(score: Score, bank: Bank) -> tuple[list[Strip], list[Voice]]:
    """A strip for each part that has notes, and the voices that play on them.

    Raise NothingToPlay when no part has a note.
    """
    parts = [part for part in score.parts if part.notes]
    if not parts:
        raise NothingToPlay("The score has no notes.")
    voices: list[Voice] = []
    forecasts: list[tuple[Powers, Powers]] = []
    for index, part in enumerate(parts):
        taken = [_voice(score, bank, take, index, part) for take in stage.takes(score, part)]
        middle, side = (np.sum([powers[at] for _, powers in taken], axis=0) for at in (0, 1))
        voices += [voice for voice, _ in taken]
        # Two takes, left and right, are as wide as they are loud.
        forecasts.append((middle / 2, middle / 2) if len(taken) > 1 else (middle, side))
    gains = tone.settings(score.mix, [part.role for part in parts], [middle + side for middle, side in forecasts])
    has_bass = any(part.role == "bass" for part in parts)
    strips = [
        _strip(score, part, gain, forecast, has_bass=has_bass)
        for part, gain, forecast in zip(parts, gains, forecasts, strict=True)
    ]
    return strips, voices


def _strip(score: Score, part: Part, gains: Powers, forecast: tuple[Powers, Powers], *, has_bass: bool) -> Strip:
    role, drums = ROLES[part.role], stage.is_drums(part)
    low = response(highpass(role.highpass if has_bass else _ALONE))
    middle, side = (float(powers[3:].sum()) for powers in forecast)
    placing = stage.placing(part, low * tone.equaliser(gains), side / max(middle, 1e-30))
    echoed = score.mix.echo if part.role in _ECHOED else 0.0
    return Strip(
        part.name,
        part.role,
        role.duck,
        placing,
        room=part.reverb * math.sqrt(_WET * (0.5 + score.mix.room)),
        echo=_ECHO * echoed,
        mono=part.role == "bass",
        drums=drums,
        ridden=part.role in _RIDDEN,
        lifted=part.role not in ("drums", "percussion", "bass"),
    )


def _voice(score: Score, bank: Bank, take: Part, group: int, part: Part) -> tuple[Voice, tuple[Powers, Powers]]:
    """What plays the take, and the energy by band that will come of it, middle and side."""
    instrument = choice.playable(bank, INSTRUMENTS[take.instrument], take.notes)
    notes = ringing(take)
    spans = seconds(score, np.array([(n.start, n.start + n.length) for n in notes]).ravel()).reshape(-1, 2)
    found = bank_levels.loudness(bank, instrument, notes, spans)
    level = ROLES[part.role].level + part.gain_db - (3.0 if take.pan else 0.0)
    if part.role == "melody":
        level += min(bank_levels.fading(bank, instrument, notes, spans), _CARRIED)
    attenuation = max(found - _REFERENCE - level, 0.0)
    middle, side = bank_levels.spectrum(bank, instrument, notes, spans)
    power = 10 ** (-attenuation / 10)
    weights = bank_levels.weights(bank, instrument, notes, spans)
    dry = replace(take, reverb=0.0, chorus=0.0)
    noise = noises.attenuation(bank, instrument)
    return Voice(dry, instrument, group, attenuation, weights, noise), (middle * power, side * power)


class Desk:
    """Treats the blocks of ``play`` one after the other; ``meter`` is told what each strip adds to the mix."""

    def __init__(self, score: Score, strips: list[Strip], frames: int, meter: Meter | None = None) -> None:
        self.layout = [strip.name for strip in strips] + [EFFECTS]
        self._strips, self._meter = strips, meter
        self._middles = [Overlap(1) for _ in strips]
        self._sides = [Overlap(1) for _ in strips]
        self._drums = [Compressor(_DRUMS) for _ in strips]
        hops, blocks = frames // HOP, frames // BLOCK
        lifts = automation.lifts(score)
        self._ducking, self._gaps = ducking(score, frames), automation.gaps(lifts, hops)
        self._rides, self._throws = automation.rides(score, hops), automation.throws(score, hops)
        self._cutoffs, self._clips = automation.cutoffs(lifts, blocks), automation.Clips(lifts)
        echo = rooms.echo(60.0 / score.tempos[0].bpm)
        self._rooms = rooms.Convolver(rooms.room(score.mix.space), echo)
        self._block = 0

    def sum(self, blocks: Blocks) -> Samples:
        """The next block of the mix (2, BLOCK)."""
        plain = np.zeros((2, BINS), np.complex64)
        lifted = np.zeros((2, BINS), np.complex64)
        effects = np.zeros((2, BLOCK), np.float32)
        for strip, spectrum, block in self._treated(blocks):
            if block is not None:
                effects = block
            elif strip is not None and spectrum is not None:
                target = lifted if strip.lifted and self._sweeping else plain
                target += spectrum
        total = samples_of(plain)
        if self._sweeping:
            total += self._swept(lifted)
        self._block += 1
        return total + effects

    def strips(self, blocks: Blocks) -> Iterator[tuple[str, Samples]]:
        """The next block of each strip: (2, BLOCK), or (1, BLOCK) of a mono one; the effects come last."""
        for strip, spectrum, block in self._treated(blocks):
            if strip is None:
                yield EFFECTS, block if block is not None else np.zeros((2, BLOCK), np.float32)
            elif spectrum is None:
                yield strip.name, np.zeros((1 if strip.mono else 2, BLOCK), np.float32)
            else:
                heard = self._swept(spectrum) if strip.lifted and self._sweeping else samples_of(spectrum)
                yield strip.name, heard[:1] if strip.mono else heard
        self._block += 1

    @property
    def _sweeping(self) -> bool:
        return bool(self._cutoffs[self._block : self._block + 2].min() < automation.OPEN)

    def _swept(self, spectrum: Spectrum) -> Samples:
        """The block through a filter that moves from where it stands at its beginning to where it stands at its end."""
        start, end = (
            samples_of(spectrum if cutoff >= automation.OPEN else spectrum * response(lowpass(float(cutoff), 0.9)))
            for cutoff in self._cutoffs[self._block : self._block + 2]
        )
        share = np.linspace(0.0, 1.0, BLOCK, endpoint=False, dtype=np.float32)
        return start + (end - start) * share

    def _treated(self, blocks: Blocks) -> Iterator[tuple[Strip | None, Spectrum | None, Samples | None]]:
        """The spectrum of each strip (None: silent), at last the block of the effects."""
        at = self._block * (BLOCK // HOP)
        dip = _curve(self._ducking, at, 0.0)
        gap = _curve(self._gaps, at, 1.0)
        ride = _curve(self._rides, at, 1.0)
        throw = _curve(self._throws, at, 1.0)
        sent = np.zeros((2, BINS), np.complex64)
        for index, strip in enumerate(self._strips):
            spectrum = self._placed(index, strip, blocks.dry[2 * index : 2 * index + 2], dip, gap, ride)
            if spectrum is not None:
                if self._meter is not None:
                    self._meter(index, spectrum)
                folded = (spectrum[0] + spectrum[1]) * np.float32(0.5)
                for send, gain in zip(sent, (strip.room, strip.echo), strict=True):
                    if gain:
                        send += folded * np.float32(gain)
            yield strip, spectrum, None
        sends = samples_of(sent)
        if throw is not None:
            sends[1] *= throw
        wet = self._rooms(sends)
        if dip is not None:
            wet *= 1.0 - _RETURN_DUCK * dip
        clip = self._clips(self._block)
        yield None, None, wet if clip is None else wet + clip

    def _placed(
        self,
        index: int,
        strip: Strip,
        block: Samples,
        dip: Samples | None,
        gap: Samples | None,
        ride: Samples | None,
    ) -> Spectrum | None:
        """The strip's spectrum (2, BINS), equalised and in its place; None for silence."""
        if strip.drums:
            block = soft_clip(block)
            block *= self._drums[index](block)
        gain = None if dip is None or not strip.duck else 1.0 - strip.duck * dip
        if gap is not None and strip.role != "melody":
            gain = gap if gain is None else gain * gap
        if ride is not None and strip.ridden:
            gain = ride if gain is None else gain * ride
        half = np.float32(0.5)
        middle, side = (block[:1] + block[1:]) * half, (block[:1] - block[1:]) * half
        if gain is not None:
            middle, side = middle * gain, side * gain
        placing = strip.placing
        of_middle = self._middles[index](middle)
        of_side = None if strip.mono else self._sides[index](side)
        result: Spectrum | None = None
        for spectrum, places in ((of_middle, placing.middle), (of_side, placing.side)):
            if spectrum is not None:
                result = spectrum * places if result is None else result + spectrum * places
        return result


def _curve(hops: NDArray[np.float32], at: int, rest: float) -> Samples | None:
    """One value for each frame of the block that begins with this hop; None where all are at rest."""
    count = BLOCK // HOP
    values = hops[max(at - 1, 0) : at + count]
    if values.min() == rest == values.max():
        return None
    return glide(float(values[0]), values[-count:])


def soft_clip(block: Samples) -> Samples:
    """What is over _KNEE is bent towards twice of it."""
    kept = np.clip(block, -_KNEE, _KNEE)
    over: Samples = kept + np.float32(_KNEE) * np.tanh((block - kept) / np.float32(_KNEE))
    return over


def ducking(score: Score, frames: int) -> NDArray[np.float32]:
    """How far the kick pushes the rest down at each hop: 0 (not at all) … 1 (to silence)."""
    result = np.zeros(-(-frames // HOP), np.float32)
    if score.mix.sidechain <= 0:
        return result
    kicks = [n.start for p in score.parts if p.role == "drums" for n in p.notes if n.pitch in _KICKS]
    if score.loop:  # what rings from its end into its beginning makes room there, too
        kicks += [kick + score.beats - score.loop.start for kick in kicks if kick >= score.loop.start]
    beat = 60.0 / score.tempos[0].bpm
    shape = np.cos(np.linspace(0.0, np.pi / 2, max(int(0.75 * beat * SAMPLE_RATE / HOP), 2))) ** 1.5
    shape = np.concatenate((np.linspace(0.0, 1.0, 4)[:-1], shape)) * (0.75 * score.mix.sidechain)
    for moment in seconds(score, np.array(sorted(set(kicks)))):
        at = max(int(moment * SAMPLE_RATE / HOP), 0)
        window = result[at : at + len(shape)]
        np.maximum(window, shape[: len(window)], out=window)
    return result


@dataclass(slots=True)
class Mixed:
    """``samples`` (2, frames in whole blocks), of which ``frames`` count.

    ``finish`` sets ``level``, the gain that it applied first, ``energy``, what the meter read at each hop,
    and of a section ``of_piece``, what its piece would read (LUFS).
    """

    samples: Samples
    frames: int
    level: float = 1.0
    energy: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    of_piece: float = 0.0
    cycle: Cycle | None = None  # of a loop

    def cut(self) -> None:
        """Leave of a loop what is in its file."""
        if self.cycle:
            self.samples = self.cycle.cut(self.samples)
            self.frames = self.cycle.frames


def render(score: Score, bank: Bank, step: Step) -> Mixed:
    """Play the score and sum its strips: the mix before the bus. Raise NothingToPlay for a score that is silent."""
    cycle, score = cycle_of(score), unrolled(score)
    frames = round(score.duration * SAMPLE_RATE)
    strips, voices = layout(score, bank)
    mixed = summed(score, strips, play(score, bank, voices, len(strips), frames), step)
    if cycle:
        laid = cycle.laid(mixed.samples)
        mixed = Mixed(np.pad(laid, ((0, 0), (0, -laid.shape[1] % BLOCK))), laid.shape[1], cycle=cycle)
    return mixed


def summed(
    score: Score, strips: list[Strip], played: Iterable[Blocks], step: Step, meter: Meter | None = None
) -> Mixed:
    """The sum of the strips of what is played for the score. Raise NothingToPlay for a score that is silent."""
    frames = round(score.duration * SAMPLE_RATE)
    samples = np.zeros((2, -(-frames // BLOCK) * BLOCK), np.float32)
    desk = Desk(score, strips, samples.shape[1], meter)
    for index, blocks in enumerate(played):
        samples[:, index * BLOCK : (index + 1) * BLOCK] = desk.sum(blocks)
        step((index + 1) * BLOCK / samples.shape[1])
    if max(samples.max(), -samples.min()) < _SILENCE:
        raise NothingToPlay("The score is silent.")
    return Mixed(samples, frames)
