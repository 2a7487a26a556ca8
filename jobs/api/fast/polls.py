"""The two calls by which clients follow jobs, for ``jobs.api.fast.door``.

A poll costs one statement, in which the session or token, its user and the job are joined: whoever is logged out or
deactivated, or whose token is revoked, is so at the next poll.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.db.models import UUIDField

from jobs.api import eventstream
from jobs.api.conditional import Answer, active_compared, job_compared
from jobs.api.fast.logins import Login
from jobs.models.sql import Parameter, PreparedQuery
from jobs.models.token import READ
from jobs.progress.snapshot import Snapshot, snapshots, unfinished_snapshots
from jobs.progress.status import active_body, job_json
from jobs.queue import rates

LONGEST_CURSOR = 64  # as in jobs.api.views
WAITS = re.compile(r"(wait=(\d|[1-4]\d|50))?", re.ASCII)


def active(environ: dict[str, Any], login: Login, key: str) -> Answer | None:
    """Answer the indicator's call by ``login`` with ``key``; None where the long way has to answer.

    Raise ValueError or OverflowError for a cursor that is none.
    """
    since = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)).get("since")
    rows = _unfinished(login).rows(key=key)
    before = len(login.columns)
    if not rows or len(since or "") > LONGEST_CURSOR or not (owner := _who_may(environ, login, rows[0][:before])):
        return None
    return active_compared(active_body(owner, [row[before:] for row in rows], since), _if_none_match(environ))


def status(environ: dict[str, Any], login: Login, key: str, pk: UUID) -> Answer | None:
    """Answer the call for the job ``pk`` by ``login`` with ``key``; None where the long way has to answer."""
    if not WAITS.fullmatch(environ.get("QUERY_STRING", "")):
        return None
    rows = _job(login).rows(key=key, id=pk)
    before = len(login.job_columns)
    if not rows or not _who_may(environ, login, rows[0][:before]):
        return None
    job = Snapshot._make(rows[0][before:])
    return job_compared(job, job_json(job, job.position, job.preview_number), _if_none_match(environ))


def active_events(environ: dict[str, Any], login: Login, key: str) -> Answer | None:
    """Answer the call for the events of all jobs; None, and what it raises, as ``active``."""
    last_event_id = environ.get("HTTP_LAST_EVENT_ID", "")
    rows = _unfinished(login).rows(key=key)
    before = len(login.columns)
    if not rows or not (owner := _who_may(environ, login, rows[0][:before])):
        return None
    body = active_body(owner, [row[before:] for row in rows], eventstream.cursor_of(last_event_id))
    return eventstream.active_events(body, last_event_id)


def events(environ: dict[str, Any], login: Login, key: str, pk: UUID) -> Answer | None:
    """Answer the call for the events of the job ``pk``; None where the long way has to answer."""
    rows = _job(login).rows(key=key, id=pk)
    before = len(login.job_columns)
    if not rows or not _who_may(environ, login, rows[0][:before]):
        return None
    job = Snapshot._make(rows[0][before:])
    return eventstream.job_events(
        job, job_json(job, job.position, job.preview_number), environ.get("HTTP_LAST_EVENT_ID", "")
    )


def _if_none_match(environ: dict[str, Any]) -> str | None:
    if_none_match: str | None = environ.get("HTTP_IF_NONE_MATCH")
    return if_none_match


@cache
def _job(login: Login) -> PreparedQuery:
    jobs = login.jobs().filter(pk=Parameter("id", UUIDField()))
    return PreparedQuery(snapshots(jobs, *login.job_columns))


@cache
def _unfinished(login: Login) -> PreparedQuery:
    return PreparedQuery(unfinished_snapshots(login.users(), *login.columns))


def _who_may(environ: dict[str, Any], login: Login, values: Sequence[Any]) -> int | None:
    """Whose poll it is, if it is a log-in that may read and not one too many."""
    owner = login.owner(values, READ)
    return owner if owner is not None and rates.admits_request(environ, str(owner)) else None
