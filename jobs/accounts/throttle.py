"""Who asks, and what they may try out: requests in all, and the forms by which accounts are guessed.

Raises LimitReached; the pages and the API say so in their own ways.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from jobs.models import Tally
from jobs.queue import rates


def address_of(request: HttpRequest) -> str:
    """The network address that a request comes from, as text; of IPv6 the /64, which one person may have whole.

    Behind a proxy it is the last address that ``X-Forwarded-For`` names: the one that our own proxy has seen.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        text = forwarded.rsplit(",", 1)[-1].strip()
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{IPv6Address(int(address) >> 64 << 64)}/64")
    return str(address)


def guesser(request: HttpRequest) -> str:
    """Who tries to log in as whom: the address, and the user name that the form has."""
    name = unicodedata.normalize("NFKC", request.POST.get("username", "")).casefold()
    return f"{address_of(request)} {name}"


def _mailbox(request: HttpRequest) -> str:
    return request.POST.get("email", "").strip().casefold()


def account_of(request: HttpRequest) -> str:
    """Who asks: the id of a user, or the address of somebody unknown."""
    return str(request.user.pk or address_of(request))


# Name of a view → the setting that says how often, and who is counted.
Who = Callable[[HttpRequest], str]
LOG_IN: tuple[tuple[str, Who], ...] = (("LIMIT_LOGIN", guesser), ("LIMIT_LOGIN_ADDRESS", address_of))
GUARDED: dict[str, tuple[tuple[str, Who], ...]] = {
    "login": LOG_IN,
    "admin:login": LOG_IN,
    "signup": (("LIMIT_SIGNUP", address_of),),
    "password_reset": (("LIMIT_RESET", address_of), ("LIMIT_RESET", _mailbox)),
    "password_change": (("LIMIT_LOGIN", account_of),),
    "email_change": (("LIMIT_LOGIN", account_of), ("LIMIT_RESET", account_of), ("LIMIT_RESET", _mailbox)),
    "account_close": (("LIMIT_LOGIN", account_of),),
    "data_export": (("LIMIT_DATA_EXPORT", account_of),),
    "admin:password_change": (("LIMIT_LOGIN", account_of),),
}


def guard(request: HttpRequest) -> None:
    """Count a form that is sent to one of the views in GUARDED; raise LimitReached where it was sent too often."""
    guards = GUARDED.get(request.resolver_match.view_name) if request.resolver_match else None
    if request.method != "POST" or not guards:
        return
    Tally.objects.filter(ends__lt=time.time()).delete()
    for setting, who in guards:
        message = _("Too many attempts. Please wait a while, then try again.")
        rates.count(f"{setting}-{who.__name__}", getattr(settings, setting), who(request), message)


def forget_guesses(request: HttpRequest) -> None:
    """Forget how often this address tried this user name: whoever knows the password was no guesser."""
    rates.forget(f"LIMIT_LOGIN-{guesser.__name__}", settings.LIMIT_LOGIN, guesser(request))
