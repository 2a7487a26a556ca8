"""From the brief to the files of the finished piece."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

from jobs.music.brief import LAYERS, Brief
from jobs.music.composing import VERSION
from jobs.music.composing.edit import UNCHANGED
from jobs.music.editing import EditDocument, read
from jobs.music.errors import EditRefused, named_failures
from jobs.music.files import cue_sheet, encode, layers, midi, peaks, roll, stems
from jobs.music.files.cover import cover
from jobs.music.files.document import Document, unpack
from jobs.music.files.document import write as write_document
from jobs.music.files.loop_points import AROUND, LoopPoints
from jobs.music.files.painting import SIZE, SMALL, png
from jobs.music.files.practice import practised
from jobs.music.files.rights import rights_of
from jobs.music.files.tags import ARTIST, comments, origin
from jobs.music.formats import Format
from jobs.music.notation.musicxml import Source
from jobs.music.notation.writing import write as write_on_paper
from jobs.music.score import Score
from jobs.music.sound import VERSION as MIXER
from jobs.music.sound.choice import credits_of, patches_of, stand_ins
from jobs.music.sound.finish import finish
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loops import cycle_of
from jobs.music.sound.master import master
from jobs.music.sound.mix import Mixed, render
from jobs.music.sound.soundfont import Bank, find

GENERATOR = "musicsite composer"
NAMES = {  # what can be made, the longest work first
    "mp3": "audio.mp3", "opus": "audio.opus", "flac": "audio.flac", "wav": "audio.wav", "midi": "score.mid",
    "roll": "roll.svg", "peaks": "peaks.json", "score": "score.json.gz", "layers": "layers.zip",
    "stems": "stems.zip",
}  # fmt: skip
_PLAYED_ANEW = {"layers", "stems"}  # one by one, when the master is written and gone

OUTPUTS = {"audio": "mp3"}  # kinds of formats that are called otherwise here

Progress = Callable[[str, float], None]

# Where each stage ends, as a share of the whole; measured at 60 s and 180 s of music with the default outputs.
_ENDS = {"composing": 0.02, "rendering": 0.66, "mixing": 0.70, "mastering": 0.75, "encoding": 1.0}
# How much of the writing each takes.
_WEIGHTS = {
    "stems": 12.0,
    "layers": 20.0,
    "mp3": 4.0,
    "opus": 4.0,
    "flac": 1.0,
    "wav": 0.2,
    "midi": 0.4,
    "roll": 0.2,
    "peaks": 0.1,
    "score": 0.2,
}
_THREADS = 2
_PATIENCE = 0.05  # seconds between two looks at the threads


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished piece: ``duration`` in seconds, ``loudness`` in LUFS, ``true_peak`` in dBTP before encoding."""

    title: str
    duration: float
    sample_rate: int
    loudness: float
    true_peak: float
    files: Mapping[str, Path]  # kind, one of NAMES → file
    sections: tuple[dict[str, Any], ...]  # name, start and length in seconds, bars
    parts: tuple[dict[str, str], ...]  # name, role, instrument
    soundfont: str
    soundfont_damaged: bool  # the better bank was there, but not whole
    stand_ins: Mapping[str, str]  # part → the sound that played it, where its instrument's own was not to be had
    patches: str  # the digest of the sounds of our own that played, "" for none
    mixer: int  # jobs.music.sound.VERSION that mixed it
    notes: str  # jobs.music.files.midi.fingerprint, whatever the title
    composer: int  # jobs.music.composing.VERSION that wrote it
    loop: Mapping[str, float] | None = None  # start and length in seconds of what is repeated

    def facts(self) -> dict[str, Any]:
        """All but the files, JSON-ready."""
        facts = asdict(self)
        del facts["files"]
        if self.loop is None:
            del facts["loop"]
        return facts


def make(
    brief: Brief,
    seed: int,
    folder: Path,
    progress: Progress,
    *,
    soundfont: Path | None = None,
    cache: Path | None = None,
    outputs: Iterable[str] = ("mp3", "midi", "peaks", "roll"),
    edit: Mapping[str, Any] | None = None,
) -> Piece:
    """Compose and render; the files appear in ``folder`` complete or not at all.

    ``progress(stage, share of the whole)`` never goes back; what it raises ends the work, and passes through.
    ``soundfont`` is a file that must be used, ``cache`` a folder in which ``soundfont.obtain`` may have put one.
    ``edit``: the document of jobs.music.editing that lies over the brief. Raise MusicError with its code where the
    piece cannot be made, ValueError for an unknown output.
    """
    from jobs.music.composing.compose import compose

    progress("composing", 0.0)
    try:
        changes = read(EditDocument.model_validate(edit), brief, seed) if edit else UNCHANGED
    except ValueError as error:
        raise EditRefused(str(error)) from error
    score = compose(brief, seed, brief.melody_seed, changes)
    return produce(score, brief, seed, folder, progress, soundfont=soundfont, cache=cache, outputs=outputs)


def make_again(
    kept: bytes,
    brief: Brief,
    folder: Path,
    progress: Progress,
    *,
    soundfont: Path | None = None,
    cache: Path | None = None,
    outputs: Iterable[str] = ("wav",),
    wanted: Format | None = None,
) -> Piece:
    """``make`` from the ``kept`` document of a score, whatever the composer would write today.

    It is played on the sound bank that it was played on, where that is there. ``wanted``: the one format that is made
    instead of ``outputs``. Raise as ``make`` does.
    """
    progress("composing", 0.0)
    document = unpack(kept, brief.title)
    piece = produce(
        practised(document.score, wanted) if wanted and wanted.is_other_music else document.score,
        brief,
        document.seed,
        folder,
        progress,
        soundfont=soundfont,
        cache=cache,
        outputs=[OUTPUTS.get(wanted.kind, wanted.kind)] if wanted else outputs,
        played_on=document.soundfont,
        composer=document.composer,
        wanted=wanted,
    )
    return replace(piece, notes=_fingerprint(document.score))


def write_down(
    kept: bytes, brief: Brief, folder: Path, progress: Progress, wanted: Format
) -> tuple[Path, dict[str, Any]]:
    """Write a format on paper from the ``kept`` document of a score: the file, whole or not at all, and facts of it.

    Raise MusicError where the document cannot be read or the file not be written.
    """
    progress("composing", 0.0)
    document = unpack(kept, brief.title)
    score = document.score
    part, path = folder / f".{wanted.file_name}.part", folder / wanted.file_name
    try:
        with named_failures():
            write_on_paper(
                wanted, score, Source(brief.prompt, document.seed, GENERATOR, rights_of("")), brief.language, part
            )
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    progress("encoding", 1.0)
    return path, {"duration": score.duration, **_notes(score, document.composer)}


def produce(
    score: Score,
    brief: Brief,
    seed: int,
    folder: Path,
    progress: Progress,
    *,
    soundfont: Path | None = None,
    cache: Path | None = None,
    outputs: Iterable[str] = ("mp3", "midi", "peaks", "roll"),
    played_on: str = "",
    composer: int = VERSION,
    wanted: Format | None = None,
) -> Piece:
    """``make`` for a score that is there already, written by that version of the ``composer``.

    ``played_on``: the name of the sound bank that is taken before all where it is there. ``wanted``: what is set of the
    one output.
    """
    score = score.quantised()
    kinds = tuple(dict.fromkeys(outputs))
    if unknown := set(kinds) - set(NAMES):
        raise ValueError(f"outputs: {sorted(unknown)} unknown")
    parts = {kind: folder / f".{NAMES[kind]}.part" for kind in kinds}
    report = _Report(progress)
    try:
        with named_failures():
            bank = find(soundfont, cache, played_on)
            report.stage("composing")(1.0)
            mixed = render(score, bank, report.stage("rendering"))
            finish(mixed, score, seed, report.stage("mixing"))
            mastered = master(mixed, report.stage("mastering"), score.mix.loudness)
            mixed.cut()
            document = Document(score, seed, composer, bank.name)
            _write(document, brief, mixed, bank, parts, report.stage("encoding"), wanted)
            files = {kind: path.replace(folder / NAMES[kind]) for kind, path in parts.items()}
    except BaseException:
        for kind in kinds:
            parts[kind].unlink(missing_ok=True)
            (folder / NAMES[kind]).unlink(missing_ok=True)
        raise
    return Piece(
        title=score.title,
        duration=mixed.frames / SAMPLE_RATE,
        sample_rate=SAMPLE_RATE,
        loudness=mastered.loudness,
        true_peak=mastered.true_peak,
        files=files,
        soundfont=bank.name,
        soundfont_damaged=bank.damaged is not None,
        stand_ins=stand_ins(bank, score),
        patches=patches_of(bank, score),
        mixer=MIXER,
        **_notes(score, composer),
    )


def _notes(score: Score, composer: int) -> dict[str, Any]:
    """The facts of a Piece that are of its notes."""
    parts = tuple({"name": p.name, "role": p.role, "instrument": p.instrument} for p in score.parts if p.notes)
    facts = {"sections": _sections(score), "parts": parts, "notes": _fingerprint(score), "composer": composer}
    cycle = cycle_of(score)
    return {**facts, "loop": cycle.seconds} if cycle else facts


def _fingerprint(score: Score) -> str:
    """Of the notes, whatever the title."""
    return midi.fingerprint(replace(score.quantised(), title=""))


class _Report:
    """Turns how much of a stage is done into how much of the whole, never backwards."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._whole = 0.0

    def stage(self, name: str) -> Callable[[float], None]:
        ends = list(_ENDS)
        start = _ENDS[ends[ends.index(name) - 1]] if name != ends[0] else 0.0

        def step(done: float) -> None:
            self._whole = max(self._whole, min(start + (_ENDS[name] - start) * done, 1.0))
            self._progress(name, self._whole)

        return step


def _sections(score: Score) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "name": section.name,
            "start": round(score.seconds(section.start), 3),
            "length": round(score.seconds(section.start + section.length) - score.seconds(section.start), 3),
            "bars": section.bars,
        }
        for section in score.sections
    )


def _write(
    document: Document,
    brief: Brief,
    mixed: Mixed,
    bank: Bank,
    parts: Mapping[str, Path],
    step: Callable[[float], None],
    wanted: Format | None,
) -> None:
    """Write every output to its file of ``parts``, in threads that end with this call."""
    score, seed = document.score, document.seed
    rights = rights_of(document.soundfont, credits_of(bank, score))
    texts = comments(score.title, brief, seed, rights)
    size = SMALL if "opus" in parts else SIZE
    picture = png(cover(seed, brief.style), size) if parts.keys() & {"mp3", "flac", "wav", "opus"} else b""
    stop, shares = Event(), dict.fromkeys(parts, 0.0)
    total = sum(_WEIGHTS[kind] for kind in parts)

    def write(kind: str) -> None:
        def advance(share: float) -> None:
            if stop.is_set():
                raise _Abandoned
            shares[kind] = share

        path, samples, frames = parts[kind], mixed.samples, mixed.frames
        advance(0.0)
        loop = _loop_points(mixed)
        match kind:
            case "mp3":
                told = origin(score.title, brief, seed, GENERATOR, rights)
                bitrate = int(wanted["bitrate"]) if wanted else encode.BITRATE
                encode.write_mp3(samples, frames, path, *told, advance, bitrate=bitrate, cover=picture, loop=loop)
            case "flac" | "wav":
                form = wanted or Format(kind)
                bits, rate = int(form["bits"]), int(form["rate"])
                encode.write_lossless(
                    samples, frames, path, kind, texts, advance, bits=bits, rate=rate, cover=picture, loop=loop
                )
                if score.cues and kind == "wav":
                    cue_sheet.mark_wav(path, cue_sheet.moments(score), rate)
            case "opus":
                encode.write_opus(samples, frames, path, texts, advance, cover=picture, loop=loop)
            case "stems":
                stems.write(score, bank, path, mixed.level, ARTIST, advance)
            case "layers":
                layers.write(score, bank, path, mixed.level, brief.layers or LAYERS[0], ARTIST, advance)
            case "midi":
                midi.write(score, path)
            case "roll":
                roll.write(score, path)
            case "score":
                write_document(document, path)
            case "peaks":
                peaks.write(samples, frames, frames / SAMPLE_RATE, path)
        advance(1.0)

    with ThreadPoolExecutor(_THREADS, "write") as pool:
        try:
            for kinds in _turns(parts):
                waiting = {pool.submit(write, kind) for kind in kinds}
                while waiting:
                    done, waiting = wait(waiting, timeout=_PATIENCE, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()
                    step(sum(shares[kind] * _WEIGHTS[kind] for kind in shares) / total)
                mixed.samples = mixed.samples[:, :0].copy()  # what is played anew needs the room
        finally:
            stop.set()
    step(1.0)


def _turns(kinds: Collection[str]) -> Iterator[list[str]]:
    """What is written at the same time, in turns: the files of the master, then each of what is played anew."""
    yield [kind for kind in NAMES if kind in kinds and kind not in _PLAYED_ANEW]
    yield from ([kind] for kind in NAMES if kind in kinds and kind in _PLAYED_ANEW)


def _loop_points(mixed: Mixed) -> LoopPoints | None:
    cycle = mixed.cycle
    return LoopPoints(cycle.start, cycle.length, *cycle.around(mixed.samples, AROUND)) if cycle else None


class _Abandoned(Exception):
    """Ends a writing thread whose piece is not wanted any more."""
