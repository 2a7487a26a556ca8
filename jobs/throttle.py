"""How often somebody may do something: fixed windows of the ``limits`` library over two stores.

Log-ins, sign-ups, resets and orders are counted in the database, for all machines together; requests in the memory of
the web process, where counting costs no query.
"""

from __future__ import annotations

import hashlib
import math
import time
import unicodedata
from collections.abc import Callable
from functools import cache as once
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from jobs.errors import LimitReached
from jobs.problems import problem
from jobs.sql import Slot, Statement


class Tally(models.Model):
    """How often something was done since its window began. The key is a digest: names and addresses are not kept."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveBigIntegerField()
    ends = models.FloatField(db_index=True)  # seconds since the epoch

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class _Store(Storage):
    """What the library asks of a store beyond counting."""

    STORAGE_SCHEME = None
    base_exceptions = ()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        raise NotImplementedError


class DatabaseStore(_Store):
    """One statement for each count, atomic on SQLite and PostgreSQL."""

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        return int(_counted().rows(key=_digest(key), amount=amount, ends=now + expiry, now=now)[0][0])

    def get(self, key: str) -> int:
        tally = Tally.objects.filter(key=_digest(key), ends__gt=time.time()).first()
        return tally.count if tally else 0

    def get_expiry(self, key: str) -> float:
        tally = Tally.objects.filter(key=_digest(key)).first()
        return tally.ends if tally else time.time()

    def clear(self, key: str) -> None:
        Tally.objects.filter(key=_digest(key)).delete()


@once
def _counted() -> Statement:
    """Add ``amount`` to the count of ``key``, or begin a new window where that has ended; one row, the count."""
    key, amount = Slot("key", models.CharField()), Slot("amount", models.IntegerField())
    ends, now = Slot("ends", models.FloatField()), Slot("now", models.FloatField())
    sql = (
        "INSERT INTO jobs_tally (key, count, ends) VALUES (%s, %s, %s) ON CONFLICT (key) DO UPDATE SET"
        " count = CASE WHEN jobs_tally.ends <= %s THEN excluded.count ELSE jobs_tally.count + excluded.count END,"
        " ends = CASE WHEN jobs_tally.ends <= %s THEN excluded.ends ELSE jobs_tally.ends END"
        " RETURNING count"
    )
    return Statement(sql, [key, amount, ends, now, now])


class MemoryStore(_Store):
    """Counts of this process."""

    MOST = 10_000  # counts that are kept before those are dropped whose window has ended

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.monotonic()
        with self._lock:
            count, ends = self._counts.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
                if len(self._counts) >= self.MOST:
                    self._counts = {key: one for key, one in self._counts.items() if one[1] > now}
            self._counts[key] = count + amount, ends
        return count + amount

    def get(self, key: str) -> int:
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > time.monotonic() else 0

    def get_expiry(self, key: str) -> float:
        _count, ends = self._counts.get(key, (0, 0.0))
        return time.time() + max(0.0, ends - time.monotonic())

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)

    def reset(self) -> None:
        self._counts.clear()


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=24).hexdigest()


@once
def _parsed(text: str) -> RateLimitItem:
    return parse(text)


lasting = FixedWindowRateLimiter(DatabaseStore())
passing = FixedWindowRateLimiter(MemoryStore())


def count(what: str, limit: str, who: object, message: str | Promise) -> None:
    """Count one ``what`` of ``who``; raise LimitReached(what, message) beyond the limit (``10/hour``; "": none)."""
    if not limit or lasting.hit(_parsed(limit), what, str(who)):
        return
    reset, _remaining = lasting.get_window_stats(_parsed(limit), what, str(who))
    raise LimitReached(what, str(message), math.ceil(reset - time.time()))


def count_passing(what: str, limit: str, request: HttpRequest) -> None:
    """The same for what costs so little that each process may count for itself."""
    if limit and not passing.hit(_parsed(limit), what, _account(request)):
        wait = _parsed(limit).get_expiry()
        raise LimitReached("too_many_requests", _("Too many requests. Please slow down."), wait)


def forget(what: str, limit: str, who: object) -> None:
    """Start counting anew."""
    if limit:
        lasting.clear(_parsed(limit), what, str(who))


def address_of(request: HttpRequest) -> str:
    """Where a request comes from; of IPv6 the network, of which one person has a whole lot of addresses.

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


def admits(who: str) -> bool:
    """Count one request of somebody (id of a user, or an address); False if it is one too many."""
    limit = settings.LIMIT_REQUESTS
    return not limit or passing.hit(_parsed(limit), "requests", who)


# -- Accounts ---------------------------------------------------------------------------------------------------------


def guesser(request: HttpRequest) -> str:
    """Who tries to log in as whom."""
    name = unicodedata.normalize("NFKC", request.POST.get("username", "")).casefold()
    return f"{address_of(request)} {name}"


def _mailbox(request: HttpRequest) -> str:
    return request.POST.get("email", "").strip().casefold()


def _account(request: HttpRequest) -> str:
    return str(request.user.pk or address_of(request))


# Name of a view → the setting that says how often, and who is counted.
Who = Callable[[HttpRequest], str]
LOG_IN: tuple[tuple[str, Who], ...] = (("LIMIT_LOGIN", guesser), ("LIMIT_LOGIN_ADDRESS", address_of))
GUARDED: dict[str, tuple[tuple[str, Who], ...]] = {
    "login": LOG_IN,
    "admin:login": LOG_IN,
    "signup": (("LIMIT_SIGNUP", address_of),),
    "password_reset": (("LIMIT_RESET", address_of), ("LIMIT_RESET", _mailbox)),
    "password_change": (("LIMIT_LOGIN", _account),),
    "admin:password_change": (("LIMIT_LOGIN", _account),),
}


class Throttle:
    """Middleware: refuses with 429 whoever asks too much, and guards the forms by which accounts are tried out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not admits(_account(request)):
            wait = _parsed(settings.LIMIT_REQUESTS).get_expiry()
            return refuse(request, LimitReached("too_many_requests", _("Too many requests. Please slow down."), wait))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        guards = GUARDED.get(request.resolver_match.view_name) if request.resolver_match else None
        if request.method != "POST" or not guards:
            return None
        Tally.objects.filter(ends__lt=time.time()).delete()
        try:
            for setting, who in guards:
                message = _("Too many attempts. Please wait a while, then try again.")
                count(f"{setting}-{who.__name__}", getattr(settings, setting), who(request), message)
        except LimitReached as refusal:
            return refuse(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return refuse(request, exception) if isinstance(exception, LimitReached) else None


def forget_guesses(request: HttpRequest) -> None:
    """Whoever knows the password was no guesser."""
    forget(f"LIMIT_LOGIN-{guesser.__name__}", settings.LIMIT_LOGIN, guesser(request))


def refuse(request: HttpRequest, refusal: LimitReached) -> HttpResponse:
    """429 with Retry-After: a problem document below /api/, elsewhere a page."""
    if request.path_info.startswith("/api/"):
        response = problem(429, refusal.code, str(refusal))
    else:
        response = render(request, "429.html", {"message": str(refusal)}, status=429)
    response["Retry-After"] = str(refusal.retry_after)
    return response
