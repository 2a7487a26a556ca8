"""The parts one by one, as the desk sums them before the master: FLAC files in a zip."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from jobs.music.files.encode import Lossless
from jobs.music.score import Score
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loops import Cycle, cycle_of, unrolled
from jobs.music.sound.mix import Desk, Step, layout
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import play

_UNSAFE = re.compile(r"[^\w-]+")


def _roll(path: Path, cycle: Cycle, texts: Mapping[str, str]) -> None:
    """Make of what was played once, with its ring, the loop."""
    played, _rate = soundfile.read(path, dtype="float32", always_2d=True)
    with closing(Lossless(path, "flac", texts, channels=played.shape[1])) as file:
        file.write(np.clip(cycle.cut(cycle.laid(played.T)), -1.0, 1.0))


def write(score: Score, bank: Bank, path: Path, level: float, artist: str, step: Step) -> None:
    """Write a zip of one FLAC file for each part with notes, and one of the effects that all share.

    Together they are the mix before its bus, times ``level``; those of a loop are as long as it, and loops.
    """
    cycle, score = cycle_of(score), unrolled(score)
    frames = round(score.duration * SAMPLE_RATE)
    strips, voices = layout(score, bank)
    desk = Desk(score, strips, -(-frames // BLOCK) * BLOCK)
    with TemporaryDirectory(dir=path.parent, prefix=".stems-") as folder, ExitStack() as stack:
        names = [f"{i:02d}-{_UNSAFE.sub('-', name) or 'part'}.flac" for i, name in enumerate(desk.layout, 1)]
        mono = {strip.name for strip in strips if strip.mono}
        files = {}
        for title, name in zip(desk.layout, names, strict=True):
            texts = {"title": title, "artist": artist}  # the piece may be renamed: its name is the zip's
            file = Lossless(Path(folder, name), "flac", texts, channels=1 if title in mono else 2)
            stack.callback(file.close)
            files[title] = file
        for index, blocks in enumerate(play(score, bank, voices, len(strips), frames)):
            left = min(BLOCK, frames - index * BLOCK)
            for strip, block in desk.strips(blocks):
                files[strip].write(np.clip(block[:, :left] * level, -1.0, 1.0))
            step(0.9 * min((index + 1) * BLOCK / frames, 1.0))
        stack.close()
        if cycle:
            for title, name in zip(desk.layout, names, strict=True):
                _roll(Path(folder, name), cycle, {"title": title, "artist": artist})
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for done, name in enumerate(names, 1):
                archive.write(Path(folder, name), name)
                step(0.9 + 0.1 * done / len(names))
