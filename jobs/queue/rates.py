"""How often somebody may do something: fixed windows of the ``limits`` library over two stores.

Log-ins, sign-ups, resets and orders are counted in the database, for all machines together; requests in the memory of
the web process, where counting costs no query.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import MutableMapping
from functools import cache
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from limits import RateLimitItem, parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from jobs.models import Tally
from jobs.models.errors import LimitReached
from jobs.models.sql import Parameter, Statement
from jobs.queue.again import AGAIN, COUNTED


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


@cache
def _counted() -> Statement:
    """Add ``amount`` to the count of ``key``, or begin a new window where that has ended; one row, the count."""
    key, amount = Parameter("key", models.CharField()), Parameter("amount", models.IntegerField())
    ends, now = Parameter("ends", models.FloatField()), Parameter("now", models.FloatField())
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
                    self._counts = {key: window for key, window in self._counts.items() if window[1] > now}
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


@cache
def _parsed(text: str) -> RateLimitItem:
    return parse(text)


in_database = FixedWindowRateLimiter(DatabaseStore())
in_memory = FixedWindowRateLimiter(MemoryStore())


def count(action: str, limit: str, who: object, message: str | Promise) -> None:
    """Count one ``action`` of ``who``; raise LimitReached(action, message) beyond ``limit`` (``10/hour``; "": none).

    Counted in the database, for all machines together.
    """
    if not limit or in_database.hit(_parsed(limit), action, str(who)):
        return
    reset, _remaining = in_database.get_window_stats(_parsed(limit), action, str(who))
    raise LimitReached(action, str(message), math.ceil(reset - time.time()))


def count_in_memory(action: str, limit: str, who: object) -> None:
    """As ``count``, by this process alone: for actions that cost little. The code is ``too_many_requests``."""
    if limit and not in_memory.hit(_parsed(limit), action, str(who)):
        wait = _parsed(limit).get_expiry()
        raise LimitReached("too_many_requests", _("Too many requests. Please slow down."), wait)


def count_request(environ: MutableMapping[str, Any], who: str) -> None:
    """Count one request of somebody (id of a user, or an address); raise LimitReached where it is one too many.

    ``environ``: of the request, which may say that it was counted by the short way already.
    """
    if environ.get(COUNTED) != who and AGAIN not in environ:
        count_in_memory("requests", settings.LIMIT_REQUESTS, who)
        environ[COUNTED] = who


def admits_request(environ: MutableMapping[str, Any], who: str) -> bool:
    """As ``count_request``, but returns False where it is one too many: for whom the long way refuses.

    Writes into the request's WSGI environment that it was counted, for the long way may have to answer all the same.
    """
    limit = "" if AGAIN in environ else settings.LIMIT_REQUESTS
    admitted = not limit or in_memory.hit(_parsed(limit), "requests", who)
    if admitted:
        environ[COUNTED] = who
    return admitted


def forget_ended() -> None:
    """Delete the counts in the database whose window has ended, but for those that somebody counts in just now."""
    ended = Tally.objects.filter(ends__lt=time.time()).select_for_update(skip_locked=True)
    Tally.objects.filter(pk__in=ended.values("pk")).delete()


def forget(action: str, limit: str, who: object) -> None:
    """Start counting ``action`` of ``who`` anew; ``limit`` as it was counted with."""
    if limit:
        in_database.clear(_parsed(limit), action, str(who))
