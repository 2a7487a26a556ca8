"""What one person may have: active jobs, orders a day, bytes of kept files; asked in the transaction that orders."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import BigIntegerField, OuterRef, Subquery, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from jobs.generators import limit_of
from jobs.models import Job, statements
from jobs.models.errors import Gone, LimitReached
from jobs.models.sql import CountUpTo, Literal, Parameter, PreparedQuery
from jobs.queue.rates import count

ACTIVE_AGAIN, STORAGE_AGAIN = 15, 60  # seconds until asking again is worth while


def admit(owner_id: int, generator: str, lane: str) -> int:
    """Let a user order one more piece of the engine ``generator``; returns its turn in ``lane`` (``next_turn``).

    Raise LimitReached with a code, words for people, and the seconds after which to come back; Gone where there is no
    such user any more.

    The count of orders comes first: its row makes orders of one person wait for each other, so that none slips by.
    """
    count(
        "jobs_per_day",
        settings.LIMIT_JOBS,
        owner_id,
        _("You have ordered as many pieces as one person may for now. Please come back later."),
    )
    count(
        "engine_limit",
        limit_of(generator),
        f"{owner_id}/{generator}",
        _("You have ordered as many pieces of this engine as one person may for now. Another engine may still do."),
    )
    active_limit = settings.LIMIT_ACTIVE
    holdings = _holdings(active_limit or 1).rows(owner=owner_id, lane=lane)
    if not holdings:
        raise Gone("order")
    active, size, *turns = holdings[0]
    if active_limit and active >= active_limit:
        text = ngettext(
            "%(count)d piece is being made for you already. Please wait until it has ended.",
            "%(count)d pieces are being made for you already. Please wait until one of them has ended.",
            active_limit,
        )
        raise LimitReached("too_many_active", text % {"count": active_limit}, ACTIVE_AGAIN)
    storage_limit = settings.LIMIT_STORAGE * 1_000_000
    if storage_limit and (size or 0) >= storage_limit:
        text = gettext(
            "Your tracks, those in the bin among them, fill the %(room)s that one person may have."
            " Please delete some of them for good first."
        )
        raise LimitReached("storage_full", text % {"room": filesizeformat(storage_limit)}, STORAGE_AGAIN)
    return statements.turn_after(*turns)


@cache
def _holdings(active_limit: int) -> PreparedQuery:
    """A row for ``owner``: what is unfinished, what is stored, and the two values of ``statements.turns``.

    How many jobs have not ended, up to ``active_limit``; the bytes of all files, None without files. The bin counts:
    what lies there takes room until it is gone for good, and may come back. Nothing in it is unfinished, but it is not
    left out of the first: SQLite would look through whatever is not in it.
    """
    unfinished = Job.objects.anywhere_of(OuterRef("pk")).unfinished()
    files = (
        Job.objects.anywhere_of(OuterRef("pk"))
        .filter(size__gt=Literal(0))
        .order_by()
        .values("owner")
        .annotate(bytes=Sum("size"))
        .values("bytes")
    )
    user = User.objects.filter(pk=Parameter("owner", BigIntegerField()))
    return PreparedQuery(user.values_list(CountUpTo(unfinished, active_limit), Subquery(files), *statements.turns()))
