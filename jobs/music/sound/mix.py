"""The mixing desk: dry groups and effects → one stereo mix, block by block."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jobs.music.errors import NothingToPlay
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Mix, Part, Score
from jobs.music.sound import bank_levels
from jobs.music.sound.filters import (
    BINS,
    BLOCK,
    HOP,
    Biquad,
    Overlap,
    Samples,
    Spectrum,
    highpass,
    lowpass,
    response,
    shelf,
)
from jobs.music.sound.filters import samples as samples_of
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loudness import K_WEIGHTING, energy, stretch
from jobs.music.sound.synth import Blocks, Voice, play, ringing, seconds

Step = Callable[[float], None]  # told how much of the stage is done, 0 … 1; raises to abort

_KICKS = {35, 36}
_REFERENCE = -36.0  # LUFS of a part at its role's level 0 inside the synthesizer: low, since it can only attenuate
_KNEE = 0.035  # of full scale; strokes at the level of their role reach 4 times as far
_NOMINAL_RMS = 0.125  # −18 dBFS: what the saturation is set for
_CORRELATION = (0.66, 0.92)  # of left and right: narrower or wider is pulled in
_WIDEST = 10.0
_SILENCE = 1e-5  # the synthesizer's reverb is never quite at 0
_RING_FADED, _SHORTEST_FADE, _LONGEST_FADE = 0.6, 0.05, 2.5  # share, seconds: no ring-out breaks off at the end


@dataclass(frozen=True, slots=True)
class Role:
    """Where a part of this role goes, and how loud it is against the melody (dB)."""

    group: str
    level: float


# fmt: off
ROLES = {
    "melody":     Role("lead", 0.0),
    "counter":    Role("lead", -5.0),
    "chords":     Role("middle", -5.5),
    "pad":        Role("middle", -9.0),
    "arpeggio":   Role("middle", -6.5),
    "effects":    Role("middle", -7.5),
    "bass":       Role("bass", -1.0),
    "drums":      Role("drums", 1.0),
    "percussion": Role("drums", -7.0),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Strip:
    """How the desk treats one group of parts."""

    name: str
    highpass: float  # Hz
    duck: float  # 0 … 1, share of the side-chain that it takes
    mono: bool = False
    rounded: bool = False  # strokes lose their tips, so that the limiter need not pull everything down for them


_GROUPS = {
    "lead": Strip("lead", 110.0, 0.3),
    "middle": Strip("middle", 90.0, 1.0),
    "bass": Strip("bass", 28.0, 0.8, mono=True),
    "drums": Strip("drums", 28.0, 0.0, rounded=True),
}
_EFFECTS = Strip("effects", 180.0, 0.5)
_ALONE = 28.0  # Hz: the high-pass of groups that share the low end with nobody


def layout(score: Score, bank: Path, *, separate: bool = False) -> tuple[list[Strip], list[Voice]]:
    """The strips and the voices on them; ``separate`` gives each part a strip of its own.

    Raise NothingToPlay when no part has a note.
    """
    parts = [part for part in score.parts if part.notes]
    if not parts:
        raise NothingToPlay("The score has no notes.")
    has_bass = any(part.role == "bass" for part in parts)
    strips: list[Strip] = []
    places: list[int] = []
    for part in parts:
        group = _GROUPS[ROLES[part.role].group]
        highpass = group.highpass if has_bass else _ALONE
        strip = replace(group, name=part.name if separate else group.name, highpass=highpass)
        if strip not in strips:
            strips.append(strip)
        places.append(strips.index(strip))
    return strips, [_voice(score, bank, part, place) for part, place in zip(parts, places, strict=True)]


def _voice(score: Score, bank: Path, part: Part, group: int) -> Voice:
    instrument = bank_levels.playable(bank, INSTRUMENTS[part.instrument], part.notes)
    notes = ringing(part)
    spans = seconds(score, np.array([(n.start, n.start + n.length) for n in notes]).ravel()).reshape(-1, 2)
    found = bank_levels.loudness(bank, instrument, notes, spans)
    attenuation = max(found - _REFERENCE - ROLES[part.role].level - part.gain_db, 0.0)
    return Voice(part, instrument, group, attenuation, bank_levels.weights(bank, instrument, notes, spans))


class Desk:
    """Treats the blocks of ``play`` one after the other."""

    def __init__(self, score: Score, strips: list[Strip], frames: int) -> None:
        self.layout = [*strips, _EFFECTS]
        self._overlaps = [Overlap(1 if strip.mono else 2) for strip in self.layout]
        self._responses = [response(highpass(strip.highpass)) for strip in self.layout]
        self._ducking = ducking(score, frames)
        self._hop = 0

    def sum(self, blocks: Blocks) -> Samples:
        """The next block of the mix (2, BLOCK)."""
        total = np.zeros((2, BINS), np.complex64)
        for _, spectrum in self._spectra(blocks):
            total += spectrum
        return samples_of(total)

    def strips(self, blocks: Blocks) -> Iterator[tuple[Strip, Samples]]:
        """The next block of each strip: (2, BLOCK), or (1, BLOCK) of a mono one; the effects come last."""
        spectra = dict(self._spectra(blocks))
        for strip in self.layout:
            channels = 1 if strip.mono else 2
            yield strip, samples_of(spectra[strip]) if strip in spectra else np.zeros((channels, BLOCK), np.float32)

    def _spectra(self, blocks: Blocks) -> Iterator[tuple[Strip, Spectrum]]:
        """The filtered spectrum of each strip that is not silent."""
        dip = stretch(self._ducking[self._hop : self._hop + BLOCK // HOP])
        self._hop += BLOCK // HOP
        ducked = bool(dip.any())
        for index, strip in enumerate(self.layout):
            block = blocks.dry[2 * index : 2 * index + 2] if strip is not _EFFECTS else blocks.wet[:2] + blocks.wet[2:]
            if strip.mono:
                block = block.mean(axis=0, keepdims=True)
            if strip.duck and ducked:
                block = block * (1.0 - strip.duck * dip)
            if strip.rounded:
                block = soft_clip(block)
            spectrum = self._overlaps[index](block)
            if spectrum is not None:
                yield strip, spectrum * self._responses[index]


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

    ``finish`` sets ``level``, the gain that it applied first, and ``energy``, what the meter read at each hop.
    """

    samples: Samples
    frames: int
    level: float = 1.0
    energy: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def render(score: Score, bank: Path, step: Step) -> Mixed:
    """Play the score and sum its groups: the mix before the bus. Raise NothingToPlay for a score that is silent."""
    frames = round(score.duration * SAMPLE_RATE)
    strips, voices = layout(score, bank)
    desk = Desk(score, strips, -(-frames // BLOCK) * BLOCK)
    samples = np.zeros((2, -(-frames // BLOCK) * BLOCK), np.float32)
    for index, blocks in enumerate(play(score, bank, voices, len(strips), frames)):
        samples[:, index * BLOCK : (index + 1) * BLOCK] = desk.sum(blocks)
        step((index + 1) * BLOCK / samples.shape[1])
    if max(samples.max(), -samples.min()) < _SILENCE:
        raise NothingToPlay("The score is silent.")
    return Mixed(samples, frames)


def finish(mixed: Mixed, score: Score, seed: int, step: Step) -> None:
    """Width, saturation, crackle, tone and fades, in place; ``energy`` is measured on what comes out."""
    samples, mix = mixed.samples, score.mix
    mixed.level, width = _balance(samples, mix.width)
    tone, weighting = response(*_tone(mix)), response(*K_WEIGHTING)
    overlap, crackle = Overlap(2), Crackle(mix.vinyl, seed)
    gain = fades(score, mixed.frames, samples.shape[1] // HOP)
    push = 1.0 + 3.0 * mix.drive
    hops = []
    for at in range(0, samples.shape[1], BLOCK):
        block = samples[:, at : at + BLOCK]
        middle, side = (block[0] + block[1]) * (mixed.level / 2), (block[0] - block[1]) * (mixed.level / 2 * width)
        block[0], block[1] = middle + side, middle - side
        if mix.drive > 0:
            block *= push
            np.tanh(block, out=block)
            block *= 1.0 / push
        spectrum = overlap(block)
        total = np.zeros((2, BINS), np.complex64) if spectrum is None else spectrum
        if mix.vinyl > 0:
            total = total + crackle()
        total = total * tone
        curve = gain[at // HOP : (at + BLOCK) // HOP]
        hops.append(energy(samples_of(total * weighting)) * curve**2)
        np.multiply(samples_of(total), stretch(curve), out=block)
        step((at + BLOCK) / samples.shape[1])
    samples[:, mixed.frames :] = 0.0
    mixed.energy = np.concatenate(hops)[: -(-mixed.frames // HOP)]


def _balance(samples: Samples, width: float) -> tuple[float, float]:
    """The gain to the nominal level, and the width that keeps the correlation of left and right in its range."""
    middle = side = 0.0
    for at in range(0, samples.shape[1], BLOCK):
        left, right = samples[:, at : at + BLOCK]
        both, cross = float(np.dot(left, left) + np.dot(right, right)), float(np.dot(left, right))
        middle += both + 2 * cross
        side += both - 2 * cross
    level = _NOMINAL_RMS / math.sqrt(max((middle + side) / 4 / samples.shape[1], 1e-20))
    if side <= 0:
        return level, width
    low, high = (math.sqrt((1 - c) / (1 + c) * middle / side) for c in reversed(_CORRELATION))
    return level, min(max(width, low), high, _WIDEST)


def _tone(mix: Mix) -> list[Biquad]:
    """The bus equaliser: no DC, the two shelves, the lid."""
    lid = [] if mix.lowpass_hz is None else [lowpass(mix.lowpass_hz)]
    return [
        highpass(20.0),
        shelf(150.0, mix.warmth_db, high=False),
        shelf(8000.0, mix.brightness_db, high=True),
        *lid,
    ]


def fades(score: Score, frames: int, hops: int) -> NDArray[np.float32]:
    """The gain of each hop: the fade-out of the score, else one over the ring of the last notes; then nothing."""
    left = np.maximum(frames - (np.arange(hops) + 1) * HOP, 0) / SAMPLE_RATE
    last = max((note.start for part in score.parts for note in part.notes), default=0.0)
    ring = max(score.duration - score.seconds(last), 0.0)
    length = score.fade_out or min(max(_RING_FADED * ring, _SHORTEST_FADE), _LONGEST_FADE)
    gain = np.sin(np.minimum(left / length, 1.0) * np.pi / 2) ** 2
    return gain.astype(np.float32)


class Crackle:
    """Record noise: hiss and pops between 400 Hz and 7 kHz; ``amount`` 0 … 1, at the nominal level."""

    def __init__(self, amount: float, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._hiss, self._pop = 0.0012 * amount, 0.11 * amount
        self._overlap, self._response = Overlap(2), response(highpass(400.0, 0.5), lowpass(7000.0, 0.5))

    def __call__(self) -> Spectrum:
        """The spectrum of the next block."""
        noise = self._random.standard_normal((2, BLOCK), np.float32) * np.float32(self._hiss)
        count = self._random.poisson(9.0 * BLOCK / SAMPLE_RATE)
        where = self._random.integers(0, BLOCK, count)
        pops = self._random.exponential(self._pop, count) * self._random.choice((-1.0, 1.0), count)
        noise[:, where] += pops.astype(np.float32)
        spectrum = self._overlap(noise)
        return np.zeros((2, BINS), np.complex64) if spectrum is None else spectrum * self._response
