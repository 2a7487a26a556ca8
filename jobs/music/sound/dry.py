"""Dry parts, each played alone and kept: what has been played once is mixed anew without the synthesizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from jobs.music.score import Score
from jobs.music.sound import choice, kept, noises
from jobs.music.sound.filters import BLOCK, Samples
from jobs.music.sound.fluid import library
from jobs.music.sound.kept import Kept
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import THREADS, Blocks, Player, Voice, events, shares

_FORM = 4  # of what is kept


def name_of(score: Score, bank: Bank, voice: Voice, frames: int) -> str:
    """The name under which the voice is kept: of everything that its sound depends on, and not of its volume."""
    beside = () if voice.noise is None else (noises.PATCH,)
    sounds = [bank.patch(sound) for sound in (*voice.instrument.sounds, *beside) if isinstance(sound, str)]
    stat = bank.path.stat()
    played = events(score, voice.part, voice.weights.keys(), 0, bowed=choice.bites(bank, voice.instrument))
    return kept.digest(
        _FORM,
        library().fluid_version_str(),
        (bank.name, stat.st_size, stat.st_mtime_ns, [sound and sound.name for sound in sounds]),
        voice.instrument,
        voice.noise,
        voice.part.pan,
        played,
        frames,
    )


def dry(score: Score, bank: Bank, voices: Sequence[Voice], groups: int, frames: int, folder: Kept) -> Samples:
    """Left and right of each group, (2 × groups, whole blocks that hold ``frames``), played or as they were kept.

    Each voice has synthesizers of its own, at full level: what a volume changes is done here.
    """
    total = np.zeros((2 * groups, -(-frames // BLOCK) * BLOCK), np.float32)
    heard = [voice for voice in voices if voice.part.notes]
    with ThreadPoolExecutor(THREADS, "synth") as pool:
        names = [name_of(score, bank, voice, frames) for voice in heard]
        kept_ones = list(pool.map(folder.get, names))
        missing = [voice for voice, content in zip(heard, kept_ones, strict=True) if content is None]
        alone = [replace(voice, weights=_weights(voice)) for voice in missing]
        lots = [(at, voice, keys) for at, voice in enumerate(alone) for ((_, keys),) in shares([voice])]
        lots.sort(key=lambda lot: -sum(lot[1].weights[key] for key in lot[2]))  # the longest first
        played = pool.map(lambda lot: _played(score, bank, lot[1], lot[2], total.shape[1]), lots)
        sums: dict[int, Samples] = {}
        for (at, _, _), samples in zip(lots, played, strict=True):
            sums[at] = _sum(sums[at], samples) if at in sums else samples
        new = iter(sums[at] for at in range(len(missing)))
        for voice, name, content in zip(heard, names, kept_ones, strict=True):
            if content is None:
                samples = next(new)
                pool.submit(folder.put, name, samples.data.cast("B"))
            else:
                samples = np.frombuffer(content, np.float32).reshape(2, -1)
            pair = total[2 * voice.group : 2 * voice.group + 2, : samples.shape[1]]
            pair += samples * np.float32(10 ** (-voice.attenuation / 20))
    return total


def _weights(voice: Voice) -> dict[int, float]:
    """Each key's share of what the voice plays here: how its lots are summed must not hang on the rest of the piece."""
    weights: dict[int, float] = {}
    for note in voice.part.notes:
        weights[note.pitch] = weights.get(note.pitch, 0.0) + note.length
    return weights


def blocks(samples: Samples) -> Iterator[Blocks]:
    """The consecutive blocks of what ``dry`` returns, as ``synth.play`` gives them."""
    for at in range(0, samples.shape[1], BLOCK):
        yield Blocks(samples[:, at : at + BLOCK])


def _played(score: Score, bank: Bank, voice: Voice, keys: Set[int], frames: int) -> Samples:
    """Some keys of the voice alone, without the silence after them."""
    alone = replace(voice, group=0, attenuation=0.0)
    samples = np.zeros((2, frames), np.float32)
    player = Player(score, bank, [(alone, keys)], 1)
    try:
        for at in range(0, frames, BLOCK):
            samples[:, at : at + BLOCK] = player.play().dry
    finally:
        player.close()
    heard = np.flatnonzero(samples.any(axis=0))
    return np.ascontiguousarray(samples[:, : heard[-1] + 1 if len(heard) else 0])


def _sum(one: Samples, other: Samples) -> Samples:
    """Both together, as long as the longer one."""
    longer, shorter = (one, other) if one.shape[1] >= other.shape[1] else (other, one)
    longer[:, : shorter.shape[1]] += shorter
    return longer
