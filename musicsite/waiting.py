"""Answers that are worth waiting for: the end of a job, and a stream of what it does until then.

Nobody holds a thread meanwhile. The event loop sleeps and asks the site again, as a client would that polls, and each
of these questions costs one statement on the short way. The site says by its answers how this goes on: Retry-After, as
long as there will be news; Location, where to ask for an order; and what a stream has told is in its Last-Event-ID.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs

from jobs.queue.again import AGAIN, COUNTED

logger = logging.getLogger(__name__)

MOST_SECONDS = 50  # that an answer is waited for, as in jobs.api.views: proxies give up after a minute
MOST = 1000  # that wait in one process at a time, and as many streams; others are answered at once
MOST_OF_ONE = 32  # of one person, of each
SOONEST, LATEST = 0.5, 2.0  # seconds between two questions for the same
HEARTBEAT = 15.0  # seconds after which a stream says that it is there
STREAM_SECONDS = 3600.0  # then a stream ends; its reader comes again and goes on where it was
READ_SECONDS = 60.0  # for the reader to take what was written

_STATUS = re.compile(r"/api/music/[0-9a-f-]{36}/status")
_PREFERS = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])', re.IGNORECASE)
_ID = re.compile(rb"^id: ([^\r\n]*)$", re.MULTILINE)
BEAT = b":\n\n"

Environ = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Reply(Protocol):
    """An answer of the site: ``musicsite.buffered.Answer``."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def body(self) -> Any: ...


Ask = Callable[[Environ], Awaitable[Any]]


class Seats:
    """How many wait, in all and of each person."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def take(self, who: str) -> bool:
        """Whether there is room for one more; then it is to be given back."""
        if self._taken.total() >= MOST or self._taken[who] >= MOST_OF_ONE:
            return False
        self._taken[who] += 1
        return True

    def give_back(self, who: str) -> None:
        self._taken[who] -= 1
        if not self._taken[who]:
            del self._taken[who]


class Wish(NamedTuple):
    """For how many seconds somebody waits for a job to end, and what to ask meanwhile."""

    seconds: int
    environ: Environ


def header(reply: Reply, name: bytes) -> str:
    """The value of a header; "" where there is none."""
    return next((value.decode("latin-1") for key, value in reply.headers if key == name), "")


def wish_of(environ: Environ, reply: Reply) -> Wish | None:
    """What somebody waits for who has asked ``environ``: ``?wait=`` of a status, ``Prefer: wait=`` of an order."""
    if not header(reply, b"retry-after"):
        return None  # it has ended
    if environ["REQUEST_METHOD"] == "GET" and reply.status in (200, 304) and _STATUS.fullmatch(environ["PATH_INFO"]):
        wanted = parse_qs(environ["QUERY_STRING"]).get("wait", ["0"])[0]
        seconds = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 6 else 0
        return Wish(min(seconds, MOST_SECONDS), _again(environ)) if seconds else None
    preference = _PREFERS.search(environ.get("HTTP_PREFER", "")) if reply.status == 202 else None
    location = header(reply, b"location")
    if not preference or not int(preference[1]) or not _STATUS.fullmatch(location):
        return None
    return Wish(min(int(preference[1]), MOST_SECONDS), _again(environ, location))


def is_stream(environ: Environ, reply: Reply) -> bool:
    """Whether the answer is the beginning of a stream of events."""
    is_event_stream = header(reply, b"content-type").startswith("text/event-stream")
    return environ["REQUEST_METHOD"] == "GET" and reply.status == 200 and is_event_stream


def _again(environ: Environ, path: str = "") -> Environ:
    """The question for what has become of it: as it was, or a GET of ``path`` by the same person."""
    question = {**environ, AGAIN: True}
    if path:
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_IDEMPOTENCY_KEY", "HTTP_PREFER"):
            question.pop(name, None)
        question |= {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": ""}
    return question | {"wsgi.input": BytesIO()}


def _pause(reply: Reply) -> float:
    """Seconds until asking again is worth while; whole ones are told, and one may be less."""
    advised = header(reply, b"retry-after")
    seconds = float(advised) if advised.isdecimal() else LATEST
    return min(seconds, LATEST) if seconds > 1 else SOONEST


class Waiting:
    """Those who wait at this process."""

    def __init__(self, ask: Ask) -> None:
        """``ask``: has the site answer a WSGI environment."""
        self._ask = ask
        self._waiting, self._streams = Seats(), Seats()

    async def for_end(self, wish: Wish, reply: Any, receive: Receive) -> Any:
        """The answer when the job has ended or the time is over: ``reply``, or a later one in its place.

        An order that has ended by then is answered with 200 instead of 202.
        """
        who = wish.environ.get(COUNTED, "")
        if not self._waiting.take(who):
            return reply
        gone = asyncio.ensure_future(_gone(receive))
        ends = time.monotonic() + wish.seconds
        latest = reply
        try:
            while header(latest, b"retry-after") and (left := ends - time.monotonic()) > 0:
                await asyncio.wait([gone], timeout=min(left, _pause(latest)))
                if gone.done():
                    return latest
                answer = await self._ask({**wish.environ, "wsgi.input": BytesIO()})
                if answer.status not in (200, 304):
                    break  # deleted, or the database is away: what was known before still helps
                latest = answer
        finally:
            self._waiting.give_back(who)
            gone.cancel()
        return _as_of_order(reply, latest) if reply.status == 202 else latest

    async def stream(self, environ: Environ, reply: Any, receive: Receive, send: Send) -> None:
        """Write the events of ``reply``, then ask for further ones until there are no more, or nobody reads them."""
        hidden = (b"content-length", b"retry-after")
        headers = [(name, value) for name, value in reply.headers if name not in hidden]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        who = environ.get(COUNTED, "")
        if not self._streams.take(who):  # the reader comes again by itself: it polls
            await send({"type": "http.response.body", "body": reply.body, "more_body": False})
            return
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await self._go_on(_again(environ), reply, gone, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, RuntimeError, TimeoutError) as error:  # the first two: nobody is there any more
            logger.debug("a stream was not read to its end: %r", error)
        finally:
            self._streams.give_back(who)
            gone.cancel()

    async def _go_on(self, question: Environ, reply: Any, gone: asyncio.Future[None], send: Send) -> None:
        ends = time.monotonic() + STREAM_SECONDS
        written = 0.0
        while True:
            block = reply.body or (BEAT if time.monotonic() - written > HEARTBEAT else b"")
            if block:
                written = time.monotonic()
                await asyncio.wait_for(
                    send({"type": "http.response.body", "body": block, "more_body": True}), READ_SECONDS
                )
            if not header(reply, b"retry-after") or time.monotonic() > ends:
                return
            if ids := _ID.findall(block):
                question["HTTP_LAST_EVENT_ID"] = ids[-1].decode("latin-1")
            await asyncio.wait([gone], timeout=_pause(reply))
            if gone.done():
                return
            answer = await self._ask({**question, "wsgi.input": BytesIO()})
            if answer.status != 503:  # the database is away for a moment
                reply = answer
            if reply.status != 200:
                return


def _as_of_order(order: Any, latest: Any) -> Any:
    """The answer to an order with what became of it."""
    if latest is order:
        return order
    ended = not header(latest, b"retry-after")
    kept = (b"location", b"x-request-id")
    headers = [pair for pair in latest.headers if pair[0] not in kept] + [
        pair for pair in order.headers if pair[0] in kept
    ]
    return latest._replace(status=200 if ended else 202, headers=[*headers, (b"preference-applied", b"wait")])


async def _gone(receive: Receive) -> None:
    """Returns when the client is gone; what it still sends is nobody's business."""
    while (await receive())["type"] != "http.disconnect":
        await asyncio.sleep(SOONEST)
