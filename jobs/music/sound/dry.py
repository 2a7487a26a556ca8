"""Dry parts, each played alone and kept: what has been played once is mixed anew without the synthesizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from jobs.music.score import Score
from jobs.music.sound import kept, noises
from jobs.music.sound.filters import BLOCK, Samples
from jobs.music.sound.fluid import library
from jobs.music.sound.kept import Kept
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import THREADS, Blocks, Player, Voice, events

_FORM = 1  # of what is kept


def name_of(score: Score, bank: Bank, voice: Voice, frames: int) -> str:
    """The name under which the voice is kept: of everything that its sound depends on, and not of its volume."""
    beside = () if voice.noise is None else (noises.PATCH,)
    sounds = [bank.patch(sound) for sound in (*voice.instrument.sounds, *beside) if isinstance(sound, str)]
    stat = bank.path.stat()
    played = events(score, voice.part, voice.weights.keys(), 0)
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

    Each voice has a synthesizer of its own, at full level: what a volume changes is done here.
    """
    total = np.zeros((2 * groups, -(-frames // BLOCK) * BLOCK), np.float32)

    def played(voice: Voice) -> Samples:
        name = name_of(score, bank, voice, frames)
        content = folder.get(name)
        if content is not None:
            return np.frombuffer(content, np.float32).reshape(2, -1)
        samples = _played(score, bank, voice, total.shape[1])
        folder.put(name, samples.data.cast("B"))
        return samples

    heavy = sorted((voice for voice in voices if voice.part.notes), key=lambda voice: -sum(voice.weights.values()))
    with ThreadPoolExecutor(THREADS, "synth") as pool:
        for voice, samples in zip(heavy, pool.map(played, heavy), strict=True):
            pair = total[2 * voice.group : 2 * voice.group + 2, : samples.shape[1]]
            pair += samples * np.float32(10 ** (-voice.attenuation / 20))
    return total


def blocks(samples: Samples) -> Iterator[Blocks]:
    """The consecutive blocks of what ``dry`` returns, as ``synth.play`` gives them."""
    for at in range(0, samples.shape[1], BLOCK):
        yield Blocks(samples[:, at : at + BLOCK])


def _played(score: Score, bank: Bank, voice: Voice, frames: int) -> Samples:
    """The voice alone, without the silence after it."""
    alone = replace(voice, group=0, attenuation=0.0)
    samples = np.zeros((2, frames), np.float32)
    player = Player(score, bank, [(alone, frozenset(voice.weights))], 1)
    try:
        for at in range(0, frames, BLOCK):
            samples[:, at : at + BLOCK] = player.play().dry
    finally:
        player.close()
    heard = np.flatnonzero(samples.any(axis=0))
    return np.ascontiguousarray(samples[:, : heard[-1] + 1 if len(heard) else 0])
