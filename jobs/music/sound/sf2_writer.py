"""Writing a SoundFont of one preset: samples with their keys, velocities, loops and generators.

SoundFont 2.04 specification, sections 6 (files), 7 (records) and 8 (generators, modulators).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from jobs.music.sound.sf2 import GAP, SAMPLE, riff_list

Samples = NDArray[np.float32]  # (1 or 2, frames), −1 … 1

_MONO, _RIGHT, _LEFT = 1, 2, 4  # sfSampleType
_KEYS, _VELOCITIES, _INSTRUMENT, _SAMPLE_ID, _SAMPLE_MODES, _ROOT, _PAN = 43, 44, 41, 53, 54, 58, 17
_LOOPED = 1
# fmt: off
GENERATORS = {  # section 8.1.3; units as there: cents, timecents, centibels, ‰
    "modulation_lfo_to_pitch": 5, "vibrato_lfo_to_pitch": 6, "envelope_to_pitch": 7,
    "cutoff": 8, "resonance": 9, "modulation_lfo_to_cutoff": 10, "envelope_to_cutoff": 11,
    "modulation_lfo_to_volume": 13, "modulation_lfo_delay": 21, "modulation_lfo_rate": 22,
    "vibrato_lfo_delay": 23, "vibrato_lfo_rate": 24,
    "modulation_delay": 25, "modulation_attack": 26, "modulation_hold": 27, "modulation_decay": 28,
    "modulation_sustain": 29, "modulation_release": 30,
    "attack": 34, "hold": 35, "decay": 36, "sustain": 37, "release": 38,
    "attenuation": 48, "exclusive_class": 57,
}
# fmt: on
_VELOCITY_DOWN = 0x0102  # a source: key velocity, linear, 1 at the softest … 0 at the hardest
_BRIGHTNESS = 0x02CA  # a source: controller 74, linear, −1 … 1


@dataclass(frozen=True, slots=True)
class Zone:
    """One sample and the keys and velocities (both inclusive) that it sounds for.

    ``frequency``: what is heard when it is played at ``rate``; ``root``: the key that shall sound like that. ``loop``:
    first frame of the loop and the one behind its last. ``darker``: cents by which a soft stroke closes the filter.
    """

    samples: Samples
    rate: int
    frequency: float
    root: int
    keys: tuple[int, int]
    velocities: tuple[int, int] = (0, 127)
    loop: tuple[int, int] | None = None
    generators: Mapping[str, int] = field(default_factory=dict)
    darker: int = 0


def timecents(seconds: float) -> int:
    return round(1200 * math.log2(max(seconds, 0.001)))


def hertz(frequency: float) -> int:
    """A frequency in absolute cents, as generators take it."""
    return round(1200 * math.log2(frequency / 8.1758))


def key_frequency(key: float) -> float:
    return float(440.0 * 2.0 ** ((key - 69) / 12))


def write(file: BinaryIO, name: str, zones: Sequence[Zone], *, drums: bool = False) -> None:
    """Write the preset ``name``, number 0 of bank 0 or of the drums' bank 128, to a file opened for writing.

    Zones that share an array of samples (and its pitch) share what is written. A stereo sample becomes two, panned hard
    left and right. Raise OSError where the disk is full.
    """
    frames, headers, bags, generators, modulators = (bytearray() for _ in range(5))
    count = 0
    written: dict[int, int] = {}  # id of an array of samples → number of its first sample
    for zone in zones:
        tuned = round(zone.rate * key_frequency(zone.root) / zone.frequency)
        sides = len(zone.samples)
        first = written.setdefault(id(zone.samples), len(headers) // SAMPLE.size)
        for side, channel in enumerate(zone.samples):
            if first + side == len(headers) // SAMPLE.size:
                start = len(frames) // 2
                frames += np.rint(np.clip(channel, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
                end = len(frames) // 2
                frames += GAP
                loop = [start + frame for frame in zone.loop or (0, 0)]
                kind, link = (_MONO, 0) if sides == 1 else ((_LEFT, first + 1) if side == 0 else (_RIGHT, first))
                label = f"{name[:12]} {zone.root:03} {'MLR'[side + sides - 1]}".encode()
                headers += SAMPLE.pack(label, start, end, *loop, tuned, zone.root, 0, link, kind)
            bags += struct.pack("<HH", len(generators) // 4, len(modulators) // 10)
            generators += struct.pack("<HBB", _KEYS, *zone.keys) + struct.pack("<HBB", _VELOCITIES, *zone.velocities)
            pan = 0 if sides == 1 else (-500 if side == 0 else 500)
            values = {GENERATORS[key]: value for key, value in zone.generators.items()}
            values |= {_PAN: pan, _SAMPLE_MODES: _LOOPED if zone.loop else 0, _ROOT: zone.root}
            for number in sorted(values):
                generators += struct.pack("<Hh", number, min(max(values[number], -32768), 32767))
            generators += struct.pack("<HH", _SAMPLE_ID, first + side)  # must be the zone's last
            modulators += struct.pack("<HHhHH", _VELOCITY_DOWN, GENERATORS["cutoff"], -zone.darker, 0, 0)
            modulators += struct.pack("<HHhHH", _BRIGHTNESS, GENERATORS["cutoff"], 3600, 0, 0)
            count += 1
    bags += struct.pack("<HH", len(generators) // 4, len(modulators) // 10)
    headers += SAMPLE.pack(b"EOS", *[0] * 9)
    label = name[:19].encode()
    tables = [
        ("phdr", _preset(label, 128 if drums else 0, 0) + _preset(b"EOP", 0, 1)),
        ("pbag", struct.pack("<HHHH", 0, 0, 1, 0)),
        ("pmod", bytes(10)),
        ("pgen", struct.pack("<HHHH", _INSTRUMENT, 0, 0, 0)),
        ("inst", struct.pack("<20sH", label, 0) + struct.pack("<20sH", b"EOI", count)),
        ("ibag", bytes(bags)),
        ("imod", bytes(modulators) + bytes(10)),
        ("igen", bytes(generators) + bytes(4)),
        ("shdr", bytes(headers)),
    ]
    texts = [("ifil", struct.pack("<HH", 2, 4)), ("isng", b"EMU8000\0"), ("INAM", label + bytes(2 - len(label) % 2))]
    body = riff_list(b"INFO", texts) + riff_list(b"sdta", [("smpl", bytes(frames))]) + riff_list(b"pdta", tables)
    file.write(b"RIFF" + struct.pack("<I", len(body) + 4) + b"sfbk" + body)


def _preset(name: bytes, bank: int, bag: int) -> bytes:
    return struct.pack("<20sHHHIII", name, 0, bank, bag, 0, 0, 0)
