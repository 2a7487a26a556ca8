"""Who may sign up: everybody, whoever was invited, or nobody (``MUSICSITE_SIGNUP``)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.models import Invitation
from jobs.models.invitation import digest

TOKEN_BYTES = 24


class SignUpRefused(Exception):
    """Why somebody may not sign up, in a sentence for them."""


def invite(invitation: Invitation, by: User, days: int) -> str:
    """Save a new invitation that is good for so many days; returns its token, which nobody can find out later."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash, invitation.created_by = digest(token), by
    invitation.expires_at = timezone.now() + timedelta(days=days)
    invitation.save()
    return token


def admit(token: str) -> None:
    """Raise SignUpRefused unless somebody with this invitation's token ("" for none) may sign up now."""
    if settings.SIGNUP == "closed":
        raise SignUpRefused(_("New accounts cannot be made here at the moment."))
    if settings.SIGNUP == "invite":
        if not token:
            raise SignUpRefused(_("This site is for those who were invited. Open the link of your invitation."))
        if not Invitation.objects.usable(token).exists():
            raise _used_up()


def sign_up(token: str, save: Callable[[], User]) -> User:
    """The user that ``save`` makes, whose the invitation is from now on. Raises SignUpRefused, and what ``save`` does.

    Of two who use an invitation at the same moment, one gets in.
    """
    admit(token)
    if settings.SIGNUP != "invite":
        with transaction.atomic():
            return save()
    with transaction.atomic():
        invitation = Invitation.objects.usable(token).select_for_update(no_key=True).first()
        if not invitation:
            raise _used_up()
        user = save()
        # In one statement: of a row that is written twice PostgreSQL asks anew for all that it refers to.
        Invitation.objects.filter(pk=invitation.pk).update(used_at=timezone.now(), used_by=user)
    return user


def _used_up() -> SignUpRefused:
    return SignUpRefused(_("This invitation was used already or is too old. Ask for another one."))
