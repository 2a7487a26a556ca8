"""What a request becomes on its way through the web server, and what slow or silent people cost others."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from musicsite import buffered
from musicsite.buffered import Buffered
from tests.site import Axios, Site

LONGEST = 100  # bytes of a body
FORM = "application/x-www-form-urlencoded"


class Protocol:
    """Granian's side of one request."""

    def __init__(self, *parts: bytes, reads: bool = True, sends: bool = True) -> None:
        self._parts, self._reads, self._sends = parts, reads, sends
        self.status = 0
        self.headers: dict[str, str] = {}
        self.written = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part
        if not self._sends:
            await asyncio.Event().wait()

    def response_str(self, status: int, headers: list[tuple[str, str]], body: str) -> None:
        self.response_bytes(status, headers, body.encode())

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.written = status, dict(headers), body

    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Protocol:
        self.status, self.headers = status, dict(headers)
        return self

    async def send_bytes(self, data: bytes) -> None:
        if not self._reads:
            await asyncio.Event().wait()
        self.written += data


class Headers(list[tuple[str, str]]):
    def items(self) -> Iterator[tuple[str, str]]:
        return iter(self)


def scope(method: str = "POST", path: str = "/", headers: Sequence[tuple[str, str]] = ()) -> Any:
    return SimpleNamespace(
        method=method, path=path, query_string="a=%20", http_version="1.1", scheme="http",
        server="127.0.0.1:8000", client="127.0.0.1:50001", headers=Headers(headers),
    )  # fmt: skip


def speak(application: Any, protocol: Protocol, scope: Any) -> Protocol:
    async def serve() -> None:
        server = Buffered(application, 2, LONGEST)
        server.__rsgi_init__(asyncio.get_running_loop())
        await server.__rsgi__(scope, protocol)  # type: ignore[arg-type]

    asyncio.run(serve())
    return protocol


def tells(environ: Any, start_response: Any) -> list[bytes]:
    """Answers with what it was asked."""
    body = environ["wsgi.input"].read().decode()
    start_response("200 OK", [("Content-Type", "application/json")])
    known = {name: value for name, value in environ.items() if isinstance(value, str)}
    return [json.dumps({**known, "body": body}).encode()]


def asked(protocol: Protocol, scope: Any) -> dict[str, str]:
    answer = speak(tells, protocol, scope)
    assert (answer.status, answer.headers) == (200, {"content-type": "application/json"})
    return dict(json.loads(answer.written))


def test_a_request_is_what_wsgi_says() -> None:
    request = asked(
        Protocol(b"ab", b"c"), scope(path="/한/ü", headers=[("content-length", "3"), ("content-type", "x/y")])
    )
    assert request["body"] == "abc"
    assert request["PATH_INFO"].encode("latin-1").decode() == "/한/ü"
    assert (request["QUERY_STRING"], request["CONTENT_LENGTH"], request["CONTENT_TYPE"]) == ("a=%20", "3", "x/y")
    assert (request["REMOTE_ADDR"], request["SERVER_NAME"], request["SERVER_PORT"]) == (
        "127.0.0.1",
        "127.0.0.1",
        "8000",
    )


def test_a_chunked_body_is_as_any_other() -> None:
    request = asked(Protocol(b"ab", b"c"), scope(headers=[("transfer-encoding", "chunked")]))
    assert (request["CONTENT_LENGTH"], request["body"]) == ("3", "abc")
    assert "HTTP_TRANSFER_ENCODING" not in request


def test_no_header_passes_for_another() -> None:
    headers = [
        ("x-forwarded-for", "203.0.113.1"),
        ("x_forwarded_for", "127.0.0.1"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
    ]
    request = asked(Protocol(), scope("GET", headers=[*headers, ("accept", "x"), ("accept", "y")]))
    assert request["HTTP_X_FORWARDED_FOR"] == "203.0.113.1"
    assert (request["HTTP_COOKIE"], request["HTTP_ACCEPT"]) == ("a=1; b=2", "x,y")


def test_no_more_of_a_body_is_read_than_the_site_takes() -> None:
    request = asked(Protocol(b"x" * LONGEST, b"y", b"z", sends=False), scope(headers=[("content-length", "900")]))
    assert (len(request["body"]), request["CONTENT_LENGTH"]) == (LONGEST + 1, "900")


def test_a_body_that_does_not_come_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffered, "BODY_SECONDS", 0.01)
    answer = speak(None, Protocol(b"a", sends=False), scope())
    assert (answer.status, answer.headers["connection"]) == (408, "close")


class Blocks:
    """A streaming answer of Django's."""

    streaming = True

    def __init__(self, *blocks: bytes) -> None:
        self.blocks, self.closed = blocks, False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.blocks)

    def close(self) -> None:
        self.closed = True

    def __call__(self, environ: Any, start_response: Any) -> Blocks:
        start_response("206 Partial Content", [("X-A", "b")])
        return self


def test_an_answer_is_written_in_blocks_and_closed() -> None:
    blocks = Blocks(b"a", b"", b"bc")
    answer = speak(blocks, Protocol(), scope("GET"))
    assert (answer.status, answer.headers, answer.written, blocks.closed) == (206, {"x-a": "b"}, b"abc", True)


def test_an_answer_that_nobody_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffered, "BLOCK_SECONDS", 0.01)
    blocks = Blocks(b"a", b"b")
    answer = speak(blocks, Protocol(reads=False), scope("GET"))
    assert (answer.written, blocks.closed) == (b"", True)


# -- The whole site ---------------------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, MUSICSITE_ALLOW_DUMMY="1", MUSICSITE_DUMMY="seconds=0", MUSICSITE_GENERATOR="dummy")
    yield site
    site.leave()


@pytest.mark.slow
def test_two_hundred_who_send_and_two_hundred_who_read_nothing_keep_nobody_waiting(site: Site) -> None:
    mina = Axios(site.url).sign_up("mina")
    job = mina.post("/api/music", {"prompt": "calm piano"})[1]["jobId"]
    host, port = str(urlsplit(site.url).hostname), int(urlsplit(site.url).port or 0)
    stranger, known = "x" * 32, mina.cookie("sessionid")
    unfinished = [
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nCookie: sessionid={cookie}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: 20\r\n\r\n{{"
        for path, kind in (
            ("/api/music", "application/json"),
            ("/accounts/login/", "application/x-www-form-urlencoded"),
        )
        for cookie in (stranger, known)
    ]
    unread = (
        f"GET /static/django_htmx/htmx-2.min.js HTTP/1.1\r\nHost: {host}\r\n\r\n" * 50
    )  # more than the system holds
    with ExitStack() as sockets:
        for number in range(400):
            holder = sockets.enter_context(socket.socket())
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            holder.connect((host, port))
            holder.sendall((unfinished[number % 4] if number < 200 else unread).encode())
        for _ in range(3):
            assert mina.get(f"/api/music/{job}/status")[0] == 200
            assert mina.send("GET", "/library/", None, "")[0] == 200
            assert mina.post("/api/music", {"prompt": "more piano"})[0] == 202
            assert Axios(site.url).form("/accounts/login/", username="nobody", password="wrong") == 200


@pytest.mark.slow
def test_a_thousand_idle_connections_keep_nobody_waiting(site: Site) -> None:
    host, port = str(urlsplit(site.url).hostname), int(urlsplit(site.url).port or 0)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as sockets:
        for _ in range(1100):
            idle = sockets.enter_context(socket.create_connection((host, port)))
            idle.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        for _ in range(3):
            assert Axios(site.url).send("GET", "/healthz", None, "")[0] == 200
            assert Axios(site.url).send("GET", "/", None, "")[0] == 200
