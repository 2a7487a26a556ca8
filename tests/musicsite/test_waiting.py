"""Waiting for an end and streams of events: how they go on, and that they hold no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from jobs.queue.again import AGAIN
from musicsite import waiting
from musicsite.buffered import Buffered
from tests import loop

JOB = "/api/music/00000000-0000-4000-8000-000000000001"
STATUS = f"{JOB}/status"
MORE = ("Retry-After", "1")
Reply = tuple[int, Sequence[tuple[str, str]], bytes]


class Site:
    """Answers in turn, the last one again and again, and remembers what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = list(replies)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.asked.append(environ)
        status, headers, body = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        start_response(f"{status} X", list(headers))
        return [body]


class Client:
    """Somebody who sends one request, reads all, and goes after so many blocks."""

    def __init__(self, *, blocks: int = 1000) -> None:
        self._blocks, self._left = blocks, asyncio.Event()
        self._sent = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self.blocks: list[bytes] = []

    async def receive(self) -> Mapping[str, Any]:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            self.headers = {name.decode(): value.decode() for name, value in event["headers"]}
            return
        self.blocks.append(event["body"])
        if len(self.blocks) >= self._blocks:
            self._left.set()


def scope(method: str, path: str, query: str = "", **headers: str) -> dict[str, Any]:
    return {
        "method": method, "path": path, "query_string": query.encode(), "http_version": "1.1", "scheme": "http",
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 50001),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip


def ask(site: Any, scope: dict[str, Any], client: Client | None = None) -> Client:
    async def run() -> Client:
        reader = client or Client()
        await asyncio.wait_for(Buffered(site, 2, 100)(scope, reader.receive, reader.send), 60)
        return reader

    return loop.run(run())


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SOONEST", 0.01)


def test_a_status_is_answered_when_the_job_has_ended() -> None:
    site = Site((200, [MORE], b"1"), (304, [MORE], b""), (200, [MORE], b"2"), (200, [], b"done"))
    client = ask(site, scope("GET", STATUS, "wait=30", authorization="Bearer x"))
    assert (client.status, client.blocks) == (200, [b"done"])
    assert [(environ["PATH_INFO"], environ["HTTP_AUTHORIZATION"]) for environ in site.asked] == [
        (STATUS, "Bearer x")
    ] * 4
    assert [AGAIN in environ for environ in site.asked] == [False, True, True, True]


def test_an_order_is_answered_when_the_job_has_ended() -> None:
    site = Site((202, [MORE, ("Location", STATUS)], b"1"), (200, [MORE], b"2"), (200, [], b"done"))
    client = ask(site, scope("POST", "/api/music", prefer="respond-async, wait=30", authorization="Bearer x"))
    assert (client.status, client.blocks, client.headers["location"]) == (200, [b"done"], STATUS)
    assert client.headers["preference-applied"] == "wait"
    assert [environ["REQUEST_METHOD"] for environ in site.asked] == ["POST", "GET", "GET"]
    assert site.asked[1]["PATH_INFO"] == STATUS
    assert site.asked[1]["HTTP_AUTHORIZATION"] == "Bearer x"


def test_when_the_time_is_over_it_is_answered_with_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_SECONDS", 0.1)
    for method, path, query, status in (("GET", STATUS, "wait=30", 200), ("POST", "/api/music", "", 202)):
        site = Site((status, [MORE, ("Location", STATUS)], b"1"), (200, [MORE], b"2"))
        client = ask(site, scope(method, path, query, prefer="wait=30"))
        assert (client.status, client.blocks) == (status, [b"2"])


@pytest.mark.parametrize(
    ("method", "path", "query", "prefer", "reply"),
    [
        ("GET", STATUS, "", "wait=30", (200, [MORE], b"1")),
        ("GET", STATUS, "wait=0", "", (200, [MORE], b"1")),
        ("GET", STATUS, "wait=x", "", (422, [], b"1")),
        ("GET", STATUS, "wait=30", "", (429, [MORE], b"1")),
        ("GET", "/library/", "wait=30", "", (200, [MORE], b"1")),
        ("POST", "/api/music", "", "", (202, [MORE, ("Location", STATUS)], b"1")),
        ("POST", "/api/music", "", "wait=", (202, [MORE, ("Location", STATUS)], b"1")),
        ("POST", "/api/music", "", "await=30", (202, [MORE, ("Location", STATUS)], b"1")),
        ("POST", "/api/music", "", "wait=30", (202, [MORE, ("Location", "/admin/")], b"1")),
        ("POST", "/api/music", "", "wait=30", (202, [("Location", STATUS)], b"1")),
        ("POST", "/api/music", "", "wait=30", (503, [MORE], b"1")),
    ],
)
def test_whoever_need_not_wait_does_not(method: str, path: str, query: str, prefer: str, reply: Reply) -> None:
    site = Site(reply)
    client = ask(site, scope(method, path, query, prefer=prefer))
    assert (client.status, client.blocks, len(site.asked)) == (reply[0], [b"1"], 1)


def test_what_goes_wrong_meanwhile_spoils_no_answer() -> None:
    site = Site((200, [MORE], b"1"), (200, [MORE], b"2"), (503, [MORE], b"away"))
    assert ask(site, scope("GET", STATUS, "wait=30")).blocks == [b"2"]


@pytest.mark.parametrize("limit", ["MOST", "MOST_OF_ONE"])
def test_beyond_so_many_nobody_waits(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(waiting, limit, 0)
    assert ask(Site((200, [MORE], b"1")), scope("GET", STATUS, "wait=30")).blocks == [b"1"]
    site = Site((200, [MORE, EVENTS], b"id: 1\n\n"))
    assert ask(site, scope("GET", f"{JOB}/events")).blocks == [b"id: 1\n\n"]
    assert len(site.asked) == 1


def test_one_person_takes_nobody_elses_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_OF_ONE", 2)
    seats = waiting.Seats()
    assert [seats.take(who) for who in ("mina", "mina", "mina", "omar")] == [True, True, False, True]
    seats.give_back("mina")
    assert seats.take("mina")


EVENTS = ("Content-Type", "text/event-stream")


def test_a_stream_goes_on_behind_what_it_has_told() -> None:
    site = Site(
        (200, [EVENTS, MORE, ("Content-Length", "9")], b"id: a\n\n"),
        (200, [EVENTS, MORE], b""),
        (503, [MORE], b"away"),
        (200, [EVENTS, MORE], b"id: b\n\n"),
        (200, [EVENTS], b"id: c\n\n"),
    )
    client = ask(site, scope("GET", f"{JOB}/events", last_event_id="z"))
    assert client.blocks == [b"id: a\n\n", b"id: b\n\n", b"id: c\n\n", b""]
    assert client.headers == {"content-type": "text/event-stream"}
    assert [environ["HTTP_LAST_EVENT_ID"] for environ in site.asked] == ["z", "a", "a", "a", "b"]


@pytest.mark.parametrize("status", [204, 401, 404, 429])
def test_a_stream_ends_where_the_site_says_so(status: int) -> None:
    site = Site((200, [EVENTS, MORE], b"id: a\n\n"), (status, [MORE], b"no"))
    assert ask(site, scope("GET", f"{JOB}/events")).blocks == [b"id: a\n\n", b""]


def test_a_stream_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "HEARTBEAT", 0)
    site = Site((200, [EVENTS, MORE], b"id: a\n\n"), (200, [EVENTS, MORE], b""))
    assert ask(site, scope("GET", f"{JOB}/events"), Client(blocks=3)).blocks[:3] == [b"id: a\n\n", b":\n\n", b":\n\n"]


def test_a_stream_ends_with_its_reader_and_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site((200, [EVENTS, MORE], b"id: a\n\n"))
    ask(site, scope("GET", f"{JOB}/events"), Client(blocks=2))
    monkeypatch.setattr(waiting, "STREAM_SECONDS", -1)
    assert ask(site, scope("GET", f"{JOB}/events")).blocks == [b"id: a\n\n", b""]


def test_those_who_wait_hold_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two threads a hundred wait and read streams, and one more request is answered at once."""
    monkeypatch.setattr(waiting, "MOST_OF_ONE", 100)
    ended = False

    def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        kind = [EVENTS] if environ["PATH_INFO"].endswith("events") else []
        more = [] if ended or environ["PATH_INFO"] == "/" else [MORE]
        start_response("200 OK", [*kind, *more])
        return [b"x"]

    async def run() -> tuple[list[bytes], int]:
        nonlocal ended
        buffered = Buffered(site, 2, 100)
        clients = [Client() for _ in range(101)]
        scopes = [scope("GET", STATUS, "wait=30") if n % 2 else scope("GET", f"{JOB}/events") for n in range(100)]
        waiting = [
            asyncio.ensure_future(buffered(scope, client.receive, client.send))
            for scope, client in zip(scopes, clients, strict=False)
        ]
        await asyncio.sleep(0)
        await buffered(scope("GET", "/"), clients[100].receive, clients[100].send)
        answered, unfinished = clients[100].blocks, sum(not task.done() for task in waiting)
        ended = True
        await asyncio.wait_for(asyncio.gather(*waiting), 60)
        return answered, unfinished

    assert loop.run(run()) == ([b"x"], 100)
