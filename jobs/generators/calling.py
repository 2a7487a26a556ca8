"""Calls over HTTP by the standard library, for engines of one's own network that need no client package.

A call ends when it is answered, when its server is silent for too long, or when ``tick`` raises; it follows no redirect
and heeds no proxy.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jobs.generators.base import GeneratorError
from jobs.generators.remote import LARGEST, TICK

CHUNK = 65_536  # bytes
LARGEST_ANSWER = 8_000_000  # bytes of an answer that is no sound
HANG_UP = 2.0  # seconds in which a call that nobody waits for any more ends


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its ``body`` is empty where it was written to a file. Names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's JSON; raise GeneratorError (to be tried again) where it is none: a proxy speaks for the server."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise misunderstood(f"no JSON: {self.text}") from error

    @property
    def text(self) -> str:
        """The start of the body, for operators."""
        return self.body[:500].decode("utf-8", "replace")


def misunderstood(reason: str) -> GeneratorError:
    """The error for an answer that is not what its server promises."""
    return GeneratorError("engine_failed", f"The engine's answer is not understood: {reason}", transient=True)


def call(
    method: str,
    url: str,
    tick: Callable[[], None],
    *,
    content: Mapping[str, Any] | None = None,
    key: str = "",
    timeout: float = 30.0,
    file: Path | None = None,
) -> Answer:
    """The answer to one request, of any status. ``content`` is sent as JSON, ``key`` as a bearer's token.

    ``file``: where the body of a 200 is written to, whole or not at all; its folder is there. ``timeout`` (seconds) is
    for each silence. ``tick`` is called every TICK seconds, and what it raises ends the call. Raise GeneratorError
    where no whole answer comes.
    """
    place = urlsplit(url)
    kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
    connection = kind(place.hostname or "", place.port, timeout=timeout)
    headers = {"Accept": "*/*", "Connection": "close"}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    headers |= {"Content-Type": "application/json"} if content is not None else {}
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    body = None if content is None else json.dumps(content).encode()
    outcome: Future[Answer] = Future()
    sockets: list[socket.socket] = []  # the response takes it away from the connection

    def exchange() -> None:
        try:
            with _broken_off():
                connection.connect()
                sockets.append(connection.sock)
                connection.request(method, target, body, headers)
                response = connection.getresponse()
            outcome.set_result(_answer(response, file))
        except BaseException as error:
            outcome.set_exception(error)
        finally:
            connection.close()

    thread = threading.Thread(target=exchange, name="call of an engine", daemon=True)
    thread.start()
    try:
        while True:
            thread.join(TICK)
            if outcome.done():
                return outcome.result()
            tick()
    finally:
        if thread.is_alive():
            for each in sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            thread.join(HANG_UP)


def _answer(response: http.client.HTTPResponse, file: Path | None) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    if file is None or response.status != 200:
        return Answer(response.status, headers, b"".join(_chunks(response, LARGEST_ANSWER)))
    part = file.with_name(f".{file.name}.part")
    try:
        with part.open("wb") as target:
            for chunk in _chunks(response, LARGEST):
                target.write(chunk)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return Answer(response.status, headers, b"")


def _chunks(response: http.client.HTTPResponse, largest: int) -> Iterator[bytes]:
    """The body; raise GeneratorError where it breaks off or has more bytes than ``largest``."""
    promised, received = response.length, 0
    while True:
        with _broken_off():
            chunk = response.read(CHUNK)
        received += len(chunk)
        if received > largest:
            raise GeneratorError("unreadable_sound", f"The answer is larger than {largest} bytes.")
        if not chunk:
            break
        yield chunk
    if promised is not None and received < promised:
        raise _unreachable(f"it broke off after {received} of {promised} bytes")


@contextlib.contextmanager
def _broken_off() -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(repr(error)) from error


def _unreachable(reason: str) -> GeneratorError:
    return GeneratorError("engine_unreachable", f"The engine does not answer: {reason}", transient=True)
