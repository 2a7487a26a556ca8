"""The bus: level, width and tone of the whole, what holds it together, crackle and fades."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from jobs.music.score import Mix, Score
from jobs.music.sound import bands, tone
from jobs.music.sound.bands import CENTRES, Powers
from jobs.music.sound.bus import Compressor, Knob, glide
from jobs.music.sound.filters import (
    BINS,
    BLOCK,
    HOP,
    Overlap,
    Samples,
    Spectrum,
    drawn,
    highpass,
    lowpass,
    response,
    short,
)
from jobs.music.sound.filters import samples as samples_of
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.forecast import LOOKED_AT, Rest
from jobs.music.sound.loudness import K_WEIGHTING, OFFSET, energy, mean
from jobs.music.sound.mix import Mixed, Step

_NOMINAL_RMS = 0.125  # −18 dBFS: what saturation and compressor are set for
_TRIM = 2.0  # dB: how far the bus corrects what the strips left
_SIDES = (  # dB, side against middle by band: narrower or wider is pulled in; between what recordings have and mono
    (-26.0, -12.0), (-17.0, -9.0), (-9.0, -4.5), (-6.8, -3.0), (-6.5, -3.2), (-7.5, -3.0), (-13.0, -5.0),
)  # fmt: skip
_WIDER, _NARROWER = 8.0, -14.0  # dB
# Of left and right before the limiter, which takes of the middle: folded to one channel, 1 dB is lost.
_LEAST_CORRELATION = 0.71
_GLUE = Knob(threshold=-15.5, ratio=1.6, attack=25.0, release=14.0)
_LOUD_GLUE = Knob(threshold=-19.0, ratio=2.5, attack=15.0, release=20.0)
_GENTLE, _LOUD = -17.0, -11.0  # LUFS: what is to be softer is not pressed, what is to be louder is pressed more
_LOUD_DRIVE = 0.15
# dB that compressor and saturation take from a piece: so much from each, for its drive, for each dB that it is louder
# than its section, and a share of what they take from that. Fitted to the first sections of 40 pieces in 20 styles.
_PRESSED, _DRIVEN, _LOUDER, _ALIKE = 0.34, 1.17, 0.09, 0.59
_RING_FADED, _SHORTEST_FADE, _LONGEST_FADE = 0.6, 0.05, 2.5  # share, seconds: no ring-out breaks off at the end


def finish(mixed: Mixed, score: Score, seed: int, step: Step, rest: Rest | None = None) -> None:
    """Glue, saturation, crackle, width, tone and fades, in place; ``energy`` is measured on what comes out.

    ``rest``: what the piece has beside the mix, where that is a section of it, so that the bus stands as for the piece;
    ``of_piece`` is forecast then.
    """
    samples, mix = mixed.samples, score.mix
    balance = _balance(samples, mix, rest)
    mixed.level = balance.level
    weighting = response(*K_WEIGHTING)
    overlap, crackle = Overlap(2), Crackle(mix.vinyl, seed, mixed.cycle.length if mixed.cycle else 0)
    gain = fades(score, mixed.frames, samples.shape[1] // HOP)
    loud = mix.loudness >= _LOUD
    glue = Compressor(_LOUD_GLUE if loud else _GLUE) if mix.loudness > _GENTLE else None
    drive = mix.drive + (_LOUD_DRIVE if loud else 0.0)
    push = 1.0 + 3.0 * drive
    hops = []
    last = 1.0
    for at in range(0, samples.shape[1], BLOCK):
        block = samples[:, at : at + BLOCK]
        block *= mixed.level
        if glue is not None:
            block *= glue(block)
        if drive > 0:
            block *= push
            np.tanh(block, out=block)
            block *= 1.0 / push
        spectrum = overlap(block)
        total = np.zeros((2, BINS), np.complex64) if spectrum is None else balance(spectrum)
        if mix.vinyl > 0:
            total = total + crackle() * balance.tone
        curve = gain[at // HOP : (at + BLOCK) // HOP]
        hops.append(energy(samples_of(total * weighting)) * curve**2)
        np.multiply(samples_of(total), glide(last, curve), out=block)
        last = float(curve[-1])
        step((at + BLOCK) / samples.shape[1])
    samples[:, mixed.frames :] = 0.0
    mixed.energy = np.concatenate(hops)[: -(-mixed.frames // HOP)]
    if rest is not None:
        section, piece = balance.heard
        taken = min(mean(mixed.energy) - section, 0.0)
        if glue is not None:
            taken = _ALIKE * taken - _PRESSED - _DRIVEN * drive - _LOUDER * max(piece - section, 0.0)
        mixed.of_piece = piece + taken + rest.gated


@dataclass(frozen=True, slots=True)
class _Balance:
    """``level``: the gain to the nominal level; ``tone`` and ``width``: what middle and side go through after it.

    ``heard``: what mix and piece would read then (LUFS, not gated).
    """

    level: float
    tone: NDArray[np.complex64]
    width: NDArray[np.complex64]
    heard: tuple[float, float]

    def __call__(self, spectrum: Spectrum) -> Spectrum:
        middle, side = (spectrum[0] + spectrum[1]) * self.tone, (spectrum[0] - spectrum[1]) * self.width
        return np.array(((middle + side) / 2, (middle - side) / 2), np.complex64)


def _balance(samples: Samples, mix: Mix, rest: Rest | None) -> _Balance:
    """What the whole needs, from what it is; of a whole piece, some blocks are looked at."""
    power = np.zeros((2, BINS))  # of middle and side
    starts = range(0, samples.shape[1], BLOCK if rest else LOOKED_AT * BLOCK)
    for at in starts:
        left, right = samples[:, at : at + BLOCK] / np.float32(2)
        power += np.abs(fft.rfft(np.array((left + right, left - right)), 2 * (BINS - 1))) ** 2
    of_mix = power
    if rest is not None:
        looked_at, lasting = (frames / SAMPLE_RATE for frames in (len(starts) * BLOCK, samples.shape[1]))
        power = power * _raised(power, looked_at, lasting, rest)
    level = _NOMINAL_RMS / math.sqrt(max(float(power.sum()) / (BINS - 1) / (BLOCK * len(starts)), 1e-20))
    middle, side = bands.sums(power)
    trim = np.clip(tone.lacking(mix, middle + side), -_TRIM, _TRIM)
    lid = [] if mix.lowpass_hz is None else [lowpass(mix.lowpass_hz)]
    common = response(highpass(20.0), *lid)
    gains = trim, trim + widths(middle, side, mix.width)
    of_middle, of_side = (short(drawn(CENTRES, gain.tolist()) * common) for gain in gains)
    heard = [float(row @ np.abs(through) ** 2) for row, through in zip(power, (of_middle, of_side), strict=True)]
    over = heard[1] / max(heard[0], 1e-30) * (1 + _LEAST_CORRELATION) / (1 - _LEAST_CORRELATION)
    of_side = (of_side / math.sqrt(max(over, 1.0))).astype(np.complex64)
    passed = level**2 * np.abs(np.array((of_middle, of_side)) * response(*K_WEIGHTING)) ** 2
    unit = 2 / (BINS - 1) / (BLOCK * len(starts))  # both channels
    mix_reads, piece_reads = (
        OFFSET + 10 * math.log10(max(float((passed * summed).sum()) * unit, 1e-20)) for summed in (of_mix, power)
    )
    return _Balance(level, of_middle, of_side, (mix_reads, piece_reads))


def _raised(power: NDArray[np.float64], looked_at: float, lasting: float, rest: Rest) -> NDArray[np.float64]:
    """What to multiply the power of a section by (2, bins), so that it is the mean power of its piece in each band.

    The section is ``lasting`` seconds, of which so many were ``looked_at``.
    """
    energy = np.maximum(bands.sums(power), 1e-30) * 4 / (2 * (BINS - 1)) / SAMPLE_RATE  # as Rest has it
    of_piece = (energy * lasting / looked_at + rest.energy) / (lasting + rest.seconds)
    width = SAMPLE_RATE / 2 / (BINS - 1)
    edges = np.searchsorted(np.arange(BINS) * width, bands.EDGES)
    result = np.ones(power.shape)
    result[:, edges[0] : edges[-1]] = np.repeat(of_piece * looked_at / energy, np.diff(edges), axis=1)
    return result


def widths(middle: Powers, side: Powers, width: float) -> Powers:
    """Gains (dB) that bring the side of each band into its range."""
    by_style = 20 * math.log10(max(width, 0.05))
    heard = bands.decibels(side) - bands.decibels(middle)
    low, high = np.array(_SIDES).T + min(max(by_style, -4.0), 2.0)
    wanted = np.clip(heard + by_style, low, high)
    gains = np.clip(wanted - heard, _NARROWER, _WIDER)
    gains[side <= 0] = 0.0
    return gains


def fades(score: Score, frames: int, hops: int) -> NDArray[np.float32]:
    """The gain of each hop: the fade-out of the score, else one over the ring of the last notes; then nothing.

    A loop has neither.
    """
    if score.loop:
        return np.ones(hops, np.float32)
    left = np.maximum(frames - (np.arange(hops) + 1) * HOP, 0) / SAMPLE_RATE
    last = max((note.start for part in score.parts for note in part.notes), default=0.0)
    ring = max(score.duration - score.seconds(last), 0.0)
    length = score.fade_out or min(max(_RING_FADED * ring, _SHORTEST_FADE), _LONGEST_FADE)
    gain = np.sin(np.minimum(left / length, 1.0) * np.pi / 2) ** 2
    return gain.astype(np.float32)


class Crackle:
    """Record noise: hiss and pops between 400 Hz and 7 kHz; ``amount`` 0 … 1, at the nominal level.

    ``period``: frames after which it is the same again; 0: never.
    """

    def __init__(self, amount: float, seed: int, period: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._period, self._at = period, 0
        self._turn: Samples | None = None
        self._hiss, self._pop = 0.0012 * amount, 0.11 * amount
        self._overlap, self._response = Overlap(2), response(highpass(400.0, 0.5), lowpass(7000.0, 0.5))

    def __call__(self) -> Spectrum:
        """The spectrum of the next block."""
        if self._period and self._turn is None:
            blocks = [self._noise() for _ in range(-(-self._period // BLOCK))]
            self._turn = np.concatenate(blocks, axis=1)[:, : self._period]
        if self._turn is None:
            noise = self._noise()
        else:
            noise = np.take(self._turn, np.arange(self._at, self._at + BLOCK), axis=1, mode="wrap")
            self._at += BLOCK
        spectrum = self._overlap(noise)
        return np.zeros((2, BINS), np.complex64) if spectrum is None else spectrum * self._response

    def _noise(self) -> Samples:
        noise = self._random.standard_normal((2, BLOCK), np.float32) * np.float32(self._hiss)
        count = self._random.poisson(9.0 * BLOCK / SAMPLE_RATE)
        where = self._random.integers(0, BLOCK, count)
        pops = self._random.exponential(self._pop, count) * self._random.choice((-1.0, 1.0), count)
        noise[:, where] += pops.astype(np.float32)
        return noise
