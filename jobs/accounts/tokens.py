"""The tokens of a person: made, listed and revoked.

They outlive a new password and a log-out, as keys of machines do; they end when they are revoked, when their time is
over, and for good when their owner is deactivated.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.models import Token
from jobs.models.token import SCOPES, TokenQuerySet, digest, draw, draw_webhook_secret
from jobs.models.webhook import UNASKED, words_of

MOST = 50  # that one person has at a time
MOST_DAYS = 3650


class TooManyTokens(Exception):
    """Why somebody gets no further token, in a sentence for them."""


@dataclass(frozen=True, slots=True)
class Made:
    """A new token, and what it and its webhooks' secret are: nobody is shown these two again."""

    token: Token
    text: str
    webhook_secret: str


def make(
    owner: User,
    name: str,
    scopes: Collection[str],
    days: int | None,
    *,
    webhook_url: str = "",
    webhook_events: Collection[str] = (),
) -> Made:
    """Save a new token of ``owner``, which is good for so many days (None: until it is revoked).

    ``webhook_url``: where its orders are told of ``webhook_events`` (none: UNASKED) that name no receiver, as
    ``check_url`` lets it pass; "" for nowhere.

    Raise TooManyTokens where there are MOST of them, ValueError for scopes that are none.
    """
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(f"scopes: some of {', '.join(SCOPES)}")
    if tokens_of(owner).count() >= MOST:
        raise TooManyTokens(_("You have as many tokens as one person may. Revoke one of them first."))
    text, secret = draw(), draw_webhook_secret()
    token = Token.objects.create(
        owner=owner,
        name=name,
        digest=digest(text) or "",
        ending=text[-4:],
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        webhook_secret=secret,
        webhook_url=webhook_url,
        webhook_events=words_of(webhook_events or UNASKED) if webhook_url else "",
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    return Made(token, text, secret)


def tokens_of(owner: User) -> TokenQuerySet:
    """The tokens of ``owner`` that were not revoked, the newest first; those that have expired among them."""
    return Token.objects.filter(owner=owner).unrevoked().order_by("-created_at", "-pk")
