import os
import secrets
import shutil
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from jobs.management.making import failing_in_a_sentence, sounds
from jobs.music.brief import ARCS, MASTERS, METRES, MODES, MOODS, Brief
from jobs.music.composing.unplaced import unplaced
from jobs.music.given import BadTune, GivenTune
from jobs.music.text import is_visible
from jobs.music.words.understand import understand
from jobs.pages.remarks import remark_text
from jobs.queue.orders import MAX_SEED

ASSUMED = ("mood", "style", "seed", "default")  # sources of what nobody asked for


class Command(BaseCommand):
    help = "Makes a piece of music from words and writes it to a file, without server, database or workers."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prompt", help="what it should be, in English or Korean words")
        parser.add_argument(
            "-o", "--output", dest="targets", action="append", type=Path, required=True, metavar="FILE",
            help="as its ending says: .mp3, .flac, .wav, .mid, .svg (piano roll), .zip (stems); may be repeated",
        )  # fmt: skip
        parser.add_argument("--seed", type=int, help="the same seed gives the same piece")
        parser.add_argument("--soundfont", type=Path, metavar="FILE", help="instrument sounds to play on")
        words = parser.add_argument_group("instead of words of the prompt")
        words.add_argument("--title")
        words.add_argument("--style", help="lofi, jazz, rock …")
        words.add_argument("--duration", type=float, metavar="SECONDS")
        words.add_argument("--tempo", type=float, help="beats a minute")
        words.add_argument("--key", help="A minor, Eb, F# dorian …")
        words.add_argument("--mode", choices=MODES)
        words.add_argument("--metre", choices=METRES)
        words.add_argument("--energy", type=float, help="from 0, still, to 1, wild")
        words.add_argument("--arc", choices=ARCS, help="how the energy goes over the piece")
        words.add_argument("--master", choices=MASTERS, help="how loud it is made: -14, -18 or -10 LUFS")
        words.add_argument("--loop", action="store_true", default=None, help="it ends where it begins, in whole bars")
        words.add_argument("--intro", type=int, metavar="BARS", help="before a loop, heard once")
        words.add_argument("--moods", type=_names, metavar="MOOD,…", help=", ".join(MOODS))
        words.add_argument("--instruments", type=_names, metavar="NAME,…")
        words.add_argument("--excluded", type=_names, metavar="NAME,…", help="instruments or drums, bass, melody")
        words.add_argument("--melody", type=Path, metavar="FILE", help="a MIDI file whose tune the lead plays")
        self._words = [action.dest for action in words._group_actions]

    def handle(
        self, *args: Any, prompt: str, targets: list[Path], seed: int | None, soundfont: Path | None, **options: Any
    ) -> None:
        from jobs.music.piece import make  # numpy and the synthesizer: not for whoever only wants help

        kinds = {target: _kind(target) for target in targets}
        seed = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
        if not 0 <= seed <= MAX_SEED:
            raise CommandError(f"--seed must be from 0 to {MAX_SEED}.")
        brief = self._understand(
            prompt, {name: options[name] for name in self._words if options[name] is not None}, seed
        )
        started = time.monotonic()
        with (
            failing_in_a_sentence("Stopped; nothing was written."),
            _Meter(self.stderr) as meter,
            tempfile.TemporaryDirectory(prefix="musicsite-") as folder,
        ):
            piece = make(brief, seed, Path(folder), meter.show, outputs=kinds.values(), **sounds(soundfont))
            for target, kind in kinds.items():
                _place(piece.files[kind], target)
        for target in targets:
            self.stdout.write(f"{target} ({target.stat().st_size / 1000:.0f} kB)")
        took = time.monotonic() - started
        self.stdout.write(f"{piece.duration:.1f} s at {piece.loudness:.1f} LUFS, made in {took:.1f} s; seed {seed}")

    def _understand(self, prompt: str, options: dict[str, Any], seed: int) -> Brief:
        """What the words mean; says it."""
        if not is_visible(prompt):
            raise CommandError("Describe the music in a few words.")
        if options.get("melody"):
            options["melody"] = _tune(options["melody"])
        try:
            brief = understand(prompt, options, seed)
        except ValueError as error:
            raise CommandError(f"--{error}") from error
        self.stdout.write(self.style.SUCCESS(brief.title))
        facts = [brief.style, f"{brief.tempo:g} bpm", brief.key, brief.metre, f"{brief.duration:g} s"]
        if brief.tune:
            facts.append(f"your melody of {len(brief.tune.notes)} notes")
        facts += [*brief.moods, *brief.instruments, *(f"no {name}" for name in brief.excluded)]
        self.stdout.write("Understood: " + " · ".join(facts))
        assumed = [
            f"{name} (from the {source})"
            for name, source in brief.sources.items()
            if source in ASSUMED and name != "title" and getattr(brief, name, None)
        ]
        if assumed:
            self.stdout.write("Assumed: " + ", ".join(assumed))
        for remark in (*brief.remarks, *unplaced(brief)):
            self.stdout.write(remark_text(remark.code, remark.values) or remark.code)
        return brief


class _Meter:
    """Percent and stage on a line that is written over; silent where nobody watches."""

    def __init__(self, stderr: OutputWrapper) -> None:
        self._stderr, self._watched = stderr, stderr.isatty()

    def show(self, stage: str, fraction: float | None) -> None:
        self._write(stage if fraction is None else f"{fraction:4.0%} {stage}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        if self._watched:
            self._stderr.write(f"\r\033[K{text}", str, ending="")
            self._stderr.flush()


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tune(path: Path) -> GivenTune:
    """The tune in a file; raise CommandError where there is none."""
    from jobs.music.files.midi_tune import MAX_BYTES, read_tune

    try:
        with path.open("rb") as file:
            return read_tune(file.read(MAX_BYTES + 1), path.name)
    except OSError as error:
        raise CommandError(f"--melody: {path} cannot be read: {error.strerror}.") from error
    except BadTune as error:
        raise CommandError(f"--melody: {error}") from error


def _kind(target: Path) -> str:
    """Which output of the composer the file is to hold; raise CommandError before any music is made for nothing."""
    from jobs.music.piece import NAMES

    kinds = {Path(name).suffix: kind for kind, name in NAMES.items()}
    if target.suffix.lower() not in kinds:
        raise CommandError(f"{target}: give it an ending out of {', '.join(sorted(kinds))}.")
    if target.is_dir() or not os.access(target.parent, os.W_OK):
        why = "it is a folder" if target.is_dir() else "its folder cannot be written"
        raise CommandError(f"{target}: {why if target.parent.is_dir() else 'its folder does not exist'}.")
    return kinds[target.suffix.lower()]


def _place(source: Path, target: Path) -> None:
    """The target appears whole or not at all, on whatever file system it is."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
