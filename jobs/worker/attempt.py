"""One attempt at a job: generate, store, finish, or say how it failed."""

from __future__ import annotations

import logging
import time
import traceback
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django_q.exceptions import TimeoutException

from jobs import generators
from jobs.generators.base import GeneratorError, Made, Order, Stopped
from jobs.models import Attempt, Job, Outcome, errors
from jobs.models.errors import AWAY
from jobs.music.brief import Brief
from jobs.queue import exports, gate, revisions, transitions
from jobs.storage import files
from jobs.telemetry import logs
from jobs.worker import patience, previewing
from jobs.worker.heartbeat import Heartbeat
from jobs.worker.patience import patiently

logger = logging.getLogger(__name__)

STORE_SECONDS = 60  # that a finished piece waits for an object store that is away
BLOCK = 64 * 1024  # bytes that are read at once


def run(job: Job) -> None:
    """Run one claimed attempt to its end, whatever that is; nothing of a failed attempt's files stays behind."""
    with logs.about(job_id=str(job.pk), attempt=job.attempt, user_id=job.owner_id):
        logger.info("job %s: attempt %d of user %s begins", job.pk, job.attempt, job.owner_id)
        try:
            if _finishes(job):
                files.drop_work_folder(job.pk, job.attempt)
                files.drop_kept(job.pk)
            else:
                files.remove_attempt(job.pk, job.attempt)
        except AWAY:
            # Nobody knows what became of the last write: files are left to whoever takes the job back, if it was lost.
            logger.exception("job %s: attempt %d: the database stayed away", job.pk, job.attempt)
            connection.close()


def _finishes(job: Job) -> bool:
    """Make and store the piece, and record how that ended; True when this attempt has finished the job."""
    try:
        with Heartbeat(job) as heartbeat:
            return _make(job, heartbeat)
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
        code = "disk_full" if error.errno in files.NO_ROOM else "storage_failed"
        _failed(job, GeneratorError(code, str(error), transient=True))
    except ImproperlyConfigured as error:
        _failed(job, GeneratorError("generator_unavailable", str(error)))
    except (Exception, SystemExit) as error:
        logger.exception("job %s: attempt %d: unexpected error", job.pk, job.attempt)
        _failed(job, GeneratorError(errors.INTERNAL, str(error)))
    return False


def _make(job: Job, heartbeat: Heartbeat) -> bool:
    """True when the result is stored and this attempt is the one that finished the job."""
    with gate.attempt():
        generator = generators.get(job.generator)
        folder = files.work_folder(job.pk, job.attempt)
        edited = revisions.made_with(job)
        order = Order(
            Brief.from_json(edited.brief if edited and edited.brief else job.brief),
            job.seed,
            folder,
            (job.export_as,) if job.export_as else tuple(job.options.get("formats", ())),
            export=bool(job.export_as),
            resume=job.resume,
            remember=heartbeat.remember,
            kept=files.kept_folder(job.pk),
            edit=edited.document if edited else None,
            score=_score(job.export_of) if job.export_of else b"",
        )
        made = generator.generate(order, previewing.making_way(heartbeat.progress))
        if job.export_of:
            exports.check(job, made)
        heartbeat.progress("storing", None)
        heartbeat.check()  # raises when the attempt is not ours any more: then nothing is stored
        stored = _kept(job, heartbeat, made)
    url = f"/tracks/{job.export_of_id or job.pk}/{job.export_as or 'audio'}"
    outcome = Outcome(result_url=url, files=stored, duration=made.duration, facts=made.facts)
    finished = patiently(lambda: job.finish(outcome))
    logger.info("job %s: attempt %d %s", job.pk, job.attempt, "is done" if finished else "came too late")
    return finished


def _score(track: Job) -> bytes:
    """The document from which the track's engine makes it again; b"" where the engine keeps none."""
    if not exports.has_score(track):
        raise GeneratorError(exports.NO_SCORE, "The track was made without a score.", retryable=False)
    if exports.SCORE not in track.files:
        return b""
    file = track.files[exports.SCORE]
    try:
        with closing(files.read(file["name"], file["size"])) as content:
            return b"".join(iter(lambda: content.read(BLOCK), b""))
    except FileNotFoundError as error:
        raise GeneratorError("score_missing", f"{file['name']} is gone.", retryable=False) from error


def _kept(job: Job, heartbeat: Heartbeat, made: Made) -> dict[str, dict[str, Any]]:
    """A store that is away for a moment must not cost a piece that is made: try for STORE_SECONDS."""
    ends = time.monotonic() + STORE_SECONDS
    while True:
        try:
            return files.keep(job.pk, job.attempt, made.files)
        except ConnectionError as error:
            if time.monotonic() > ends:
                raise
            logger.warning("job %s: trying again to store: %s", job.pk, error)
            heartbeat.progress("storing", None)  # raises when there is no time left for it
            time.sleep(patience.AGAIN_SECONDS)


def _stopped(job: Job, why: str) -> None:
    logger.info("job %s: attempt %d stopped: %s", job.pk, job.attempt, why)
    if why == "timeout":
        text = f"The attempt took longer than {settings.JOB_TIMEOUT} seconds."
        patiently(lambda: job.fail(errors.TIMEOUT, text))
    elif why == "returned":
        text = "The worker was told to stop."
        patiently(lambda: transitions.postpone(job, 0, Attempt.Outcome.RETURNED, "", text, free=True))


def _failed(job: Job, error: GeneratorError) -> None:
    """Transient errors are tried again with a delay that doubles; the rest, and the last attempt, end the job."""
    text = "".join(traceback.format_exception(error))
    attempts_left = job.attempt_limit - job.attempt
    if error.transient and attempts_left > 0:
        round_number = settings.MAX_ATTEMPTS - attempts_left - 1
        delay = max(settings.RETRY_DELAY * 2 ** max(round_number, 0), error.retry_after or 0)
        failed = Attempt.Outcome.FAILED
        patiently(lambda: transitions.postpone(job, delay, failed, error.code, error.message, traceback=text))
        logger.warning("job %s: attempt %d failed (%s), again in %.0f s", job.pk, job.attempt, error.code, delay)
    elif (other := _other_engine(job)) and error.falls_back:
        patiently(lambda: transitions.fall_back(job, other, error.code, error.message, traceback=text))
        logger.warning("job %s: attempt %d failed (%s), %s makes it", job.pk, job.attempt, error.code, other)
    else:
        patiently(lambda: job.fail(error.code, error.message, retryable=error.retryable, traceback=text))
        logger.warning("job %s: attempt %d failed for good: %s", job.pk, job.attempt, error.code)


def _other_engine(job: Job) -> str | None:
    """The engine to fall back to, unless it has had this job before; none for what only its own engine can make.

    None, too, where that one would leave out the tune or the lyrics that were given.
    """
    if job.export_of_id or revisions.is_edited(job):
        return None
    other = generators.fallback_of(job.generator)
    if other:
        can = generators.abilities_of(other)
        plays_all = can.plays_tune or not job.brief.get("tune")
        if not plays_all or len(job.brief.get("lyrics", "")) > (can.longest_lyrics if can.sings else 0):
            return None
    return other if other and not job.attempts.filter(generator=other).exists() else None
