"""What a job looks like to people and clients: the one JSON shape that the API sends and the pages start with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from jobs import eta
from jobs.errors import message_for
from jobs.models import Job, State
from jobs.stages import stage_label

MAX_PAGE = 100
# Two workers may commit their ends in another order than they took the time: look back this far, clients know ids.
OVERLAP = timedelta(seconds=10)


def status_json(job: Job) -> dict[str, Any]:
    """One job as the contract has it; ``jobs.api.Status`` is its shape."""
    position = Job.objects.ahead_of(job).count() + 1 if job.state == State.PENDING else None
    status_url = f"/api/music/{job.pk}/status"
    return {
        "jobId": str(job.pk),
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
        "pageUrl": f"/tracks/{job.pk}/",
        "statusUrl": status_url,
        "attempt": job.attempt,
        "workers": eta.workers_cached(job.lane),
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
    }


def active_json(user: Any, since: str | None = None) -> dict[str, Any]:
    """Everything the indicator needs: ``jobs.api.Active`` is its shape. Raises ValueError for a cursor not of ours."""
    jobs = Job.objects.owned_by(user)
    unfinished = list(jobs.unfinished().order_by("created_at")[:MAX_PAGE])
    latest = jobs.finished().order_by("-finished_at").values_list("finished_at", flat=True).first()
    ended = []
    if since is not None:
        after = parse_time(since) - OVERLAP
        ended = list(jobs.finished().filter(finished_at__gt=after).order_by("finished_at")[:MAX_PAGE])
    states = [status_json(job) for job in unfinished]
    return {
        "jobs": states,
        "finished": [status_json(job) for job in ended],
        "cursor": (latest or datetime.fromtimestamp(0, tz=UTC)).isoformat(),
        "pollAfterSeconds": poll_after(states),
    }


def poll_after(states: list[dict[str, Any]]) -> float:
    """Seconds after which asking again is worth while: soon when an end is near."""
    if not states:
        return 30
    nearest = min((state["etaSeconds"] or 2) for state in states)
    return 1 if nearest <= 4 else 2


def parse_time(text: str) -> datetime:
    time = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that a client did not escape arrives as a blank
    return time if time.tzinfo else time.replace(tzinfo=UTC)
