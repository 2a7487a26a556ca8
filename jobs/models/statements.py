"""The statements of the state machine that run all the time, each made into SQL once."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.db.models import OuterRef

from jobs.models.attempt import Attempt
from jobs.models.querysets import JobQuerySet
from jobs.models.sql import Literal, Parameter, PreparedInsert, PreparedQuery, PreparedUpdate
from jobs.models.states import NO_LEASE, State


def columns() -> list[str]:
    """Names of the columns of a job, in the order of a row of ``next_job``."""
    return [field.attname for field in _jobs().model._meta.concrete_fields]


@cache
def insert_job() -> PreparedInsert:
    """Makes and inserts jobs."""
    return PreparedInsert(_jobs().model)


@cache
def insert_attempt() -> PreparedInsert:
    """Makes and inserts attempts."""
    return PreparedInsert(Attempt)


@cache
def next_job() -> PreparedQuery:
    """The job that a worker of ``lane`` takes next: a row of ``columns``, locked in its transaction, or none."""
    waiting = _jobs().claimable(Parameter("lane", models.CharField()))
    return PreparedQuery(waiting.select_for_update(skip_locked=True).values_list(*columns())[:1])


def next_turn(owner_id: int, lane: str) -> int:
    """The turn of the next job of a user in ``lane``: the later of the turn being served and the owner's last plus one.

    This is the start tag of start-time fair queueing. Whoever has nothing waiting is served at once after the running
    jobs; a hundred jobs of one person take a hundred turns (Goyal, Vin, Cheng: Start-time Fair Queueing, SIGCOMM 1996).
    """
    rows = _turns().rows(owner=owner_id, lane=lane)
    return turn_after(*rows[0]) if rows else 0  # the account was closed, and the job is gone with it


def turn_after(serving: int | None, own: int | None) -> int:
    """The turn of the next job of somebody, from the two values of ``turns``."""
    return max(serving or 0, 0 if own is None else own + 1)


@cache
def _turns() -> PreparedQuery:
    return PreparedQuery(User.objects.filter(pk=Parameter("owner", models.BigIntegerField())).values_list(*turns()))


def turns() -> tuple[models.Subquery, models.Subquery]:
    """Of a user the latest turn that has begun in ``lane``, and their own last turn there; None where there is none."""
    jobs = _jobs().filter(lane=Parameter("lane", models.CharField())).order_by("-turn")
    serving = jobs.filter(started_at__isnull=False).values("turn")
    own = jobs.anywhere_of(OuterRef("pk")).values("turn")
    return models.Subquery(serving[:1]), models.Subquery(own[:1])


@cache
def claim() -> PreparedUpdate:
    """Lease the pending job ``id`` after attempt ``before`` to ``attempt`` of process ``pid`` on ``host``.

    ``until``: when the lease ends. Changes no row where another worker was faster.
    """
    waiting = _jobs().filter(pk=_slot("id"), attempt=_slot("attempt", "before"), state=Literal(State.PENDING))
    return PreparedUpdate(
        waiting,
        state=State.PROCESSING,
        attempt=_slot("attempt"),
        progress=None,
        stage="",
        lease_host=_slot("lease_host", "host"),
        lease_pid=_slot("lease_pid", "pid"),
        lease_until=_slot("lease_until", "until"),
        started_at=_slot("started_at", "now"),
        updated_at=_slot("updated_at", "now"),
    )


@cache
def is_held() -> PreparedQuery:
    """A row where ``attempt`` still owns the job ``id``, else none."""
    return PreparedQuery(_held().values_list("pk"))


@cache
def heartbeat() -> PreparedUpdate:
    """Prolong the lease of the job ``id`` to ``until`` and write ``stage``, ``progress`` (percent), for ``attempt``."""
    now, until = _slot("updated_at", "now"), _slot("lease_until", "until")
    return PreparedUpdate(_held(), stage=_slot("stage"), progress=_slot("progress"), lease_until=until, updated_at=now)


@cache
def finish() -> PreparedUpdate:
    """End the job ``id`` as done by ``attempt``, with its result: values of the columns of these names."""
    values = {name: _slot(name) for name in ("result_url", "files", "size", "duration", "facts")}
    now = _slot("updated_at", "now")
    ended = {"state": State.DONE, "progress": 100, "resume": "", "finished_at": now, "updated_at": now}
    return PreparedUpdate(_held(), **values, **ended, **NO_LEASE)


@cache
def close_attempt() -> PreparedUpdate:
    """Write how attempt ``number`` of the job ``id`` ended, and when (``finished_at``)."""
    values = {name: _attempts_slot(name) for name in ("outcome", "error_code", "error_message", "traceback")}
    attempt = Attempt.objects.filter(job_id=_attempts_slot("job", "id"), number=_attempts_slot("number"))
    return PreparedUpdate(attempt, **values, finished_at=_attempts_slot("finished_at"))


def _jobs() -> JobQuerySet:
    return apps.get_model("jobs", "Job").objects.all()  # looked up: its own methods run what is here


def _held() -> JobQuerySet:
    return _jobs().filter(pk=_slot("id"), attempt=_slot("attempt"), state=Literal(State.PROCESSING))


def _slot(field: str, name: str = "") -> Parameter:
    """For a value of this field of a job."""
    return _slot_of(_jobs().model, field, name)


def _attempts_slot(field: str, name: str = "") -> Parameter:
    return _slot_of(Attempt, field, name)


def _slot_of(model: type[models.Model], field: str, name: str) -> Parameter:
    return Parameter(name or field, model._meta.get_field(field))  # type: ignore[arg-type]
