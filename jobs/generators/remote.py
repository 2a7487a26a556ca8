"""What engines that work elsewhere have in common: waiting that can be stopped, errors by their kind, downloads."""

from __future__ import annotations

import asyncio
import email.utils
import importlib.util
import math
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from jobs.generators.base import GeneratorError

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

TICK = 0.2  # seconds between looks at whether to go on
LONGEST_WAIT = 86_400.0  # seconds that an answer may ask us to wait
LARGEST = 200_000_000  # bytes of a result
AUDIO = ("audio/", "application/octet-stream", "binary/octet-stream", "application/ogg")
OPERATORS = "The engine does not take this site's {what}: {reason}"


def lacks(package: str, extra: str) -> list[str]:
    """A sentence for operators where ``package`` is not installed, naming the ``extra`` that brings it; else none."""
    missing = importlib.util.find_spec(package) is None
    return [f'The package {package} is not installed: pip install ".[{extra}]".'] if missing else []


def secret(options: dict[str, Any], name: str) -> str:
    """The option, or what is in the file that ``<name>_file`` names; "" where there is neither."""
    if options[name] or not options[f"{name}_file"]:
        return str(options[name])
    try:
        return Path(options[f"{name}_file"]).read_text().strip()
    except OSError:
        return ""


def attend(work: Coroutine[Any, Any, T], tick: Callable[[], None]) -> T:
    """Run the coroutine to its end and return its result.

    ``tick`` is called every TICK seconds, and what it raises cancels the work.
    """

    async def run() -> T:
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait({task}, timeout=TICK))[0]:
                tick()
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    return asyncio.run(run())


def pause(seconds: float, tick: Callable[[], None]) -> None:
    """Wait for so many seconds; ``tick`` is called every TICK seconds, and what it raises ends the wait."""
    ends = time.monotonic() + seconds
    while (remaining := ends - time.monotonic()) > 0:
        tick()
        time.sleep(min(TICK, remaining))


def refusal(status: int, reason: str, retry_after: str | None = None) -> GeneratorError:
    """The error for an answer of that HTTP status; ``reason`` is for operators, ``retry_after`` the header's value."""
    if status in (401, 402, 403):
        return GeneratorError("engine_misconfigured", OPERATORS.format(what="key or account", reason=reason))
    if status == 429:
        return GeneratorError("engine_busy", reason, transient=True, retry_after=seconds_of(retry_after))
    if (status >= 500 and status != 501) or status in (408, 425):
        return GeneratorError("engine_failed", reason, transient=True, retry_after=seconds_of(retry_after))
    return GeneratorError("engine_misconfigured", OPERATORS.format(what="request", reason=f"HTTP {status}: {reason}"))


def seconds_of(retry_after: str | None) -> float | None:
    """Seconds until the time of a Retry-After header (RFC 9110, 10.2.3: seconds, or a date); None where it is none."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return min(max(0.0, seconds), LONGEST_WAIT) if math.isfinite(seconds) else None


async def download(response: httpx.Response, path: Path, report: Callable[[float | None], None]) -> None:
    """Write the body of a streamed response of sound to ``path``; ``report`` the share that is there (None: not known).

    The file appears whole or not at all. Raise GeneratorError for what is no sound, or too much; httpx's errors for
    what breaks off.
    """
    kind = response.headers.get("content-type", "").lower()
    if not kind.startswith(AUDIO):
        raise GeneratorError("unreadable_sound", f"The result is of type {kind or 'unknown'}.", transient=True)
    length = response.headers.get("content-length", "")
    total = int(length) if length.isascii() and length.isdecimal() and len(length) < 20 else 0
    part, received = path.with_name(f".{path.name}.part"), 0
    try:
        with part.open("wb") as file:
            async for chunk in response.aiter_bytes():
                received += len(chunk)
                if max(received, total) > LARGEST:
                    raise GeneratorError("unreadable_sound", f"The result is larger than {LARGEST} bytes.")
                file.write(chunk)
                report(received / total if total else None)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def is_address(url: str) -> bool:
    """Whether an address that somebody else has written can be asked for: no white space, no sign that is none."""
    import httpx

    try:
        return url.isascii() and url.isprintable() and " " not in url and bool(httpx.URL(url).host and urlsplit(url))
    except (httpx.InvalidURL, ValueError):
        return False


def host_of(url: str) -> str:
    """The host of an address, with its port if it names one, in lower case."""
    return urlsplit(url).netloc.lower()


def plain(text: str) -> Any:
    """``input.top_k=250`` is a number, ``input.loop=true`` is true."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
