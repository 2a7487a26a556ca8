"""The job and its state machine. Nothing else changes a state.

Every transition is one conditional UPDATE that says in its WHERE what must hold, so that of two processes that try at
the same time one wins and the other learns that it lost. Check constraints hold the shape of each state.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.models import statements
from jobs.models.attempt import Attempt
from jobs.models.errors import CANCELLED, Gone, IllegalTransition
from jobs.models.job_schema import CONSTRAINTS, INDEXES
from jobs.models.querysets import JobQuerySet
from jobs.models.states import NO_LEASE, Holder, Outcome, State
from jobs.models.text import LONGEST_KEY, SearchText, SortKey, derived_fields, printable


class JobManager(models.Manager.from_queryset(JobQuerySet)):  # type: ignore[misc]
    """``Job.objects``: the queries of ``JobQuerySet``, and the claim."""

    def claim(self, lane: str, holder: Holder) -> Job | None:
        """Take the next job of ``lane`` for one attempt by ``holder``: a job in PROCESSING, leased for LEASE_SECONDS.

        None where no job waits there, or another worker was faster.
        """
        now = timezone.now()
        with transaction.atomic():
            rows = statements.next_job().rows(lane=lane)
            if not rows:
                return None
            job = self.model.from_db(self.db, statements.columns(), rows[0])
            job.state, job.attempt, job.progress, job.stage = State.PROCESSING, job.attempt + 1, None, ""
            job.lease_host, job.lease_pid = holder.host, holder.pid
            job.lease_until = now + timedelta(seconds=settings.LEASE_SECONDS)
            job.started_at = job.updated_at = now
            claimed = statements.claim().run(
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
            _attempt, begin = statements.insert_attempt().make(
                job_id=job.pk,
                number=job.attempt,
                generator=job.generator,
                host=holder.host,
                pid=holder.pid,
                started_at=now,
            )
            begin()
            return job


def tune_size(brief: Mapping[str, Any]) -> int:
    """Bytes of the tune in a brief as it is stored, 0 where none was given."""
    return len(json.dumps(brief["tune"])) if brief.get("tune") else 0


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
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="variations", db_index=False
    )
    export_of = models.ForeignKey(  # this job only renders that track in another format
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="exports", db_index=False
    )
    export_as = models.CharField(max_length=80, blank=True)  # in this one: the name of a jobs.music.formats.Format
    style = models.CharField(max_length=40, blank=True)  # of the brief, to filter by
    title_key = SortKey(max_length=LONGEST_KEY, null=True, editable=False)
    search_text = SearchText(null=True, editable=False)

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
    size = models.PositiveBigIntegerField(default=0)  # bytes of all files, and of a tune that was given
    duration = models.FloatField(null=True, blank=True)  # seconds of music
    facts = models.JSONField(default=dict, blank=True)
    favourite = models.BooleanField(default=False)
    share_token = models.CharField(max_length=43, null=True, blank=True)  # noqa: DJ001 — NULLs are not compared
    share_until = models.DateTimeField(null=True, blank=True)  # the link ends then; None: never by itself
    note = models.TextField(null=True, blank=True)  # noqa: DJ001 — the owner's own; released versions write none
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

    objects = JobManager()

    class Meta:
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self) -> str:
        return self.title or str(self.id)

    @property
    def is_finished(self) -> bool:
        """Whether the job is done or ended in an error, by this object's own state."""
        return self.state in (State.DONE, State.ERROR)

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was cancelled by a person, by this object's own state."""
        return self.error_code == CANCELLED

    def rename(self, title: str) -> None:
        """Give the job another title, by which it is found and sorted from now on."""
        self.title = title
        derived = {field.attname: field.pre_save(self, False) for field in derived_fields(Job)}
        Job.objects.filter(pk=self.pk).update(title=title, **derived)

    # -- a worker's transitions: fenced by the attempt's number; False means that the attempt no longer owns the job

    def beat(self, stage: str, progress: int | None) -> bool:
        """Prolong the lease by LEASE_SECONDS, and write ``stage`` and ``progress`` (percent; None while not known).

        False where the attempt no longer owns the job.
        """
        now = timezone.now()
        until = now + timedelta(seconds=settings.LEASE_SECONDS)
        return bool(
            statements.heartbeat().run(
                id=self.pk, attempt=self.attempt, stage=stage, progress=progress, until=until, now=now
            )
        )

    def is_held(self) -> bool:
        """Whether this attempt still owns the job, by the database."""
        return bool(statements.is_held().rows(id=self.pk, attempt=self.attempt))

    def remember(self, token: str, cost: float | None = None) -> bool:
        """Keep ``token``, the engine's name of its work elsewhere, for the next attempt; "" forgets the name.

        ``cost``, in US dollars, is recorded on this attempt. False where the attempt no longer owns the job.
        """
        token = printable(token)[:200]
        with transaction.atomic():
            held = bool(Job.objects.held(self).update(resume=token, updated_at=timezone.now()))
            if held:
                values = {"remote_id": token} if token else {}
                values |= {} if cost is None else {"cost": f"{cost:.4f}"}
                self.attempts.filter(number=self.attempt).update(**values)
                self.resume = token
        return held

    def finish(self, outcome: Outcome) -> bool:
        """End the job as DONE with ``outcome``.

        True when this attempt has finished the job: now, or before, where the database's answer was lost.
        """
        with transaction.atomic():
            done = statements.finish().run(
                id=self.pk,
                attempt=self.attempt,
                result_url=outcome.result_url,
                files=outcome.files,
                size=sum(file["size"] for file in outcome.files.values()) + tune_size(self.brief),
                duration=outcome.duration,
                facts=outcome.facts,
                now=timezone.now(),
            )
            if done:
                self._close_attempt(Attempt.Outcome.DONE)
        return bool(done) or Job.objects.filter(pk=self.pk, attempt=self.attempt, state=State.DONE).exists()

    def fail(self, code: str, message: str, *, retryable: bool = True, traceback: str = "") -> bool:
        """End in error; ``message`` is for people, ``traceback`` for operators.

        ``retryable``: whether a person may try again. False where the attempt no longer owns the job.
        """
        with transaction.atomic():
            failed = self._end(
                Job.objects.held(self),
                state=State.ERROR,
                error_code=code,
                error_message=printable(message),
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
        """Back to pending for another attempt after ``delay`` seconds; False where the attempt no longer owns the job.

        ``outcome``, ``code``, ``message`` and ``traceback`` are recorded on the attempt, which ends.

        An attempt that counts costs its owner a turn, so that nobody waits for all attempts of a job that fails each
        time. A ``free`` one does not count, and the job keeps its place.
        """
        now = timezone.now()
        with transaction.atomic():
            turn = self.turn if free else statements.next_turn(self.owner_id, self.lane)
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
        """Back to pending for the engine ``generator`` of ``lane``, with a new round of attempts in a new turn.

        ``code``, ``message`` and ``traceback`` are recorded on the attempt, which failed. False where the attempt no
        longer owns the job.
        """
        with transaction.atomic():
            handed = Job.objects.held(self).update(
                state=State.PENDING,
                generator=generator,
                lane=lane,
                resume="",
                attempt_limit=F("attempt") + settings.MAX_ATTEMPTS,
                turn=statements.next_turn(self.owner_id, lane),
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
        """Stop a job that has not ended; one that is cancelled already stays so.

        Raise IllegalTransition where the job is done or failed.
        """
        with transaction.atomic():
            Job.objects.filter(pk=self.pk).lock(to_delete=False)
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
                Job.objects.filter(pk=self.pk).let_go()
        self._reread("cancel")
        if not cancelled and not self.is_cancelled:
            raise IllegalTransition("cancel", self.state)

    def retry(self) -> None:
        """Order the same piece again after an error: a new round of attempts under the same id, in a new turn.

        Raise IllegalTransition unless the job ended in an error that a retry may mend, and is not in the bin.
        """
        now = timezone.now()
        retryable = Job.objects.filter(pk=self.pk, state=State.ERROR, error_retryable=True, deleted_at__isnull=True)
        retried = retryable.update(
            state=State.PENDING,
            attempt_limit=F("attempt") + settings.MAX_ATTEMPTS,
            turn=statements.next_turn(self.owner_id, self.lane),
            error_code="",
            error_message="",
            error_retryable=False,
            progress=None,
            stage="",
            started_at=None,
            finished_at=None,
            updated_at=now,
        )
        self._reread("retry")
        if not retried:
            raise IllegalTransition("retry", self.state)

    def delete_softly(self) -> None:
        """Put an ended job into the bin, its exports with it; a job that is in the bin already stays there.

        Raise IllegalTransition where the job has not ended.
        """
        now = timezone.now()
        binned = {"deleted_at": now, "idempotency_key": None, "updated_at": now}
        ended = Job.objects.filter(pk=self.pk).finished()
        with transaction.atomic():
            Job.objects.with_exports(self.pk).lock(to_delete=False)
            if ended.filter(deleted_at__isnull=True).update(**binned):
                for export in self.exports.unfinished():
                    with suppress(IllegalTransition):  # it has just ended
                        export.cancel()
                self.exports.finished().update(**binned)
                return
        self._reread("delete")
        if self.deleted_at is None:
            raise IllegalTransition("delete", self.state)

    def restore(self) -> None:
        """Take the job out of the bin, as it was, with its exports; raise Gone where it was removed for good.

        No limit is asked: what lies in the bin counts towards the storage, so nothing becomes more of it.
        """
        jobs = Job.objects.with_exports(self.pk)
        with transaction.atomic():
            jobs.lock(to_delete=False)
            if not jobs.update(deleted_at=None, updated_at=timezone.now()):
                raise Gone("restore")

    def _reread(self, action: str) -> None:
        """``refresh_from_db``; raise Gone where the row is no more."""
        try:
            self.refresh_from_db()
        except Job.DoesNotExist:
            raise Gone(action) from None

    def _end(self, jobs: JobQuerySet, **values: Any) -> bool:
        now = timezone.now()
        return bool(jobs.update(finished_at=now, updated_at=now, not_before=None, **NO_LEASE, **values))

    def _close_attempt(self, outcome: Attempt.Outcome, code: str = "", message: str = "", traceback: str = "") -> None:
        statements.close_attempt().run(
            id=self.pk,
            number=self.attempt,
            outcome=outcome,
            error_code=code,
            error_message=printable(message),
            traceback=printable(traceback),
            finished_at=timezone.now(),
        )
