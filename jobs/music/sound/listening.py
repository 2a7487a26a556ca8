"""What is heard in finished sound: its tempo and its key, for sound whose notes nobody has.

Tempo: autocorrelation of how much begins, scored at several beats at once (after Percival and Tzanetakis, 2014). Key:
pitch classes of spectral peaks against Krumhansl's profiles (1990). Both may be a metrical level or a relative key off,
as people are; ``jobs.music.following`` knows that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from jobs.music.brief import MAX_TEMPO, MIN_TEMPO, TONICS
from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE

Array = NDArray[np.float64]

_DOWN = 4
RATE = SAMPLE_RATE / _DOWN  # frames a second of what is listened to

_WINDOW, _HOP = 512, 128  # frames, for onsets: 46 and 12 ms
_BANDS = 24
_SLOWEST_LAG = 10.0  # seconds of the autocorrelation
_BEATS = (1, 2, 3, 4)  # at which a tempo is scored
_USUAL, _SPREAD = 115.0, 1.0  # beats a minute that people tap most, and octaves around it
_CLEAR = 0.12  # of the score: below it no beat is heard
_CHANCE = 4.0  # over the root of how many hops there are: what noise that is as short scores at some tempo
_LOUD = 0.7  # of all but a hundredth of the hops: what never grows more is a ripple of steady sound, or a swell
_LEAST = 7.0  # seconds that tell something: two beats of the slowest of TEMPOS, and as much again to compare

_KEY_WINDOW, _KEY_HOP = 8192, 4096  # frames, for pitches: 743 ms
_LOWEST, _HIGHEST = 65.0, 2000.0  # Hz
_PEAKS = 24  # of a frame, the loudest ones
_EVEN = 0.4  # of their mean, by which pitch classes differ in noise: no key is heard
_MAJOR = np.array((6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88))
_MINOR = np.array((6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17))


@dataclass(frozen=True, slots=True)
class Heard:
    """``tempo`` (beats a minute) is None where no clear beat is heard. ``pulses``: for each of TEMPOS, how alike what
    begins is after one to four of its beats, at most 1. ``fits``: for each of KEYS how well it fits, −1 … 1; empty
    where no pitches are heard.
    """

    tempo: float | None = None
    pulses: tuple[float, ...] = ()
    fits: tuple[float, ...] = ()

    @property
    def key(self) -> str:
        """ "A minor": the key that fits best; "" where no pitches are heard."""
        return KEYS[int(np.argmax(self.fits))] if self.fits else ""


TEMPOS = np.geomspace(MIN_TEMPO / 2, MAX_TEMPO * 2, 2400)
KEYS = tuple(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in TONICS)


def listen(samples: Samples) -> Heard:
    """What is heard in samples (2, frames) at our sample rate."""
    mono = resample_poly(samples.mean(axis=0), 1, _DOWN).astype(np.float32)
    if len(mono) < _LEAST * RATE:
        return Heard()
    return Heard(*_pulse(_onsets(mono)), _fits(_pitch_classes(mono)))


# -- Tempo ------------------------------------------------------------------------------------------------------------


def _frames(mono: Samples, window: int, hop: int) -> Samples:
    """Magnitudes of the spectrum (frames, bins) under a Hann window."""
    views = np.lib.stride_tricks.sliding_window_view(mono, window)[::hop]
    shape = np.hanning(window).astype(np.float32)
    blocks = [np.abs(np.fft.rfft(views[at : at + 512] * shape)) for at in range(0, len(views), 512)]
    return np.concatenate(blocks).astype(np.float32)


def _onsets(mono: Samples) -> Array:
    """How much begins, by hops: what grows in bands as the ear has them, over what is usual around it."""
    spectrum = _frames(mono, _WINDOW, _HOP)
    edges = np.unique(np.geomspace(2, spectrum.shape[1], _BANDS + 1).round().astype(int))
    bands = np.add.reduceat(spectrum, edges[:-1], axis=1)
    loud = np.log1p(bands / (bands.mean() + 1e-9) * 10)
    grows = np.maximum(np.diff(loud, axis=0), 0).sum(axis=1).astype(np.float64)
    around = round(RATE / _HOP)
    usual = np.convolve(grows, np.ones(around) / around, "same")
    return np.maximum(grows - usual, 0)


def _pulse(onsets: Array) -> tuple[float | None, tuple[float, ...]]:
    """The tempo, and how well each of TEMPOS fits; None and nothing where no clear beat is heard."""
    if np.quantile(onsets, 0.99) < _LOUD:
        return None, ()
    size = 1 << (2 * len(onsets) - 1).bit_length()
    power = np.abs(np.fft.rfft(onsets - onsets.mean(), size)) ** 2
    longest = min(len(onsets) // 2, round(_SLOWEST_LAG * RATE / _HOP))
    correlation = np.fft.irfft(power, size)[:longest]
    correlation = correlation / (correlation[0] * (1 - np.arange(longest) / len(onsets)))
    scores = _scores(correlation, TEMPOS, _BEATS)
    usual = np.exp(-0.5 * (np.log2(TEMPOS / _USUAL) / _SPREAD) ** 2) * (TEMPOS >= MIN_TEMPO) * (TEMPOS <= MAX_TEMPO)
    best = int(np.argmax(scores * usual))
    if scores[best] < max(_CLEAR, _CHANCE / math.sqrt(len(onsets))):
        return None, ()
    near = TEMPOS[best] * np.linspace(0.97, 1.03, 121)
    beats = max(2, int((longest - 2) * near[0] / 60 * _HOP / RATE))
    tempo = near[int(np.argmax(_scores(correlation, near, range(1, beats + 1))))]
    return float(tempo), tuple(float(score) for score in scores)


def _scores(correlation: Array, tempos: Array, beats: tuple[int, ...] | range) -> Array:
    """For each tempo how alike the onsets are after so many of its beats, on average over those that there are."""
    lags = np.outer(60 / tempos * RATE / _HOP, np.array(beats))
    values = np.interp(lags, np.arange(len(correlation)), correlation, right=np.nan)
    found: Array = np.nanmean(values, axis=1)
    return found


# -- Key --------------------------------------------------------------------------------------------------------------


def _pitch_classes(mono: Samples) -> Array:
    """How much each of the twelve pitch classes sounds, C first."""
    spectrum = _frames(mono, _KEY_WINDOW, _KEY_HOP)
    frequency = np.arange(spectrum.shape[1]) * RATE / _KEY_WINDOW
    first, last = np.searchsorted(frequency, (_LOWEST, _HIGHEST))
    middle = spectrum[:, first:last]
    is_peak = (middle > spectrum[:, first - 1 : last - 1]) & (middle >= spectrum[:, first + 1 : last + 1])
    peaks = np.where(is_peak, middle, 0)
    threshold = np.partition(peaks, -_PEAKS, axis=1)[:, -_PEAKS, None]
    loud = np.sqrt(np.where(peaks >= threshold, peaks, 0))
    pitch = 12 * np.log2(frequency[first:last] / 440) + 69
    classes = np.zeros(12)
    np.add.at(classes, np.round(pitch).astype(int) % 12, loud.sum(axis=0))
    return classes


def _fits(classes: Array) -> tuple[float, ...]:
    if classes.std() <= _EVEN * classes.mean():
        return ()
    return tuple(
        float(np.corrcoef(classes, np.roll(profile, tonic))[0, 1])
        for profile in (_MAJOR, _MINOR)
        for tonic in range(12)
    )
