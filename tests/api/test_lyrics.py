"""Lyrics with an order of the API."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from tests.api.browser import Browser
from tests.api.test_tokens import ask, token_of

pytestmark = pytest.mark.django_db


def post(client: Client, path: str = "/api/music", key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, json.dumps(body), content_type="application/json", headers=headers)


def test_an_engine_that_sings_takes_them(mina: Client, remote: Any) -> None:
    lyrics = "[1절]\r\n\u1107\u1175  \r\n[chorus - whispered]\r\nRain"
    answer = post(mina, prompt="slow pop", lyrics=lyrics, key="k")
    assert answer.status_code == 202, answer.content
    job = Job.objects.get()
    assert job.brief["lyrics"] == "[1절]\n비\n[chorus - whispered]\nRain"
    assert "lyrics" not in job.options
    again = post(mina, prompt="slow pop", lyrics=job.brief["lyrics"], key="k")
    assert (again.json()["jobId"], Job.objects.count()) == (str(job.pk), 1)
    assert post(mina, prompt="slow pop", lyrics="Other words", key="k").json()["code"] == "idempotency_key_reused"
    assert mina.get("/api/music?q=rain").json()["items"][0]["jobId"] == str(job.pk)


@pytest.mark.parametrize("program", [Client(enforce_csrf_checks=True), Browser()], ids=["long way", "short way"])
def test_both_ways_are_alike(program: Any, user: User, remote: Any) -> None:
    token = token_of(user)
    for lyrics, status in (("[verse]\n비\r\n", 202), ("la" * 2049, 422), (" ", 202)):
        assert ask(program, token, "POST", "/api/music", {"prompt": "pop", "lyrics": lyrics}).status_code == status
    body = {"prompt": "pop", "lyrics": "la", "generator": "dummy"}
    assert ask(program, token, "POST", "/api/music", body).json()["errors"][0]["field"] == "lyrics"
    kept = Job.objects.order_by("created_at").values_list("brief", flat=True)
    assert [brief.get("lyrics") for brief in kept] == ["[verse]\n비", None]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"lyrics": "la", "generator": "dummy"}, "This engine does not sing."),
        ({"lyrics": "la" * 2049}, "at most 4096 characters"),
        ({"lyrics": "la\x07"}, "Control characters"),
        ({"lyrics": "\x00"}, "Control characters"),
        ({"lyrics": "\ud800"}, "Control characters"),
        ({"lyrics": ["la"]}, "valid string"),
    ],
)
def test_nothing_is_dropped_without_a_word(mina: Client, remote: Any, body: Any, why: str) -> None:
    for answer in (
        post(mina, prompt="pop", **body),
        post(mina, "/api/music/batch", orders=[{"prompt": "pop", **body}]),
    ):
        problem = answer.json() if answer.status_code == 422 else answer.json()["results"][0]["problem"]
        assert (problem["code"], problem["errors"][0]["field"]) == ("invalid", "lyrics")
        assert why in problem["errors"][0]["message"]
    assert not Job.objects.exists()


def test_the_document_says_how_long_they_may_be(client: Client) -> None:
    order = client.get("/api/openapi.json").json()["components"]["schemas"]["Order"]
    assert 4096 in [each.get("maxLength") for each in order["properties"]["lyrics"]["anyOf"]]
