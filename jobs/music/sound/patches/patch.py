"""A patch: a TOML file that says how an instrument of our own is made, read and laid out over keys and velocities."""

from __future__ import annotations

import math
import tomllib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.patches import hits, spectral, struck
from jobs.music.sound.sf2_writer import Samples, Zone, hertz, key_frequency, timecents

FOLDER = Path(__file__).parent
_COMMON = "_percussion"  # the hits that every kit has unless it has its own
_ROOT_MEAN_SQUARE = 0.1  # of the first half second of each sample, before the whole is brought under the peak
_PEAK = 0.9
_TAKE = 5  # velocities: two takes of one stroke take turns, so that no two strokes in a row need be the same
_SHARED = {"envelope", "filter", "vibrato", "motion", "bend"}

# fmt: off
_FIELDS = {  # engine → the fields of a layer
    "tone": {"wave", "width", "voices", "detune", "spread", "bandwidth", "tilt", "peaks", "noise", "sub", "over",
             "fifth", "long"},
    "string": {"pluck", "stiffness", "tilt", "decay", "damping", "beat", "peaks", "nail", "nail_tone", "seconds"},
    "bars": {"ratios", "levels", "decays", "follow", "beat", "scatter", "nail", "nail_tone", "seconds"},
    "modulated": {"pairs", "follow", "seconds"},
}
_LAYER = {"engine", "level", "velocities", "octave", *_SHARED}
_PATCH = {"name", "kit", "alone", "keys", "step", "layers", "hits", *_SHARED}
_HIT = {"keys", "tuning", "level", "choke", "takes", "darker", "parts"}
_PART = {"level", "decay", "delay", "wide", "attack", "drive", "tone", "start", "fall", "wave", "skin", "off",
         "stretch", "ratios", "tilt", "damping", "metal", "squares", "count", "low", "high", "noise", "bursts", "held"}
_TABLES = {
    "envelope": {"attack", "hold", "decay", "sustain", "release"},
    "filter": {"cutoff", "resonance", "envelope", "attack", "decay", "sustain", "release", "velocity", "follow"},
    "vibrato": {"delay", "rate", "depth"},
    "motion": {"delay", "rate", "cutoff", "volume", "pitch"},
    "bend": {"cents", "decay"},
}
# fmt: on


class PatchError(ValueError):
    """What is wrong with a patch, and where."""


def all_ids() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("[!_]*.toml"))


def read(name: str) -> dict[str, Any]:
    """The patch of that id, its fields checked; raise PatchError."""
    data = _parsed(name)
    if data.get("kit") and not data.get("alone"):
        data["hits"] = {**_parsed(_COMMON)["hits"], **data["hits"]}
    _check(name, "", data, _PATCH)
    for field in _SHARED & data.keys():
        _check(name, field, data[field], _TABLES[field])
    for number, layer in enumerate(data.get("layers", ())):
        if layer.get("engine") not in _FIELDS:
            raise PatchError(
                f"{name}.toml: layers[{number}].engine: {layer.get('engine')!r} is none of {list(_FIELDS)}"
            )
        _check(name, f"layers[{number}]", layer, _FIELDS[layer["engine"]] | _LAYER)
        for field in _SHARED & layer.keys():
            _check(name, f"layers[{number}].{field}", layer[field], _TABLES[field])
    for label, one in data.get("hits", {}).items():
        _check(name, f"hits.{label}", one, _HIT)
        for part in one["parts"]:
            _check(name, f"hits.{label}.parts", part, _PART)
    return data


def _parsed(name: str) -> dict[str, Any]:
    with (FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def _check(name: str, where: str, table: dict[str, Any], known: set[str]) -> None:
    if unknown := table.keys() - known:
        raise PatchError(f"{name}.toml: {where + '.' if where else ''}{min(unknown)}: is not a known field")


def zones(name: str, patch: dict[str, Any]) -> list[Zone]:
    """The samples of a patch with their keys; the same for the same patch."""
    made = list(_kit(name, patch) if patch.get("kit") else _keyboard(name, patch))
    peak = max(float(np.abs(zone.samples).max()) for zone in made)
    for samples in {id(zone.samples): zone.samples for zone in made}.values():
        samples *= np.float32(_PEAK / peak)
    return made


def _keyboard(name: str, patch: dict[str, Any]) -> Iterator[Zone]:
    low, high = patch["keys"]
    step = patch.get("step", 5)
    for number, own in enumerate(patch["layers"]):
        layer = {**{field: patch[field] for field in _SHARED & patch.keys()}, **own}
        for first in range(low, high + 1, step):
            last = min(first + step - 1, high)
            root = min(first + step // 2, high)
            frequency = key_frequency(root + 12 * layer.get("octave", 0))
            rng = np.random.default_rng(zlib.crc32(f"{name} {number} {first}".encode()))
            samples, heard, loop = _sample(frequency, layer, rng)
            opening = samples[:, : SAMPLE_RATE // 2]
            level = _ROOT_MEAN_SQUARE * 10 ** (layer.get("level", 0.0) / 20)
            samples *= np.float32(level / max(math.sqrt(float(np.mean(opening**2))), 1e-9))
            yield Zone(
                samples,
                SAMPLE_RATE,
                heard * 2.0 ** -layer.get("octave", 0),
                root,
                (0 if first == low else first, 127 if last == high else last),
                tuple(layer.get("velocities", (0, 127))),
                loop,
                generators(layer, frequency, looped=loop is not None),
                layer.get("filter", {}).get("velocity", 0),
            )


def _sample(
    frequency: float, layer: dict[str, Any], rng: np.random.Generator
) -> tuple[Samples, float, tuple[int, int] | None]:
    """The sample, the frequency that it has, and its loop."""
    match layer["engine"]:
        case "tone":
            return spectral.tone(frequency, layer, rng)
        case "string":
            return struck.string(frequency, layer, rng), frequency, None
        case "bars":
            return struck.bars(frequency, layer, rng), frequency, None
        case _:
            return struck.modulated(frequency, layer, rng), frequency, None


def _kit(name: str, patch: dict[str, Any]) -> Iterator[Zone]:
    for label, one in patch["hits"].items():
        takes = one.get("takes", 1)
        for take in range(takes):
            rng = np.random.default_rng(zlib.crc32(f"{name} {label} {take}".encode()))
            samples = hits.hit(one["parts"], rng) * np.float32(10 ** (one.get("level", 0.0) / 20))
            values = {"release": timecents(8.0), "exclusive_class": one.get("choke", 0)}
            for key, higher in zip(one["keys"], one.get("tuning", [0] * len(one["keys"])), strict=True):
                for velocities in _turns(take, takes):
                    root = key - higher
                    yield Zone(
                        samples, SAMPLE_RATE, key_frequency(root), root, (key, key), velocities, None, values,
                        one.get("darker", 1500),
                    )  # fmt: skip


def _turns(take: int, takes: int) -> list[tuple[int, int]]:
    """The velocities at which this take sounds."""
    if takes == 1:
        return [(0, 127)]
    return [(low, min(low + _TAKE - 1, 127)) for low in range(take * _TAKE, 128, takes * _TAKE)]


def generators(layer: dict[str, Any], frequency: float, *, looped: bool) -> dict[str, int]:
    """The layer's envelopes, filter and oscillators as a SoundFont has them; times in s, cents, dB in the patch."""
    envelope = layer.get("envelope", {})
    values = {
        "attack": timecents(envelope.get("attack", 0.002)),
        "hold": timecents(envelope.get("hold", 0.001)),
        "decay": timecents(envelope.get("decay", 1.0)),
        "sustain": round(10 * envelope.get("sustain", 0.0)),
        "release": timecents(envelope.get("release", 0.15 if looped else 0.3)),
    }
    if lowpass := layer.get("filter"):
        follow = lowpass.get("follow", 0.5) * math.log2(frequency / 261.6)
        cutoff = lowpass["cutoff"] * 2**follow
        values |= {
            "cutoff": hertz(min(max(cutoff, 60.0), 18_000.0)),
            "resonance": round(10 * lowpass.get("resonance", 0.0)),
            "envelope_to_cutoff": lowpass.get("envelope", 0),
            "modulation_attack": timecents(lowpass.get("attack", 0.001)),
            "modulation_decay": timecents(lowpass.get("decay", 0.5)),
            "modulation_sustain": round(1000 * (1 - lowpass.get("sustain", 0.0))),
            "modulation_release": timecents(lowpass.get("release", 0.3)),
        }
    if bend := layer.get("bend"):
        values |= {
            "envelope_to_pitch": bend["cents"],
            "modulation_decay": timecents(bend["decay"]),
            "modulation_sustain": 1000,
        }
    if vibrato := layer.get("vibrato"):
        values |= {
            "vibrato_lfo_delay": timecents(vibrato.get("delay", 0.4)),
            "vibrato_lfo_rate": hertz(vibrato.get("rate", 5.2)),
            "vibrato_lfo_to_pitch": vibrato.get("depth", 10),
        }
    if motion := layer.get("motion"):
        values |= {
            "modulation_lfo_delay": timecents(motion.get("delay", 0.01)),
            "modulation_lfo_rate": hertz(motion.get("rate", 0.2)),
            "modulation_lfo_to_cutoff": motion.get("cutoff", 0),
            "modulation_lfo_to_volume": round(10 * motion.get("volume", 0.0)),
            "modulation_lfo_to_pitch": motion.get("pitch", 0),
        }
    return values
