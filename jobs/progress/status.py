"""What a job looks like to people and clients: the one JSON shape that the API sends and the pages start with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, UUIDField
from django.urls import reverse
from django.utils import timezone

from jobs.generators import abilities_of
from jobs.models import Job, State
from jobs.models.errors import message_for
from jobs.models.sql import Parameter, PreparedQuery
from jobs.progress import eta
from jobs.progress.snapshot import MAX_PAGE, Snapshot, places, snapshots, unfinished_snapshots
from jobs.progress.stages import stage_label

# Two workers may commit their ends in another order than they took the time: look back this far, clients know ids.
OVERLAP = timedelta(seconds=10)

# Seconds between two questions of a client:
IDLE = 30.0  # nothing is being made
SELDOM = 4.0  # no end is near
SOON = 0.8  # something is about to begin
CLOSEST = 0.45  # an end is due
CLOSER = 0.7  # share of the time that is left: predictions err, and the next answer knows better


def status_json(job: Job) -> dict[str, Any]:
    """One job as the contract has it; ``jobs.api.schemas.Status`` is its shape."""
    told = job.state == State.PENDING or (not job.is_finished and abilities_of(job.generator).takes_edits)
    rows = _place().rows(id=job.pk) if told else []
    return job_json(job, *(rows[0] if rows else (None, None)))


def place(job: Job) -> int | None:
    """The job's place in the queue if it waits (1: next; 101: a hundred or more are before it), else None."""
    rows = _place().rows(id=job.pk) if job.state == State.PENDING else None
    return rows[0][0] if rows else None


@cache
def _place() -> PreparedQuery:
    return PreparedQuery(places(Job.objects.filter(pk=Parameter("id", UUIDField()))))


def job_json(job: Job | Snapshot, position: int | None, preview: int | None = None) -> dict[str, Any]:
    """As ``status_json``, where ``position`` of ``place`` and the number of a ``preview`` to be heard are known."""
    pk = str(job.id)
    heard = preview is not None and not job.is_finished and abilities_of(job.generator).takes_edits
    return {
        "jobId": pk,
        "state": job.state,
        "progress": job.progress,
        "stage": job.stage,
        "stageLabel": str(stage_label(job)),
        "queuePosition": position,
        "etaSeconds": None if job.is_finished else eta.remaining_seconds(job, position),
        "resultUrl": job.result_url or None,
        "error": {
            "code": job.error_code,
            "message": message_for(job.error_code, job.error_message),
            "retryable": job.error_retryable,
        }
        if job.error_code
        else None,
        "title": job.title,
        "prompt": job.prompt,
        "pageUrl": f"/tracks/{pk}/",
        "statusUrl": f"/api/music/{pk}/status",
        "attempt": job.attempt,
        "exportOf": str(job.export_of_id) if job.export_of_id else None,
        "workers": eta.workers_cached(job.lane),
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
        **({"previewUrl": reverse("preview_sound", args=[pk, preview])} if heard else {}),
    }


def active_json(user: Any, since: str | None = None) -> dict[str, Any]:
    """Everything the indicator needs of a user's jobs: ``jobs.api.schemas.Active`` is its shape.

    ``since``: the cursor of an earlier answer; None: without the jobs that have ended. Raises ValueError or
    OverflowError for a cursor not of ours.
    """
    return active_body(user.pk, _unfinished().rows(owner=user.pk), since)


@cache
def _unfinished() -> PreparedQuery:
    return PreparedQuery(unfinished_snapshots(User.objects.filter(pk=Parameter("owner", BigIntegerField()))))


def active_body(owner: int, rows: Sequence[Sequence[Any]], since: str | None) -> dict[str, Any]:
    """As ``active_json``, for the user of key ``owner``, from the rows of ``unfinished_snapshots``."""
    unfinished = [job for job in map(Snapshot._make, (row[1:] for row in rows)) if job.id]
    latest: datetime = (rows and rows[0][0]) or datetime.fromtimestamp(0, tz=UTC)  # no row: the account was closed
    ended: list[Snapshot] = []
    if since is not None and latest > (after := parse_time(since) - OVERLAP):
        jobs = Job.objects.owned_by(owner).finished().filter(finished_at__gt=after).order_by("finished_at")
        ended = [Snapshot(*row) for row in snapshots(jobs)[:MAX_PAGE]]
    return {
        "jobs": [job_json(job, job.position, job.preview_number) for job in unfinished],
        "finished": [job_json(job, None) for job in ended],
        "cursor": latest.isoformat(),
        "pollAfterSeconds": poll_after(unfinished),
    }


def poll_after(jobs: Iterable[Job | Snapshot]) -> float:
    """Seconds after which asking for these jobs again is worth while: fewer, the nearer an end is."""
    return min((_worth_asking(job) for job in jobs), default=IDLE)


def _worth_asking(job: Job | Snapshot) -> float:
    now = timezone.now()
    if job.state == State.PENDING:
        soon = (now - job.created_at).total_seconds() / 2  # most are taken at once
        return round(min(max(soon, SOON), SELDOM), 2)
    remaining = eta.remaining_run(job)
    elapsed = (now - (job.started_at or now)).total_seconds()
    if remaining <= 0:
        return round(min(max(elapsed / 10, SOON), SELDOM), 2)  # nobody knows
    closest = min(max(CLOSEST, elapsed / 100), SOON)
    return round(min(max(CLOSER * remaining, closest), SELDOM), 2)


def parse_time(text: str) -> datetime:
    """An ISO time, of UTC unless it names a zone, as UTC.

    Raise ValueError for anything else, OverflowError for what is in UTC before the year 1 or after 9999.
    """
    time = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that a client did not escape arrives as a blank
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
