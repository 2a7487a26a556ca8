"""Deliveries follow from the rows of jobs: each thing once, whoever looks and however often."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs.accounts import tokens
from jobs.models import Delivery, Job, Token, Webhook
from jobs.models.webhook import EVENTS
from jobs.progress import news
from jobs.queue import transitions, webhooks
from tests.making import finish

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(user: User) -> Token:
    return tokens.make(user, "robot", ["create"], None).token


@pytest.fixture
def watched(order: Callable[..., Job], token: Token) -> Callable[..., Job]:
    """A job of mina's with a webhook."""

    def make(*events: str) -> Job:
        job = order()
        webhooks.subscribe(job, token, "https://hooks.example/x", events)
        return job

    return make


def told() -> list[str]:
    while news.write_news():
        pass
    return list(Delivery.objects.order_by("created_at", "pk").values_list("event", flat=True))


def test_nothing_has_happened(watched: Callable[..., Job]) -> None:
    watched(*EVENTS)
    assert (news.has_news(), told()) == (False, [])


def test_a_job_is_told_step_by_step(watched: Callable[..., Job], claim: Any) -> None:
    job = watched(*EVENTS)
    running = claim()
    assert news.has_news()
    assert told() == ["started"]
    running.beat("rendering", 40)
    assert told() == ["started", "progress"]
    running.beat("rendering", 50)
    assert told() == ["started", "progress"], "not before five seconds are over"
    Webhook.objects.update(progress_at=Webhook.objects.get().progress_at - timedelta(seconds=5))
    assert told() == ["started", "progress", "progress"]
    finish(running)
    assert told() == ["started", "progress", "progress", "done"]
    assert not news.has_news()
    last = Delivery.objects.get(event="done")
    body = json.loads(last.body)
    assert (body["type"], body["data"]["jobId"], body["data"]["state"]) == ("job.done", str(job.pk), "done")
    assert (last.host, last.owner, last.job_id) == ("hooks.example", job.owner, job.pk)


def test_only_what_was_asked_for_is_told(watched: Callable[..., Job], claim: Any) -> None:
    watched()
    running = claim()
    running.beat("rendering", 40)
    running.fail("overloaded", "Too much.")
    assert told() == ["error"]
    assert json.loads(Delivery.objects.get().body)["data"]["error"]["code"] == "overloaded"


def test_whatever_ends_a_job_is_told(watched: Callable[..., Job], claim: Any) -> None:
    transitions.cancel(watched())
    lost = claim() if watched() else None
    lost.fail("worker_lost", "")
    assert told() == ["error", "error"]


def test_each_round_of_a_job_is_told(watched: Callable[..., Job], claim: Any) -> None:
    watched("started", "done", "error")
    claim().fail("overloaded", "")
    assert sorted(told()) == ["error", "started"]
    transitions.retry(Job.objects.get())
    finish(claim())
    assert sorted(told()) == ["done", "error", "started", "started"]


def test_a_delivery_stays_when_its_job_is_gone(watched: Callable[..., Job], claim: Any) -> None:
    watched()
    finish(claim())
    told()
    transitions.purge(Job.objects.get())
    assert Delivery.objects.get().event == "done"
    assert not Webhook.objects.exists()


def test_deliveries_go_with_the_account(watched: Callable[..., Job], claim: Any, user: User) -> None:
    watched()
    finish(claim())
    told()
    user.delete()
    assert not Delivery.objects.exists()
