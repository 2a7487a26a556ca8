"""The last step for sound that was made elsewhere: the loudness of every track, peaks, tags, files."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from jobs.music.brief import Brief
from jobs.music.errors import SilentSound, UnreadableSound, named_failures
from jobs.music.files import encode, peaks
from jobs.music.files.cover import cover
from jobs.music.files.painting import png
from jobs.music.files.tags import comments, origin
from jobs.music.sound.filters import BLOCK, Overlap, Samples, response
from jobs.music.sound.filters import samples as samples_of
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.listening import Heard, listen
from jobs.music.sound.loudness import K_WEIGHTING, energy, integrated
from jobs.music.sound.master import master
from jobs.music.sound.mix import Mixed

logger = logging.getLogger(__name__)

NAMES = {"mp3": "audio.mp3", "flac": "audio.flac", "wav": "audio.wav", "peaks": "peaks.json"}
LONGEST = 900.0  # seconds: three times of what anybody can order
_EDGE = 441  # frames (10 ms) of fade at both ends: what was cut off does not click

_MASTERED = 0.3  # share of the work


@dataclass(frozen=True, slots=True)
class Delivered:
    """``duration`` in seconds, ``loudness`` in LUFS, ``true_peak`` in dBTP before encoding.

    ``came_at``: the loudness (LUFS) of the sound as it came. ``heard`` in it; None where listening failed.
    """

    files: Mapping[str, Path]  # kind, one of NAMES → file
    duration: float
    loudness: float
    true_peak: float
    came_at: float
    heard: Heard | None


def deliver(
    source: Path,
    brief: Brief,
    seed: int,
    folder: Path,
    progress: Callable[[str, float], None],
    *,
    generator: str,
    rights: str = "",
    outputs: Iterable[str] = ("mp3", "peaks"),
    fades: bool = True,
) -> Delivered:
    """Master the sound file ``source`` and write ``outputs`` into ``folder``: complete, or not at all.

    ``progress(stage, share)`` never goes back; what it raises ends the work, and passes through. ``generator`` and
    ``rights`` are written into the tags; ``fades``: 10 ms of fade at both edges. Raise UnreadableSound, SilentSound,
    DiskFull or OutOfMemory.
    """
    parts = {kind: folder / f".{NAMES[kind]}.part" for kind in outputs}
    try:
        with named_failures():
            mixed = _mixed(_read(source), fades)
            came_at = integrated(mixed.energy)
            heard = _heard(mixed)
            mastered = master(mixed, lambda done: progress("mastering", _MASTERED * done))
            for number, (kind, path) in enumerate(parts.items()):

                def step(done: float, number: int = number) -> None:
                    progress("encoding", _MASTERED + (1 - _MASTERED) * (number + done) / len(parts))

                step(0.0)
                _write(kind, mixed, path, brief, seed, generator, rights, step)
            progress("encoding", 1.0)
            files = {kind: path.replace(folder / NAMES[kind]) for kind, path in parts.items()}
    except BaseException:
        for kind, path in parts.items():
            path.unlink(missing_ok=True)
            (folder / NAMES[kind]).unlink(missing_ok=True)
        raise
    return Delivered(files, mixed.frames / SAMPLE_RATE, mastered.loudness, mastered.true_peak, came_at, heard)


def _heard(mixed: Mixed) -> Heard | None:
    """What is heard in the sound. Nobody loses a piece over it: whatever goes wrong is logged."""
    try:
        return listen(mixed.samples[:, : mixed.frames])
    except Exception:
        logger.exception("what is heard in a piece was not found out")
        return None


def _read(source: Path) -> Samples:
    """Stereo at our sample rate: (2, frames)."""
    try:
        with soundfile.SoundFile(source) as file:
            if file.frames > LONGEST * file.samplerate:
                raise UnreadableSound(f"The sound is {file.frames / file.samplerate:.0f} s long.")
            rate, sound = file.samplerate, file.read(dtype="float32", always_2d=True).T
    except soundfile.LibsndfileError as error:
        raise UnreadableSound(f"This is no sound file: {error}") from error
    if not sound.size or not np.isfinite(sound).all():
        raise UnreadableSound("The sound file holds no sound.")
    if rate != SAMPLE_RATE:
        common = math.gcd(rate, SAMPLE_RATE)
        sound = resample_poly(sound, SAMPLE_RATE // common, rate // common, axis=1)
    stereo: Samples = np.ascontiguousarray(sound[:2] if len(sound) > 1 else np.repeat(sound, 2, axis=0), np.float32)
    return stereo


def _mixed(sound: Samples, fades: bool) -> Mixed:
    """Whole blocks with what the meter reads at each hop; raise SilentSound where it reads nothing."""
    frames = sound.shape[1]
    sound -= sound.mean(axis=1, keepdims=True)  # an offset is not heard and takes the limiter's room
    if fades:
        edge = np.linspace(0.0, 1.0, min(_EDGE, frames), dtype=np.float32)
        sound[:, : len(edge)] *= edge
        sound[:, frames - len(edge) :] *= edge[::-1]
    samples = np.zeros((2, -(-frames // BLOCK) * BLOCK), np.float32)
    samples[:, :frames] = sound
    overlap, weighting, hops = Overlap(2), response(*K_WEIGHTING), []
    for at in range(0, samples.shape[1], BLOCK):
        spectrum = overlap(samples[:, at : at + BLOCK])
        weighted = np.zeros((2, BLOCK), np.float32) if spectrum is None else samples_of(spectrum * weighting)
        hops.append(energy(weighted))
    mixed = Mixed(samples, frames, energy=np.concatenate(hops))
    if integrated(mixed.energy) == -math.inf:
        raise SilentSound("The sound is silent, or shorter than half a second.")
    return mixed


def _write(
    kind: str,
    mixed: Mixed,
    path: Path,
    brief: Brief,
    seed: int,
    generator: str,
    rights: str,
    step: Callable[[float], None],
) -> None:
    samples, frames = mixed.samples, mixed.frames
    match kind:
        case "mp3":
            origins = origin(brief.title, brief, seed, generator, rights)
            encode.write_mp3(samples, frames, path, *origins, step, cover=png(cover(seed, brief.style)))
        case "flac" | "wav":
            texts = comments(brief.title, brief, seed, rights)
            encode.write_lossless(samples, frames, path, kind, texts, step, cover=png(cover(seed, brief.style)))
        case "peaks":
            peaks.write(samples, frames, frames / SAMPLE_RATE, path)
