"""What a worker does with one wake-up: claim, generate, store, finish, and go on while there is work."""

from __future__ import annotations

import contextvars
import errno
import logging
import os
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections
from django_q.exceptions import TimeoutException

from jobs import broker, errors, exports, generators, queue, storage
from jobs.abandoned import Abandoned
from jobs.attempts import Attempt
from jobs.errors import AWAY
from jobs.generators.base import GeneratorError, Made, Order, Stopped
from jobs.models import Holder, Job, Outcome
from jobs.music.brief import Brief
from jobs.processes import host_name
from musicsite import logs

logger = logging.getLogger(__name__)

T = TypeVar("T")

BEAT_SECONDS = 0.5  # how often progress is written while it changes
SPELL_SECONDS = 60  # a wake-up takes no further job after this long: the worker goes back to its cluster
ABANDONED = 10  # pieces of work elsewhere that one wake-up stops
STORE_SECONDS = 60  # that a finished piece waits for an object store that is away
AGAIN_SECONDS = 0.5  # between tries to write while the database is away
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def work() -> None:
    """Run jobs of this lane in the site's fair order until none is waiting."""
    started = time.monotonic()
    holder = Holder(host_name(), os.getpid())
    try:
        _end_abandoned()
        while not broker.stopping() and time.monotonic() - started < SPELL_SECONDS:
            job = Job.objects.claim(settings.LANE, holder)
            if job is None:
                break
            run(job)
            broker.end_leftovers()
    except AWAY as error:
        logger.warning("no job claimed, the database is away: %s", error)
        connection.close()
    finally:
        broker.worker_is_free()


def _end_abandoned() -> None:
    """Stop what engines do elsewhere for nobody."""
    for left in Abandoned.objects.filter(lane=settings.LANE)[:ABANDONED]:
        if Abandoned.objects.filter(pk=left.pk).delete()[0]:
            try:
                generators.get(left.generator).abandon(left.token)
            except (GeneratorError, ImproperlyConfigured) as error:
                logger.warning("%s may go on with %s: %s", left.generator, left.token, error)


def run(job: Job) -> None:
    """Run one claimed attempt to its end, whatever that is; nothing of a failed attempt's files stays behind."""
    with logs.about(job_id=str(job.pk), attempt=job.attempt, user_id=job.owner_id):
        logger.info("job %s: attempt %d of user %s begins", job.pk, job.attempt, job.owner_id)
        try:
            if _finishes(job):
                storage.drop_work_folder(job.pk, job.attempt)
                storage.drop_kept(job.pk)
            else:
                storage.remove_attempt(job.pk, job.attempt)
        except AWAY:
            # Nobody knows what became of the last write: files are left to whoever takes the job back, if it was lost.
            logger.exception("job %s: attempt %d: the database stayed away", job.pk, job.attempt)
            connection.close()


def _finishes(job: Job) -> bool:
    """Make and store the piece, and record how that ended; True when this attempt has finished the job."""
    try:
        with Heart(job) as heart:
            return _make(job, heart)
    except AWAY:
        raise
    except Stopped as stopped:
        _stopped(job, stopped.why)
    except GeneratorError as error:
        _failed(job, error)
    except TimeoutException:
        _stopped(job, "timeout")
    except MemoryError:
        _failed(job, GeneratorError("out_of_memory", "Out of memory.", transient=True))
    except OSError as error:
        code = "disk_full" if error.errno in NO_ROOM else "storage_failed"
        _failed(job, GeneratorError(code, str(error), transient=True))
    except ImproperlyConfigured as error:
        _failed(job, GeneratorError("generator_unavailable", str(error)))
    except (Exception, SystemExit) as error:
        logger.exception("job %s: attempt %d: unexpected error", job.pk, job.attempt)
        _failed(job, GeneratorError(errors.INTERNAL, str(error)))
    return False


def _make(job: Job, heart: Heart) -> bool:
    """True when the result is stored and this attempt is the one that finished the job."""
    with broker.attempt():
        generator = generators.get(job.generator)
        folder = storage.work_folder(job.pk, job.attempt)
        order = Order(
            Brief.from_json(job.brief),
            job.seed,
            folder,
            (job.export_as,) if job.export_as else tuple(job.options.get("formats", ())),
            export=bool(job.export_as),
            resume=job.resume,
            remember=heart.remember,
            kept=storage.kept_folder(job.pk),
        )
        made = generator.generate(order, heart.progress)
        if job.export_of:
            exports.check(job, made)
        heart.progress("storing", None)
        heart.check()  # raises when the attempt is not ours any more: then nothing is stored
        files = _kept(job, heart, made)
    url = f"/tracks/{job.export_of_id or job.pk}/{job.export_as or 'audio'}"
    outcome = Outcome(result_url=url, files=files, duration=made.duration, facts=made.facts)
    finished = _patiently(lambda: job.finish(outcome))
    logger.info("job %s: attempt %d %s", job.pk, job.attempt, "is done" if finished else "came too late")
    return finished


def _kept(job: Job, heart: Heart, made: Made) -> dict[str, dict[str, Any]]:
    """A store that is away for a moment must not cost a piece that is made: try for STORE_SECONDS."""
    ends = time.monotonic() + STORE_SECONDS
    while True:
        try:
            return storage.keep(job.pk, job.attempt, made.files)
        except ConnectionError as error:
            if time.monotonic() > ends:
                raise
            logger.warning("job %s: trying again to store: %s", job.pk, error)
            heart.progress("storing", None)  # raises when there is no time left for it
            time.sleep(AGAIN_SECONDS)


def _stopped(job: Job, why: str) -> None:
    logger.info("job %s: attempt %d stopped: %s", job.pk, job.attempt, why)
    if why == "timeout":
        text = f"The attempt took longer than {settings.JOB_TIMEOUT} seconds."
        _patiently(lambda: job.fail(errors.TIMEOUT, text))
    elif why == "returned":
        text = "The worker was told to stop."
        _patiently(lambda: queue.postpone(job, 0, Attempt.Outcome.RETURNED, "", text, free=True))


def _failed(job: Job, error: GeneratorError) -> None:
    """Transient errors are tried again with a delay that doubles; the rest, and the last attempt, end the job."""
    text = "".join(traceback.format_exception(error))
    attempts_left = job.attempt_limit - job.attempt
    if error.transient and attempts_left > 0:
        round_number = settings.MAX_ATTEMPTS - attempts_left - 1
        delay = max(settings.RETRY_DELAY * 2 ** max(round_number, 0), error.retry_after or 0)
        failed = Attempt.Outcome.FAILED
        _patiently(lambda: queue.postpone(job, delay, failed, error.code, error.message, traceback=text))
        logger.warning("job %s: attempt %d failed (%s), again in %.0f s", job.pk, job.attempt, error.code, delay)
    elif (other := _other_engine(job)) and error.falls_back:
        _patiently(lambda: queue.fall_back(job, other, error.code, error.message, traceback=text))
        logger.warning("job %s: attempt %d failed (%s), %s makes it", job.pk, job.attempt, error.code, other)
    else:
        _patiently(lambda: job.fail(error.code, error.message, retryable=error.retryable, traceback=text))
        logger.warning("job %s: attempt %d failed for good: %s", job.pk, job.attempt, error.code)


def _other_engine(job: Job) -> str | None:
    """The engine to fall back to, unless it has had this job before; none for an export, which is of one engine."""
    if job.export_of_id:
        return None
    other = generators.fallback_of(job.generator)
    return other if other and not job.attempts.filter(generator=other).exists() else None


def _patiently(write: Callable[[], T]) -> T:
    """What a worker has to say it says when the database is back, within JOB_TIMEOUT; what it raises after that.

    Every such write is fenced, so that none harms that comes late or comes again.
    """
    ends = time.monotonic() + settings.JOB_TIMEOUT
    while True:
        try:
            return write()
        except AWAY as error:
            if time.monotonic() > ends:
                raise
            logger.warning("trying again, the database is away: %s", error)
            connection.close()
            time.sleep(AGAIN_SECONDS)


class Heart:
    """Beats for one attempt from a thread of its own, so that the lease holds through long calls into C code.

    Writes progress at most every BEAT_SECONDS and prolongs the lease in time; ``progress`` raises Stopped in the
    generator's thread once the attempt has lost its job, is out of time or the worker is to stop.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._deadline = time.monotonic() + settings.JOB_TIMEOUT
        self._grace_ends: float | None = None
        self._told = self._written = ("starting", None)  # type: tuple[str, int | None]
        self._written_at = time.monotonic()
        self._lost = ""  # why, once the attempt has lost its job
        self._ended = threading.Event()
        run = partial(contextvars.copy_context().run, self._run)
        self._thread = threading.Thread(target=run, name=f"heart-{job.pk}", daemon=True)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def progress(self, stage: str, fraction: float | None) -> None:
        """What a generator calls; never lets the bar go back."""
        percent = None if fraction is None else min(99, max(0, int(fraction * 100)))
        _, before = self._told
        if percent is None or (before is not None and percent < before):
            percent = before
        self._told = (stage, percent)
        if why := self._why_stop():
            raise Stopped(why)

    def check(self) -> None:
        """Raise Stopped where the job is lost."""
        if not self._lost and not _patiently(self._job.is_held):
            self._lost = self._how_lost()
        if why := self._why_stop():
            raise Stopped(why)

    def remember(self, token: str, cost: float | None = None) -> None:
        """Write down what the engine calls its work elsewhere; raise Stopped where the job is lost."""
        if not self._lost and not _patiently(lambda: self._job.remember(token, cost)):
            self._lost = self._how_lost()
        if self._lost:
            raise Stopped(self._lost)

    def _how_lost(self) -> str:
        """Cancelled by a person, or lost to another attempt, which may go on where this one stops."""
        state = Job.objects.filter(pk=self._job.pk).values_list("error_code", flat=True)
        return "cancelled" if set(_patiently(lambda: list(state))) <= {errors.CANCELLED} else "lost"

    def _why_stop(self) -> str:
        now = time.monotonic()
        if self._lost:
            return self._lost
        if now > self._deadline:
            return "timeout"
        if broker.stopping():
            self._grace_ends = self._grace_ends or now + settings.GRACE_SECONDS
            if now > self._grace_ends:
                return "returned"
        return ""

    def _run(self) -> None:
        try:
            while not self._ended.wait(BEAT_SECONDS) and not self._lost:
                told, now = self._told, time.monotonic()
                if told == self._written and now - self._written_at < settings.LEASE_SECONDS / 5:
                    continue
                try:
                    if not self._job.beat(*told):
                        self._lost = self._how_lost()
                        continue
                except AWAY as error:  # one that is away for a while is no reason to give up
                    logger.warning("job %s: no beat, the database is away: %s", self._job.pk, error)
                    connection.close()
                    continue
                self._written, self._written_at = told, now
        finally:
            connections.close_all()  # if it has any: a short attempt has had no beat
