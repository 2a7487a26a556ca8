"""Models on Replicate by its official client: a prediction has a name, and whoever knows it goes on with it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from jobs.generators.base import Abilities, GeneratorError, Order, Progress, Stopped
from jobs.generators.recorded import Recording, RecordingGenerator
from jobs.generators.remote import (
    attend,
    download,
    host_of,
    is_address,
    lacks,
    pause,
    plain,
    refusal,
    seconds_of,
    secret,
)
from jobs.generators.wording import in_english

HEARS = frozenset({"style", "duration", "tempo", "key", "mode", "moods", "instruments"})
POLL = 1.0  # seconds between questions
DELIVERY = ("replicate.delivery",)  # where results lie, besides the API's own host
DOWNLOAD = 0.95  # share of the work before the download
REFUSED = ("nsfw", "sensitive", "safety", "flagged", "copyright", "moderation")  # in what a model says of an error


class Replicate(RecordingGenerator):
    """OPTIONS: ``token`` or ``token_file``, ``model`` (``owner/name:version``, or ``owner/name`` of an official one),
    ``longest`` (seconds), ``price`` (US dollars for a second of the model's run time), ``url``.

    ``field.prompt``, ``field.duration``, ``field.seed``: what the model calls its inputs; empty: it has none.
    ``input.<name>``: further inputs, the same for every piece.
    """

    title = "Replicate"
    OPTIONS: ClassVar[dict[str, Any]] = {
        "token": "", "token_file": "", "model": "", "longest": 30.0, "price": 0.0, "licence": "",
        "field.prompt": "prompt", "field.duration": "duration", "field.seed": "seed",
        "url": "https://api.replicate.com",
    }  # fmt: skip
    PREFIXES = ("input.",)

    @property
    def abilities(self) -> Abilities:
        price = self.options["price"]
        seed = {"seed"} if self.options["field.seed"] else set()
        return Abilities(
            hears=(HEARS | seed) - (set() if self.options["field.duration"] else {"duration"}),
            formats=("flac", "wav"),
            longest=self.options["longest"],
            tolerance=3.0,
            price=f"${price:.5f}/s".replace("000/s", "/s") if price else "",
            licence=self.options["licence"],
        )

    def problems(self) -> list[str]:
        problems = lacks("replicate", "replicate")
        if not secret(self.options, "token"):
            problems.append("There is no token: give MUSICSITE_REPLICATE a token=… or a readable token_file=…")
        if "/" not in self.options["model"]:
            problems.append("There is no model: give MUSICSITE_REPLICATE a model=owner/name:version.")
        return problems

    def perform(self, order: Order, progress: Progress) -> Recording:
        progress("starting", 0.0)
        prediction = self._resumed(order, progress) or self._created(order, progress)
        try:
            prediction = self._followed(prediction, progress)
        except GeneratorError:
            order.remember("")  # no use to ask for it once more
            raise
        except Stopped as stopped:
            if stopped.why in ("cancelled", "timeout"):
                self._cancel(prediction.id)
            raise
        seconds = seconds_of(str((prediction.metrics or {}).get("predict_time") or 0)) or 0
        order.remember(prediction.id, cost=seconds * self.options["price"] or None)
        if prediction.status != "succeeded":
            order.remember("")
            raise _failure(prediction)
        sound = order.folder / "replicate.audio"
        self._fetch(order, _url(prediction.output), sound, progress)
        return Recording(sound, {"model": self.options["model"], "seconds": seconds})

    # -- The prediction

    def _resumed(self, order: Order, progress: Progress) -> Any:
        """The prediction of an earlier attempt, unless that was cancelled or is gone."""
        if not order.resume:
            return None
        try:
            prediction = self._ask(lambda client: client.predictions.async_get(order.resume), progress)
        except GeneratorError as error:
            if error.code == "work_expired":
                return None
            raise
        return prediction if prediction.status != "canceled" else None

    def _created(self, order: Order, progress: Progress) -> Any:
        name, _colon, version = self.options["model"].partition(":")
        inputs: dict[str, Any] = {
            key.removeprefix("input."): plain(value) for key, value in self.options.items() if key.startswith("input.")
        }
        values = {
            "prompt": in_english(order.brief, HEARS) or "music",
            "duration": round(order.brief.duration),
            "seed": order.seed % 2**31,
        }
        inputs |= {
            self.options[f"field.{name}"]: value for name, value in values.items() if self.options[f"field.{name}"]
        }
        version_or_model = {"version": version} if version else {"model": name}
        if order.resume:
            order.remember("")
        progress("starting", None)
        # Not interrupted: nobody would ever hear of a prediction whose name was not waited for.
        prediction = self._ask(lambda client: client.predictions.async_create(**version_or_model, input=inputs))
        try:
            order.remember(prediction.id)
        except Stopped:
            self._cancel(prediction.id)
            raise
        return prediction

    def _followed(self, prediction: Any, progress: Progress) -> Any:
        """The prediction when it has ended. A question that fails is asked again while the attempt may run."""
        name, share = prediction.id, 0.0

        def tick() -> None:
            reported = prediction.progress
            nonlocal share
            share = max(share, DOWNLOAD * reported.percentage if reported else 0.0)
            stage = "starting" if prediction.status == "starting" else "generating"
            progress(stage, share if reported else None)

        while prediction.status in ("starting", "processing"):
            pause(POLL, tick)
            try:
                prediction = self._ask(lambda client: client.predictions.async_get(name), lambda *_: tick())
            except GeneratorError as error:
                if not error.transient:
                    raise
                pause(error.retry_after or POLL, tick)
        return prediction

    def abandon(self, token: str) -> None:
        self._ask(lambda client: client.predictions.async_cancel(token))

    def _cancel(self, name: str) -> None:
        """It costs for as long as it runs; where it cannot be stopped it ends by itself."""
        with contextlib.suppress(GeneratorError):
            self.abandon(name)

    # -- The API

    def _ask(self, question: Callable[[Any], Any], progress: Progress = lambda *_: None) -> Any:
        """Raise GeneratorError by what the API says; ``work_expired`` where it knows of no such prediction."""
        import httpx
        import replicate

        async def ask() -> Any:
            client = replicate.Client(
                api_token=secret(self.options, "token"),
                base_url=self.options["url"],
                timeout=httpx.Timeout(30.0, connect=15.0),
                transport=_Outspoken(httpx.AsyncHTTPTransport()),
            )
            try:
                return await question(client)
            finally:
                await client._async_client.aclose()

        try:
            return attend(ask(), lambda: progress("starting", None))
        except _Refused as error:
            if error.status == 404:
                raise GeneratorError("work_expired", error.said) from error
            raise refusal(error.status, error.said, error.retry_after) from error
        except httpx.HTTPError as error:
            raise GeneratorError("engine_unreachable", repr(error), transient=True) from error
        except ValueError as error:  # a state that the client does not know
            raise GeneratorError("engine_failed", f"Replicate's answer is not understood: {error}") from error

    def _fetch(self, order: Order, url: str, sound: Path, progress: Progress) -> None:
        """The prediction stays there for an hour: a download that breaks off is tried again by the next attempt."""
        import httpx

        async def fetch() -> None:
            async with (
                httpx.AsyncClient(timeout=httpx.Timeout(60.0, connect=15.0)) as http,
                http.stream("GET", url) as answer,
            ):
                if answer.status_code in (403, 404, 410):
                    raise GeneratorError("work_expired", f"HTTP {answer.status_code} for {url}")
                if answer.status_code != 200:
                    raise refusal(
                        max(answer.status_code, 500), f"HTTP {answer.status_code}", answer.headers.get("retry-after")
                    )
                await download(answer, sound, lambda share: _tell(progress, share))

        if not _may_lie(url, self.options["url"]):
            order.remember("")
            raise GeneratorError("unreadable_sound", f"The result lies where none may lie: {url[:200]!r}")
        try:
            attend(fetch(), lambda: progress("generating", None))
        except httpx.HTTPError as error:
            raise GeneratorError("engine_unreachable", f"The download broke off: {error!r}", transient=True) from error
        except GeneratorError as error:
            if not error.transient:
                order.remember("")
            raise


class _Refused(Exception):
    """An answer of the API that says no; the client itself would drop its Retry-After, or wait for minutes."""

    def __init__(self, status: int, said: str, retry_after: str | None) -> None:
        super().__init__(said)
        self.status, self.said, self.retry_after = status, said, retry_after


class _Outspoken:
    """A transport whose refusals are exceptions, so that the client's own waiting never begins."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    async def handle_async_request(self, request: Any) -> Any:
        response = await self._transport.handle_async_request(request)
        if response.status_code < 400:
            return response
        body = (await response.aread()).decode("utf-8", "replace")
        await response.aclose()
        raise _Refused(response.status_code, body[:1000], response.headers.get("retry-after"))

    async def aclose(self) -> None:
        await self._transport.aclose()


def _tell(progress: Progress, share: float | None) -> None:
    progress("generating", DOWNLOAD + (1 - DOWNLOAD) * (share or 0.0))


def _failure(prediction: Any) -> GeneratorError:
    message = str(prediction.error or prediction.status)
    if prediction.status == "canceled":
        return GeneratorError("engine_failed", "The prediction was cancelled elsewhere.", transient=True)
    if any(word in message.lower() for word in REFUSED):
        return GeneratorError("prompt_refused", "", retryable=False, falls_back=False)
    return GeneratorError("engine_failed", message[:1000])


def _url(output: Any) -> str:
    """Models return a URL, a list of them, or an object with one."""
    if isinstance(output, Mapping):
        output = next((value for value in output.values() if str(value).startswith("http")), "")
    if isinstance(output, list):
        output = output[0] if output else ""
    return str(output or "")


def _may_lie(url: str, api: str) -> bool:
    """A result is fetched from Replicate only, whatever the model says."""
    if not is_address(url):
        return False
    host = host_of(url)
    is_delivery = any(host == place or host.endswith(f".{place}") for place in DELIVERY)
    return host == host_of(api) or (is_delivery and url.startswith("https://"))
