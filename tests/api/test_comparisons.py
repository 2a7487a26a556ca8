"""Comparing engines over the API."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Webhook
from tests.api.test_tokens import ask, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("remote")]
PAIR = {"prompt": "calm piano", "duration": 20, "engines": ["remote", "dummy"]}


def compare(client: Client, body: Any, **headers: str) -> Any:
    return client.post("/api/music/compare", body, content_type="application/json", headers=headers)


def test_it_orders_the_same_words_from_two_engines(mina: Client) -> None:
    response = compare(mina, PAIR)
    body = response.json()
    first, second = (Job.objects.get(pk=job["jobId"]) for job in body["jobs"])
    assert (response.status_code, first.generator, second.generator) == (202, "remote", "dummy")
    assert (first.seed, first.options["duration"]) == (second.seed, 20)
    assert body["pageUrl"] == f"/compare/{first.pk}/{second.pk}/"
    assert mina.get(body["pageUrl"]).status_code == 200


def test_the_same_key_gives_the_same_pair(mina: Client) -> None:
    once, again = (compare(mina, PAIR, **{"Idempotency-Key": "k"}).json() for _ in range(2))
    assert once["pageUrl"] == again["pageUrl"]
    other = compare(mina, {**PAIR, "prompt": "loud drums"}, **{"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"engines": ["remote", "remote"]}, "engines"), ({"engines": ["remote"]}, "engines"),
     ({"engines": ["remote", "organ"]}, "engines"), ({"generator": "dummy"}, "generator"),
     ({"duration": 31}, "duration"), ({"prompt": ""}, "prompt"), ({"engines": None}, "engines")],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_is_ordered(mina: Client, wrong: Any, field: str) -> None:
    response = compare(mina, {**PAIR, **wrong})
    assert (response.status_code, response.json()["errors"][0]["field"].partition(".")[0]) == (422, field)
    assert not Job.objects.exists()


def test_limits_hold(mina: Client, settings: Any) -> None:
    settings.LIMIT_ACTIVE = 1
    assert (compare(mina, PAIR).status_code, Job.objects.count()) == (429, 0)


def test_a_token_that_may_create_may_compare_and_is_told_of_both(user: User) -> None:
    assert ask(Client(), token_of(user, "read"), "POST", "/api/music/compare", PAIR).status_code == 403
    body = {**PAIR, "webhook": "https://hooks.example/music"}
    assert ask(Client(), token_of(user, "create"), "POST", "/api/music/compare", body).status_code == 202
    assert Webhook.objects.count() == 2
