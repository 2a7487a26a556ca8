"""What a request becomes on its way through the web server, and what slow or silent people cost others."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from musicsite import buffered
from musicsite.buffered import Buffered
from tests import loop
from tests.site import Axios, Site

LONGEST = 100  # bytes of a body
FORM = "application/x-www-form-urlencoded"


class Connection:
    """The server's side of one request: what ASGI calls receive and send."""

    def __init__(self, *parts: bytes, reads: bool = True, sends: bool = True) -> None:
        self._parts, self._reads, self._sends = [*parts], reads, sends
        self.status = 0
        self.headers: dict[str, str] = {}
        self.written = b""

    async def receive(self) -> Mapping[str, Any]:
        if self._parts:
            part = self._parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts) or not self._sends}
        if not self._sends:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            self.headers = {name.decode(): value.decode() for name, value in event["headers"]}
            return
        if not self._reads:
            await asyncio.Event().wait()
        self.written += event["body"]


def scope(method: str = "POST", path: str = "/", headers: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    return {
        "method": method, "path": path, "query_string": b"a=%20", "http_version": "1.1", "scheme": "http",
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50001),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }  # fmt: skip


def speak(application: Any, connection: Connection, scope: dict[str, Any]) -> Connection:
    loop.run(Buffered(application, 2, LONGEST)(scope, connection.receive, connection.send))
    return connection


def tells(environ: Any, start_response: Any) -> list[bytes]:
    """Answers with what it was asked."""
    body = environ["wsgi.input"].read().decode()
    start_response("200 OK", [("Content-Type", "application/json")])
    known = {name: value for name, value in environ.items() if isinstance(value, str)}
    return [json.dumps({**known, "body": body}).encode()]


def asked(connection: Connection, scope: dict[str, Any]) -> dict[str, str]:
    answer = speak(tells, connection, scope)
    assert (answer.status, answer.headers) == (200, {"content-type": "application/json"})
    return dict(json.loads(answer.written))


def test_a_request_is_what_wsgi_says() -> None:
    request = asked(
        Connection(b"ab", b"c"), scope(path="/한/ü", headers=[("content-length", "3"), ("content-type", "x/y")])
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
    request = asked(Connection(b"ab", b"c"), scope(headers=[("transfer-encoding", "chunked")]))
    assert (request["CONTENT_LENGTH"], request["body"]) == ("3", "abc")
    assert "HTTP_TRANSFER_ENCODING" not in request


def test_no_header_passes_for_another() -> None:
    headers = [
        ("x-forwarded-for", "203.0.113.1"),
        ("x_forwarded_for", "127.0.0.1"),
        ("cookie", "a=1"),
        ("cookie", "b=2"),
    ]
    request = asked(Connection(), scope("GET", headers=[*headers, ("accept", "x"), ("accept", "y")]))
    assert request["HTTP_X_FORWARDED_FOR"] == "203.0.113.1"
    assert (request["HTTP_COOKIE"], request["HTTP_ACCEPT"]) == ("a=1; b=2", "x,y")


def test_no_more_of_a_body_is_taken_than_the_site_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffered, "DROP_SECONDS", 0.01)
    request = asked(Connection(b"x" * LONGEST, b"y", b"z", sends=False), scope(headers=[("content-length", "900")]))
    assert (len(request["body"]), request["CONTENT_LENGTH"]) == (LONGEST + 1, "900")


@pytest.mark.parametrize(("most", "left"), [(1000, 0), (150, 3)])
def test_the_rest_of_it_is_read_and_dropped_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch, most: int, left: int
) -> None:
    """Who sends all before reading hears why it was refused."""
    monkeypatch.setattr(buffered, "DROPPED", most)
    connection = Connection(*[b"x" * (LONGEST + 1)] * 6)
    assert len(asked(connection, scope())["body"]) == LONGEST + 1
    assert len(connection._parts) == left


def test_a_body_that_does_not_come_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffered, "BODY_SECONDS", 0.01)
    answer = speak(None, Connection(b"a", sends=False), scope())
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
    answer = speak(blocks, Connection(), scope("GET"))
    assert (answer.status, answer.headers, answer.written, blocks.closed) == (206, {"x-a": "b"}, b"abc", True)


def test_an_answer_that_nobody_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffered, "BLOCK_SECONDS", 0.01)
    blocks = Blocks(b"a", b"b")
    answer = speak(blocks, Connection(reads=False), scope("GET"))
    assert (answer.written, blocks.closed) == (b"", True)


# -- The whole site ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """It serves a large file that nobody has to read."""
    folder = tmp_path_factory.mktemp("buffered")
    static = folder / "data" / "static"
    static.mkdir(parents=True)
    with (static / "large.wav").open("wb") as file:
        file.truncate(400 << 20)
    site = Site(folder, MUSICSITE_ALLOW_DUMMY="1", MUSICSITE_DUMMY="seconds=0", MUSICSITE_GENERATOR="dummy")
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


@pytest.mark.slow
def test_an_answer_that_nobody_reads_is_not_held_in_memory(site: Site) -> None:
    web = [process for process in site.processes() if "granian" in " ".join(process.cmdline())]
    before = sum(process.memory_info().rss for process in web)
    host, port = str(urlsplit(site.url).hostname), int(urlsplit(site.url).port or 0)
    with socket.create_connection((host, port)) as holder:
        holder.sendall(f"GET /static/large.wav HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert holder.recv(12) == b"HTTP/1.1 200"
        for _ in range(20):  # whoever comes meanwhile is served, and time goes by
            assert Axios(site.url).send("GET", "/", None, "")[0] == 200
        assert sum(process.memory_info().rss for process in web) - before < 200 << 20
