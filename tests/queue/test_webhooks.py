"""Where webhooks may lead, which order has one, and when a delivery is tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.accounts import tokens
from jobs.models import Delivery, Job, Webhook
from jobs.queue import transitions, webhooks


@pytest.mark.parametrize(
    "url",
    ["https://example.org", "https://example.org:8443/a/b?c=d", "https://93.184.216.34/", "https://[2606:2800::1]/x"],
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
        f"https://e.org/{'x' * 500}",
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
