"""A transition and its wake-up message, always together; and the sweep that makes up for whatever was lost.

The job row is the truth. A message says only "there is work in this lane": losing one costs a second, doubling one
costs a query.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.tasks import async_task

from jobs import errors, limits, statements, storage
from jobs.abandoned import Abandoned
from jobs.attempts import Attempt
from jobs.broker import ENOUGH
from jobs.errors import KeyReused
from jobs.generators import abilities_of, lane_of
from jobs.generators.base import FORMATS, SETTINGS
from jobs.models import Job, State
from jobs.music.brief import Brief, Remark
from jobs.music.words.understand import understand
from musicsite import logs

logger = logging.getLogger(__name__)

NOT_HEARD = ("seed", "melody_seed", "generator", "formats")  # options that change nothing of what is understood
MAX_SEED = 2**32 - 1  # what every generator takes, and a JavaScript client can hold


@dataclass(frozen=True, slots=True)
class Order:
    """``owner``: the key of a user. ``options``: ``seed``, ``melody_seed``, ``generator``, ``formats`` (of
    ``generators.base.FORMATS``) and whatever ``understand`` takes. The same ``key`` by the same owner gives the same
    job again. ``about``: what the log is to say of it, of ``logs.FIELDS``.
    """

    owner: int
    prompt: str
    options: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    variation_of: UUID | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


def submit(
    owner: Any,
    prompt: str,
    options: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
    variation_of: Job | None = None,
) -> Job:
    """Accept an order of a user: the job and its wake-up commit together or not at all.

    Raises ValueError naming the option that is wrong, KeyReused where ``key`` came with other parameters,
    LimitReached where the owner has as much as one person may have.
    """
    track = variation_of.pk if variation_of else None
    (told,) = submit_all([Order(owner.pk, prompt, options or {}, key, track)])
    if isinstance(told, Exception):
        raise told
    return told


def submit_all(orders: Sequence[Order]) -> list[Job | Exception]:
    """The same for several, step by step: for each its job, or what ``submit`` raises.

    Raises what the database raises. Then it may be that some of them were accepted.
    """
    understood = [_refusal_of(_understood, order) for order in orders]
    made = [statements.ordered().make(**one) if isinstance(one, dict) else None for one in understood]
    refusals = iter(accept_all([new for new in made if new]))
    told: list[Job | Exception] = []
    for order, one, new in zip(orders, understood, made, strict=True):
        refusal = next(refusals) if new else None
        if isinstance(refusal, IntegrityError):  # the same key, at the same moment
            told.append(_refusal_of(_same_order, order) or refusal)
        elif new:
            told.append(refusal or new[0])
            if not refusal:
                _log_order(new[0], order.about)
        else:
            told.append(one)
    return told


def _refusal_of(step: Callable[[Order], Any], order: Order) -> Any:
    """What the step returns, or why it does not do it: whatever that is, it concerns no other order."""
    try:
        return step(order)
    except Exception as refusal:
        return refusal


def _understood(order: Order) -> Job | dict[str, Any]:
    """The columns of a new job, or the job that was ordered by the same key before."""
    if len(order.prompt) > settings.MAX_PROMPT:
        raise ValueError(f"prompt: At most {settings.MAX_PROMPT} characters, please.")
    if order.key and (earlier := _same_order(order)):
        return earlier
    options = _told(order.options)
    generator = options.get("generator", settings.GENERATOR)
    seed = options.get("seed")
    if seed is None:
        seed = random.randint(0, MAX_SEED)  # noqa: S311 — music, not secrets
    if unknown := set(options.get("formats", ())) - set(FORMATS):
        raise ValueError(f"formats: {sorted(unknown)} is not among {', '.join(FORMATS)}")
    words = {name: value for name, value in options.items() if name not in NOT_HEARD}
    lane = lane_of(generator)
    brief = _fitted(understand(order.prompt, words, seed), generator, options)
    return {
        "owner_id": order.owner,
        "prompt": order.prompt,
        "options": options,
        "brief": brief.to_json(),
        "title": brief.title,
        "style": brief.style,
        "generator": generator,
        "lane": lane,
        "seed": seed,
        "attempt_limit": settings.MAX_ATTEMPTS,
        "idempotency_key": order.key,
        "fingerprint": _fingerprint(order) if order.key else "",
        "variation_of_id": order.variation_of,
    }


def _told(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without those that were left open."""
    return {name: value for name, value in options.items() if value not in (None, "", [])}


def _same_order(order: Order) -> Job | None:
    job = Job.objects.owned_by(order.owner).filter(idempotency_key=order.key).first()
    if job and job.fingerprint != _fingerprint(order):
        raise KeyReused
    return job


def _fingerprint(order: Order) -> str:
    return hashlib.sha256(json.dumps([order.prompt, _told(order.options)], sort_keys=True).encode()).hexdigest()


def accept(**values: Any) -> Job:
    """A new job with these values of columns, saved with its turn and its wake-up.

    Raise LimitReached, or IntegrityError where it is there.
    """
    job: Job
    job, insert = statements.ordered().make(**values)
    if refusal := accept_all([(job, insert)])[0]:
        raise refusal
    _log_order(job, {})
    return job


def accept_all(new: Sequence[tuple[Job, Callable[..., None]]]) -> list[Exception | None]:
    """Save new jobs with their turns and wake-ups, in one transaction: for each what refuses it.

    Where something does, each has a transaction of its own.
    """
    if not new:
        return []
    refused = False
    try:
        with transaction.atomic():
            refused = True
            for job, insert in new:
                insert(turn=limits.admit(job.owner_id, job.generator, job.lane))
            for lane, count in Counter(job.lane for job, _ in new).items():
                wake(lane, count)
            refused = False
    except Exception as refusal:
        if not refused or isinstance(refusal, errors.AWAY):  # nobody knows what is there, or can know
            raise
        return [refusal] if len(new) == 1 else [accept_all([one])[0] for one in new]
    return [None] * len(new)


def _log_order(job: Job, about: Mapping[str, Any]) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    with logs.about(**{"job_id": str(job.pk), "user_id": job.owner_id, **about}):
        logger.info("job %s: ordered by user %s", job.pk, job.owner_id)


def _fitted(brief: Brief, generator: str, options: Mapping[str, Any]) -> Brief:
    """The brief as the engine can follow it, with remarks on what it cannot. Raise ValueError for a set length."""
    can = abilities_of(generator)
    remarks = [remark for remark in brief.remarks if not (can.sings and remark.code == "instrumental_only")]
    melody_seed = options.get("melody_seed")
    length = min(max(brief.duration, can.shortest), can.longest)
    if length != brief.duration:
        if "duration" in options:
            raise ValueError(f"duration: This engine makes pieces from {can.shortest:g} to {can.longest:g} seconds.")
        remarks.append(Remark("engine_length", {"engine": generator, "asked": brief.duration, "used": length}))
    unheard = [name for name in SETTINGS if name in options and name not in can.hears]
    unheard += [name for name in options.get("formats", ()) if name not in can.formats]
    if unheard:
        remarks.append(Remark("engine_ignored", {"engine": generator, "ignored": unheard}))
    if (length, melody_seed, tuple(remarks)) == (brief.duration, brief.melody_seed, brief.remarks):
        return brief  # as mostly; making another one costs a tenth of an order
    return replace(brief, duration=length, melody_seed=melody_seed, remarks=tuple(remarks))


def retry(job: Job, *, operator: bool = False) -> None:
    """Raise IllegalTransition unless the job ended in an error that a retry may mend.

    A person's retry counts as an order and may raise LimitReached; an operator's does not.
    """
    with transaction.atomic():
        if not operator:
            limits.admit(job.owner_id, job.generator, job.lane)
        job.retry()
        wake(job.lane)


def cancel(job: Job) -> None:
    """Raise IllegalTransition where the job is done or failed; the worker learns of it at its next beat."""
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
    """Give a claimed job back for another attempt after ``delay`` seconds; False if it is no longer the attempt's."""
    with transaction.atomic():
        postponed = job.postpone(delay, outcome, code, message, traceback=traceback, free=free)
        if postponed and delay <= 0:  # otherwise the sweep wakes a worker when the delay is over
            wake(job.lane)
    return postponed


def fall_back(job: Job, generator: str, code: str, message: str, *, traceback: str = "") -> bool:
    """Hand a claimed job to another engine; False if it is no longer the attempt's."""
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


def purge(job: Job) -> None:
    """Remove an ended job for good, with its files and its exports; IllegalTransition while it has not ended."""
    with transaction.atomic():
        exports = list(job.exports.values_list("pk", flat=True))
        deleted, _ = Job.objects.filter(pk=job.pk).finished().delete()
        if not deleted:
            raise errors.IllegalTransition("delete", job.state)
        for pk in (job.pk, *exports):
            transaction.on_commit(partial(storage.remove_job, pk))


def empty_bin(most: int = 50) -> int:
    """Purge what has lain in the bin for BIN_DAYS; returns how many, at most ``most``."""
    long_ago = timezone.now() - timedelta(days=settings.BIN_DAYS)
    jobs = Job.objects.tracks().filter(deleted_at__lte=long_ago).order_by("deleted_at")[:most]
    for job in (old := list(jobs)):
        purge(job)
    return len(old)


def wake(lane: str, jobs: int = 1) -> None:
    """Tell so many workers of a lane that there is work, when the transaction commits."""
    broker = _broker(lane, Conf.BROKER_CLASS)
    if broker.transactional and broker.has_messages(ENOUGH):
        return

    def send() -> None:
        for _ in range(min(jobs, ENOUGH)):
            async_task("jobs.tasks.work", cluster=lane, task_name=lane, broker=broker)

    if broker.transactional:
        send()
    else:
        transaction.on_commit(send)


@cache
def _broker(lane: str, kind: str) -> Any:
    """django-q2's broker of that kind, which Conf names."""
    return get_broker(lane)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: numbers of jobs."""

    rescued: int = 0
    due: int = 0
    woken: int = 0


def sweep(lane: str) -> Swept:
    """One sweep by the clock, for operators: a supervisor takes the same steps by what it sees of the workers."""
    due = Job.objects.filter(not_before__lte=timezone.now()).values_list("pk", flat=True)
    return Swept(rescued=rescue(), due=release(due), woken=replace_lost_messages(lane))


def rescue(*, host: str | None = None, pids: Collection[int] = ()) -> int:
    """Take back jobs from workers that are gone: all whose lease has run out, or those of dead processes of a host."""
    now = timezone.now()
    jobs = Job.objects.filter(lease_host=host, lease_pid__in=pids) if host else Job.objects.overdue(now)
    return sum(take_back(job) for job in jobs)


class Loss(Enum):
    """How an attempt was lost, and with it what becomes of its job."""

    DIED = "died"  # another attempt while there are any left
    OVERDUE = "overdue"  # killed at its deadline, as it would be again: the end
    STOPPED = "stopped"  # killed by a supervisor that had to stop: another attempt, and this one does not count


def take_back(job: Job, loss: Loss = Loss.DIED) -> bool:
    """End the attempt that holds the job; nothing of it stays behind. False if it does not hold it any more."""
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
        storage.remove_attempt(job.pk, job.attempt)
    return taken


def leftovers() -> set[tuple[UUID, int]]:
    """Attempts that have a work folder on this machine and do not run: their workers died, or are just tidying up."""
    attempts = storage.work_folders()  # before the rows: an attempt is claimed before it has a folder
    if not attempts:
        return attempts
    running = Job.objects.leased().filter(pk__in={job for job, _ in attempts})
    return attempts - set(running.values_list("pk", "attempt"))


def tidy(job: UUID, attempt: int) -> None:
    """Remove what an attempt that does not run has left: all of it, unless it is the one that finished the job."""
    if Job.objects.filter(pk=job, attempt=attempt, state=State.DONE).exists():
        storage.drop_work_folder(job, attempt)
    else:
        storage.remove_attempt(job, attempt)


def _end_lost(job: Job, code: str, text: str) -> bool:
    failed = job.fail(code, text)
    if failed:
        job.attempts.filter(number=job.attempt).update(outcome=Attempt.Outcome.LOST)
    return failed


def release(ids: Iterable[UUID]) -> int:
    """End the back-off of these jobs; returns of how many."""
    released = 0
    for pk, lane in Job.objects.filter(pk__in=ids).values_list("pk", "lane"):
        with transaction.atomic():
            if Job.objects.filter(pk=pk, not_before__isnull=False).update(not_before=None):
                wake(lane)
                released += 1
    return released


def replace_lost_messages(lane: str) -> int:
    """One wake-up is enough: a worker goes on to the next job by itself. Returns how many it took."""
    work = Job.objects.claimable(lane).exists() or Abandoned.objects.filter(lane=lane).exists()
    if not work or _broker(lane, Conf.BROKER_CLASS).has_messages():
        return 0
    wake(lane)
    return 1
