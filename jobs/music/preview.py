"""One section of a piece as it would sound, heard before the piece is made.

It is the section of the whole piece: composed, placed and levelled with it, and played alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobs.music.brief import Brief
from jobs.music.composing.edit import UNCHANGED
from jobs.music.editing import EditDocument, read
from jobs.music.errors import EditRefused, named_failures
from jobs.music.files.encode import write_lossless
from jobs.music.score import Score
from jobs.music.sound import dry, forecast, kept
from jobs.music.sound.excerpt import Excerpt, excerpt
from jobs.music.sound.finish import finish
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.kept import Kept
from jobs.music.sound.loudness import integrated
from jobs.music.sound.master import master
from jobs.music.sound.mix import Strip, layout, summed
from jobs.music.sound.soundfont import Bank, find
from jobs.music.sound.synth import Voice

NAME = "preview.flac"
_FORM = 4  # of what is kept
_MOST_CONTRAST = 12.0  # LU by which a section may differ from the whole: a silent one has no level to be led to

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Preview:
    """``path``: the sound, in which the section begins after ``lead`` seconds and lasts ``length``, or ``bars``.

    ``start``: seconds at which it begins in the piece.
    """

    path: Path
    start: float
    lead: float
    length: float
    bars: int


def make(
    brief: Brief,
    seed: int,
    edit: Mapping[str, Any],
    section: int,
    folder: Path,
    keeps: Kept,
    progress: Progress,
    *,
    soundfont: Path | None = None,
    cache: Path | None = None,
) -> Preview:
    """Render the section of that number; the file appears in ``folder`` whole or not at all.

    ``edit``: the document of jobs.music.editing. ``keeps``: what was played before. The rest is as of
    ``jobs.music.piece.make``, which makes the whole piece of the same. Raise MusicError.
    """
    from jobs.music.composing.compose import compose

    progress("composing", 0.0)
    try:
        changes = read(EditDocument.model_validate(edit), brief, seed) if edit else UNCHANGED
        score = compose(brief, seed, brief.melody_seed, changes).quantised()
        cut = excerpt(score, section)
    except ValueError as error:
        raise EditRefused(str(error)) from error
    with named_failures():
        return render(score, cut, seed, find(soundfont, cache), folder, keeps, progress)


def render(score: Score, cut: Excerpt, seed: int, bank: Bank, folder: Path, keeps: Kept, progress: Progress) -> Preview:
    """The sound of an excerpt of the score, at the level that it has in the whole."""
    strips, voices = layout(score, bank)
    played = [replace(voice, part=cut.of(voice.part)) for voice in voices]
    expected = forecast.forecast(score, cut, bank, strips, voices, played)
    path, part = folder / NAME, folder / f".{NAME}.part"
    preview = Preview(path, cut.start, cut.lead, cut.length, cut.bars)
    name = _name_of(cut, seed, bank, strips, played, expected)
    try:
        if (content := keeps.get(name)) is not None:
            part.write_bytes(content)
        else:
            _write(cut.score, seed, bank, strips, played, expected, part, keeps, progress)
            keeps.put(name, part.read_bytes())
            keeps.trim()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    progress("encoding", 1.0)
    return preview


def _write(
    score: Score,
    seed: int,
    bank: Bank,
    strips: list[Strip],
    voices: list[Voice],
    expected: forecast.Forecast,
    path: Path,
    keeps: Kept,
    progress: Progress,
) -> None:
    frames = round(score.duration * SAMPLE_RATE)
    progress("rendering", 0.1)
    samples = dry.dry(score, bank, voices, len(strips), frames, keeps)
    meter = forecast.Meter(len(strips))
    mixed = summed(score, strips, dry.blocks(samples), lambda done: progress("rendering", 0.4 + 0.3 * done), meter)
    rest = expected.rest(meter.energy)
    finish(mixed, score, seed, lambda done: progress("mixing", 0.7 + 0.1 * done), rest)
    louder = integrated(mixed.energy) - mixed.of_piece
    target = score.mix.loudness + min(max(louder, -_MOST_CONTRAST), _MOST_CONTRAST)
    master(mixed, lambda done: progress("mastering", 0.8 + 0.1 * done), target, draft=True)
    write_lossless(
        mixed.samples, mixed.frames, path, "flac", {}, lambda done: progress("encoding", 0.9 + 0.1 * done),
        bits=16, rate=SAMPLE_RATE,
    )  # fmt: skip


def _name_of(
    cut: Excerpt, seed: int, bank: Bank, strips: list[Strip], voices: list[Voice], expected: forecast.Forecast
) -> str:
    """The name under which the finished sound is kept: of everything that is heard of it."""
    score = cut.score
    frames = round(score.duration * SAMPLE_RATE)
    desk = [
        (s.name, s.role, s.duck, s.room, s.echo, s.mono, s.drums, s.ridden, s.lifted)
        + (kept.digest(s.placing.middle.tobytes(), s.placing.side.tobytes()),)
        for s in strips
    ]
    heard = [
        (dry.name_of(score, bank, voice, frames), voice.group, voice.attenuation)
        for voice in voices
        if voice.part.notes
    ]
    place = (score.tempos, score.sections, score.duration, score.fade_out, score.mix)
    return kept.digest(_FORM, seed, expected.name, place, desk, heard)
