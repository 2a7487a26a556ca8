import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from jobs.management.commands.styles import known
from jobs.management.making import failing_in_a_sentence, sounds
from jobs.music import styles
from jobs.music.brief import MAX_DURATION, MIN_DURATION, Brief
from jobs.music.words.understand import understand
from jobs.pages import demos as front_page
from jobs.pages import labels
from jobs.pages.tracks import sections_of

if TYPE_CHECKING:
    from jobs.music.piece import Piece

OUTPUTS = ("mp3", "midi", "roll")


class Command(BaseCommand):
    help = (
        "Makes a piece in every style and a web page to listen to them, without server or database; or the dozen "
        "pieces of the site's front page."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("styles", nargs="*", metavar="STYLE", help="only these, by id")
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where the page goes")
        where.add_argument(
            "--front-page", action="store_true", help="a dozen pieces for visitors of the site, instead of those before"
        )
        parser.add_argument("--duration", type=float, default=45.0, metavar="SECONDS", help="of each piece (45)")
        parser.add_argument("--seed", type=int, default=1, help="another number, other pieces (1)")
        parser.add_argument("--soundfont", type=Path, metavar="FILE", help="instrument sounds to play on")
        parser.add_argument(
            "--measure", type=Path, metavar="FILE", help="report.json of make listen: says what it heard of each style"
        )

    def handle(
        self, *args: Any, styles: list[str], output: Path | None, duration: float, seed: int, measure: Path | None,
        soundfont: Path | None, **options: Any,
    ) -> None:  # fmt: skip
        if output is None:
            self._front_page(soundfont)
            return
        names = known(styles)
        if not MIN_DURATION <= duration <= MAX_DURATION:
            raise CommandError(f"--duration must be from {MIN_DURATION:g} to {MAX_DURATION:g} seconds.")
        measured = _measured(measure) if measure else {}
        demos = []
        with failing_in_a_sentence("Stopped; there is no page."):
            output.mkdir(parents=True, exist_ok=True)
            for index, name in enumerate(names, 1):
                demo = _demo(name, seed, duration, output, soundfont)
                self.stdout.write(f"{index}/{len(names)} {name}: {demo['title']}")
                demos.append(demo | {"measures": measured.get(name, [])})
            page = output / "index.html"
            page.write_text(render_to_string("management/demos.html", {"demos": demos, "seed": seed}), encoding="utf-8")
        self.stdout.write(self.style.SUCCESS(f"{page}: {len(demos)} pieces"))

    def _front_page(self, soundfont: Path | None) -> None:
        pieces = {}
        with failing_in_a_sentence("Stopped; nothing was changed."), tempfile.TemporaryDirectory() as name:
            for index, style in enumerate(front_page.STYLES, 1):
                folder = Path(name) / style
                folder.mkdir()
                demo = _for_visitors(style, folder, soundfont)
                self.stdout.write(f"{index}/{len(front_page.STYLES)} {style}: {demo.words}")
                pieces[demo] = folder / "audio.mp3"
            size = sum(demo.size for demo in pieces)
            if size > front_page.LARGEST:
                raise CommandError(f"They are too large: {size} bytes, and {front_page.LARGEST} is the most.")
            front_page.keep(pieces)
        self.stdout.write(self.style.SUCCESS(f"The front page has {len(pieces)} pieces, {size / 1e6:.1f} MB."))


def _for_visitors(style: str, folder: Path, soundfont: Path | None) -> front_page.Demo:
    """Make one of the front page's pieces in this folder."""
    from jobs.music.piece import make

    brief = understand(front_page.words_of(style), {"duration": front_page.DURATION}, front_page.SEED)
    outputs = ("mp3", "peaks")
    piece = make(brief, front_page.SEED, folder, lambda _stage, _share: None, outputs=outputs, **sounds(soundfont))
    peaks = json.loads(piece.files["peaks"].read_text("utf-8"))["peaks"]
    key = {"tempo": brief.tempo, "tonic": brief.tonic, "mode": brief.mode}
    return front_page.described(style, piece.files["mp3"].read_bytes(), peaks, piece.duration, key)


def _demo(name: str, seed: int, duration: float, output: Path, soundfont: Path | None) -> dict[str, Any]:
    """Make one piece in a folder of its own; what the page says of it."""
    from jobs.music.piece import make  # numpy and the synthesizer: not for whoever only wants help

    style = styles.get(name)
    brief = understand(style.name, {"style": name, "duration": duration}, seed)
    folder = output / name
    folder.mkdir(exist_ok=True)
    piece = make(brief, seed, folder, lambda _stage, _share: None, outputs=OUTPUTS, **sounds(soundfont))
    return {
        "id": name,
        "style": style.name,
        "style_ko": style.name_ko,
        "title": brief.title,
        "asked": f"{style.name}, {duration:g} seconds",
        "facts": _facts(brief, piece),
        "instruments": list(dict.fromkeys(labels.instrument_name(part["instrument"]) for part in piece.parts)),
        "audio": piece.files["mp3"].relative_to(output).as_posix(),
        "midi": piece.files["midi"].relative_to(output).as_posix(),
        "sections": sections_of(piece.sections, piece.duration),
        "roll": mark_safe(piece.files["roll"].read_text("utf-8")),  # noqa: S308 - our own picture, escaped where made
    }


def _facts(brief: Brief, piece: "Piece") -> list[str]:
    return [
        labels.key_name(brief.tonic, brief.mode),
        f"{brief.tempo:g} bpm",
        brief.metre,
        f"{piece.duration:.0f} s",
        f"{piece.loudness:.1f} LUFS",
    ]


def _measured(report: Path) -> dict[str, list[tuple[str, str]]]:
    """Style → what was measured of it, as name and figure; raise CommandError for a file that is no such report."""
    try:
        data = json.loads(report.read_text("utf-8"))
        shares = {line["name"]: line["share"] for line in data["summary"]}
        return {
            style: [
                (name, f"{means[name]:.0%}" if share else f"{means[name]:.2f}")
                for name, share in shares.items()
                if means[name] is not None
            ]
            for style, means in data["styles"].items()
        }
    except OSError as error:
        raise CommandError(f"{report}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{report} is not a report of make listen.") from error
