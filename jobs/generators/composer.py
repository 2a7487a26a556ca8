"""The built-in composer: writes a score from the brief and plays it on sampled instruments, on any CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from jobs.generators.base import FORMATS, PAPER, Abilities, Generator, GeneratorError, Heard, Made, Order, Progress
from jobs.music import formats
from jobs.music.composing import VERSION
from jobs.music.errors import MusicError
from jobs.music.memory import give_back

# kind of file on the site → (output of jobs.music.piece, content type)
FILES = {
    "audio": ("mp3", "audio/mpeg"),
    "midi": ("midi", "audio/midi"),
    "peaks": ("peaks", "application/json"),
    "roll": ("roll", "image/svg+xml"),
    "score": ("score", "application/gzip"),
    "flac": ("flac", "audio/flac"),
    "wav": ("wav", "audio/wav"),
    "stems": ("stems", "application/zip"),
}


class Composer(Generator):
    """OPTIONS: ``soundfont`` (a file; empty: the best that is there), ``cache`` (folder of fetched sound banks).

    ``stems``: the folder of what previews have played, of at most ``stems_megabytes``.
    """

    title = "Composer"
    OPTIONS: ClassVar[dict[str, Any]] = {"soundfont": "", "cache": "", "stems": "", "stems_megabytes": 500}

    @property
    def abilities(self) -> Abilities:
        return Abilities(
            exports=("audio", *FORMATS, "opus", "layers", *PAPER),
            sets_formats=True,
            repeatable=True,
            plays_brief=True,
            varies_melody=True,
            plays_tune=True,
            keeps_score=True,
            takes_edits=True,
            version=VERSION,
        )

    def generate(self, order: Order, progress: Progress) -> Made:
        # Imported here: numpy and the synthesizer have no place in the web processes.
        from jobs.music.piece import make, make_again, write_down

        wanted = formats.parse(order.formats[0]) if order.export else None
        if wanted and wanted.is_on_paper:
            with _at_work():
                path, facts = write_down(order.score, order.brief, order.folder, progress, wanted)
            return Made({str(wanted): (path, wanted.content_type)}, facts["duration"], facts)
        banks = self._banks()
        if wanted:
            with _at_work():
                piece = make_again(order.score, order.brief, order.folder, progress, **banks, wanted=wanted)
            (path,) = piece.files.values()
            return Made({str(wanted): (path, wanted.content_type)}, piece.duration, piece.facts())
        files = {kind: file for kind, file in FILES.items() if kind not in FORMATS or kind in order.formats}
        outputs = [output for output, _ in files.values()]
        with _at_work():
            piece = make(order.brief, order.seed, order.folder, progress, **banks, outputs=outputs, edit=order.edit)
        return Made(
            files={kind: (piece.files[output], content_type) for kind, (output, content_type) in files.items()},
            duration=piece.duration,
            facts=piece.facts(),
        )

    def preview(self, order: Order, section: int, progress: Progress) -> Heard:
        from jobs.music.preview import make
        from jobs.music.sound.kept import Kept

        keeps = Kept(Path(self.options["stems"]), int(self.options["stems_megabytes"]) * 1_000_000)
        with _at_work():
            made = make(
                order.brief, order.seed, order.edit or {}, section, order.folder, keeps, progress, **self._banks()
            )
        return Heard(made.path, "audio/flac", made.start, made.lead, made.length, made.bars)

    def _banks(self) -> dict[str, Any]:
        soundfont = self.options.get("soundfont")
        return {"soundfont": Path(soundfont) if soundfont else None, "cache": Path(self.options["cache"])}


@contextmanager
def _at_work() -> Iterator[None]:
    """What the composer cannot do, as the site tells it; a worker that waits keeps no memory of the last piece."""
    try:
        yield
    except MusicError as error:
        transient = error.code in ("disk_full", "out_of_memory")
        raise GeneratorError(error.code, error.message, transient=transient, retryable=error.mends) from error
    finally:
        give_back()
