"""The site's WSGI application under granian's RSGI: nobody holds a thread while a request comes or an answer goes.

The event loop reads bodies whole and writes answers, each within a time limit; a thread has a request only while the
site works on it. So a thousand sockets that send or read nothing take nothing from anybody else. The adapters of
asgiref and a2wsgi do not serve: their threads wait for whoever reads the answer.

It costs 50 µs of CPU a request: an empty view is answered 10,000 times a second instead of 16,000.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import IO, Any, NamedTuple

from granian._granian import RSGIHTTPProtocol as HTTPProtocol
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian.rsgi import Scope

logger = logging.getLogger(__name__)

BODY_SECONDS = 20.0  # for a whole body to come
BLOCK = 64 * 1024  # bytes of an answer that are written at a time
BLOCK_SECONDS = 60.0  # for the reader of an answer to take a block
TOO_SLOW = "The request did not come within 20 seconds.\n"

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Answer(NamedTuple):
    """``body``: all of it, or blocks that are still to be read, after which ``close`` is to be called."""

    status: int
    headers: Headers
    body: bytes | Iterator[bytes]
    close: Callable[[], object]


class Buffered:
    """An RSGI application around a WSGI one."""

    def __init__(self, application: Application, threads: int, longest: int) -> None:
        """``threads``: requests that are worked on at a time; ``longest``: bytes of a body that the site takes."""
        self._application, self._threads, self._longest = application, threads, longest
        self._pool: ThreadPoolExecutor

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Called in each web process when it begins: threads do not outlive the fork."""
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="request")

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        try:
            body = await asyncio.wait_for(self._body(scope, protocol), BODY_SECONDS)
        except TimeoutError:
            protocol.response_str(408, [("content-type", "text/plain"), ("connection", "close")], TOO_SLOW)
            return
        answer = await self._in_thread(self._answer, _environ(scope, body))
        if isinstance(answer.body, bytes):
            protocol.response_bytes(answer.status, answer.headers, answer.body)
        else:
            await self._stream(protocol, answer)

    async def _body(self, scope: Scope, protocol: HTTPProtocol) -> bytes:
        """The body, or so much of it that the site refuses it."""
        if scope.method in ("GET", "HEAD"):
            return b""
        parts: list[bytes] = []
        async for part in protocol:
            parts.append(part)
            if sum(map(len, parts)) > self._longest:
                break
        return b"".join(parts)

    async def _stream(self, protocol: HTTPProtocol, answer: Answer) -> None:
        """Write block by block; whoever goes, or takes too long to read one, gets no further one."""
        try:
            transport = protocol.response_stream(answer.status, answer.headers)
            while block := await self._in_thread(next, answer.body, b""):
                await asyncio.wait_for(transport.send_bytes(block), BLOCK_SECONDS)
        except (ProtocolClosed, TimeoutError) as error:
            logger.debug("an answer was not read to its end: %r", error)
        finally:
            await self._in_thread(answer.close)

    async def _in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *args)

    def _answer(self, environ: Environ) -> Answer:
        started: list[Any] = []
        result: Any = self._application(environ, lambda status, headers, *_: started.extend((status, headers)))
        status, headers = int(started[0][:3]), [(name.lower(), value) for name, value in started[1]]
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


def _nothing() -> None:
    pass


def _environ(scope: Scope, body: bytes) -> Environ:
    """As PEP 3333 has it. Headers with an underscore are left out: they could pass for those with a hyphen."""
    host, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": File,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        if key in environ:
            value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
        environ[key] = value
    if "HTTP_TRANSFER_ENCODING" in environ:  # it has come whole by now, and is as any other
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ
