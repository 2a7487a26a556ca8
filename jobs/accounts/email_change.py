"""Another e-mail address for an account: asked for, then confirmed by a link that only its mailbox has.

The link is signed for the account as it is: with its present address and password. So it is void once it was used,
once another was used, once the password was changed, and for anybody else. Nothing is kept of it here.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

HOURS = 24  # that a link is good for


def ask(user: User, address: str, link_of: Callable[[str], str]) -> None:
    """Mail the link to ``address`` and tell the present one; nothing of ``user`` changes.

    ``link_of``: the whole address of the page that confirms, of a token. Where the mailbox is that of another account
    it gets no link, and whoever asked learns nothing of it.
    """
    if _is_of_another(user, address):
        _post(address, _("Your email address at Musicsite"), "taken", user=user)
    else:
        link = link_of(signing.dumps(address, salt=_salt(user)))
        _post(address, _("Confirm your email address for Musicsite"), "confirm", user=user, link=link, hours=HOURS)
    if user.email:
        _post(user.email, _("Your email address at Musicsite"), "asked", user=user, address=address)


def address_in(user: User, token: str) -> str | None:
    """The address that a link of ``user`` confirms; None where it is too old, was used, or is somebody else's."""
    try:
        return str(signing.loads(token, salt=_salt(user), max_age=HOURS * 3600))
    except signing.BadSignature:
        return None


def confirm(user: User, token: str) -> bool:
    """Give ``user`` the address of the link, and tell the one before; False where the link is no longer good."""
    with transaction.atomic():
        account = User.objects.select_for_update().filter(pk=user.pk, is_active=True).first()
        address = account and address_in(account, token)
        if not account or not address or _is_of_another(account, address):
            return False
        before, account.email = account.email, address
        account.save(update_fields=["email"])
    if before:
        _post(before, _("Your email address at Musicsite"), "changed", user=account, address=address)
    return True


def _salt(user: User) -> str:
    return f"{__name__}|{user.pk}|{user.email}|{user.password}"


def _is_of_another(user: User, address: str) -> bool:
    return User.objects.filter(email__iexact=address).exclude(pk=user.pk).exists()


def _post(mailbox: str, subject: str, mail: str, **context: object) -> None:
    send_mail(subject, render_to_string(f"registration/mails/email_{mail}.txt", context), None, [mailbox])
