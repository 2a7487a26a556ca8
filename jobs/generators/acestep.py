"""ACE-Step 1.5 on a machine of one's own, by either of its servers: that of ACE-Step itself, or acestep.cpp's.

Both keep their queue in memory. What the site has ordered has a name there; after a restart of the server nobody knows
that name any more, and the piece is ordered anew: it costs nothing but the time.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from jobs.generators.acestep_dialects import DIALECTS, INSTRUMENTAL, AceServer, Dialect, Rest, Wish
from jobs.generators.base import Abilities, GeneratorError, Order, Progress, Stopped
from jobs.generators.calling import call, misunderstood
from jobs.generators.recorded import Recording, RecordingGenerator
from jobs.generators.remote import refusal, secret
from jobs.generators.wording import in_english
from jobs.music.brief import Brief
from jobs.music.lyrics import in_english_tags, language_of

# What its models know as numbers and names, beside the words (their own lists of valid values).
SHORTEST, LONGEST = 10.0, 600.0  # seconds
MODES = ("major", "minor")
METRES = {"2/4": "2", "3/4": "3", "4/4": "4", "6/8": "6"}
DARK = ("minor", "dorian", "phrygian")  # modes whose third is minor

WORDS = frozenset({"style", "moods", "instruments", "excluded"})  # said in the caption
HEARS = WORDS | {"duration", "tempo", "key", "mode", "metre", "seed"}
ASKED = ("form", "words")  # sources of what a person has asked for; the rest is the model's own choice
ORDERS = 3  # how often one attempt orders a piece that its server has forgotten


class AceStep(RecordingGenerator):
    """OPTIONS: ``url`` of the server, ``dialect`` (``rest``, ``cpp``; ``auto`` asks the server), ``key`` or
    ``key_file`` where it wants one, ``thinking`` (whether its language model plans the piece), ``longest`` (seconds),
    ``timeout`` (seconds for each answer), ``licence`` of what the weights make.

    ``input.<name>``: further fields of the server's request, the same for every piece.
    """

    title = "ACE-Step 1.5"
    OPTIONS: ClassVar[dict[str, Any]] = {
        "url": "", "dialect": "auto", "key": "", "key_file": "", "thinking": True, "longest": 300.0, "timeout": 30.0,
        "licence": "MIT",
    }  # fmt: skip
    PREFIXES = ("input.",)

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        if self.options["url"] and not _is_address(self.options["url"]):
            raise ValueError("option url is no address like http://gpu:8001")
        if self.options["dialect"] not in ("auto", *DIALECTS):
            raise ValueError(f"option dialect={self.options['dialect']} has to be one of auto, {', '.join(DIALECTS)}")
        if not SHORTEST < self.options["longest"] <= LONGEST:
            raise ValueError(f"option longest={self.options['longest']:g} is not between {SHORTEST:g} and {LONGEST:g}")
        if not self.options["timeout"] > 0:
            raise ValueError(f"option timeout={self.options['timeout']:g} is no time")

    @property
    def abilities(self) -> Abilities:
        return Abilities(
            hears=HEARS,
            formats=("flac", "wav"),
            shortest=SHORTEST,
            longest=self.options["longest"],
            tolerance=3.0,
            modes=MODES,
            metres=tuple(METRES),
            sings=True,
            licence=self.options["licence"],
        )

    def problems(self) -> list[str]:
        problems = []
        if not self.options["url"]:
            problems.append("There is no server: give MUSICSITE_ACESTEP a url=http://gpu:8001.")
        if self.options["key_file"] and not secret(self.options, "key"):
            problems.append("There is no key in the key_file of MUSICSITE_ACESTEP, or it cannot be read.")
        return problems

    def perform(self, order: Order, progress: Progress) -> Recording:
        progress("starting", 0.0)
        dialect = self._dialect(order, progress)
        for ordered in range(1, ORDERS + 1):
            try:
                sound, facts = dialect.make(wish_of(order.brief, order.seed), order.folder)
            except GeneratorError as error:
                if error.transient and error.code != "work_expired":
                    raise  # the next attempt goes on with the same work
                dialect.forget()
                if error.code != "work_expired" or ordered == ORDERS:
                    raise
            except Stopped as stopped:
                if dialect.token and stopped.why in ("cancelled", "timeout"):
                    with contextlib.suppress(GeneratorError):  # where it cannot be stopped it ends by itself
                        dialect.cancel()
                raise
            else:
                order.remember(dialect.token)  # also on the attempt that has only gone on with it
                return Recording(sound, facts)
        raise AssertionError  # the last order returns or raises

    def abandon(self, token: str) -> None:
        kind = next((kind for kind in DIALECTS.values() if token.startswith(kind.PREFIXES)), None)
        if kind:
            kind(self.options, token).cancel()

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
        token = order.resume if order.resume.startswith(kind.PREFIXES) else ""
        return kind(self.options, token, order.remember, progress)


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


def _is_address(url: str) -> bool:
    if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(/[\w./~-]*)?", url, re.IGNORECASE | re.ASCII):
        return False
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False
