"""What one person may have: active jobs, orders a day, bytes of kept files; asked in the transaction that orders."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs.errors import LimitReached
from jobs.generators import limit_of
from jobs.models import Job
from jobs.throttle import count

ACTIVE_AGAIN, STORAGE_AGAIN = 15, 60  # seconds until asking again is worth while


def admit(owner_id: int, generator: str) -> None:
    """Let the person order one more piece of that engine; raise LimitReached with a code, words for people, and when
    to come back.

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
    jobs = Job.objects.owned_by(owner_id)
    most = settings.LIMIT_ACTIVE
    if most and jobs.unfinished().count() >= most:
        text = ngettext(
            "%(count)d piece is being made for you already. Please wait until it has ended.",
            "%(count)d pieces are being made for you already. Please wait until one of them has ended.",
            most,
        )
        raise LimitReached("too_many_active", text % {"count": most}, ACTIVE_AGAIN)
    room = settings.LIMIT_STORAGE * 1_000_000
    if room and (jobs.aggregate(size=Sum("size"))["size"] or 0) >= room:
        text = _("Your tracks fill the %(room)s that one person may have. Please delete some of them first.")
        raise LimitReached("storage_full", text % {"room": filesizeformat(room)}, STORAGE_AGAIN)
