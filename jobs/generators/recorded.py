"""Engines that make sound in whatever format, and have it brought to the site's loudness and files here."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.generators.base import Generator, GeneratorError, Made, Order, Progress

SHARE = 0.9  # of the whole that an engine's own work takes
TYPES = {
    "audio": ("mp3", "audio/mpeg"),
    "peaks": ("peaks", "application/json"),
    "flac": ("flac", "audio/flac"),
    "wav": ("wav", "audio/wav"),
}


@dataclass(frozen=True, slots=True)
class Recording:
    """``path``: any sound file that libsndfile reads (WAV, FLAC, MP3 …); removed if it lies in the order's folder.

    ``is_loop``: its end leads back to its beginning, so neither is faded.
    """

    path: Path
    facts: Mapping[str, Any] = field(default_factory=dict)  # JSON-ready
    is_loop: bool = False


class RecordingGenerator(Generator):
    """Implement ``perform``; loudness, peaks, tags and files are taken care of."""

    @abstractmethod
    def perform(self, order: Order, progress: Progress) -> Recording:
        """Make the sound, with ``progress`` from 0 to 1; raise GeneratorError where that is not possible."""

    def generate(self, order: Order, progress: Progress) -> Made:
        from jobs.music.errors import MusicError
        from jobs.music.files.deliver import deliver  # numpy and scipy
        from jobs.music.files.rights import rights_under
        from jobs.music.following import facts_of

        def first(stage: str, fraction: float | None) -> None:
            progress(stage, None if fraction is None else SHARE * fraction)

        def last(stage: str, fraction: float) -> None:
            progress(stage, SHARE + (1 - SHARE) * fraction)

        recording = self.perform(order, first)
        kinds = {kind: file for kind, file in TYPES.items() if kind in ("audio", "peaks") or kind in order.formats}
        try:
            rights = rights_under(self.title, self.abilities.licence)
            done = deliver(
                recording.path, order.brief, order.seed, order.folder, last,
                generator=self.title, rights=rights, outputs=[output for output, _type in kinds.values()],
                fades=not recording.is_loop,
            )  # fmt: skip
        except MusicError as error:
            transient = error.code == "disk_full"
            if not transient:
                order.remember("")  # what is there is no use: a retry has it made anew
            raise GeneratorError(error.code, error.message, transient=transient) from error
        finally:
            if recording.path.parent == order.folder:
                recording.path.unlink(missing_ok=True)
        heard = facts_of(order.brief, done.heard, done.came_at, done.duration, self.abilities.tolerance)
        return Made(
            files={kind: (done.files[output], content_type) for kind, (output, content_type) in kinds.items()},
            duration=done.duration,
            facts={"loudness": done.loudness, "true_peak": done.true_peak, **recording.facts, "heard": heard},
        )
