"""What the two servers of ACE-Step 1.5 are asked, and how they answer.

``Rest`` is ACE-Step's own server (``/release_task``, ``/query_result``, ``/v1/audio``). It tells how far a piece is,
has a queue that can be full, and cannot stop what it has taken. ``AceServer`` is acestep.cpp's ``ace-server`` (``/lm``,
``/synth``, ``/job``): two jobs a piece, each of which can be cancelled, and no word of how far it is. Where it keeps
running jobs in a cache on its disk, a restarted Rest server goes on calling a lost one running.
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from jobs.generators.base import GeneratorError, Progress, Remember, Stopped
from jobs.generators.calling import Answer, call, misunderstood
from jobs.generators.remote import AUDIO, pause, plain, refusal, secret

POLL = 1.0  # seconds between questions
PATIENCE = 120.0  # seconds for which questions may fail before another attempt asks
STALE = 20.0  # seconds without news after which it is asked whether the server does anything
DOWNLOAD = 0.95  # share of the work before the download
INSTRUMENTAL = "[Instrumental]"  # lyrics of a piece that nobody sings


@dataclass(frozen=True, slots=True)
class Wish:
    """A piece in the model's terms; what is None or "" is the model's choice."""

    caption: str
    duration: float  # seconds
    seed: int
    tempo: int | None  # beats a minute
    key: str  # "F# minor"
    metre: str  # beats of a bar: "4"
    lyrics: str = INSTRUMENTAL
    language: str = ""  # of the lyrics: "ko"


class Dialect(ABC):
    """One piece at one server. ``token`` is what an earlier attempt has remembered of it, or ""."""

    PREFIXES: ClassVar[tuple[str, ...]]  # of tokens

    def __init__(
        self,
        options: Mapping[str, Any],
        token: str,
        remember: Remember = lambda token, cost=None: None,
        progress: Progress = lambda stage, share: None,
    ) -> None:
        self.token = token
        self._options, self._remember, self._progress = options, remember, progress
        self._inputs = {name[6:]: plain(value) for name, value in options.items() if name.startswith("input.")}
        self._stage, self._share = "starting", 0.0

    @abstractmethod
    def make(self, wish: Wish, folder: Path) -> tuple[Path, dict[str, Any]]:
        """Have the piece made, or go on with it; return its sound, a file in ``folder``, and facts on it.

        Raise GeneratorError; ``work_expired`` where the server does not know the piece any more.
        """

    @abstractmethod
    def cancel(self) -> None:
        """Stop the work; raise GeneratorError where that is not possible."""

    def forget(self) -> None:
        """The work is no use any more."""
        if self.token:
            self.token = ""
            self._remember("")

    # -- For dialects

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
            raise _expired(answer.text)
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
            self._cancel_quietly()
            raise

    def _cancel_quietly(self) -> None:
        try:
            self.cancel()
        except GeneratorError:
            return  # it ends by itself

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


class Rest(Dialect):
    """ACE-Step's own server, whose answers are wrapped: ``{"data": …, "code": 200, "error": null}``."""

    PREFIXES = ("rest:",)

    def make(self, wish: Wish, folder: Path) -> tuple[Path, dict[str, Any]]:
        if not self.token:
            self._order("/release_task", self._fields(wish), _task_of, "rest:")
        self._news_at, self._news = time.monotonic(), ""
        self._follow(self._is_over)
        path, model = str(self._piece.get("file") or ""), str(self._piece.get("dit_model") or "")
        if not (path.startswith("/v1/audio?") and path.isascii() and path.isprintable() and " " not in path):
            raise GeneratorError("unreadable_sound", f"The result lies where none may lie: {path[:200]!r}")
        self._at("generating", DOWNLOAD)
        sound = folder / "acestep.audio"
        answer = self._ask("GET", path, file=sound)
        kind = answer.headers.get("content-type", "").lower()
        if not kind.startswith(AUDIO):
            sound.unlink()
            raise GeneratorError("unreadable_sound", f"The result is of type {kind or 'unknown'}.", transient=True)
        return sound, {"model": model[:100]}

    def cancel(self) -> None:
        raise GeneratorError("engine_failed", "ACE-Step's own server cannot cancel; it ends by itself.")

    def _fields(self, wish: Wish) -> dict[str, Any]:
        metas = {
            "bpm": wish.tempo, "key_scale": wish.key, "time_signature": wish.metre, "vocal_language": wish.language,
        }  # fmt: skip
        return {
            "prompt": wish.caption, "lyrics": wish.lyrics, "audio_duration": wish.duration,
            "seed": wish.seed, "use_random_seed": False, "batch_size": 1, "audio_format": "flac",
            "thinking": self._options["thinking"],
            **{name: value for name, value in metas.items() if value}, **self._inputs,
        }  # fmt: skip

    def _is_over(self) -> bool:
        status, self._piece = self._look()
        stage, share = str(self._piece.get("stage") or ""), self._piece.get("progress")
        if status == 1:
            return True
        if status == 2:
            raise GeneratorError("engine_failed", str(self._piece.get("error") or "The server says no more.")[:1000])
        share = share if isinstance(share, int | float) and 0 <= share <= 1 else 0.0
        self._at("starting" if stage == "queued" else "generating", DOWNLOAD * share)
        if (news := f"{stage} {share}") != self._news:
            self._news_at, self._news = time.monotonic(), news
        elif stage != "queued" and time.monotonic() - self._news_at >= STALE:
            self._news_at = time.monotonic()
            if self._is_idle() and self._look()[0] == 0:
                raise _expired("the server does nothing, and calls the piece running")
        return False

    def _look(self) -> tuple[Any, dict[str, Any]]:
        """The piece's status (0: waiting or running, 1: done, 2: failed) and what is said of it."""
        name = self.token.partition(":")[2]
        tasks = _data_of(self._ask("POST", "/query_result", {"task_id_list": [name]}).json())
        if not isinstance(tasks, list) or not tasks or not isinstance(tasks[0], dict):
            raise misunderstood(f"{tasks!r:.500}")
        status, said = tasks[0].get("status"), tasks[0].get("result")
        if status not in (0, 1, 2):
            raise misunderstood(f"a piece of status {status!r:.100}")
        try:
            pieces = json.loads(said) if isinstance(said, str) else said
        except ValueError as error:
            raise misunderstood(f"{said!r:.500}") from error
        if not pieces and status == 0:  # so it says that it has never heard of it
            raise _expired("the server does not know the piece")
        piece = pieces[0] if isinstance(pieces, list) and pieces else {}
        if not isinstance(piece, dict):
            raise misunderstood(f"{said!r:.500}")
        return status, piece

    def _is_idle(self) -> bool:
        """Whether the server certainly works at nothing: then it does not work at our piece either."""
        try:
            stats = _data_of(self._ask("GET", "/v1/stats").json())
            return stats["jobs"]["running"] == 0
        except (GeneratorError, KeyError, TypeError):
            return False


class AceServer(Dialect):
    """acestep.cpp's server: the language model completes the order in one job, the other makes it sound."""

    PREFIXES = ("lm:", "synth:")

    def make(self, wish: Wish, folder: Path) -> tuple[Path, dict[str, Any]]:
        fields = self._fields(wish)
        if not self.token.startswith("synth:"):
            if self._options["thinking"]:
                fields = self._completed(fields)
            self._order("/synth", fields, _id_of, "synth:")
        self._at("generating")
        self._follow(self._is_over)
        reply, sound = folder / "acestep.reply", folder / "acestep.audio"
        try:
            answer = self._ask("GET", f"/job?id={self._name}&result=1", file=reply)
            sound.write_bytes(_sound_of(answer.headers.get("content-type", ""), reply.read_bytes()))
        finally:
            reply.unlink(missing_ok=True)
        return sound, {"model": str(fields.get("synth_model") or "")[:100]}

    def cancel(self) -> None:
        self._ask("POST", f"/job?id={self._name}&cancel=1", tick=lambda: None)

    def _fields(self, wish: Wish) -> dict[str, Any]:
        metas = {
            "bpm": wish.tempo, "keyscale": wish.key, "timesignature": wish.metre, "vocal_language": wish.language,
        }  # fmt: skip
        return {
            "caption": wish.caption, "lyrics": wish.lyrics, "duration": wish.duration,
            "seed": wish.seed, "lm_seed": wish.seed, "output_format": "wav16",
            **{name: value for name, value in metas.items() if value}, **self._inputs,
        }  # fmt: skip

    def _completed(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The order with what the language model adds to it; what we have said ourselves stays, but for the caption."""
        if not self.token:
            self._order("/lm", fields, _id_of, "lm:")
        self._at("composing")
        self._follow(self._is_over)
        answer = self._ask("GET", f"/job?id={self._name}&result=1").json()
        if not isinstance(answer, list) or not answer or not isinstance(answer[0], dict):
            raise misunderstood(f"{answer!r:.500}")
        completed: dict[str, Any] = answer[0]
        kept = {name: value for name, value in fields.items() if name != "caption"}
        return {"caption": fields["caption"], **completed, **kept}

    def _is_over(self) -> bool:
        answer = self._ask("GET", f"/job?id={self._name}").json()
        match answer.get("status") if isinstance(answer, dict) else None:
            case "running":
                return False
            case "done":
                return True
            case "cancelled":
                raise _expired("the work was cancelled elsewhere")
            case "failed":
                raise GeneratorError("engine_failed", "ace-server says that it failed; its own log says why.")
        raise misunderstood(f"{answer!r:.500}")


DIALECTS: Mapping[str, type[Dialect]] = {"rest": Rest, "cpp": AceServer}


def _expired(reason: str) -> GeneratorError:
    return GeneratorError("work_expired", f"The engine has lost the piece: {reason}", transient=True)


def _data_of(answer: Any) -> Any:
    """What is wrapped; raise GeneratorError for a wrapped refusal."""
    if not isinstance(answer, dict) or "data" not in answer:
        raise misunderstood(f"{answer!r:.500}")
    if answer.get("code", 200) != 200 or answer.get("error"):
        raise GeneratorError("engine_failed", str(answer.get("error"))[:1000], transient=True)
    return answer["data"]


def _task_of(answer: Any) -> Any:
    data = _data_of(answer)
    return data.get("task_id") if isinstance(data, dict) else None


def _id_of(answer: Any) -> Any:
    return answer.get("id") if isinstance(answer, dict) else None


def _sound_of(kind: str, body: bytes) -> bytes:
    """The first of several parts, which latents follow; raise GeneratorError where that is no whole sound."""
    headers = Message()
    headers["Content-Type"] = kind
    boundary = b"--" + str(headers.get_boundary() or "").encode()
    head, _blank, rest = body.partition(b"\r\n\r\n")
    sound, end, _latents = rest.partition(b"\r\n" + boundary)
    is_sound = b"content-type: audio/" in head.lower()
    if headers.get_content_type() != "multipart/mixed" or not head.startswith(boundary) or not (is_sound and end):
        raise GeneratorError("unreadable_sound", f"There is no whole sound in the {kind[:100]!r}.", transient=True)
    return sound
