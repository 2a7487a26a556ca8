"""Invitations: who may sign up where not everybody may (``MUSICSITE_SIGNUP=invite``)."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def digest(token: str) -> str:
    """What is kept of an invitation's token: whoever reads the table cannot sign up with it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def usable(self, token: str) -> InvitationQuerySet:
        """The invitation of ``token`` that is neither used nor too old: one or none."""
        return self.filter(token_hash=digest(token), used_at__isnull=True, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """Leave for one person to sign up once."""

    token_hash = models.CharField(max_length=64, unique=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True)  # stays when the account that it made is closed
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("used by")
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.note or f"{_('invitation')} {self.pk}"
