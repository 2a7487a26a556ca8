"""A transition of a job and the message that goes with it: what people, commands and workers do to a job.

The job row is the truth. A message says only "there is work in this lane": losing one costs a second, doubling one
costs a query.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jobs.generators import lane_of
from jobs.models import Attempt, Job, JobQuerySet, errors
from jobs.queue import limits, webhooks
from jobs.queue.wakeups import wake
from jobs.storage import files

AT_ONCE = 2000  # tracks that one click deletes at most


def retry(job: Job, *, operator: bool = False) -> None:
    """Order a failed or cancelled job again; raise IllegalTransition where a retry may not mend it.

    A person's retry counts as an order and may raise LimitReached; an operator's does not.
    """
    with transaction.atomic():
        if not operator:
            limits.admit(job.owner_id, job.generator, job.lane)
        job.retry()
        webhooks.reopen(job)
        wake(job.lane)


def cancel(job: Job) -> None:
    """Cancel a job that has not ended; its worker learns of it at its next beat.

    Raise IllegalTransition where the job is done or failed.
    """
    job.cancel()


def postpone(
    job: Job,
    delay: float,
    outcome: Attempt.Outcome,
    code: str,
    message: str,
    *,
    traceback: str = "",
    free: bool = False,
) -> bool:
    """Give a claimed job back for another attempt after ``delay`` seconds; arguments as of ``Job.postpone``.

    False where the attempt no longer owns the job.
    """
    with transaction.atomic():
        postponed = job.postpone(delay, outcome, code, message, traceback=traceback, free=free)
        if postponed and delay <= 0:  # otherwise the sweep wakes a worker when the delay is over
            wake(job.lane)
    return postponed


def fall_back(job: Job, generator: str, code: str, message: str, *, traceback: str = "") -> bool:
    """Hand a claimed job to the engine ``generator``; arguments as of ``Job.fall_back``.

    False where the attempt no longer owns the job.
    """
    lane = lane_of(generator)
    with transaction.atomic():
        handed = job.fall_back(generator, lane, code, message, traceback=traceback)
        if handed:
            wake(lane)
    return handed


def delete(job: Job) -> None:
    """Put an ended job into the bin, out of which ``job.restore`` takes it; raise IllegalTransition before its end.

    An export, which can be made again, is gone at once.
    """
    if job.export_of_id:
        purge(job)
    else:
        job.delete_softly()


def delete_all(tracks: JobQuerySet) -> int:
    """Put those of the tracks that have ended into the bin, one after the other; returns how many, at most AT_ONCE."""
    deleted = 0
    for job in list(tracks.finished().order_by("-created_at", "pk")[:AT_ONCE]):
        with suppress(errors.IllegalTransition, errors.Gone):  # ordered again meanwhile, or removed
            delete(job)
            deleted += 1
    return deleted


def restore_all(binned: JobQuerySet) -> int:
    """Take tracks out of the bin, one after the other; returns how many."""
    restored = 0
    for job in list(binned):
        with suppress(errors.Gone):
            job.restore()
            restored += 1
    return restored


def purge(job: Job, among: JobQuerySet | None = None) -> None:
    """Remove an ended job for good, with its files and its exports.

    ``among``: the jobs of which it was chosen; it stays if it is none of them any more (taken out of the bin, ordered
    again, made a favourite). Raise IllegalTransition then and while it has not ended, Gone where it is no more.
    """
    chosen = (Job.objects.all() if among is None else among).finished().filter(pk=job.pk)
    with transaction.atomic():
        # Locked, so that what is deleted is what was chosen, and no worker takes an export of it meanwhile.
        ids = Job.objects.with_exports(job.pk).lock(to_delete=True)
        if not chosen.exists():
            raise errors.IllegalTransition("delete", job.state) if job.pk in ids else errors.Gone("delete")
        Job.objects.filter(pk=job.pk).delete()
        for pk in ids:
            transaction.on_commit(partial(files.remove_job, pk))


def empty_bin(limit: int = 50) -> int:
    """Purge what has lain in the bin for BIN_DAYS; returns how many jobs, at most ``limit``."""
    long_ago = timezone.now() - timedelta(days=settings.BIN_DAYS)
    expired = Job.objects.tracks().filter(deleted_at__lte=long_ago)
    purged = 0
    for job in list(expired.order_by("deleted_at")[:limit]):
        with suppress(errors.IllegalTransition):  # somebody has taken it back, or removed it
            purge(job, expired)
            purged += 1
    return purged
