"""What makes up for whatever was lost: jobs of dead workers, back-offs that are over, messages that never came."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from jobs.models import Attempt, Job, State, errors
from jobs.queue import previews
from jobs.queue.transitions import postpone
from jobs.queue.wakeups import replace_lost_messages, wake
from jobs.storage import files
from jobs.telemetry import logs

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: jobs and previews taken back, back-offs ended, lost wake-ups replaced."""

    rescued: int = 0
    due: int = 0
    woken: int = 0


def sweep(lane: str) -> Swept:
    """One sweep by the clock, for operators: jobs and back-offs of all lanes, lost wake-ups of ``lane``.

    A supervisor takes the same steps by what it sees of the workers.
    """
    due = Job.objects.filter(not_before__lte=timezone.now()).values_list("pk", flat=True)
    return Swept(rescued=rescue() + previews.rescue(), due=release(due), woken=replace_lost_messages(lane))


def rescue(*, host: str | None = None, pids: Collection[int] = ()) -> int:
    """Take back jobs from workers that are gone: all whose lease has run out, or those of dead processes of a host.

    ``pids``: process ids on ``host``. Returns how many jobs were taken back.
    """
    now = timezone.now()
    jobs = Job.objects.filter(lease_host=host, lease_pid__in=pids) if host else Job.objects.overdue(now)
    return sum(take_back(job) for job in jobs)


class Loss(Enum):
    """How an attempt was lost, and with it what becomes of its job."""

    DIED = "died"  # another attempt while there are any left
    OVERDUE = "overdue"  # killed at its deadline, as it would be again: the end
    STOPPED = "stopped"  # killed by a supervisor that had to stop: another attempt, and this one does not count


def take_back(job: Job, loss: Loss = Loss.DIED) -> bool:
    """End the attempt that holds the job; nothing of the attempt stays behind.

    False where that attempt does not hold the job any more.
    """
    text = f"The worker (process {job.lease_pid} on {job.lease_host}) stopped in attempt {job.attempt}."
    with transaction.atomic():
        if loss is Loss.STOPPED:
            taken = postpone(job, 0, Attempt.Outcome.RETURNED, "", text, free=True)
        elif loss is Loss.OVERDUE:
            taken = _end_lost(job, errors.TIMEOUT, text)
        elif job.attempt >= job.attempt_limit:
            taken = _end_lost(job, errors.LOST, text)
        else:
            taken = postpone(job, 0, Attempt.Outcome.LOST, errors.LOST, text)
    if taken:
        with logs.about(job_id=str(job.pk), attempt=job.attempt, user_id=job.owner_id):
            logger.warning("job %s: attempt %d lost (%s): %s", job.pk, job.attempt, loss.value, text)
        files.remove_attempt(job.pk, job.attempt)
    return taken


def leftovers() -> set[tuple[UUID, int]]:
    """Attempts, as job and number, that have a work folder on this machine and do not run.

    Their workers died, or are just tidying up.
    """
    attempts = files.work_folders()  # before the rows: an attempt is claimed before it has a folder
    if not attempts:
        return attempts
    running = Job.objects.leased().filter(pk__in={job for job, _ in attempts})
    return attempts - set(running.values_list("pk", "attempt"))


def tidy(job: UUID, attempt: int) -> None:
    """Remove what ``attempt`` of ``job``, which does not run, has left: all, unless it finished the job."""
    if Job.objects.filter(pk=job, attempt=attempt, state=State.DONE).exists():
        files.drop_work_folder(job, attempt)
    else:
        files.remove_attempt(job, attempt)


def _end_lost(job: Job, code: str, text: str) -> bool:
    failed = job.fail(code, text)
    if failed:
        job.attempts.filter(number=job.attempt).update(outcome=Attempt.Outcome.LOST)
    return failed


def release(ids: Iterable[UUID]) -> int:
    """End the back-off of the jobs of these ids and wake a worker for each; returns of how many."""
    released = 0
    for pk, lane in Job.objects.filter(pk__in=ids).values_list("pk", "lane"):
        with transaction.atomic():
            if Job.objects.filter(pk=pk, not_before__isnull=False).update(not_before=None):
                wake(lane)
                released += 1
    return released
