"""The parts one by one, as the desk sums them before the master: FLAC files in a zip."""

from __future__ import annotations

import re
import zipfile
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from jobs.music.files.encode import Lossless
from jobs.music.score import Score
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.mix import Desk, Step, layout
from jobs.music.sound.soundfont import Bank
from jobs.music.sound.synth import play

_UNSAFE = re.compile(r"[^\w-]+")


def write(score: Score, bank: Bank, path: Path, level: float, artist: str, step: Step) -> None:
    """Write a zip of one FLAC file for each part with notes, and one of the effects that all share.

    Together they are the mix before its bus, times ``level``.
    """
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
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for done, name in enumerate(names, 1):
                archive.write(Path(folder, name), name)
                step(0.9 + 0.1 * done / len(names))
