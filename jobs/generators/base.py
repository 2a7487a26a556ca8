"""What a music engine is to the site. A generator never sees a Job."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol

from jobs.generators.options import read_options
from jobs.music.brief import MAX_DURATION, METRES, MIN_DURATION, MODES, Brief
from jobs.music.formats import KINDS
from jobs.music.lyrics import MAX_LYRICS

Progress = Callable[[str, float | None], None]
"""``progress(stage, fraction)``: stage is one of STAGES, fraction of the whole from 0 to 1, or None if not known.

Call it as often as is convenient. It raises ``Stopped`` when the job was cancelled, lost or out of time: let that pass.
"""

STAGES = ("starting", "composing", "generating", "rendering", "mixing", "mastering", "encoding", "storing")

FORMATS = ("flac", "wav", "stems")  # what a person may ask for beside the MP3
PAPER = tuple(kind for kind, facts in KINDS.items() if facts.is_on_paper)  # and of the finished piece

SETTINGS = (  # what a person may set beside the words
    "style", "duration", "tempo", "key", "mode", "metre", "energy", "moods", "instruments", "excluded", "arc", "master",
    "loop", "intro", "layers", "cues", "seed",
)  # fmt: skip


class Remember(Protocol):
    """``Order.remember``: keep ``token`` for the next attempt, and what the work cost (US dollars) on this one."""

    def __call__(self, token: str, cost: float | None = None) -> None: ...


def _forget(token: str, cost: float | None = None) -> None:
    """Where nobody asks for what was remembered: a piece made without a job."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to make. ``folder`` is empty, on this machine, and removed afterwards.

    ``formats``: those of FORMATS that were asked for; a generator that cannot make one leaves it out. ``export``: one
    of ``Abilities.exports`` is all that is asked for, since the rest of the same piece is there; with what is set of it
    (the name of a ``jobs.music.formats.Format``) where ``Abilities.sets_formats``.
    ``edit``: what a person has changed of the piece (jobs.music.editing); only where ``Abilities.takes_edits``.
    ``score``: the file of that kind that came with the piece, for an export by an engine that ``keeps_score``.

    An engine that has its work done elsewhere calls ``remember(token)`` as soon as that work has a name (at most 200
    characters): it is durable when the call returns, and ``resume`` of the next attempt at the same job. ``""`` forgets
    it. ``cost``, in US dollars, is recorded on the attempt. ``kept`` is a folder on this machine that outlives the
    attempt until the job is done; it may not exist yet, and there is none where nothing is to be kept.
    """

    brief: Brief
    seed: int
    folder: Path
    formats: tuple[str, ...] = ()
    export: bool = False
    resume: str = ""
    remember: Remember = _forget
    kept: Path | None = None
    score: bytes = b""
    edit: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. ``files``: kind → (path inside the order's folder, content type); ``audio`` in all but exports."""

    files: Mapping[str, tuple[Path, str]]
    duration: float  # seconds
    facts: Mapping[str, Any] = field(default_factory=dict)  # JSON-ready: sections, parts, loudness …


@dataclass(frozen=True, slots=True)
class Heard:
    """A section that was rendered alone: its file, inside the order's folder, and seconds.

    ``start``: at which it begins in the piece; ``lead``: before it in the file; ``length``: of it, in ``bars``.
    """

    path: Path
    content_type: str
    start: float
    lead: float
    length: float
    bars: int


class Stopped(Exception):
    """The attempt must end now: ``why`` is 'cancelled', 'lost', 'timeout' or 'returned'.

    After 'lost' and 'returned' another attempt goes on with what was remembered; after the others nobody will.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class GeneratorError(Exception):
    """The engine could not make the piece.

    ``code`` is stable, ``message`` is for people. ``transient`` errors are tried again after a while by themselves,
    at the earliest after ``retry_after`` seconds; ``retryable`` says whether a person may try again. ``falls_back``:
    the engine is to blame and not the order, so another engine may make the piece where the operator allows it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        transient: bool = False,
        retryable: bool = True,
        retry_after: float | None = None,
        falls_back: bool = True,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.transient, self.retryable, self.retry_after = transient, retryable, retry_after
        self.falls_back = falls_back


@dataclass(frozen=True, slots=True)
class Abilities:
    """What an engine can do with an order."""

    hears: frozenset[str] = frozenset(SETTINGS)  # those of SETTINGS that make a difference
    formats: tuple[str, ...] = FORMATS
    exports: tuple[str, ...] = ()  # kinds of formats in which it makes a piece again, later, from the same order
    sets_formats: bool = False  # with what can be set of them
    keeps_score: bool = False  # by a file "score" that it made with the piece, and not without that
    takes_edits: bool = False  # follows Order.edit
    version: int = 0  # grows when the same order and seed make another piece than before; 0: it does not say
    shortest: float = MIN_DURATION  # seconds
    longest: float = MAX_DURATION  # seconds
    tolerance: float = 0.1  # seconds that a piece may be longer or shorter than ordered
    modes: tuple[str, ...] = MODES  # those that it knows; it is told of others in words
    metres: tuple[str, ...] = METRES
    sings: bool = False  # Brief.lyrics
    longest_lyrics: int = MAX_LYRICS  # characters
    writes_lyrics: bool = False  # sings words of its own where a voice is asked for and no lyrics came
    repeatable: bool = False  # the same order with the same seed makes the same piece, on the same machine
    plays_brief: bool = False  # also what was chosen where nobody asked for anything
    varies_melody: bool = False  # takes Brief.melody_seed
    plays_tune: bool = False  # takes Brief.tune
    price: str = ""  # for people: "$0.80/min"
    licence: str = ""  # of what it makes, where that is not simply the operator's
    terms: str = ""  # the address of that licence


class Generator(ABC):
    """A music engine, set up by one entry of ``settings.GENERATORS``. Made once per process, used for many orders.

    Web processes make one, too, for its ``abilities``: import nothing heavy before ``generate``.
    """

    title: ClassVar[str] = ""  # for people; "" shows the alias
    OPTIONS: ClassVar[Mapping[str, Any]] = {}  # name → default, whose type the option has
    PREFIXES: ClassVar[tuple[str, ...]] = ()  # of further options, which are texts: "input."

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raise ValueError naming the option that is wrong."""
        self.options = read_options(options, self.OPTIONS, self.PREFIXES)

    @property
    def abilities(self) -> Abilities:
        """What this engine, with its options, can do."""
        return Abilities()

    @abstractmethod
    def generate(self, order: Order, progress: Progress) -> Made:
        """Make the piece; raise GeneratorError where that is not possible, and let Stopped of ``progress`` pass."""

    def preview(self, order: Order, section: int, progress: Progress) -> Heard:
        """Render one section of the piece, counted from 0, to be heard while it is changed.

        Only where ``Abilities.takes_edits``. Raises as ``generate`` does.
        """
        raise GeneratorError("not_editable", "This engine makes pieces as a whole.", retryable=False)

    def abandon(self, token: str) -> None:  # noqa: B027 - most engines have nothing elsewhere
        """Stop the work elsewhere that was remembered as ``token``: its job was cancelled or is gone.

        Raise GeneratorError where that is not possible; it is not tried again.
        """

    def problems(self) -> list[str]:
        """One sentence for each thing that keeps this engine from working (a missing extra, key, model …).

        Asked where it is to work, before any worker starts: what it imports is inherited by every worker.
        """
        return []

    def fetch(self) -> list[str]:
        """Get what the engine needs and may get by itself (a model …); a sentence for each thing it got.

        Raise OSError where that fails.
        """
        return []
