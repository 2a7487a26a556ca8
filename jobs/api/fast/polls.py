"""The two calls by which clients follow jobs, for ``jobs.api.fast.door``.

A poll costs one statement, in which the session, its user and the job are joined: whoever is logged out or deactivated
is so at the next poll.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.db.models import UUIDField

from jobs.api.conditional import Answer, active_compared, job_compared
from jobs.api.fast import logins
from jobs.models import Job
from jobs.models.sql import Parameter, PreparedQuery
from jobs.progress.snapshot import Snapshot, snapshots, unfinished_snapshots
from jobs.progress.status import active_body, job_json
from jobs.queue import rates

LONGEST_CURSOR = 64  # as in jobs.api.views


def active(environ: dict[str, Any], key: str) -> Answer | None:
    """Answer the indicator's call in the session ``key``; None where the long way has to answer.

    Raise ValueError or OverflowError for a cursor that is none.
    """
    since = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)).get("since")
    rows = _unfinished().rows(key=key)
    if not rows or len(since or "") > LONGEST_CURSOR or not (owner := _who_may(environ, rows[0])):
        return None
    return active_compared(active_body(owner, [row[3:] for row in rows], since), _if_none_match(environ))


def status(environ: dict[str, Any], key: str, pk: UUID) -> Answer | None:
    """Answer the call for the job ``pk`` in the session ``key``; None where the long way has to answer."""
    rows = _job().rows(key=key, id=pk)
    if not rows or not _who_may(environ, rows[0]):
        return None
    job = Snapshot._make(rows[0][3:])
    return job_compared(job, job_json(job, job.position), _if_none_match(environ))


def _if_none_match(environ: dict[str, Any]) -> str | None:
    if_none_match: str | None = environ.get("HTTP_IF_NONE_MATCH")
    return if_none_match


@cache
def _job() -> PreparedQuery:
    jobs = Job.objects.owned_by(logins.OWNER).filter(pk=Parameter("id", UUIDField()), owner__is_active=True)
    return PreparedQuery(snapshots(jobs.annotate(session=logins.DATA), "session", "owner_id", "owner__password"))


@cache
def _unfinished() -> PreparedQuery:
    return PreparedQuery(unfinished_snapshots(logins.users(), *logins.COLUMNS))


def _who_may(environ: dict[str, Any], row: Sequence[Any]) -> int | None:
    """Whose poll it is, if it is a log-in of that user with their present password and not one too many."""
    session, user_id, password = row[:3]
    if not logins.is_login(session, user_id, password) or not rates.admits_request(environ, str(user_id)):
        return None
    return user_id
