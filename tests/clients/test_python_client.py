"""The Python client makes calls that the API's document has, with fields that it has, and says what goes wrong."""

from __future__ import annotations

import io
import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

sys.path.insert(0, str(Path(settings.BASE_DIR) / "clients/python"))
from musicsite_client import MADE, Client, MusicError
from tests.api.document import document

DOCUMENT = document()
PK = "00000000-0000-4000-8000-000000000001"
DONE = {
    "jobId": PK, "state": "done", "progress": 100, "resultUrl": f"/tracks/{PK}/audio", "error": None, "pageUrl": "/x",
    "stageLabel": "Done", "etaSeconds": None,
}  # fmt: skip
Reply = bytes | Exception


class Answer(io.BytesIO):
    status = 200


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[urllib.request.Request]]:
    """Answer with these in turn, the last one again and again; returns the requests that came."""

    def answer(*replies: Any) -> list[urllib.request.Request]:
        left, asked = list(replies), []

        def urlopen(request: urllib.request.Request, timeout: float) -> Answer:
            asked.append(request)
            reply = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(reply, Exception):
                raise reply
            return Answer(reply if isinstance(reply, bytes) else json.dumps(reply).encode())

        monkeypatch.setattr(urllib.request, "urlopen", urlopen)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        return asked

    return answer


@pytest.fixture
def client() -> Client:
    return Client("https://music.example/", "msk_x")


def refusal(status: int, code: str) -> urllib.error.HTTPError:
    body = json.dumps({"code": code, "detail": f"It is {code}."}).encode()
    return urllib.error.HTTPError("", status, "X", Message(), io.BytesIO(body))


def described(request: urllib.request.Request) -> None:
    """The document has such a call, with such parameters and fields."""
    parts = urlsplit(request.full_url)
    path = re.sub(PK, "{job_id}", parts.path)
    call = DOCUMENT["paths"][path][request.get_method().lower()]
    names = {parameter["name"] for parameter in call["parameters"]}
    assert set(parse_qs(parts.query)) <= names
    assert request.unredirected_hdrs["Authorization"] == "Bearer msk_x"
    body = json.loads(request.data) if isinstance(request.data, bytes) else {}
    if body:
        schema = call["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(body) <= set(DOCUMENT["components"]["schemas"][schema]["properties"])


def test_every_call_is_one_of_the_document(client: Client, site: Any, tmp_path: Path) -> None:
    asked = site({**DONE, "results": [], "items": [], "nextCursor": None})
    job = client.compose("calm piano", tempo=80, style="jazz", webhook="https://h.example", webhookEvents=["done"])
    client.compose_many([{"prompt": "x"}])
    client.wait(job)
    client.status(PK, 30)
    list(client.jobs(q="calm", state="done", style="jazz"))
    client.cancel(job)
    client.retry(job)
    client.delete(job)
    client.download(job, tmp_path / "x.mp3")
    client.download(job, tmp_path / "x.wav")
    client.download(job, tmp_path / "x.zip")
    assert sum("/tracks/" in request.full_url for request in asked) == 3
    for request in asked:
        if "/tracks/" not in request.full_url:
            described(request)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.mp3", "x.wav", "x.zip"]


def test_events_go_on_where_they_broke_off(client: Client, site: Any) -> None:
    first = b'id: 1\nevent: status\ndata: {"state": "processing"}\n\n'
    asked = site(first, b"", b'id: 2\nevent: status\ndata: {"state": "done"}\n\n')
    assert [status["state"] for status in client.events(PK)] == ["processing", "done"]
    assert [request.get_header("Last-event-id") for request in asked] == ["", "1", "1"]


def test_what_is_away_for_a_moment_is_asked_again_by_the_same_key(client: Client, site: Any) -> None:
    asked = site(urllib.error.URLError("refused"), refusal(503, "unavailable"), refusal(429, "too_many_requests"), DONE)
    assert client.compose("calm piano")["state"] == "done"
    assert len({request.get_header("Idempotency-key") for request in asked}) == 1
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (refusal(401, "token_invalid"), "token_invalid", "It is token_invalid."),
        (refusal(429, "jobs_per_day"), "jobs_per_day", "It is jobs_per_day."),
        (urllib.error.HTTPError("", 502, "Bad Gateway", Message(), io.BytesIO(b"<html>")), "", "502 Bad Gateway"),
        (urllib.error.URLError("refused"), "", "cannot be reached: refused"),
        ({**DONE, "state": "error", "error": {"code": "timeout", "message": "Too slow."}}, "timeout", "Too slow."),
    ],
)
def test_what_goes_wrong_is_said(client: Client, site: Any, reply: Any, code: str, words: str) -> None:
    site(reply)
    with pytest.raises(MusicError, match=words) as raised:
        client.wait(PK)
    assert raised.value.code == code


def test_it_has_an_end(client: Client, site: Any) -> None:
    site({**DONE, "state": "pending"})
    with pytest.raises(MusicError, match="did not end"):
        client.wait(PK, timeout=0)


def test_every_format_of_the_site_has_an_ending(client: Client, site: Any, tmp_path: Path) -> None:
    formats = set(DOCUMENT["components"]["schemas"]["Export"]["properties"]["format"]["enum"])
    assert {*MADE.values()} == formats - {"audio", "lead-sheet.svg"}
    asked = site(DONE)
    client.download(PK, tmp_path / "x.PDF")
    client.download(PK, tmp_path / "x.layers.zip")
    bodies = [json.loads(request.data) for request in asked if isinstance(request.data, bytes)]
    assert bodies == [{"format": "lead-sheet.pdf"}, {"format": "layers"}]


def test_nothing_is_left_of_a_file_that_broke_off(client: Client, site: Any, tmp_path: Path) -> None:
    site(urllib.error.URLError("refused"))
    for name in ("x.mp3", "x.ogg"):
        with pytest.raises(MusicError):
            client.download(PK, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
