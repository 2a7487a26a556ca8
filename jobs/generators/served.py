"""Engines that are a server of one's own: a piece is ordered there, remembered, followed and fetched.

Such servers keep their queue in memory. What the site has ordered has a name there; after a restart nobody knows that
name any more, and the piece is ordered anew: it costs nothing but the time.
"""

from __future__ import annotations

import contextlib
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from jobs.generators.base import GeneratorError, Order, Progress, Remember, Stopped
from jobs.generators.calling import Answer, call, misunderstood
from jobs.generators.recorded import Recording, RecordingGenerator
from jobs.generators.remote import pause, plain, refusal, secret

POLL = 1.0  # seconds between questions
PATIENCE = 120.0  # seconds for which questions may fail before another attempt asks
DOWNLOAD = 0.95  # share of the work before the download
ORDERS = 3  # how often one attempt orders a piece that its server has forgotten


class ServedPiece(ABC):
    """One piece at one server. ``token`` is what an earlier attempt has remembered of it, or ""."""

    PREFIXES: ClassVar[tuple[str, ...]]  # of tokens

    def __init__(
        self,
        options: Mapping[str, Any],
        token: str,
        remember: Remember = lambda token, cost=None: None,
        progress: Progress = lambda stage, share: None,
    ) -> None:
        self.token = token if token.startswith(self.PREFIXES) else ""
        self._options, self._remember, self._progress = options, remember, progress
        self._inputs = {name[6:]: plain(value) for name, value in options.items() if name.startswith("input.")}
        self._stage, self._share = "starting", 0.0

    @abstractmethod
    def cancel(self) -> None:
        """Stop the work; raise GeneratorError where that is not possible."""

    def forget(self) -> None:
        """The work is no use any more."""
        if self.token:
            self.token = ""
            self._remember("")

    # -- For servers

    def _ask(
        self, method: str, path: str, content: Mapping[str, Any] | None = None, *,
        file: Path | None = None, tick: Callable[[], None] | None = None,
    ) -> Answer:  # fmt: skip
        """A good answer; raise GeneratorError by its status, ``work_expired`` for 404."""
        answer = call(
            method, self._options["url"].rstrip("/") + path, tick or self._tick, content=content,
            key=secret(dict(self._options), "key"), timeout=self._options["timeout"], file=file,
        )  # fmt: skip
        if answer.status == 404:
            raise expired(answer.text)
        if answer.status != 200:
            raise refusal(answer.status, answer.text, answer.headers.get("retry-after"))
        return answer

    def _order(self, path: str, content: Mapping[str, Any], name_of: Callable[[Any], Any], prefix: str) -> None:
        """Order something and remember it. Not interrupted: nobody would ever hear of what was not waited for."""
        self._tick()
        try:
            name = name_of(self._ask("POST", path, content, tick=lambda: None).json())
        except GeneratorError as error:
            if error.code == "work_expired":
                raise refusal(404, error.message) from error
            raise
        if not isinstance(name, str) or not (0 < len(name) <= 100 and name.isprintable()):
            raise misunderstood(f"it names its work {name!r:.100}")
        self.token = prefix + name
        try:
            self._remember(self.token)
        except Stopped:
            with contextlib.suppress(GeneratorError):  # then it ends by itself
                self.cancel()
            raise

    @property
    def _name(self) -> str:
        """What the server calls the work, quoted for an address."""
        return quote(self.token.partition(":")[2], safe="")

    def _follow(self, is_over: Callable[[], bool]) -> None:
        """Ask until the work is over. A question that fails is asked again for PATIENCE seconds."""
        failing_since: float | None = None
        while True:
            wait = POLL
            try:
                if is_over():
                    return
                failing_since = None
            except GeneratorError as error:
                failing_since = failing_since or time.monotonic()
                is_patient = time.monotonic() - failing_since < PATIENCE
                if not error.transient or error.code == "work_expired" or not is_patient:
                    raise
                wait = min(error.retry_after or POLL, PATIENCE)
            pause(wait, self._tick)

    def _tick(self) -> None:
        self._progress(self._stage, self._share or None)

    def _at(self, stage: str, share: float = 0.0) -> None:
        self._stage, self._share = stage, max(self._share, min(share, 1.0))


class ServedGenerator(RecordingGenerator):
    """OPTIONS of each: ``url`` of the server, ``key`` or ``key_file`` where it wants one, ``longest`` (seconds of a
    piece), ``timeout`` (seconds for each answer), ``licence`` of what the weights make.

    ``input.<name>``: further fields of the server's request, the same for every piece.
    """

    VARIABLE: ClassVar[str]  # the setting, for operators
    EXAMPLE: ClassVar[str]  # of an address
    SHORTEST: ClassVar[float]  # seconds
    LONGEST: ClassVar[float]  # seconds: of the model, whatever the operator wishes
    PREFIXES = ("input.",)

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        if self.options["url"] and not _is_address(self.options["url"]):
            raise ValueError(f"option url is no address like {self.EXAMPLE}")
        if not self.SHORTEST < self.options["longest"] <= self.LONGEST:
            raise ValueError(
                f"option longest={self.options['longest']:g} is not between {self.SHORTEST:g} and {self.LONGEST:g}"
            )
        if not self.options["timeout"] > 0:
            raise ValueError(f"option timeout={self.options['timeout']:g} is no time")

    @abstractmethod
    def begin(self, order: Order, progress: Progress) -> tuple[ServedPiece, Callable[[], Recording]]:
        """The order's piece, going on from ``order.resume``, and what has it made and fetches it.

        That raises GeneratorError; ``work_expired`` where the server does not know the piece any more.
        """

    @abstractmethod
    def known_as(self, token: str) -> ServedPiece | None:
        """The piece that was remembered as ``token``; None where this engine has remembered no such."""

    def problems(self) -> list[str]:
        problems = []
        if not self.options["url"]:
            problems.append(f"There is no server: give {self.VARIABLE} a url={self.EXAMPLE}.")
        if self.options["key_file"] and not secret(self.options, "key"):
            problems.append(f"There is no key in the key_file of {self.VARIABLE}, or it cannot be read.")
        return problems

    def perform(self, order: Order, progress: Progress) -> Recording:
        progress("starting", 0.0)
        piece, make = self.begin(order, progress)
        for ordered in range(1, ORDERS + 1):
            try:
                recording = make()
            except GeneratorError as error:
                if error.transient and error.code != "work_expired":
                    raise  # the next attempt goes on with the same work
                piece.forget()
                if error.code != "work_expired" or ordered == ORDERS:
                    raise
            except Stopped as stopped:
                if piece.token and stopped.why in ("cancelled", "timeout"):
                    with contextlib.suppress(GeneratorError):  # where it cannot be stopped it ends by itself
                        piece.cancel()
                raise
            else:
                order.remember(piece.token)  # also on the attempt that has only gone on with it
                return recording
        raise AssertionError  # the last order returns or raises

    def abandon(self, token: str) -> None:
        if piece := self.known_as(token):
            piece.cancel()


def expired(reason: str) -> GeneratorError:
    """The error for work that its server does not know any more."""
    return GeneratorError("work_expired", f"The engine has lost the piece: {reason}", transient=True)


def _is_address(url: str) -> bool:
    if not re.fullmatch(r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?(/[\w./~-]*)?", url, re.IGNORECASE | re.ASCII):
        return False
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False
