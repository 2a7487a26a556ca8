"""Which jobs: the questions that are asked of the table."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F

from jobs.models.abandoned import Abandoned
from jobs.models.sql import Literal
from jobs.models.states import State

if TYPE_CHECKING:
    from jobs.models.job import Job


class JobQuerySet(models.QuerySet["Job"]):
    def owned_by(self, user: Any) -> Self:
        """The only door to anybody's jobs in views and API; what lies in the bin is not there."""
        return self.filter(owner=user, deleted_at__isnull=True)

    def binned_by(self, user: Any) -> Self:
        """What somebody has deleted and may still take back."""
        return self.filter(owner=user, deleted_at__isnull=False)

    def anywhere_of(self, user: Any) -> Self:
        """All that is somebody's, the bin too."""
        return self.filter(owner=user)

    def tracks(self) -> Self:
        """Pieces of music, without the jobs that only render one of them in another format."""
        return self.filter(export_of__isnull=True)

    def shared(self, token: str) -> Self:
        """The finished track of a share link, as long as its owner has an account and has not deleted it."""
        return self.filter(share_token=token, state=State.DONE, deleted_at__isnull=True, owner__is_active=True)

    def unfinished(self) -> Self:
        return self.filter(finished_at__isnull=True)

    def finished(self) -> Self:
        return self.filter(finished_at__isnull=False)

    def claimable(self, lane: Any) -> Self:
        """Waiting jobs of a lane in the order in which they are taken; those that back off are not among them."""
        return self.claimable_anywhere().filter(lane=lane).order_by("turn", "created_at")

    def claimable_anywhere(self) -> Self:
        return self.filter(state=Literal(State.PENDING), not_before__isnull=True)

    def ahead_of(self, lane: Any, turn: Any, created_at: Any) -> tuple[Self, Self]:
        """Claimable jobs that are taken before a waiting one, of its three values or of columns.

        Of earlier turns, and of the same: two ranges of an index. In one, the whole turn is looked through, in which
        every person may have a job.
        """
        waiting = self.claimable(lane)
        return waiting.filter(turn__lt=turn), waiting.filter(turn=turn, created_at__lt=created_at)

    def held(self, job: Job) -> Self:
        """This job while this attempt still owns it: the fence of every write of a worker."""
        return self.filter(pk=job.pk, attempt=job.attempt, state=Literal(State.PROCESSING))

    def leased(self) -> Self:
        return self.filter(lease_until__isnull=False)

    def let_go(self) -> None:
        """Leave it to their workers to stop what engines do elsewhere for these jobs."""
        working = self.filter(resume__gt="")
        work = working.values("lane", "generator", token=F("resume"))
        Abandoned.objects.bulk_create(Abandoned(**values) for values in work)
        working.update(resume="")

    def overdue(self, now: datetime) -> Self:
        """Jobs whose lease has run out by the clock. Clocks jump and differ: a supervisor watches leases instead."""
        return self.leased().filter(lease_until__lt=now)
