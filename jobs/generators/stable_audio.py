"""Stable Audio 3 on a machine of one's own, by sa3.cpp's ``sa3-server`` (``/generate``, ``/poll_status/<id>``).

The model reads English words, a length and a seed. Its server makes one piece after the other in the order that it
likes, tells how far each is, sends the sound with the last answer, keeps it for ten minutes, and cannot stop anything.
"""

from __future__ import annotations

import base64
import binascii
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from jobs.generators.base import Abilities, GeneratorError, Order, Progress
from jobs.generators.calling import misunderstood
from jobs.generators.recorded import Recording
from jobs.generators.remote import plain
from jobs.generators.served import DOWNLOAD, ServedGenerator, ServedPiece
from jobs.generators.wording import in_english
from jobs.music.brief import MIN_DURATION, Brief

SAID = frozenset({"style", "moods", "instruments", "tempo", "key", "mode", "metre"})  # in words
MODES, METRES = ("major", "minor"), ("4/4",)  # that it is known to follow, in words
LONGEST_WORDS = 600  # characters of a person's words: the text encoder cuts off what is behind its 256th token
LONGEST_SMALL = 120.0  # seconds that the small models make
BARS = (4, 8, 16, 32)  # of loops
BEATS = 4  # of a bar of a loop, whatever the metre
PEAK = -1.0  # dBFS at which the sound is fetched, unlimited: loudness is our own affair


class StableAudio(ServedGenerator):
    """OPTIONS of its own: ``loop`` (every piece goes on from its end to its beginning, in whole bars of its tempo),
    ``terms`` (the address of the licence).
    """

    VARIABLE, EXAMPLE = "MUSICSITE_STABLE_AUDIO", "http://gpu:8006"
    SHORTEST, LONGEST = MIN_DURATION, 380.0
    title = "Stable Audio 3"
    OPTIONS: ClassVar[dict[str, Any]] = {
        "url": "", "key": "", "key_file": "", "loop": False, "longest": 300.0, "timeout": 60.0,
        "licence": "Stability AI Community License, free below 1M US dollars of revenue a year. "
        "Powered by Stability AI",
        "terms": "https://stability.ai/license",
    }  # fmt: skip

    @property
    def abilities(self) -> Abilities:
        return Abilities(
            hears=SAID | {"duration", "seed"} | ({"excluded"} if self._is_guided else set()),
            formats=("flac", "wav"),
            shortest=self.SHORTEST,
            longest=self.options["longest"],
            tolerance=self.options["longest"] if self.options["loop"] else 1.0,
            modes=MODES,
            metres=METRES,
            licence=self.options["licence"],
            terms=self.options["terms"],
        )

    @property
    def _is_guided(self) -> bool:
        """Whether the operator has set a guidance, without which the model reads no negative prompt."""
        return bool(plain(self.options.get("input.cfg_scale", "1")) != 1)

    def begin(self, order: Order, progress: Progress) -> tuple[ServedPiece, Callable[[], Recording]]:
        piece = Sa3Piece(self.options, order.resume, order.remember, progress)
        wish = wish_of(order.brief, order.seed, self.options["longest"] if self.options["loop"] else None)
        if not self._is_guided:
            wish.pop("negative_prompt", None)
        return piece, partial(piece.make, wish, order.folder)

    def known_as(self, token: str) -> ServedPiece | None:
        return Sa3Piece(self.options, token) if token.startswith(Sa3Piece.PREFIXES) else None


class Sa3Piece(ServedPiece):
    """One piece at one sa3-server."""

    PREFIXES = ("sa3:",)

    def make(self, wish: Mapping[str, Any], folder: Path) -> Recording:
        """Have the piece made, or go on with it, and fetch it into ``folder``. Raise GeneratorError."""
        model = self._model(wish)
        is_loop = "bars" in wish
        if not self.token:
            self._order("/generate/loop" if is_loop else "/generate", {**wish, **self._inputs}, _session_of, "sa3:")
        sound, reply = folder / "stable_audio.wav", folder / "stable_audio.reply"
        try:
            self._follow(lambda: self._is_over(reply))
            sound.write_bytes(_sound_of(self._state))
        finally:
            reply.unlink(missing_ok=True)
        return Recording(sound, {"model": f"stable-audio-3-{model}"}, is_loop=is_loop)

    def cancel(self) -> None:
        raise GeneratorError("engine_failed", "sa3-server cannot cancel; it ends by itself.")

    def _model(self, wish: Mapping[str, Any]) -> str:
        """The model that the server has; raise GeneratorError where it is another server, or makes no such length."""
        health = self._ask("GET", "/health").json()
        if not isinstance(health, dict) or not isinstance(health.get("model"), str):
            raise misunderstood(f"the health of no sa3-server: {health!r:.500}")
        model: str = health["model"][:100]
        if model.startswith("small") and wish.get("duration", 0.0) > LONGEST_SMALL:
            reason = f"The server's model {model} makes at most {LONGEST_SMALL:g} s: set longest={LONGEST_SMALL:g}."
            raise GeneratorError("engine_misconfigured", reason)
        return model

    def _is_over(self, reply: Path) -> bool:
        """Whether the piece is there; the answer that says so has the sound in it, and may be large."""
        self._ask("GET", f"/poll_status/{self._name}", file=reply)
        try:
            self._state = json.loads(reply.read_bytes())
        except ValueError as error:
            raise misunderstood("it is no JSON") from error
        if not isinstance(self._state, dict) or not isinstance(self._state.get("status"), str):
            raise misunderstood(f"{self._state!r:.500}")
        status, share = self._state["status"], self._state.get("progress")
        if status == "failed":
            raise GeneratorError("engine_failed", str(self._state.get("error") or "The server says no more.")[:1000])
        share = share if isinstance(share, int | float) and 0 <= share <= 100 else 0
        self._at("starting" if status == "queued" else "generating", DOWNLOAD * share / 100)
        return status == "completed"


def wish_of(brief: Brief, seed: int, longest_loop: float | None = None) -> dict[str, Any]:
    """The fields of an order. ``longest_loop``: a loop is ordered, in bars, of at most so many seconds."""
    shortened = replace(brief, prompt=textwrap.shorten(brief.prompt, LONGEST_WORDS, placeholder=" …"))
    words = in_english(shortened, SAID) or "instrumental music"
    wish: dict[str, Any] = {
        "prompt": words, "seed": seed % 2**31, "peak_normalize_db": PEAK, "limiter_ceiling_db": None,
    }  # fmt: skip
    if brief.excluded:
        wish["negative_prompt"] = ", ".join(name.replace("_", " ") for name in brief.excluded)
    if longest_loop is None:
        return {**wish, "duration": brief.duration, "duration_padding_sec": 0.0}  # no room for more: the piece ends
    bar = BEATS * 60 / brief.tempo
    fitting = [bars for bars in BARS if bars * bar <= longest_loop] or BARS[:1]
    bars = min(fitting, key=lambda bars: abs(bars * bar - brief.duration))
    said = "" if brief.sources.get("tempo") in ("form", "words") else f", {brief.tempo:g} bpm"
    return {**wish, "prompt": words + said, "bpm": brief.tempo, "bars": bars}


def _session_of(answer: Any) -> Any:
    return answer.get("session_id") if isinstance(answer, dict) else None


def _sound_of(state: Mapping[str, Any]) -> bytes:
    """The WAV file in the last answer; raise GeneratorError where that is no whole one: a retry has it made anew."""
    try:
        sound = base64.b64decode(str(state.get("audio_data")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise GeneratorError("unreadable_sound", f"The sound is no Base64: {error}") from error
    if sound[:4] != b"RIFF" or int.from_bytes(sound[4:8], "little") + 8 != len(sound):
        raise GeneratorError("unreadable_sound", f"This is no whole WAV file: {sound[:12]!r}, {len(sound)} bytes.")
    return sound
