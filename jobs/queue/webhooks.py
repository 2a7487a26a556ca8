"""Webhooks of orders: where they may lead, which order has one, and when a delivery is tried again."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from jobs.models import Delivery, Job, Token, Webhook
from jobs.models.querysets import lock_owners
from jobs.models.text import LONGEST_URL
from jobs.models.webhook import PROGRESS, UNASKED, words_of

# Seconds after each try that failed; with them a delivery is tried for a day.
DELAYS: Sequence[float] = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800)
FOR_A_DAY = timedelta(days=1)
REMOVED = "the token has no webhook any more"
JITTER = 0.1  # share by which a delay is longer at most, so that not all come at once

Address = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")  # all else is local, reserved, or a way to IPv4


def check_url(url: str) -> None:
    """Raise ValueError in words for people where no webhook may lead to ``url``, as far as it says so itself.

    What its host name means is looked at each time that something is sent (``is_allowed``).
    """
    if len(url) > LONGEST_URL or not url.isascii() or any(sign <= " " or sign == "\x7f" for sign in url):
        raise ValueError(f"An address of at most {LONGEST_URL} ASCII characters, please.")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("This is no address.") from None
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or parts.fragment:
        raise ValueError("An https address without user name and fragment, please.")
    if parts.scheme == "http" and not settings.WEBHOOK_NETWORKS:
        raise ValueError("The address has to begin with https://.")
    if (address := _literal(host)) and not is_allowed(address, parts.scheme):
        raise ValueError("Webhooks do not go to this network.")


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_allowed(address: Address, scheme: str) -> bool:
    """Whether webhooks may go to a network address: any public one by https, and what the operator allows."""
    meant = (address, _within(address))
    if any(one in network for one in meant for network in settings.WEBHOOK_NETWORKS):
        return True
    return scheme == "https" and all(_is_public(one) for one in meant)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _UNICAST and address not in _NAT64:
        return False  # the standard library calls some of these global: fec0::/10, ::/96, 64:ff9b:1::/48
    return address.is_global and not address.is_multicast


def _within(address: Address) -> Address:
    """The IPv4 address that one of IPv6 leads to; any other as it is."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def subscribe(job: Job, token: Token, url: str, events: Collection[str]) -> None:
    """Have ``url`` told of the job's ``events``, signed for ``token``; in the transaction that accepts the order.

    The same order again leaves it as it was.
    """
    wanted = {"url": url, "events": words_of(events or UNASKED), "token": token}
    Webhook.objects.get_or_create(job=job, defaults=wanted)


def subscribe_by_token(job: Job, token: Token) -> None:
    """As ``subscribe``, for an order that names no receiver: the token's own is told, where it has one."""
    if token.webhook_url:
        own = {"url": token.webhook_url, "events": token.webhook_events, "token": token, "of_token": True}
        Webhook.objects.get_or_create(job=job, defaults=own)


def set_webhook(token: Token, url: str, events: Collection[str] = ()) -> None:
    """Have the token's orders that name no receiver told to ``url`` ("": to nobody), of ``events`` (none: UNASKED).

    What is still to be told of earlier ones goes there, too, and so does what did not arrive; or it is given up.
    Nothing where the token went with its owner's account meanwhile.
    """
    words = words_of(events or UNASKED) if url else ""
    with transaction.atomic():
        lock_owners([token.owner_id])  # before those who tell of jobs write deliveries
        before = Token.objects.filter(pk=token.pk).values_list("webhook_url", flat=True).first()
        if before is None:
            return
        unnamed = Webhook.objects.filter(token=token, of_token=True)
        named = Webhook.objects.filter(token=token, of_token=False).values("job")
        undelivered = Delivery.objects.filter(token=token, url=before).exclude(job_id__in=named)
        undelivered = undelivered.exclude(state=Delivery.State.DELIVERED)
        if url:
            unnamed.update(url=url, events=words)
            undelivered.update(url=url, host=host_of(url))
        else:
            unnamed.delete()
            undelivered.give_up(REMOVED)
        token.webhook_url, token.webhook_events = url, words
        token.save(update_fields=["webhook_url", "webhook_events"])


def host_of(url: str) -> str:
    """The host of a receiver, as it is kept with what is delivered to it."""
    return (urlsplit(url).hostname or "")[:255]


def reopen(job: Job) -> None:
    """The job is ordered again: its start and its end are news once more."""
    Webhook.objects.filter(job=job).update(is_open=True, has_started=False, progress=None)


def next_try(delivery: Delivery, now: datetime) -> datetime | None:
    """When to try again after a try that failed, of which ``delivery.tries`` counts the last; None: not any more."""
    if delivery.event == PROGRESS or delivery.tries > len(DELAYS):
        return None
    delay = DELAYS[delivery.tries - 1] * (1 + random.random() * JITTER)  # noqa: S311 — no secret
    at = now + timedelta(seconds=delay)
    return at if at < delivery.since + FOR_A_DAY else None
