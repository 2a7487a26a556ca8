"""Which ended jobs the header still tells of: those of the last minutes that this session has not dismissed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from jobs.models import Job
from jobs.models.errors import CANCELLED
from jobs.progress.status import active_json

FRESH = timedelta(minutes=10)
_KEPT = 50  # dismissals that a session remembers
_KEY = "dismissed"


def first_state(user: Any, session: SessionBase) -> dict[str, Any]:
    """What a page shows before it has asked for anything: ``active_json`` with the notices that are still open.

    ``dismissed`` names the other notices (``<job>:<attempt>``), for the script gets them again from the API.
    """
    state = active_json(user, (timezone.now() - FRESH).isoformat())
    state["dismissed"] = dismissed = session.get(_KEY, [])
    state["finished"] = [
        status
        for status in state["finished"]
        if f"{status['jobId']}:{status['attempt']}" not in dismissed and not _cancelled(status)
    ]
    return state


def dismiss(session: SessionBase, job: Job) -> None:
    """Tell this session no more of how the job's present attempt ended; the next attempt's end is news again."""
    mark = f"{job.pk}:{job.attempt}"
    dismissed = session.get(_KEY, [])
    if mark not in dismissed:
        session[_KEY] = [*dismissed, mark][-_KEPT:]


def is_news(job: Job) -> bool:
    """Whether the job ended less than FRESH ago."""
    return job.finished_at is not None and timezone.now() - job.finished_at < FRESH


def _cancelled(status: dict[str, Any]) -> bool:
    return bool(status["error"]) and status["error"]["code"] == CANCELLED
