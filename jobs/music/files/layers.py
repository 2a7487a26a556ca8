"""A piece for games: the same music in several intensities that may be faded into one another at any bar, in a zip.

What two layers share is the same in both, to the sample: each is the desk's sum of some of the parts, and one gain
holds for all of them. Short pieces in the same key come with them (jobs.music.composing.stingers).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from jobs.music.brief import TONICS
from jobs.music.composing.stingers import stingers
from jobs.music.files.encode import Lossless
from jobs.music.score import Part, Score
from jobs.music.sound.bus import glide
from jobs.music.sound.filters import BLOCK, HOP, Samples
from jobs.music.sound.finish import fades
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loops import cycle_of, unrolled
from jobs.music.sound.mix import Desk, Step, layout
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import Blocks, play

_NAMES = {  # by how many layers there are
    1: ("calm",),
    2: ("calm", "battle"),
    3: ("calm", "tense", "battle"),
    4: ("calm", "tense", "action", "battle"),
    5: ("calm", "uneasy", "tense", "action", "battle"),
}
_ENTRANCES = ("pad", "chords", "arpeggio", "bass", "melody", "counter", "percussion", "drums", "effects")  # of roles
_RARE = 0.5  # share of the bars in which a part begins a note, below which it comes in with the last
_CEILING = 10 ** (-1 / 20)  # of the loudest sample of all files


@dataclass(frozen=True, slots=True)
class Layer:
    """An intensity: its name and the names of the parts that are heard."""

    name: str
    parts: tuple[str, ...]


def layers_of(score: Score, count: int) -> list[Layer]:
    """``count`` (1 … 5) layers from calm to full, each with the parts of the one before it and more.

    There are no more of them than parts.
    """
    parts = [part for part in score.parts if part.notes]
    order = sorted(parts, key=lambda part: (_share(score, part) < _RARE, _ENTRANCES.index(part.role)))
    names = _NAMES[min(count, len(parts))]
    taken = [round(len(order) * number / len(names)) for number in range(1, len(names) + 1)]
    heard = [{part.name for part in order[: max(many, 1)]} for many in taken]
    return [
        Layer(name, tuple(part.name for part in parts if part.name in some))
        for name, some in zip(names, heard, strict=True)
    ]


def _share(score: Score, part: Part) -> float:
    """The share of the bars in which the part begins a note."""
    bar = bar_beats(score)
    return len({int(note.start // bar) for note in part.notes}) / max(score.beats // bar, 1)


def bar_beats(score: Score) -> float:
    """The length of a bar in quarter notes."""
    beats, unit = score.metre
    return beats * 4 / unit


def write(score: Score, bank: Bank, path: Path, level: float, count: int, artist: str, step: Step) -> None:
    """Write a zip of one FLAC file for each layer and each stinger, and ``layers.json``.

    The last layer is the mix before its bus, times ``level``, or less where anything in the zip would pass the ceiling.
    """
    layers, short = layers_of(score, count), stingers(score)
    with TemporaryDirectory(dir=path.parent, prefix=".layers-") as folder:
        raw = {layer.name: Path(folder, f"{layer.name}.raw") for layer in layers}
        _play(score, bank, [(layer.parts, raw[layer.name]) for layer in layers], lambda done: step(0.7 * done))
        sounds = dict.fromkeys(raw, score)
        for name, stinger in short.items():
            raw[name], sounds[name] = Path(folder, f"{name}.raw"), stinger
            everybody = [part.name for part in stinger.parts]
            _play(stinger, bank, [(everybody, raw[name])], lambda _done: step(0.7))
        peak = max(_peak(_sound(sounds[name], file)) for name, file in raw.items())
        gain = min(level, _CEILING / max(peak, 1e-9))
        step(0.8)
        files = {layer.name: f"{number}-{layer.name}.flac" for number, layer in enumerate(layers, 1)}
        files |= {name: f"stinger-{name}.flac" for name in short}
        lengths = {}
        for done, (name, file) in enumerate(files.items(), 1):
            sound = _sound(sounds[name], raw[name])
            sound *= np.float32(gain)
            with closing(Lossless(Path(folder, file), "flac", {"title": name, "artist": artist})) as flac:
                flac.write(sound)
            lengths[name] = sound.shape[1]
            step(0.8 + 0.19 * done / len(files))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            facts = sheet(score, layers, files, lengths)
            archive.writestr("layers.json", json.dumps(facts, ensure_ascii=False, indent=1))
            for file in files.values():
                archive.write(Path(folder, file), file)
    step(1.0)


def _play(score: Score, bank: Bank, heard: Sequence[tuple[Collection[str], Path]], step: Step) -> None:
    """Play the score once; the mix of those parts alone goes into each file, as float32 frames."""
    score = unrolled(score)
    frames = round(score.duration * SAMPLE_RATE)
    strips, voices = layout(score, bank)
    desks = []
    with ExitStack() as stack:
        for names, path in heard:
            rows = [row for at, strip in enumerate(strips) if strip.name in names for row in (2 * at, 2 * at + 1)]
            desk = Desk(score, [strip for strip in strips if strip.name in names], -(-frames // BLOCK) * BLOCK)
            desks.append((desk, rows, stack.enter_context(path.open("wb"))))
        for index, blocks in enumerate(play(score, bank, voices, len(strips), frames)):
            left = min(BLOCK, frames - index * BLOCK)
            for desk, rows, file in desks:
                file.write(desk.sum(Blocks(blocks.dry[rows]))[:, :left].T.astype(np.float32).tobytes())
            step(min((index + 1) * BLOCK / frames, 1.0))


def _sound(score: Score, path: Path) -> Samples:
    """What ``_play`` wrote of the score (2, frames): as a loop where it is one, else with its fade."""
    samples = np.fromfile(path, np.float32).reshape(-1, 2).T
    if cycle := cycle_of(score):
        return cycle.cut(cycle.laid(samples))
    frames = samples.shape[1]
    samples *= glide(1.0, fades(score, frames, -(-frames // HOP)))[:frames]
    return samples


def _peak(sound: Samples) -> float:
    return float(max(sound.max(), -sound.min()))


def sheet(
    score: Score, layers: Sequence[Layer], files: Mapping[str, str], lengths: Mapping[str, int]
) -> dict[str, Any]:
    """What a game has to know, JSON-ready. ``files`` and ``lengths`` (samples) go by the names of layers and stingers.

    All layers are of one length. ``loop``: what goes round, null where the piece ends.
    """
    cycle = cycle_of(score)
    ours = {layer.name for layer in layers}
    return {
        "version": 1,
        "title": score.title,
        "tempo": score.tempos[0].bpm,
        "metre": "/".join(map(str, score.metre)),
        "key": f"{TONICS[score.tonic]} {score.mode}",
        "sampleRate": SAMPLE_RATE,
        **_span(lengths[layers[0].name]),
        "bars": [_moment(round(score.seconds(beat) * SAMPLE_RATE)) for beat in _bars(score)],
        "loop": {"start": _moment(cycle.start), **_span(cycle.length)} if cycle else None,
        "layers": [{"name": one.name, "file": files[one.name], "parts": list(one.parts)} for one in layers],
        "stingers": [
            {"name": name, "file": file, **_span(lengths[name])} for name, file in files.items() if name not in ours
        ],
    }


def _bars(score: Score) -> Iterator[float]:
    """The beats at which bars begin: those of the sections, of which one may be cut short before a cue."""
    bar = bar_beats(score)
    for section in score.sections:
        at = section.start
        while at < section.start + section.length - 1e-6:
            yield at
            at += bar


def _moment(sample: int) -> dict[str, Any]:
    return {"sample": sample, "seconds": round(sample / SAMPLE_RATE, 6)}


def _span(samples: int) -> dict[str, Any]:
    return {"samples": samples, "seconds": round(samples / SAMPLE_RATE, 6)}
