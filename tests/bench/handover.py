"""How far the loudness jumps where a finished piece takes over from its first section, which was heard early.

``python -m tests.bench.handover`` measures it in this process, without a site: median and worst of each style.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from jobs.music import piece, preview
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.kept import Kept
from jobs.music.sound.loudness import weigh
from jobs.music.words.understand import understand

STYLES = (
    "pop", "rock", "house", "techno", "jazz", "waltz", "orchestral", "ambient", "hip-hop", "folk", "reggae", "lullaby",
)  # fmt: skip

# As in static/pages/modules/early_listening.js.
LOOKED_AT = 1.0  # seconds before the hand-over by which the loudness of both is compared
LEFT = 0.5  # seconds of the section, at least, for a hand-over
LEAST = 0.4  # gain that the section may come down to

WINDOW = 1.0  # seconds around the hand-over in which a listener compares
SOONEST = 1.0  # seconds into the section: no piece is whole earlier


class Sound:
    """A file, and where in it the section begins (seconds)."""

    def __init__(self, content: bytes, lead: float = 0.0) -> None:
        samples, rate = soundfile.read(BytesIO(content), dtype="float32", always_2d=True)
        assert (rate, samples.shape[1]) == (SAMPLE_RATE, 2), (rate, samples.shape)
        self._lead = lead
        self.peak = float(np.abs(samples).max())
        self._plain, self._weighted = _summed(samples.T), _summed(weigh(np.ascontiguousarray(samples.T)))

    def power(self, start: float, end: float) -> float:
        """Decibels of the mean square between two times of the section."""
        return self._decibels(self._plain, start, end)

    def loudness(self, start: float, end: float) -> float:
        """The same, K-weighted as by ITU-R BS.1770."""
        return self._decibels(self._weighted, start, end)

    def _decibels(self, summed: NDArray[np.float64], start: float, end: float) -> float:
        first, last = (round((self._lead + moment) * SAMPLE_RATE) for moment in (start, end))
        return float(10 * np.log10(max((summed[last] - summed[first]) / (last - first), 1e-12)))


def jumps(early: Sound, whole: Sound, length: float) -> list[float]:
    """Decibels between the section as a listener hears it and the finished file, over the second around each hand-over.

    There is one at each second of the section and one at the last moment; the section has the gain that the page gives
    it for a hand-over there.
    """
    found = []
    for at in sorted({*np.arange(SOONEST, length - LEFT, 1.0).tolist(), length - LEFT}):
        before = max(0.0, at - LOOKED_AT)
        gain = whole.power(before, at) - early.power(before, at)
        gain = min(max(gain, 20 * np.log10(LEAST)), -20 * np.log10(early.peak))
        around = at - WINDOW / 2, at + WINDOW / 2
        found.append(float(abs(early.loudness(*around) + gain - whole.loudness(*around))))
    return found


def _summed(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Summed squares of both channels up to each frame."""
    return np.concatenate(([0.0], np.cumsum(np.square(samples, dtype=np.float64).sum(axis=0))))


def measured(prompt: str, seed: int, seconds: float, cache: Path) -> list[float]:
    """``jumps`` of a piece; ``cache``: the folder of sound banks."""
    brief = understand(prompt, {"duration": seconds}, seed)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        early = preview.make(brief, seed, {}, 0, folder, Kept(folder / "stems", 10**9), lambda *_: None, cache=cache)
        whole = piece.make(brief, seed, folder, lambda *_: None, cache=cache, outputs=("mp3",)).files["mp3"]
        return jumps(Sound(early.path.read_bytes(), early.lead), Sound(whole.read_bytes()), early.length)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("styles", nargs="*", default=STYLES)
    parser.add_argument("--seeds", type=int, nargs="+", default=[3])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cache", type=Path, default=Path("var/soundfonts"))
    options = parser.parse_args()
    for style in options.styles:
        for seed in options.seeds:
            found = measured(style, seed, options.seconds, options.cache)
            worst = max(found)
            print(f"{style:<14} {seed:>3}  {statistics.median(found):.2f}  {worst:.2f} at {found.index(worst) + 1} s")  # noqa: T201


if __name__ == "__main__":
    main()
