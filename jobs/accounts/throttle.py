"""Who asks, and what they may try out: requests in all, and the forms by which accounts are guessed.

Raises LimitReached; the pages and the API say so in their own ways.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from jobs.queue import rates

# An address in brackets, with or without a port; or one with dots and a port; or an address alone.
_HOST_AND_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+|(.*)", re.ASCII)
_NAME = AuthenticationForm().fields["username"]


def address_of(request: HttpRequest) -> str:
    """The network address that a request comes from, as text; of IPv6 the /64, which one person may have whole.

    Behind a proxy it is the last address that ``X-Forwarded-For`` names: the one that our own proxy has seen. Where
    that is none, everybody behind the proxy is one address, the proxy's; "" where there is no address at all.
    """
    if settings.BEHIND_PROXY:
        forwarded = [text for text in request.headers.get("X-Forwarded-For", "").split(",") if text.strip()]
        if forwarded and (address := _address(forwarded[-1])):
            return address
    return _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str:
    """The address in ``192.0.2.1``, ``192.0.2.1:5000``, ``2001:db8::1`` or ``[2001:db8::1]:443``, maybe in quotes;
    "" where there is none.
    """
    match = _HOST_AND_PORT.fullmatch(text.strip().strip('"').strip())
    try:
        address = ip_address(match[1] or match[2] or match[3]) if match else None
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{IPv6Address(int(address) >> 64 << 64)}/64")
    return str(address or "")


def guesser(request: HttpRequest) -> str:
    """Who tries to log in as whom: the address, and the user name that the form looks up for what was sent.

    No two accounts share a count, so that nobody resets another's by logging in: of names in ASCII sign-up allows one
    spelling, whatever its case; others count as the back-end compares them.
    """
    name = str(_NAME.to_python(request.POST.get("username", "")) or "")
    return f"{address_of(request)} {name.lower() if name.isascii() else name}"


def _mailbox(request: HttpRequest) -> str:
    """The mailbox that was sent; those are one which Django's form takes for the same."""
    return unicodedata.normalize("NFKC", request.POST.get("email", "").strip()).casefold().strip()


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
    "token_make": (("LIMIT_LOGIN", account_of),),
    "data_export": (("LIMIT_DATA_EXPORT", account_of),),
    "admin:password_change": (("LIMIT_LOGIN", account_of),),
}


def guard(request: HttpRequest) -> None:
    """Count a form that is sent to one of the views in GUARDED; raise LimitReached where it was sent too often."""
    guards = GUARDED.get(request.resolver_match.view_name) if request.resolver_match else None
    if request.method != "POST" or not guards:
        return
    rates.forget_ended()
    for setting, who in guards:
        message = _("Too many attempts. Please wait a while, then try again.")
        rates.count(f"{setting}-{who.__name__}", getattr(settings, setting), who(request), message)


def forget_guesses(request: HttpRequest) -> None:
    """Forget how often this address tried this user name: whoever knows the password was no guesser."""
    rates.forget(f"LIMIT_LOGIN-{guesser.__name__}", settings.LIMIT_LOGIN, guesser(request))
