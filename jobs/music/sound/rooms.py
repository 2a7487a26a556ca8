"""Rooms and echoes as impulse responses that are computed here, and the convolution with them.

Early reflections are those of a box with two microphones, by images (Allen and Berkley, "Image method for efficiently
simulating small-room acoustics", JASA 65, 1979); what follows is noise that decays in each octave as long as such
rooms do (Moorer, "About this reverberation business", Computer Music Journal 3, 1979).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from jobs.music.sound.filters import BLOCK, Samples, Spectrum
from jobs.music.sound.fluid import SAMPLE_RATE

_SOUND = 343.0  # metres a second
_OCTAVES = (125.0, 500.0, 2000.0, 8000.0)  # Hz, at which decays are given
_EDGES = (0.0, 177.0, 354.0, 707.0, 1414.0, 2828.0, 5657.0, 11_314.0, SAMPLE_RATE / 2)
_ALIKE_BELOW = 200.0  # Hz: waves longer than the distance of the microphones reach both alike
_LOW_CUT = 60.0  # Hz


@dataclass(frozen=True, slots=True)
class Room:
    """``decay``: seconds to −60 dB at 125 Hz, 500 Hz, 2 kHz and 8 kHz. ``size`` in metres: length, width, height.

    ``early``: share of the energy that the first reflections have; ``gap``: ms before anything comes back.
    """

    decay: tuple[float, float, float, float]
    size: tuple[float, float, float]
    early: float
    gap: float


# Set by hand, in the range of such rooms: Beranek, Concert Halls and Opera Houses (2004), for hall and chamber; Newell,
# Recording Studio Design (2017), for studio and club. A plate has neither walls nor a gap.
ROOMS = {
    "studio": Room((0.45, 0.5, 0.45, 0.35), (7.0, 5.2, 3.1), 0.5, 4.0),
    "club": Room((0.9, 0.8, 0.7, 0.5), (18.0, 12.0, 4.5), 0.35, 10.0),
    "chamber": Room((1.3, 1.35, 1.2, 0.8), (16.0, 10.0, 7.0), 0.35, 14.0),
    "hall": Room((2.2, 2.1, 1.8, 1.0), (42.0, 23.0, 17.0), 0.22, 24.0),
    "plate": Room((1.4, 1.9, 1.7, 1.1), (3.0, 2.0, 1.0), 0.0, 0.0),
    "cathedral": Room((3.6, 3.4, 2.6, 1.2), (60.0, 28.0, 26.0), 0.15, 35.0),
}


@lru_cache(maxsize=len(ROOMS))
def room(name: str) -> Samples:
    """The impulse response (2, frames) of a room: as much energy comes out as white noise has that goes in."""
    kind = ROOMS[name]
    frames = round(1.1 * max(kind.decay) * SAMPLE_RATE)
    gap = round(kind.gap / 1000 * SAMPLE_RATE)
    tail = np.zeros((2, frames))
    tail[:, gap:] = _tail(name, kind, frames - gap)
    tail *= np.sqrt((1 - kind.early) / (tail**2).sum(axis=1, keepdims=True))
    if kind.early:
        early = _early(kind, frames)
        tail += early * np.sqrt(kind.early / (early**2).sum(axis=1, keepdims=True))
    return tail.astype(np.float32)


def _tail(name: str, kind: Room, frames: int) -> NDArray[np.float64]:
    random = np.random.default_rng(zlib.crc32(name.encode()))
    size = fft.next_fast_len(frames, real=True)
    left, right = fft.rfft(random.standard_normal((2, size)))
    frequency = fft.rfftfreq(size, 1 / SAMPLE_RATE)
    alike = 1 / (1 + (frequency / _ALIKE_BELOW) ** 2)
    noise = np.array([left, left * alike + right * np.sqrt(1 - alike**2)])
    noise *= (frequency / _LOW_CUT) ** 2 / (1 + (frequency / _LOW_CUT) ** 2) / (1 + (frequency / 9000.0) ** 2) ** 0.5
    time = np.arange(frames) / SAMPLE_RATE
    result = np.zeros((2, frames))
    for low, high in zip(_EDGES, _EDGES[1:], strict=False):
        inside = (frequency >= low) & (frequency < high)
        centre = np.log(np.clip(np.sqrt(max(low, 60.0) * high), _OCTAVES[0], _OCTAVES[-1]))
        decay = float(np.interp(centre, np.log(_OCTAVES), kind.decay))
        result += fft.irfft(np.where(inside, noise, 0.0), size)[:, :frames] * 10 ** (-3 * time / decay)
    # Echoes are not dense at once: the tail grows over the time in which sound crosses the room a few times.
    return result * (1 - np.exp(-time / max(sum(kind.size) / _SOUND / 2, 1e-4)))


def _early(kind: Room, frames: int) -> NDArray[np.float64]:
    """The images of up to two reflections in each direction, in two microphones 40 cm apart."""
    length, width, height = kind.size
    source = np.array((0.31 * length, 0.46 * width, 0.37 * height))
    orders = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    orders = orders[np.abs(orders).sum(axis=1) > 0]
    walls = np.array(kind.size)
    images = np.where(orders % 2 == 0, orders * walls + source, (orders + 1) * walls - source)
    bounces = np.abs(orders).sum(axis=1)
    result = np.zeros((2, frames))
    for ear, offset in enumerate((-0.2, 0.2)):
        microphone = np.array((0.68 * length, 0.52 * width + offset, 0.41 * height))
        straight = np.linalg.norm(source - microphone)
        distance = np.linalg.norm(images - microphone, axis=1)
        at = np.rint((distance - straight) / _SOUND * SAMPLE_RATE).astype(int) + round(kind.gap / 2000 * SAMPLE_RATE)
        from_left = np.where(images[:, 1] < microphone[1], 1.0, 0.6 if ear else 1.0)
        from_right = np.where(images[:, 1] >= microphone[1], 1.0, 0.6 if not ear else 1.0)
        gain = 0.75**bounces / distance * from_left * from_right * np.where(bounces % 2, -1.0, 1.0)
        kept = (at >= 0) & (at < frames)
        np.add.at(result[ear], at[kept], gain[kept])
    spectrum = fft.rfft(result)
    frequency = fft.rfftfreq(frames, 1 / SAMPLE_RATE)
    shape = (frequency / 150.0) ** 2 / (1 + (frequency / 150.0) ** 2) / (1 + (frequency / 6000.0) ** 2)
    return fft.irfft(spectrum * shape, frames)


@lru_cache(maxsize=8)  # a piece is heard again and again while it is changed
def echo(beat: float) -> Samples:
    """The impulse response (2, frames) of a delay in time with a beat of so many seconds: left and right in turn.

    It is not to be changed.
    """
    step = next((share * beat for share in (0.75, 0.5, 1.0, 0.25) if 0.24 <= share * beat <= 0.5), 0.375)
    taps = 5
    frames = round((taps + 0.5) * step * SAMPLE_RATE)
    size = fft.next_fast_len(frames, real=True)
    frequency = fft.rfftfreq(size, 1 / SAMPLE_RATE)
    band = (frequency / 220.0) ** 2 / (1 + (frequency / 220.0) ** 2) / (1 + (frequency / 4200.0) ** 2)
    result = np.zeros((2, len(frequency)), np.complex128)
    for tap in range(1, taps + 1):
        near, far = (0.95, 0.3) if tap % 2 else (0.3, 0.95)
        turned = 0.55 ** (tap - 1) * band ** (1 + 0.5 * tap) * np.exp(-2j * np.pi * frequency * step * tap)
        result += turned * np.array([[near], [far]])
    return fft.irfft(result, size)[:, :frames].astype(np.float32)


class Convolver:
    """Consecutive blocks of one channel through several stereo responses at once, in partitions of a block.

    Overlap-save with a delay line of spectra (Wefers, Partitioned convolution algorithms, 2015, 4.2).
    """

    def __init__(self, *responses: Samples) -> None:
        self._parts = [_partitions(response) for response in responses]
        self._blocks = np.zeros((len(responses), 2 * BLOCK), np.float32)
        self._spectra = [np.zeros((parts.shape[0], parts.shape[2]), np.complex64) for parts in self._parts]
        self._rings = [0] * len(responses)

    def __call__(self, blocks: Samples) -> Samples:
        """The sum (2, BLOCK) of what the responses make of ``blocks`` (responses, BLOCK)."""
        self._blocks[:, :BLOCK] = self._blocks[:, BLOCK:]
        self._blocks[:, BLOCK:] = blocks
        total: Spectrum | None = None
        for block, parts, line, index in zip(self._blocks, self._parts, self._spectra, range(9), strict=False):
            line[1:] = line[:-1]
            sounds = block.any()
            line[0] = fft.rfft(block) if sounds else 0
            self._rings[index] = len(line) if sounds else self._rings[index] - 1
            if self._rings[index] >= 0:
                made = np.einsum("pb,pcb->cb", line, parts)
                total = made if total is None else total + made
        if total is None:
            return np.zeros((2, BLOCK), np.float32)
        result: Samples = fft.irfft(total, 2 * BLOCK)[:, BLOCK:]
        return result


def _partitions(response: Samples) -> NDArray[np.complex64]:
    """Spectra (partitions, 2, bins) of the response, cut into blocks."""
    count = -(-response.shape[1] // BLOCK)
    padded = np.zeros((2, count * BLOCK), np.float32)
    padded[:, : response.shape[1]] = response
    pieces = padded.reshape(2, count, BLOCK).transpose(1, 0, 2)
    spectra: NDArray[np.complex64] = fft.rfft(pieces, 2 * BLOCK)
    return spectra
