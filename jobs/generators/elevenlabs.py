"""ElevenLabs Music by its official client: one request that lasts until the sound is there.

Such a request has no name by which another worker could go on with it. So it is remembered that one was sent, and the
sound is kept until the job is done: whatever breaks after that costs nothing again, and what breaks in between is
never paid twice without a person asking for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from jobs.generators.base import Abilities, GeneratorError, Order, Progress, Stopped
from jobs.generators.recorded import Recording, RecordingGenerator
from jobs.generators.remote import attend, download, lacks, refusal, secret
from jobs.generators.wording import in_own_words, wants_voice
from jobs.music.brief import Brief

HEARS = frozenset({"style", "duration", "tempo", "key", "mode", "metre", "moods", "instruments", "excluded"})
SENT = "sent"  # remembered while nobody knows whether the piece was made, and paid for
REFUSED = ("bad_prompt", "bad_composition_plan")
ACCOUNT = ("invalid_api_key", "quota_exceeded", "missing_permissions")
LONGEST_LYRICS = 2000  # characters: they share the 4,100 that the API takes with the words and the settings
DOWNLOAD = 0.9  # share of the work before the first byte is there


class ElevenLabs(RecordingGenerator):
    """OPTIONS: ``key`` or ``key_file``, ``model`` (empty: the API's default), ``format`` (of the download),
    ``price`` (US dollars for a minute of music), ``timeout`` (seconds), ``longest`` (seconds), ``url``,
    ``reorder`` (whether what broke off is ordered again by itself, and maybe paid for twice).
    """

    title = "ElevenLabs"
    OPTIONS: ClassVar[dict[str, Any]] = {
        "key": "", "key_file": "", "model": "", "format": "", "price": 0.0, "timeout": 300.0, "longest": 300.0,
        "reorder": False, "url": "https://api.elevenlabs.io",
    }  # fmt: skip

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        if self.options["format"] and not self.options["format"].startswith(("mp3_", "opus_")):
            raise ValueError(f"option format={self.options['format']} has to be one of mp3_… or opus_…")

    @property
    def abilities(self) -> Abilities:
        price = self.options["price"]
        return Abilities(
            hears=HEARS,
            formats=("flac", "wav"),
            longest=self.options["longest"],
            tolerance=3.0,
            sings=True,
            longest_lyrics=LONGEST_LYRICS,
            writes_lyrics=True,
            price=f"${price:.2f}/min" if price else "",
        )

    def problems(self) -> list[str]:
        lacking = lacks("elevenlabs", "elevenlabs")
        if not secret(self.options, "key"):
            lacking.append("There is no key: give MUSICSITE_ELEVENLABS a key=… or a readable key_file=…")
        return lacking

    def perform(self, order: Order, progress: Progress) -> Recording:
        progress("starting", 0.0)
        sound = (order.kept or order.folder) / "elevenlabs.audio"
        if not (order.resume and sound.exists()):
            if order.resume:
                order.remember("")
                text = "A worker stopped while ElevenLabs was at work; that piece may have been paid for."
                raise GeneratorError("work_lost", text, transient=self.options["reorder"])
            sound.parent.mkdir(parents=True, exist_ok=True)
            self._order(order, sound, progress)
        return Recording(sound, {"model": self.options["model"] or "default"})

    def _order(self, order: Order, sound: Path, progress: Progress) -> None:
        """Have the sound made and fetch it; what certainly was not made is not remembered."""
        import httpx

        order.remember(SENT)
        try:
            song = attend(self._compose(order, sound, progress), lambda: progress("generating", None))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            order.remember("")
            raise GeneratorError("engine_unreachable", str(error), transient=True) from error
        except httpx.HTTPError as error:
            order.remember("")
            text = f"The connection broke while ElevenLabs was at work ({error!r}); that piece may have been paid for."
            raise GeneratorError("work_lost", text, transient=self.options["reorder"]) from error
        except GeneratorError:
            order.remember("")
            raise
        except Stopped as stopped:
            if stopped.why == "timeout":  # the end of this job, unless a person orders it again
                order.remember("")
            raise
        cost = self.options["price"] * order.brief.duration / 60
        order.remember(song or "made", cost=cost or None)

    async def _compose(self, order: Order, sound: Path, progress: Progress) -> str:
        """Returns what ElevenLabs calls the song."""
        import httpx
        from elevenlabs import AsyncElevenLabs
        from elevenlabs.core.api_error import ApiError

        timeout = httpx.Timeout(self.options["timeout"], connect=15.0)
        query = {"model_id": self.options["model"], "output_format": self.options["format"]}
        async with httpx.AsyncClient(timeout=timeout) as http:
            client = AsyncElevenLabs(
                api_key=secret(self.options, "key"), base_url=self.options["url"], httpx_client=http
            )
            try:
                async with client.music.with_raw_response.compose(
                    prompt=_words(order.brief),
                    music_length_ms=round(order.brief.duration * 1000),
                    force_instrumental=not (order.brief.lyrics or wants_voice(order.brief)),
                    request_options={"max_retries": 0, "timeout_in_seconds": round(self.options["timeout"])},
                    **{name: value for name, value in query.items() if value},
                ) as answer:
                    await download(answer._response, sound, lambda share: _tell(progress, share))
                    return str(answer.headers.get("song-id") or "")
            except ApiError as error:
                raise _error(error) from error


def _words(brief: Brief) -> str:
    """The person's words, and what is to be sung."""
    words = in_own_words(brief, HEARS)
    return f"{words}\n\nLyrics:\n{brief.lyrics}" if brief.lyrics else words


def _tell(progress: Progress, share: float | None) -> None:
    progress("generating", None if share is None else DOWNLOAD + (1 - DOWNLOAD) * share)


def _error(error: Any) -> GeneratorError:
    """By the documented ``{"detail": {"status": …, "message": …, "data": {"prompt_suggestion": …}}}``."""
    detail = error.body.get("detail") if isinstance(error.body, Mapping) else None
    detail = detail if isinstance(detail, Mapping) else {"message": str(detail or error.body)}
    status, message = str(detail.get("status") or detail.get("code") or ""), str(detail.get("message") or "")
    if status in REFUSED:
        data = detail.get("data")
        suggested = data if isinstance(data, Mapping) else detail
        suggestion = str(suggested.get("prompt_suggestion") or "")
        return GeneratorError("prompt_refused", suggestion[:2000], retryable=False, falls_back=False)
    if status in ACCOUNT:
        return refusal(401, f"{status}: {message}")
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    return refusal(error.status_code or 500, f"{status} {message}".strip(), headers.get("retry-after"))
