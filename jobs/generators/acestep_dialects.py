"""What the two servers of ACE-Step 1.5 are asked, and how they answer.

``Rest`` is ACE-Step's own server (``/release_task``, ``/query_result``, ``/v1/audio``). It tells how far a piece is,
has a queue that can be full, and cannot stop what it has taken. ``AceServer`` is acestep.cpp's ``ace-server`` (``/lm``,
``/synth``, ``/job``): two jobs a piece, each of which can be cancelled, and no word of how far it is. Where it keeps
running jobs in a cache on its disk, a restarted Rest server goes on calling a lost one running.
"""

from __future__ import annotations

import json
import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

from jobs.generators.base import GeneratorError
from jobs.generators.calling import misunderstood
from jobs.generators.recorded import Recording
from jobs.generators.remote import AUDIO
from jobs.generators.served import DOWNLOAD, ServedPiece, expired

STALE = 20.0  # seconds without news after which it is asked whether the server does anything
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


class Dialect(ServedPiece):
    """A piece of ACE-Step at one of its servers."""

    @abstractmethod
    def make(self, wish: Wish, folder: Path) -> Recording:
        """Have the piece made, or go on with it, and fetch it into ``folder``.

        Raise GeneratorError; ``work_expired`` where the server does not know the piece any more.
        """


class Rest(Dialect):
    """ACE-Step's own server, whose answers are wrapped: ``{"data": …, "code": 200, "error": null}``."""

    PREFIXES = ("rest:",)

    def make(self, wish: Wish, folder: Path) -> Recording:
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
        return Recording(sound, {"model": model[:100]})

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
                raise expired("the server does nothing, and calls the piece running")
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
            raise expired("the server does not know the piece")
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

    def make(self, wish: Wish, folder: Path) -> Recording:
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
        return Recording(sound, {"model": str(fields.get("synth_model") or "")[:100]})

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
                raise expired("the work was cancelled elsewhere")
            case "failed":
                raise GeneratorError("engine_failed", "ace-server says that it failed; its own log says why.")
        raise misunderstood(f"{answer!r:.500}")


DIALECTS: Mapping[str, type[Dialect]] = {"rest": Rest, "cpp": AceServer}


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
