"""Where a file is to be repeated, as the programs that repeat it read it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from jobs.music.files import riff
from jobs.music.sound.filters import Samples
from jobs.music.sound.fluid import SAMPLE_RATE

AROUND = 4410  # frames of what is heard before and behind the file that a codec is given to begin and end in
_ENDLESS = 0


@dataclass(frozen=True, slots=True, eq=False)
class LoopPoints:
    """``start`` and ``length`` in frames. ``before`` and ``after`` (2, AROUND): what is heard around the file."""

    start: int
    length: int
    before: Samples
    after: Samples

    def comments(self, rate: int = SAMPLE_RATE) -> dict[str, str]:
        """As RPG Maker and others read them, in samples at that rate."""
        start, length = self._at(rate)
        return {"LOOPSTART": str(start), "LOOPLENGTH": str(length)}

    def mark_wav(self, path: Path, rate: int) -> None:
        """Append a sampler chunk (``smpl``; Multimedia Programming Interface and Data Specifications 1.0, 1991)."""
        start, length = self._at(rate)
        loop = struct.pack("<6I", 0, 0, start, start + length - 1, 0, _ENDLESS)
        riff.append(path, [(b"smpl", struct.pack("<9I", 0, 0, round(1e9 / rate), 60, 0, 0, 0, 1, 0) + loop)])

    def _at(self, rate: int) -> tuple[int, int]:
        return tuple(round(frames * rate / SAMPLE_RATE) for frames in (self.start, self.length))  # type: ignore[return-value]
