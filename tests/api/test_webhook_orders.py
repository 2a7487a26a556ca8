"""Orders with a webhook, by the long way and the short one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Webhook
from tests.api.browser import Browser
from tests.api.test_tokens import ask, token_of

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
