"""The site's WSGI application under granian's ASGI: nobody holds a thread while a request comes or an answer goes.

The event loop reads bodies whole and writes answers, each within a time limit; a thread has a request only while the
site works on it. So a thousand sockets that send or read nothing take nothing from anybody else. The adapters of
asgiref and a2wsgi do not serve: their threads wait for whoever reads the answer.

It costs 50 µs of CPU a request: an empty view is answered 10,000 times a second instead of 16,000.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from typing import IO, Any, NamedTuple

from musicsite.waiting import Waiting, is_stream, wish_of

logger = logging.getLogger(__name__)

BODY_SECONDS = 20.0  # for a whole body to come
DROPPED = 32 * 1024 * 1024  # bytes of a body that is too long, after what is taken of it
DROP_SECONDS = 5.0  # for these to come
BLOCK = 64 * 1024  # bytes of an answer that are written at a time
BLOCK_SECONDS = 60.0  # for the reader of an answer to take a block
TOO_SLOW = b"The request did not come within 20 seconds.\n"

Environ = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Answer(NamedTuple):
    """``body``: all of it, or blocks that are still to be read, after which ``close`` is to be called."""

    status: int
    headers: Headers
    body: bytes | Iterator[bytes]
    close: Callable[[], object]


class Buffered:
    """An ASGI application around a WSGI one."""

    def __init__(self, application: Application, threads: int, longest: int) -> None:
        """``threads``: requests that are worked on at a time; ``longest``: bytes of a body that the site takes."""
        self._application, self._threads, self._longest = application, threads, longest
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = Waiting(self._ask)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(self._body(scope, receive), BODY_SECONDS)
        except TimeoutError:
            headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
            await _write(send, Answer(408, headers, TOO_SLOW, _nothing))
            return
        environ = _environ(scope, body)
        answer = await self._ask(environ)
        if wish := wish_of(environ, answer):
            answer = await self._waiting.for_end(wish, answer, receive)
        if is_stream(environ, answer):
            await self._waiting.stream(environ, answer, receive, send)
        elif isinstance(answer.body, bytes):
            await _write(send, answer)
        else:
            await self._stream(send, answer)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The body, or so much of it that the site refuses it."""
        if scope["method"] in ("GET", "HEAD"):
            return b""
        parts: list[bytes] = []
        more = True
        while more and sum(map(len, parts)) <= self._longest:
            event = await receive()
            parts.append(event.get("body", b""))
            more = event.get("more_body", False)
        if more:
            with suppress(TimeoutError):
                await asyncio.wait_for(_drop(receive), DROP_SECONDS)
        return b"".join(parts)

    async def _stream(self, send: Send, answer: Answer) -> None:
        """Write block by block; whoever goes, or takes too long to read one, gets no further one."""
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            while block := await self._in_thread(next, answer.body, b""):
                event = {"type": "http.response.body", "body": block, "more_body": True}
                await asyncio.wait_for(send(event), BLOCK_SECONDS)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, RuntimeError, TimeoutError) as error:  # the first two: nobody is there any more
            logger.debug("an answer was not read to its end: %r", error)
        finally:
            await self._in_thread(answer.close)

    async def _ask(self, environ: Environ) -> Answer:
        answer: Answer = await self._in_thread(self._answer, environ)
        return answer

    async def _in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        if self._pool is None:  # not before this process was forked
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="request")
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def _answer(self, environ: Environ) -> Answer:
        started: list[Any] = []
        result: Any = self._application(environ, lambda status, headers, *_: started.extend((status, headers)))
        status = int(started[0][:3])
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in started[1]]
        close = getattr(result, "close", _nothing)
        if isinstance(result, File) or getattr(result, "streaming", False):  # Django's word
            return Answer(status, headers, (block for block in result if block), close)
        try:
            return Answer(status, headers, b"".join(result), close)
        finally:
            close()


class File:
    """``wsgi.file_wrapper``: a file in blocks."""

    def __init__(self, file: IO[bytes], size: int = BLOCK) -> None:
        self._file, self.close = file, file.close

    def __iter__(self) -> Iterator[bytes]:
        while block := self._file.read(BLOCK):
            yield block


async def _drop(receive: Receive) -> None:
    """Read the rest of a body: many clients send all before they read, and would see a broken pipe and no answer."""
    dropped, more = 0, True
    while more and dropped <= DROPPED:
        event = await receive()
        dropped += len(event.get("body", b""))
        more = event.get("more_body", False)


def _nothing() -> None:
    pass


async def _write(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _environ(scope: Scope, body: bytes) -> Environ:
    """As PEP 3333 has it. Headers with an underscore are left out: they could pass for those with a hyphen."""
    host, port = scope["server"]
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": File,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue
        key, text = name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        if key in environ:
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    if "HTTP_TRANSFER_ENCODING" in environ:  # it has come whole by now, and is as any other
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ
