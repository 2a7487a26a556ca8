"""Which jobs: the questions that are asked of the table."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import F, Q

from jobs.models.abandoned import Abandoned
from jobs.models.sql import Literal
from jobs.models.states import State
from jobs.models.text import searchable

if TYPE_CHECKING:
    from jobs.models.job import Job

MOST_WORDS = 8  # of a search
LONGEST_SEARCH = 200  # characters


def lock_owners(users: Any) -> None:
    """Lock the rows of these users (of their keys) until the transaction ends: nobody closes their accounts meanwhile.

    Nothing where the database has no locks of rows.
    """
    if connection.features.has_select_for_update:
        list(User.objects.select_for_update(no_key=True).filter(pk__in=users).order_by("pk").values_list("pk"))


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs by what is asked of them. ``user``: a user, the key of one, or an expression for that key."""

    def owned_by(self, user: Any) -> Self:
        """Jobs of ``user`` that are not in the bin: the only door to anybody's jobs in views and API."""
        return self.unbinned().filter(owner=user)

    def unbinned(self) -> Self:
        """Jobs that are not in the bin, of everybody."""
        return self.filter(deleted_at__isnull=True)

    def binned_by(self, user: Any) -> Self:
        """Jobs that ``user`` has deleted and may still take back."""
        return self.filter(owner=user, deleted_at__isnull=False)

    def anywhere_of(self, user: Any) -> Self:
        """Every job of ``user``, in the bin or not."""
        return self.filter(owner=user)

    def tracks(self) -> Self:
        """Pieces of music, without the jobs that only render one of them in another format."""
        return self.filter(export_of__isnull=True)

    def with_exports(self, track: UUID) -> Self:
        """The job of that id and its exports, in the bin or not."""
        return self.filter(Q(pk=track) | Q(export_of=track))

    def shared(self, token: str) -> Self:
        """The finished track whose share link has ``token``: one job or none, also after the end of the link.

        It is there as long as its owner has an active account and has not deleted it.
        """
        return self.filter(share_token=token, state=State.DONE, deleted_at__isnull=True, owner__is_active=True)

    def saying(self, words: str) -> Self:
        """Jobs whose title, prompt or lyrics have each of the words, in whatever case, width or composition of letters.

        Within what narrows the jobs otherwise, an owner or the newest, it reads row after row: no index on both
        databases holds parts of words of two syllables. MOST_WORDS of the first LONGEST_SEARCH characters count.
        """
        jobs = self
        for word in searchable(words[:LONGEST_SEARCH]).split()[:MOST_WORDS]:
            jobs = jobs.filter(search_text__contains=word)
        return jobs

    def unfinished(self) -> Self:
        """Jobs that wait or are being made."""
        return self.filter(finished_at__isnull=True)

    def finished(self) -> Self:
        """Jobs that ended: done, failed or cancelled."""
        return self.filter(finished_at__isnull=False)

    def claimable(self, lane: Any) -> Self:
        """Waiting jobs of ``lane`` in the order in which they are taken; those that back off are not among them."""
        return self.claimable_anywhere().filter(lane=lane).order_by("turn", "created_at")

    def claimable_anywhere(self) -> Self:
        """Waiting jobs of all lanes, unordered; those that back off are not among them."""
        return self.filter(state=Literal(State.PENDING), not_before__isnull=True)

    def ahead_of(self, lane: Any, turn: Any, created_at: Any) -> tuple[Self, Self]:
        """Claimable jobs of ``lane`` that are taken before one of this ``turn`` and ``created_at``: values, or columns.

        Two querysets, of earlier turns and of the same turn, each a range of an index. One for both would look through
        the whole turn, in which every person may have a job.
        """
        waiting = self.claimable(lane)
        return waiting.filter(turn__lt=turn), waiting.filter(turn=turn, created_at__lt=created_at)

    def held(self, job: Job) -> Self:
        """The row of ``job`` while the attempt of its number owns it, else none: the fence of a worker's writes."""
        return self.filter(pk=job.pk, attempt=job.attempt, state=Literal(State.PROCESSING))

    def leased(self) -> Self:
        """Jobs that an attempt holds, whether or not its lease has run out."""
        return self.filter(lease_until__isnull=False)

    def lock(self, *, to_delete: bool) -> list[UUID]:
        """Lock these rows until the transaction ends, tracks before their exports; returns the jobs' ids.

        Whoever deletes by a list that was read before deletes what has changed meanwhile: lock, then ask again. Only
        ``to_delete`` keeps those waiting who refer to a row.

        A transaction that writes to several jobs, or twice to one (PostgreSQL asks anew for what it refers to), begins
        with this: everybody takes the owner's row first, as whoever closes the account does.
        """
        lock_owners(self.order_by().values("owner"))
        rows = self.select_for_update(no_key=not to_delete).order_by(F("export_of").asc(nulls_first=True), "pk")
        return list(rows.values_list("pk", flat=True))

    def let_go(self) -> None:
        """Leave it to the workers to stop what engines do elsewhere for these jobs: each becomes a row of Abandoned."""
        working = self.filter(resume__gt="")
        work = working.values("lane", "generator", token=F("resume"))
        Abandoned.objects.bulk_create(Abandoned(**values) for values in work)
        working.update(resume="")

    def overdue(self, now: datetime) -> Self:
        """Jobs whose lease has run out at ``now``. Clocks jump and differ: a supervisor watches leases instead."""
        return self.leased().filter(lease_until__lt=now)
