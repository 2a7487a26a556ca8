"""What a music engine is to the site. A generator never sees a Job."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.music.brief import Brief

Progress = Callable[[str, float | None], None]
"""``progress(stage, fraction)``: stage is one of STAGES, fraction of the whole from 0 to 1, or None if not known.

Call it as often as is convenient. It raises ``Stopped`` when the job was cancelled, lost or out of time: let that pass.
"""

STAGES = ("starting", "composing", "rendering", "mixing", "mastering", "encoding", "storing")


FORMATS = ("flac", "wav", "stems")  # what a person may ask for beside the MP3


@dataclass(frozen=True, slots=True)
class Order:
    """What to make. ``folder`` is empty, on this machine, and removed afterwards.

    ``formats``: those of FORMATS that were asked for; a generator that cannot make one leaves it out.
    """

    brief: Brief
    seed: int
    folder: Path
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. ``files``: kind → (path inside the order's folder, content type); ``audio`` is needed."""

    files: Mapping[str, tuple[Path, str]]
    duration: float  # seconds
    facts: Mapping[str, Any] = field(default_factory=dict)  # JSON-ready: sections, parts, loudness …


class Stopped(Exception):
    """The attempt must end now: ``why`` is 'cancelled', 'lost', 'timeout' or 'returned'."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class GeneratorError(Exception):
    """The engine could not make the piece.

    ``code`` is stable, ``message`` is for people. ``transient`` errors are tried again after a while by themselves,
    at the earliest after ``retry_after`` seconds; ``retryable`` says whether a person may try again.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        transient: bool = False,
        retryable: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.transient, self.retryable, self.retry_after = transient, retryable, retry_after


class Generator(ABC):
    """A music engine, set up by one entry of ``settings.GENERATORS``. Made once per process, used for many orders."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options

    @abstractmethod
    def generate(self, order: Order, progress: Progress) -> Made:
        """Make the piece; raise GeneratorError where that is not possible."""

    def problems(self) -> list[str]:
        """One sentence for each thing that keeps this engine from working (a missing extra, key, model …)."""
        return []
