"""Orders with a webhook, by the long way and the short one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.accounts import tokens
from jobs.models import Job, Token, Webhook
from jobs.models.token import SCOPES
from jobs.queue import webhooks
from tests.api.browser import Browser
from tests.api.test_tokens import ask, token_of
from tests.making import made

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/x"


@pytest.fixture(autouse=True)
def _dummy(dummy: Any) -> None:
    dummy()


@pytest.fixture(params=["long way", "short way"])
def program(request: pytest.FixtureRequest) -> Client:
    return Client(enforce_csrf_checks=True) if request.param == "long way" else Browser()


def order(program: Client, token: str, **body: Any) -> Any:
    return ask(program, token, "POST", "/api/music", {"prompt": "organ", **body}, **{"Idempotency-Key": "k"})


def test_a_webhook_is_kept_with_the_job(program: Client, user: User) -> None:
    response = order(program, token_of(user), webhook=URL, webhookEvents=["job.progress", "started"])
    assert response.status_code == 202
    webhook = Webhook.objects.get()
    assert (str(webhook.job_id), webhook.url, webhook.events) == (response.json()["jobId"], URL, "started progress")
    assert Job.objects.get().options == {}


def test_unless_it_says_more_the_end_is_told(program: Client, user: User) -> None:
    order(program, token_of(user), webhook=URL)
    assert Webhook.objects.get().events == "done error"


def test_the_same_order_with_another_webhook_is_another(program: Client, user: User) -> None:
    token = token_of(user)
    assert [order(program, token, webhook=URL).status_code for _ in range(2)] == [202, 202]
    for other in ({"webhook": f"{URL}y"}, {"webhook": URL, "webhookEvents": ["started"]}, {}):
        again = order(program, token, **other)
        assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
    assert Job.objects.count() == 1


def test_an_order_does_not_get_a_webhook_afterwards(program: Client, user: User) -> None:
    token = token_of(user)
    assert [order(program, token).status_code, order(program, token, webhook=URL).status_code] == [202, 422]
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("webhook", ["http://hooks.example/", "https://127.0.0.1/", "x", "", 5])
def test_a_webhook_that_may_not_be_is_refused(program: Client, user: User, webhook: Any) -> None:
    response = order(program, token_of(user), webhook=webhook)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "webhook")
    assert not Job.objects.exists()


def test_a_browser_has_no_secret_to_sign_with(mina: Client) -> None:
    body = {"prompt": "organ", "webhook": URL}
    response = mina.post("/api/music", body, content_type="application/json")
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "webhook")
    assert not Job.objects.exists()


def test_events_without_a_webhook_are_not_dropped(program: Client, user: User) -> None:
    response = order(program, token_of(user), webhookEvents=["started"])
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "webhookEvents")
    assert not Job.objects.exists()


# -- A token with a webhook of its own ---------------------------------------------------------------------------------


@pytest.fixture
def told(user: User) -> str:
    """A token whose orders are told to URL, when they begin and end."""
    return tokens.make(user, "robot", tuple(SCOPES), None, webhook_url=URL, webhook_events=["done", "started"]).text


def kept() -> list[tuple[str, str, bool]]:
    return list(Webhook.objects.order_by("job__created_at").values_list("url", "events", "of_token"))


def test_every_order_by_it_is_told_unless_it_names_another(program: Client, user: User, told: str) -> None:
    first = order(program, told)
    assert first.status_code == 202
    job = made(Job.objects.get(pk=first.json()["jobId"]))
    ask(program, told, "POST", "/api/music", {"prompt": "organ", "webhook": f"{URL}y"})
    ask(program, told, "POST", "/api/music/batch", {"orders": [{"prompt": "organ"}, {"prompt": ""}]})
    ask(program, told, "POST", f"/api/music/{job.pk}/vary", {"change": "seed"})
    ask(program, told, "POST", f"/api/music/{job.pk}/export", {"format": "wav"})
    ask(program, token_of(user), "POST", "/api/music", {"prompt": "organ"})
    own, other = (URL, "started done", True), (f"{URL}y", "done error", False)
    assert kept() == [own, other, own, own, own]
    assert Job.objects.count() == 6


def test_the_same_order_again_stays_one_and_keeps_its_webhook(program: Client, user: User, told: str) -> None:
    assert [order(program, told).status_code for _ in range(2)] == [202, 202]
    webhooks.set_webhook(Token.objects.get(), "")
    assert order(program, told).status_code == 202
    assert (Job.objects.count(), kept()) == (1, [])


def test_an_order_that_is_refused_leaves_none(program: Client, user: User, told: str) -> None:
    assert order(program, told, generator="organ").status_code == 422
    assert kept() == []


def test_a_token_that_may_not_order_orders_nothing(program: Client, user: User) -> None:
    token = tokens.make(user, "robot", ["read"], None, webhook_url=URL).text
    assert order(program, token).status_code == 403
    assert not Job.objects.exists()
