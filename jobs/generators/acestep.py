"""ACE-Step 1.5 on a machine of one's own, by either of its servers: that of ACE-Step itself, or acestep.cpp's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from jobs.generators.acestep_dialects import DIALECTS, INSTRUMENTAL, AceServer, Dialect, Rest, Wish
from jobs.generators.base import Abilities, Order, Progress
from jobs.generators.calling import call, misunderstood
from jobs.generators.recorded import Recording
from jobs.generators.remote import refusal, secret
from jobs.generators.served import ServedGenerator, ServedPiece
from jobs.generators.wording import in_english
from jobs.music.brief import Brief
from jobs.music.lyrics import in_english_tags, language_of

# What its models know as numbers and names, beside the words (their own lists of valid values).
MODES = ("major", "minor")
METRES = {"2/4": "2", "3/4": "3", "4/4": "4", "6/8": "6"}
DARK = ("minor", "dorian", "phrygian")  # modes whose third is minor

WORDS = frozenset({"style", "moods", "instruments", "excluded"})  # said in the caption
HEARS = WORDS | {"duration", "tempo", "key", "mode", "metre", "seed"}
ASKED = ("form", "words")  # sources of what a person has asked for; the rest is the model's own choice


class AceStep(ServedGenerator):
    """OPTIONS of its own: ``dialect`` (``rest``, ``cpp``; ``auto`` asks the server), ``thinking`` (whether its language
    model plans the piece).
    """

    VARIABLE, EXAMPLE = "MUSICSITE_ACESTEP", "http://gpu:8001"
    SHORTEST, LONGEST = 10.0, 600.0
    title = "ACE-Step 1.5"
    OPTIONS: ClassVar[dict[str, Any]] = {
        "url": "", "dialect": "auto", "key": "", "key_file": "", "thinking": True, "longest": 300.0, "timeout": 30.0,
        "licence": "MIT",
    }  # fmt: skip

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        if self.options["dialect"] not in ("auto", *DIALECTS):
            raise ValueError(f"option dialect={self.options['dialect']} has to be one of auto, {', '.join(DIALECTS)}")

    @property
    def abilities(self) -> Abilities:
        return Abilities(
            hears=HEARS,
            formats=("flac", "wav"),
            shortest=self.SHORTEST,
            longest=self.options["longest"],
            tolerance=3.0,
            modes=MODES,
            metres=tuple(METRES),
            sings=True,
            licence=self.options["licence"],
        )

    def begin(self, order: Order, progress: Progress) -> tuple[ServedPiece, Callable[[], Recording]]:
        dialect = self._dialect(order, progress)
        return dialect, partial(dialect.make, wish_of(order.brief, order.seed), order.folder)

    def known_as(self, token: str) -> ServedPiece | None:
        kind = next((kind for kind in DIALECTS.values() if token.startswith(kind.PREFIXES)), None)
        return kind(self.options, token) if kind else None

    def _dialect(self, order: Order, progress: Progress) -> Dialect:
        """The server's dialect, by the option or by how the server says that it is well."""
        kind = DIALECTS.get(self.options["dialect"])
        if not kind:
            answer = call(
                "GET", f"{self.options['url'].rstrip('/')}/health", lambda: progress("starting", None),
                key=secret(self.options, "key"), timeout=self.options["timeout"],
            )  # fmt: skip
            if answer.status != 200:
                raise refusal(answer.status, answer.text, answer.headers.get("retry-after"))
            health = answer.json()
            if not isinstance(health, dict) or not {"data", "status"} & set(health):
                raise misunderstood(f"the health of no ACE-Step server: {answer.text}")
            kind = Rest if isinstance(health.get("data"), dict) else AceServer
        return kind(self.options, order.resume, order.remember, progress)


def wish_of(brief: Brief, seed: int) -> Wish:
    """The brief in the model's own terms; modes and metres that it does not know are said in the caption."""

    def is_asked(name: str) -> bool:
        return brief.sources.get(name) in ASKED

    said = set(WORDS)
    said |= {"key", "mode"} if brief.mode not in MODES else set()
    said |= {"metre"} if brief.metre not in METRES else set()
    third = "minor" if brief.mode in DARK else "major"
    return Wish(
        caption=in_english(brief, said) or ("a song" if brief.lyrics else "instrumental music"),
        duration=brief.duration,
        seed=seed % 2**31,
        tempo=round(brief.tempo) if is_asked("tempo") else None,
        key=f"{brief.tonic} {third}" if is_asked("tonic") or is_asked("mode") else "",
        metre=METRES.get(brief.metre, "") if is_asked("metre") else "",
        lyrics=in_english_tags(brief.lyrics) or INSTRUMENTAL,
        language=language_of(brief.lyrics),
    )
