"""Which of somebody's tracks a page of the library shows.

Pages are by key, not by number: a page begins after the last track of the one before, found in an index, so that the
thousandth page costs what the first does and nothing appears twice while new tracks come in.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import Job, JobQuerySet, State
from jobs.models.text import unprintable
from jobs.music import styles

PER_PAGE = 24
MOST_WORDS = 8  # of a search

SHELVES: Mapping[str, Promise] = {
    "": _("Tracks"),
    "favourites": _("Favourites"),
    "making": _("In the making"),
    "failed": _("Not made"),
    "bin": _("Deleted"),
}
SPANS: Mapping[str, tuple[int, Promise]] = {  # days
    "day": (1, _("Last 24 hours")),
    "week": (7, _("Last 7 days")),
    "month": (30, _("Last 30 days")),
    "year": (365, _("Last year")),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the library: by a field, then by id."""

    label: Promise | str
    field: str
    descending: bool = False


SORTS: Mapping[str, Sort] = {
    "": Sort(_("Newest first"), "created_at", descending=True),
    "oldest": Sort(_("Oldest first"), "created_at"),
    "title": Sort(_("By title"), "title"),
    "longest": Sort(_("Longest first"), "duration", descending=True),
    "shortest": Sort(_("Shortest first"), "duration"),
}
_LATEST_DELETED = Sort("", "deleted_at", descending=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person looks for; whatever is not understood of an address is left out."""

    query: str = ""
    shelf: str = ""
    style: str = ""
    span: str = ""
    sort: str = ""
    after: str = ""  # cursors of an earlier page
    before: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Wanted:
        """What the query of an address asks for; values that are not known are left out."""

        def one_of(name: str, choices: Any) -> str:
            value = query.get(name, "")
            return value if value in choices else ""

        return cls(
            query=query.get("q", "").replace("\x00", "").strip()[:200],
            shelf=one_of("show", SHELVES),
            style=one_of("style", styles.all_ids()),
            span=one_of("when", SPANS),
            sort=one_of("sort", SORTS),
            after=query.get("after", ""),
            before=query.get("before", ""),
        )

    @property
    def order(self) -> Sort:
        """The order of the tracks; in the bin, the latest deleted first."""
        return _LATEST_DELETED if self.shelf == "bin" else SORTS[self.sort]

    @property
    def is_filtered(self) -> bool:
        """Whether a search, a style or a span of time narrows the shelf."""
        return bool(self.query or self.style or self.span)


@dataclass(frozen=True, slots=True)
class Page:
    """``newer`` and ``older``: cursors of the pages around this one, "" where there is none."""

    jobs: list[Job]
    newer: str
    older: str


def page(user: Any, wanted: Wanted) -> Page:
    """The page of ``user``'s tracks that is wanted: PER_PAGE at most.

    A cursor that is none of ours, or of another order, begins at the beginning.
    """
    sort, jobs = wanted.order, _matching(user, wanted)
    before = _read(wanted.before, sort.field)
    after = None if before else _read(wanted.after, sort.field)
    if before:
        rows = list(_from(jobs, sort, *before, backwards=True)[: PER_PAGE + 1])
        shown = rows[:PER_PAGE][::-1]
        more_before, more_after = len(rows) > PER_PAGE, True
    else:
        rows = list(_from(jobs, sort, *(after or (None, None)))[: PER_PAGE + 1])
        shown = rows[:PER_PAGE]
        more_before, more_after = after is not None, len(rows) > PER_PAGE
    if not shown and (before or after):  # everything there has gone meanwhile
        return page(user, Wanted(wanted.query, wanted.shelf, wanted.style, wanted.span, wanted.sort))
    return Page(
        shown,
        _write(shown[0], sort.field) if shown and more_before else "",
        _write(shown[-1], sort.field) if shown and more_after else "",
    )


def _matching(user: Any, wanted: Wanted) -> JobQuerySet:
    mine = Job.objects.binned_by(user) if wanted.shelf == "bin" else Job.objects.owned_by(user)
    jobs = mine.tracks()
    match wanted.shelf:
        case "":
            jobs = jobs.exclude(state=State.ERROR)
        case "favourites":
            jobs = jobs.filter(favourite=True)
        case "making":
            jobs = jobs.unfinished()
        case "failed":
            jobs = jobs.filter(state=State.ERROR)
    if wanted.order.field == "duration":
        jobs = jobs.filter(state=State.DONE)  # only these have a length
    if wanted.style:
        jobs = jobs.filter(style=wanted.style)
    if wanted.span:
        jobs = jobs.filter(created_at__gte=timezone.now() - timedelta(days=SPANS[wanted.span][0]))
    for word in wanted.query.split()[:MOST_WORDS]:
        jobs = jobs.filter(Q(title__icontains=word) | Q(prompt__icontains=word))
    return jobs


def _from(jobs: JobQuerySet, sort: Sort, value: Any, pk: UUID | None, *, backwards: bool = False) -> JobQuerySet:
    """The rows beyond a key in the order of ``sort``, or against it; all of them where there is no key."""
    falling = sort.descending != backwards
    if pk is not None:
        side = "lte" if falling else "gte"
        passed = Q(**{sort.field: value, f"id__{'gte' if falling else 'lte'}": pk})
        jobs = jobs.filter(**{f"{sort.field}__{side}": value}).exclude(passed)
    minus = "-" if falling else ""
    return jobs.order_by(f"{minus}{sort.field}", f"{minus}id")


def _write(job: Job, field: str) -> str:
    value = getattr(job, field)
    key = [field, value.isoformat() if isinstance(value, datetime) else value, job.pk.hex]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _read(cursor: str, field: str) -> tuple[Any, UUID] | None:
    """The key in a cursor; None for none, or one that was not written for this field."""
    if not cursor:
        return None
    try:
        name, value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != field:
            return None
        if field in ("created_at", "deleted_at"):
            value = datetime.fromisoformat(value)
            if value.tzinfo is None:
                return None
            value = value.astimezone(UTC)  # raises OverflowError for what no database takes
        elif field == "duration":
            value = float(value)
        elif not isinstance(value, str) or unprintable(value):
            return None
        return value, UUID(hex=pk)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error):
        return None
