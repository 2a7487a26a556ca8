"""Job and Attempt: the state machine. Nothing else changes a state.

Every transition is one conditional UPDATE that says in its WHERE what must hold, so that of two processes that try at
the same time one wins and the other learns that it lost. Check constraints hold the shape of each state.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Case, F, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs import crews, rollup, sessions, throttle  # noqa: F401 — they bring models of their own
from jobs.attempts import Attempt
from jobs.errors import CANCELLED, IllegalTransition
from jobs.sql import Literal, Prepared, PreparedUpdate, Slot


class State(models.TextChoices):
    PENDING = "pending", _("Waiting")  # accepted and durable; waits for a worker
    PROCESSING = "processing", _("Being made")  # one worker holds a lease on this attempt
    DONE = "done", _("Done")  # the result is stored and playable
    ERROR = "error", _("Failed")  # ended with an error code, or cancelled


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on an attempt: a process on a host."""

    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished attempt left in the storage. ``files``: kind → {name, type, size in bytes}."""

    result_url: str
    files: Mapping[str, Mapping[str, Any]]
    duration: float  # seconds of music
    facts: Mapping[str, Any]  # what the generator says of the piece: sections, parts, loudness


class JobQuerySet(models.QuerySet["Job"]):
    def owned_by(self, user: Any) -> JobQuerySet:
        """The only door to anybody's jobs in views and API; what lies in the bin is not there."""
        return self.filter(owner=user, deleted_at__isnull=True)

    def binned_by(self, user: Any) -> JobQuerySet:
        """What somebody has deleted and may still take back."""
        return self.filter(owner=user, deleted_at__isnull=False)

    def anywhere_of(self, user: Any) -> JobQuerySet:
        """All that is somebody's, the bin too."""
        return self.filter(owner=user)

    def tracks(self) -> JobQuerySet:
        """Pieces of music, without the jobs that only render one of them in another format."""
        return self.filter(export_of__isnull=True)

    def shared(self, token: str) -> JobQuerySet:
        """The finished track of a share link, as long as its owner has an account and has not deleted it."""
        return self.filter(share_token=token, state=State.DONE, deleted_at__isnull=True, owner__is_active=True)

    def unfinished(self) -> JobQuerySet:
        return self.filter(finished_at__isnull=True)

    def finished(self) -> JobQuerySet:
        return self.filter(finished_at__isnull=False)

    def claimable(self, lane: Any) -> JobQuerySet:
        """Waiting jobs of a lane in the order in which they are taken; those that back off are not among them."""
        return self.claimable_anywhere().filter(lane=lane).order_by("turn", "created_at")

    def claimable_anywhere(self) -> JobQuerySet:
        return self.filter(state=Literal(State.PENDING), not_before__isnull=True)

    def ahead_of(self, lane: Any, turn: Any, created_at: Any) -> JobQuerySet:
        """Claimable jobs that are taken before a waiting one: of its three values, or of columns."""
        before = Q(turn__lt=turn) | Q(created_at__lt=created_at)
        return self.claimable(lane).filter(before, turn__lte=turn)  # the second is what an index can find

    def next_turn(self, owner: Any, lane: str) -> int:
        """Start tag of start-time fair queueing: the later of the turn being served and the owner's last plus one.

        Whoever has nothing waiting is served at once after the running jobs; a hundred jobs of one person take a
        hundred turns (Goyal, Vin, Cheng: Start-time Fair Queueing, SIGCOMM 1996).
        """
        serving, own = _turns().rows(owner=getattr(owner, "pk", owner), lane=lane)[0]
        return max(serving or 0, 0 if own is None else own + 1)

    def claim(self, lane: str, holder: Holder) -> Job | None:
        """Take the next job of the lane for one attempt, or None if there is none or another worker was faster."""
        now = timezone.now()
        with transaction.atomic():
            rows = _next().rows(lane=lane)
            if not rows:
                return None
            job = Job.from_db(self.db, _columns(), rows[0])
            job.state, job.attempt, job.progress, job.stage = State.PROCESSING, job.attempt + 1, None, ""
            job.lease_host, job.lease_pid = holder.host, holder.pid
            job.lease_until = now + timedelta(seconds=settings.LEASE_SECONDS)
            job.started_at = job.updated_at = now
            claimed = _claimed().run(
                id=job.pk,
                before=job.attempt - 1,
                attempt=job.attempt,
                host=holder.host,
                pid=holder.pid,
                until=job.lease_until,
                now=now,
            )
            if not claimed:
                return None
            Attempt.objects.create(
                job=job,
                number=job.attempt,
                generator=job.generator,
                host=holder.host,
                pid=holder.pid,
                started_at=now,
            )
            return job

    def held(self, job: Job) -> JobQuerySet:
        """This job while this attempt still owns it: the fence of every write of a worker."""
        return self.filter(pk=job.pk, attempt=job.attempt, state=Literal(State.PROCESSING))

    def leased(self) -> JobQuerySet:
        return self.filter(lease_until__isnull=False)

    def abandoned(self, lane: str) -> JobQuerySet:
        """Cancelled jobs whose engine may still be at work elsewhere."""
        return self.filter(lane=lane, error_code=Literal(CANCELLED), resume__gt=Literal(""))

    def overdue(self, now: datetime) -> JobQuerySet:
        """Jobs whose lease has run out by the clock. Clocks jump and differ: a supervisor watches leases instead."""
        return self.leased().filter(lease_until__lt=now)


IN_LIBRARY = Q(deleted_at__isnull=True, export_of__isnull=True)


class Job(models.Model):
    """One piece of music that somebody ordered, and the track that it became."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs", db_index=False)
    prompt = models.TextField(_("prompt"))
    options = models.JSONField(default=dict, blank=True)  # what the form or the client asked for beside the words
    brief = models.JSONField(default=dict, blank=True)  # what was understood: jobs.music.brief.Brief
    title = models.CharField(_("title"), max_length=200)
    generator = models.CharField(max_length=40)
    lane = models.CharField(max_length=40)
    seed = models.PositiveBigIntegerField()
    variation_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="variations"
    )
    export_of = models.ForeignKey(  # this job only renders that track in another format
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="exports"
    )
    export_as = models.CharField(max_length=10, blank=True)  # in this one
    style = models.CharField(max_length=40, blank=True)  # of the brief, to filter by

    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    progress = models.PositiveSmallIntegerField(null=True, blank=True)  # percent; None: not known
    stage = models.CharField(max_length=20, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)  # the fencing number: of the attempt that runs or ran last
    attempt_limit = models.PositiveSmallIntegerField()  # no further attempt by itself after this number
    turn = models.BigIntegerField()
    not_before = models.DateTimeField(null=True, blank=True)  # backs off until then

    lease_host = models.CharField(max_length=255, blank=True)
    lease_pid = models.PositiveIntegerField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    result_url = models.CharField(max_length=200, blank=True)
    files = models.JSONField(default=dict, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes of all files
    duration = models.FloatField(null=True, blank=True)  # seconds of music
    facts = models.JSONField(default=dict, blank=True)
    favourite = models.BooleanField(default=False)
    share_token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    deleted_at = models.DateTimeField(null=True, blank=True)  # in the bin since then

    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    error_retryable = models.BooleanField(default=False)

    idempotency_key = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 — NULLs are not compared
    fingerprint = models.CharField(max_length=64, blank=True)  # of the parameters that came with the key
    resume = models.CharField(max_length=200, blank=True)  # what the engine remembered: the name of its work elsewhere

    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)  # of the latest attempt
    finished_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("owner", "idempotency_key"), name="job_idempotency"),
            models.CheckConstraint(
                name="job_pending",
                condition=~Q(state="pending")
                | Q(lease_until=None, finished_at=None, result_url="", error_code=""),
            ),
            models.CheckConstraint(
                name="job_processing",
                condition=~Q(state="processing")
                | Q(
                    lease_until__isnull=False, lease_pid__isnull=False, started_at__isnull=False, attempt__gte=1,
                    finished_at=None, not_before=None, result_url="", error_code="",
                ),
            ),
            models.CheckConstraint(
                name="job_done",
                condition=~Q(state="done")
                | (Q(lease_until=None, finished_at__isnull=False, error_code="", not_before=None) & ~Q(result_url="")),
            ),
            models.CheckConstraint(
                name="job_error",
                condition=~Q(state="error")
                | (Q(lease_until=None, finished_at__isnull=False, result_url="", not_before=None) & ~Q(error_code="")),
            ),
            models.CheckConstraint(name="job_state", condition=Q(state__in=["pending", "processing", "done", "error"])),
            models.CheckConstraint(
                name="job_deleted", condition=Q(deleted_at=None) | Q(finished_at__isnull=False, idempotency_key=None)
            ),
            models.UniqueConstraint(fields=("export_of", "export_as"), name="job_export"),
            models.CheckConstraint(
                name="job_exports",
                condition=Q(export_of=None, export_as="") | (Q(export_of__isnull=False) & ~Q(export_as="")),
            ),
            models.CheckConstraint(name="job_progress", condition=Q(progress=None) | Q(progress__lte=100)),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=("lane", "turn", "created_at"),
                name="job_claim",
                condition=Q(state="pending", not_before__isnull=True),
            ),
            models.Index(
                fields=("lane", "created_at"),
                name="job_oldest",
                condition=Q(state="pending", not_before__isnull=True),
            ),
            models.Index(fields=("not_before",), name="job_backoff", condition=Q(not_before__isnull=False)),
            models.Index(fields=("lane", "turn"), name="job_serving", condition=Q(started_at__isnull=False)),
            models.Index(fields=("owner", "lane", "turn"), name="job_own_turn"),
            models.Index(fields=("owner", "created_at"), name="job_active", condition=Q(finished_at__isnull=True)),
            models.Index(fields=("owner", "finished_at"), name="job_ended", condition=Q(finished_at__isnull=False)),
            *(
                models.Index(fields=("owner", *fields, "id"), name=f"job_library_{name}", condition=IN_LIBRARY & where)
                for name, fields, where in (
                    ("date", ("created_at",), Q()),
                    ("title", ("title",), Q()),
                    ("length", ("duration",), Q(state="done")),
                    ("style", ("style", "created_at"), Q()),
                    ("heart", ("created_at",), Q(favourite=True)),
                    ("error", ("created_at",), Q(state="error")),
                )
            ),
            models.Index(fields=("owner", "deleted_at"), name="job_bin", condition=Q(deleted_at__isnull=False)),
            models.Index(fields=("deleted_at",), name="job_purge", condition=Q(deleted_at__isnull=False)),
            models.Index(fields=("owner", "size"), name="job_size", condition=Q(deleted_at__isnull=True)),
            models.Index(fields=("created_at", "id"), name="job_newest"),
            models.Index(fields=("lease_until",), name="job_lease", condition=Q(lease_until__isnull=False)),
            models.Index(fields=("lane",), name="job_abandoned", condition=Q(error_code=CANCELLED, resume__gt="")),
            models.Index(fields=("generator", "finished_at"), name="job_rate", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return self.title or str(self.id)

    @property
    def is_finished(self) -> bool:
        return self.state in (State.DONE, State.ERROR)

    @property
    def is_cancelled(self) -> bool:
        return self.error_code == CANCELLED

    # -- a worker's transitions: fenced by the attempt's number; False means that the attempt no longer owns the job

    def beat(self, stage: str, progress: int | None) -> bool:
        """Prolong the lease and tell how far the attempt is (percent, or None while that is not known)."""
        now = timezone.now()
        until = now + timedelta(seconds=settings.LEASE_SECONDS)
        return bool(
            _beaten().run(id=self.pk, attempt=self.attempt, stage=stage, progress=progress, until=until, now=now)
        )

    def is_held(self) -> bool:
        """Whether this attempt still owns the job."""
        return Job.objects.held(self).exists()

    def remember(self, token: str, cost: float | None = None) -> bool:
        """Keep what the engine calls its work elsewhere for the next attempt, and on the attempt what it cost (USD)."""
        with transaction.atomic():
            held = bool(Job.objects.held(self).update(resume=token, updated_at=timezone.now()))
            if held:
                told = {"remote_id": token} if token else {}
                told |= {} if cost is None else {"cost": f"{cost:.4f}"}
                self.attempts.filter(number=self.attempt).update(**told)
                self.resume = token
        return held

    def finish(self, outcome: Outcome) -> bool:
        """True when this attempt has finished the job: now, or before, where the database's answer was lost."""
        with transaction.atomic():
            done = _finished().run(
                id=self.pk,
                attempt=self.attempt,
                result_url=outcome.result_url,
                files=outcome.files,
                size=sum(file["size"] for file in outcome.files.values()),
                duration=outcome.duration,
                facts=outcome.facts,
                now=timezone.now(),
            )
            if done:
                self._close_attempt(Attempt.Outcome.DONE)
        return bool(done) or Job.objects.filter(pk=self.pk, attempt=self.attempt, state=State.DONE).exists()

    def fail(self, code: str, message: str, *, retryable: bool = True, traceback: str = "") -> bool:
        """End in error; ``message`` is for people, ``traceback`` for operators."""
        with transaction.atomic():
            failed = self._end(
                Job.objects.held(self),
                state=State.ERROR,
                error_code=code,
                error_message=message,
                error_retryable=retryable,
            )
            if failed:
                self._close_attempt(Attempt.Outcome.FAILED, code, message, traceback)
        return failed

    def postpone(
        self,
        delay: float,
        outcome: Attempt.Outcome,
        code: str,
        message: str,
        *,
        traceback: str = "",
        free: bool = False,
    ) -> bool:
        """Back to pending for another attempt after ``delay`` seconds.

        An attempt that counts costs its owner a turn, so that nobody waits for all attempts of a job that fails each
        time. A ``free`` one does not count, and the job keeps its place.
        """
        now = timezone.now()
        with transaction.atomic():
            turn = self.turn if free else Job.objects.next_turn(self.owner_id, self.lane)
            postponed = Job.objects.held(self).update(
                turn=turn,
                started_at=None,
                state=State.PENDING,
                not_before=now + timedelta(seconds=delay) if delay > 0 else None,
                attempt_limit=F("attempt_limit") + (1 if free else 0),
                progress=None,
                stage="",
                updated_at=now,
                **NO_LEASE,
            )
            if postponed:
                self._close_attempt(outcome, code, message, traceback)
        return bool(postponed)

    def fall_back(self, generator: str, lane: str, code: str, message: str, *, traceback: str = "") -> bool:
        """Back to pending for another engine, with a new round of attempts in a new turn."""
        with transaction.atomic():
            handed = Job.objects.held(self).update(
                state=State.PENDING,
                generator=generator,
                lane=lane,
                resume="",
                attempt_limit=F("attempt") + settings.MAX_ATTEMPTS,
                turn=Job.objects.next_turn(self.owner_id, lane),
                started_at=None,
                progress=None,
                stage="",
                updated_at=timezone.now(),
                **NO_LEASE,
            )
            if handed:
                self._close_attempt(Attempt.Outcome.FAILED, code, message, traceback)
        return bool(handed)

    # -- a person's transitions: IllegalTransition where the state does not allow them

    def cancel(self) -> None:
        """Stop a job that has not ended; one that is cancelled already stays so."""
        with transaction.atomic():
            cancelled = self._end(
                Job.objects.filter(pk=self.pk).unfinished(),
                state=State.ERROR,
                error_code=CANCELLED,
                error_message="",
                error_retryable=True,
            )
            if cancelled:
                self.attempts.filter(finished_at=None).update(
                    outcome=Attempt.Outcome.CANCELLED, error_code=CANCELLED, finished_at=timezone.now()
                )
        self.refresh_from_db()
        if not cancelled and not self.is_cancelled:
            raise IllegalTransition("cancel", self.state)

    def forget(self) -> bool:
        """Let go of a cancelled job's work elsewhere; False where another worker has done so."""
        return bool(Job.objects.filter(pk=self.pk, error_code=CANCELLED, resume=self.resume).update(resume=""))

    def retry(self) -> None:
        """Order the same piece again after an error: a new round of attempts under the same id, in a new turn."""
        now = timezone.now()
        waiting = Job.objects.filter(pk=self.pk, state=State.ERROR, error_retryable=True, deleted_at__isnull=True)
        retried = waiting.update(
            state=State.PENDING,
            attempt_limit=F("attempt") + settings.MAX_ATTEMPTS,
            turn=Job.objects.next_turn(self.owner_id, self.lane),
            error_code="",
            error_message="",
            error_retryable=False,
            resume=Case(When(error_code=CANCELLED, then=Value("")), default=F("resume")),
            progress=None,
            stage="",
            started_at=None,
            finished_at=None,
            updated_at=now,
        )
        self.refresh_from_db()
        if not retried:
            raise IllegalTransition("retry", self.state)

    def delete_softly(self) -> None:
        """Put an ended job into the bin, its exports with it; one that is there already stays."""
        now = timezone.now()
        gone = {"deleted_at": now, "idempotency_key": None, "updated_at": now}
        ended = Job.objects.filter(pk=self.pk).finished()
        with transaction.atomic():
            if ended.filter(deleted_at__isnull=True).update(**gone):
                for export in self.exports.unfinished():
                    with suppress(IllegalTransition):  # it has just ended
                        export.cancel()
                self.exports.finished().update(**gone)
                return
        self.refresh_from_db()
        if self.deleted_at is None:
            raise IllegalTransition("delete", self.state)

    def restore(self) -> None:
        """Take it out of the bin, as it was, with its exports."""
        jobs = Job.objects.filter(Q(pk=self.pk) | Q(export_of=self.pk))
        jobs.update(deleted_at=None, updated_at=timezone.now())

    def _end(self, jobs: JobQuerySet, **values: Any) -> bool:
        now = timezone.now()
        return bool(jobs.update(finished_at=now, updated_at=now, not_before=None, **NO_LEASE, **values))

    def _close_attempt(self, outcome: Attempt.Outcome, code: str = "", message: str = "", traceback: str = "") -> None:
        _closed().run(
            id=self.pk,
            number=self.attempt,
            outcome=outcome,
            error_code=code,
            error_message=message,
            traceback=traceback,
            finished_at=timezone.now(),
        )


def _columns() -> list[str]:
    return [field.attname for field in Job._meta.concrete_fields]


@cache
def _next() -> Prepared:
    """The job that a worker of ``lane`` takes next."""
    waiting = Job.objects.claimable(Slot("lane", models.CharField()))
    return Prepared(waiting.select_for_update(skip_locked=True).values_list(*_columns())[:1])


@cache
def _turns() -> Prepared:
    """The latest turn that has begun in ``lane``, and ``owner``'s last one; None where there is none."""
    jobs = Job.objects.filter(lane=Slot("lane", models.CharField())).order_by("-turn")
    serving = jobs.filter(started_at__isnull=False).values("turn")
    own = jobs.anywhere_of(OuterRef("pk")).values("turn")
    owner = User.objects.filter(pk=Slot("owner", models.BigIntegerField()))
    return Prepared(owner.values_list(models.Subquery(serving[:1]), models.Subquery(own[:1])))


NO_LEASE: Mapping[str, Any] = {"lease_host": "", "lease_pid": None, "lease_until": None}


def _slot(field: str, name: str = "", model: type[models.Model] = Job) -> Slot:
    return Slot(name or field, model._meta.get_field(field))  # type: ignore[arg-type]


@cache
def _claimed() -> PreparedUpdate:
    waiting = Job.objects.filter(pk=_slot("id"), attempt=_slot("attempt", "before"), state=Literal(State.PENDING))
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


def _held() -> JobQuerySet:
    return Job.objects.filter(pk=_slot("id"), attempt=_slot("attempt"), state=Literal(State.PROCESSING))


@cache
def _beaten() -> PreparedUpdate:
    now, until = _slot("updated_at", "now"), _slot("lease_until", "until")
    return PreparedUpdate(_held(), stage=_slot("stage"), progress=_slot("progress"), lease_until=until, updated_at=now)


@cache
def _finished() -> PreparedUpdate:
    told = {name: _slot(name) for name in ("result_url", "files", "size", "duration", "facts")}
    now = _slot("updated_at", "now")
    ended = {"state": State.DONE, "progress": 100, "resume": "", "finished_at": now, "updated_at": now}
    return PreparedUpdate(_held(), **told, **ended, **NO_LEASE)


@cache
def _closed() -> PreparedUpdate:
    told = {name: _slot(name, model=Attempt) for name in ("outcome", "error_code", "error_message", "traceback")}
    attempt = Attempt.objects.filter(job_id=_slot("job", "id", Attempt), number=_slot("number", model=Attempt))
    return PreparedUpdate(attempt, **told, finished_at=_slot("finished_at", model=Attempt))
