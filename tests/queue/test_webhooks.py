"""Where webhooks may lead, which order has one, and when a delivery is tried again."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.accounts import tokens
from jobs.models import Delivery, Job, Token, Webhook
from jobs.queue import transitions, webhooks


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org:8443/a/b?c=d",
        "https://93.184.216.34/",
        "https://[2606:2800::1]/x",
        "https://[64:ff9b::808:808]/",
    ],
)
def test_it_takes_public_addresses(url: str) -> None:
    webhooks.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "ftp://example.org", "http://example.org", "https://", "https:///x", "https://a b/", "https://밤.example/",
        "https://user:password@example.org/", "https://example.org/#x", "https://example.org:99999/", "https://[::1",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest",
        "https://10.1.2.3/", "https://[fe80::1]/", "https://100.64.0.1/", "https://0.0.0.0/", "https://224.0.0.1/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://example.org/\r\nX: y",
        f"https://e.org/{'x' * 500}", "https://[fec0::1]/", "https://[::7f00:1]/", "https://[64:ff9b:1::7f00:1]/",
        "https://[::ffff:0:7f00:1]/", "https://[5f00::1]/",
    ],
)  # fmt: skip
def test_it_refuses_what_no_webhook_may_lead_to(url: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        webhooks.check_url(url)


def test_the_operator_allows_networks(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    for url in (
        "http://10.1.2.3/",
        "https://10.1.2.3/",
        "http://[::ffff:10.1.2.3]/",
        "http://[fd00::1]/",
        "http://hooks/",
    ):
        webhooks.check_url(url)
    for url in ("http://10.2.0.1/", "https://10.2.0.1/", "http://93.184.216.34/"):
        with pytest.raises(ValueError, match="network"):
            webhooks.check_url(url)
    assert not webhooks.is_allowed(ip_address("93.184.216.34"), "http")


def test_a_delivery_is_tried_for_a_day() -> None:
    now = timezone.now()
    delivery = Delivery(event="done", since=now)
    tries = [now]
    while True:
        delivery.tries += 1
        following = webhooks.next_try(delivery, tries[-1])
        if following is None:
            break
        tries.append(following)
    gaps = [later - earlier for earlier, later in zip(tries, tries[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert 8 <= len(gaps) <= len(webhooks.DELAYS)
    assert timedelta(hours=14) < tries[-1] - now < timedelta(days=1)


@pytest.mark.django_db
def test_an_order_has_one_webhook(user: User, order: Callable[..., Job]) -> None:
    job, token = order(), tokens.make(user, "robot", ["create"], None).token
    for _ in range(2):
        webhooks.subscribe(job, token, "https://example.org/", ["error", "started"])
    assert Webhook.objects.get().events == "started error"


@pytest.mark.django_db
def test_a_retry_is_news_again(user: User, order: Callable[..., Job], claim: Any) -> None:
    job, token = order(), tokens.make(user, "robot", ["create"], None).token
    webhooks.subscribe(job, token, "https://example.org/", [])
    claim().fail("overloaded", "")
    Webhook.objects.update(is_open=False, has_started=True)
    transitions.retry(Job.objects.get(pk=job.pk))
    webhook = Webhook.objects.get()
    assert (webhook.is_open, webhook.has_started) == (True, False)


# -- The webhook of a token --------------------------------------------------------------------------------------------

OLD, NEW = "https://old.example/x", "https://new.example/y"


@pytest.fixture
def token(user: User) -> Token:
    return tokens.make(user, "robot", ["create"], None, webhook_url=OLD).token


def delivery(token: Token, state: str = "waiting", **values: Any) -> Delivery:
    now = timezone.now()
    ended = {} if state == "waiting" else {"due_at": None, "ended_at": now}
    facts = {"owner": token.owner, "token": token, "job_id": uuid.uuid4(), "url": OLD, "host": "old.example"}
    return Delivery.objects.create(**{**facts, "event": "done", "body": "{}", "state": state, **ended, **values})


def test_what_its_orders_have_still_to_tell_goes_to_the_new_address(token: Token, order: Callable[..., Job]) -> None:
    mine, named = order("a"), order("b")
    webhooks.subscribe_by_token(mine, token)
    webhooks.subscribe(named, token, OLD, ["error"])
    waiting, failed = delivery(token, job_id=mine.pk), delivery(token, "failed", job_id=mine.pk)
    others = [delivery(token, "delivered"), delivery(token, job_id=named.pk), delivery(token, url="https://z.example/")]
    webhooks.set_webhook(token, NEW, ["started"])
    assert list(Webhook.objects.filter(job=mine).values_list("url", "events")) == [(NEW, "started")]
    assert list(Webhook.objects.filter(job=named).values_list("url", "events")) == [(OLD, "error")]
    for each in (waiting, failed):
        each.refresh_from_db()
        assert (each.url, each.host) == (NEW, "new.example")
    before = [each.url for each in others]
    assert [Delivery.objects.get(pk=each.pk).url for each in others] == before


def test_without_an_address_it_is_given_up(token: Token, order: Callable[..., Job]) -> None:
    mine, named = order("a"), order("b")
    webhooks.subscribe_by_token(mine, token)
    webhooks.subscribe(named, token, OLD, ["error"])
    waiting, other = delivery(token, job_id=mine.pk), delivery(token, job_id=named.pk)
    webhooks.set_webhook(token, "")
    assert list(Webhook.objects.values_list("job", flat=True)) == [named.pk]
    waiting.refresh_from_db()
    assert (waiting.state, waiting.due_at, waiting.problem) == ("failed", None, webhooks.REMOVED)
    other.refresh_from_db()
    assert other.state == "waiting"
    token.refresh_from_db()
    assert (token.webhook_url, token.webhook_events) == ("", "")
    webhooks.subscribe_by_token(order("c"), token)
    assert Webhook.objects.count() == 1


def test_an_address_that_was_none_before_takes_nothing_of_others(token: Token) -> None:
    webhooks.set_webhook(token, "")
    other = delivery(token, url="https://z.example/")
    webhooks.set_webhook(token, NEW)
    token.refresh_from_db()
    assert (token.webhook_url, token.webhook_events) == (NEW, "done error")
    other.refresh_from_db()
    assert other.url == "https://z.example/"
