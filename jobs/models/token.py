"""Tokens by which programs call the API in a person's name. The table holds a digest; nobody can read a token there."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import string
import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models.text import LONGEST_URL

PREFIX = "msk_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECKSUM = 32, 6  # characters: 190 bits, and a CRC32 that tells a token from what only looks like one
_FORM = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{{_CHECKSUM}}})")
SECRET_PREFIX = "whsec_"  # noqa: S105 — of the Standard Webhooks
_SECRET_BYTES = 24
USED_EVERY = timedelta(minutes=1)  # at most so often the last use is written

READ, CREATE, MANAGE = "read", "create", "manage"
SCOPES = {
    READ: _("Follow and download tracks"),
    CREATE: _("Order tracks"),
    MANAGE: _("Cancel, retry and delete"),
}


def draw() -> str:
    """A new token: prefix, random characters, and their checksum."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{PREFIX}{text}{_checksum(text)}"


def draw_webhook_secret() -> str:
    """What webhooks are signed with, as the Standard Webhooks write it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def digest(token: str) -> str | None:
    """What is kept of a token; None of a text that is none, by its form and checksum.

    A token is as long as a key and as random, so it needs no slow hash.
    """
    match = _FORM.fullmatch(token)
    return hashlib.sha256(token.encode()).hexdigest() if match and match[2] == _checksum(match[1]) else None


def _checksum(text: str) -> str:
    number, signs = zlib.crc32(text.encode()), ""
    for _place in range(_CHECKSUM):
        number, index = divmod(number, len(_ALPHABET))
        signs = _ALPHABET[index] + signs
    return signs


def usable(at: str = "") -> Q:
    """Of a token that is neither revoked nor expired, and whose owner may come in; ``at``: the way to the token."""
    unexpired = Q(**{f"{at}expires_at__isnull": True}) | Q(**{f"{at}expires_at__gt": Now()})
    return unexpired & Q(**{f"{at}revoked_at__isnull": True})


class TokenQuerySet(models.QuerySet["Token"]):
    def usable(self) -> TokenQuerySet:
        """Tokens that let somebody in now."""
        return self.filter(usable(), owner__is_active=True)

    def unrevoked(self) -> TokenQuerySet:
        """Tokens that were not revoked, expired or not."""
        return self.filter(revoked_at__isnull=True)

    def revoke(self) -> int:
        """Let nobody in by these tokens any more; returns of how many that was new."""
        return self.unrevoked().update(revoked_at=timezone.now())

    def note_use(self, pk: int) -> None:
        """Write that the token was used now, unless that was written within USED_EVERY."""
        now = timezone.now()
        due = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USED_EVERY)
        self.filter(due, pk=pk).update(last_used_at=now)


class Token(models.Model):
    """Leave for programs to act for a person, within ``scopes``, until it expires or is revoked."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="tokens", verbose_name=_("owner"), db_index=False
    )
    name = models.CharField(_("name"), max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(_("ends in"), max_length=4)  # of the token, by which its owner knows it again
    scopes = models.CharField(_("scopes"), max_length=40)  # words of SCOPES with blanks between them
    webhook_secret = models.CharField(max_length=100)  # as it is: whoever signs needs it
    webhook_url = models.CharField(  # where its orders are told that name no receiver; "": nowhere
        _("webhook"), max_length=LONGEST_URL, blank=True, default="", db_default=""
    )
    webhook_events = models.CharField(max_length=40, blank=True, default="", db_default="")  # words as of a Webhook
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        indexes = [models.Index(fields=("owner", "created_at"), name="token_owner")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_used_lately(self) -> bool:
        """Whether ``note_use`` need not be called."""
        return was_lately(self.last_used_at)

    @property
    def scope_labels(self) -> list[str]:
        """Its scopes in words."""
        return [str(SCOPES[scope]) for scope in self.scopes.split() if scope in SCOPES]

    def may(self, scope: str) -> bool:
        """Whether ``scope`` is among its scopes."""
        return scope in self.scopes.split()


def was_lately(moment: datetime | None) -> bool:
    """Whether ``moment`` is less than USED_EVERY ago."""
    return moment is not None and timezone.now() - moment < USED_EVERY
