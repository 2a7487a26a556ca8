"""What clients are told of a job, read by one statement: the querysets of the calls that are made all the time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Case, FilteredRelation, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Least

from jobs.models import Job, JobQuerySet, Preview, State
from jobs.models.sql import CountUpTo, Literal

MAX_PAGE = 100
MOST_AHEAD = 100  # a place in the queue is counted so far; 101 means that there are more before it


class Snapshot(NamedTuple):
    """Columns of a job, its place in the queue (1: next; None unless it waits), and the number of what is heard of it.

    ``preview_number``: of its preview that can be heard, whether the job has ended or not; None where there is none.
    """

    id: UUID
    state: str
    progress: int | None
    stage: str
    not_before: datetime | None
    generator: str
    lane: str
    brief: dict[str, Any]
    result_url: str
    error_code: str
    error_message: str
    error_retryable: bool
    title: str
    prompt: str
    attempt: int
    export_of_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime
    position: int | None
    preview_number: int | None

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


COLUMNS = Snapshot._fields[:-2]


def snapshots(jobs: JobQuerySet, *extra: str) -> QuerySet[Any, Any]:
    """Rows of the columns ``extra`` and the values of a Snapshot, one row for each of ``jobs``."""
    return _placed(jobs).values_list(*extra, *COLUMNS, "position", "preview_number")


def places(jobs: JobQuerySet) -> QuerySet[Any, Any]:
    """Rows of the job's place in the queue and the number of its preview, as in Snapshot."""
    return _placed(jobs).values_list("position", "preview_number")


def unfinished_snapshots(users: QuerySet[User], *extra: str) -> QuerySet[Any, Any]:
    """For a user a row for each unfinished job, at least one, at most MAX_PAGE.

    A row has the columns ``extra`` of the user, when a job of theirs ended last, and the values of a Snapshot. Where
    there is no unfinished job, all values of the Snapshot are None.
    """
    ended = Job.objects.owned_by(OuterRef("pk")).finished().order_by("-finished_at").values("finished_at")
    rows = users.annotate(
        latest=Subquery(ended[:1]), job=FilteredRelation("jobs", condition=Q(jobs__finished_at=None))
    ).annotate(position=_position("job__"), preview_number=_preview(OuterRef("job__id")))
    columns = [f"job__{name}" for name in COLUMNS]
    return rows.order_by("job__created_at").values_list(*extra, "latest", *columns, "position", "preview_number")[
        :MAX_PAGE
    ]


def _placed(jobs: JobQuerySet) -> QuerySet[Any, Any]:
    return jobs.annotate(position=_position(""), preview_number=_preview(OuterRef("pk")))


def _preview(job: OuterRef) -> Subquery:
    return Subquery(Preview.objects.filter(track=job, state=Literal(State.DONE)).values("number")[:1])


def _position(job: str) -> Case:
    lane, turn, created_at = (OuterRef(f"{job}{name}") for name in ("lane", "turn", "created_at"))
    earlier, same_turn = (CountUpTo(jobs, MOST_AHEAD) for jobs in Job.objects.ahead_of(lane, turn, created_at))
    ahead = Least(earlier + same_turn, MOST_AHEAD)
    return Case(When(**{f"{job}state": Literal(State.PENDING)}, then=ahead + 1))
