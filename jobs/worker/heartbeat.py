"""The heartbeat of an attempt: it prolongs the lease, writes progress, and learns that the attempt is to stop."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from functools import partial
from types import TracebackType

from django.conf import settings
from django.db import connection, connections

from jobs.generators.base import Stopped
from jobs.models import Job, errors
from jobs.models.errors import AWAY
from jobs.queue import gate
from jobs.worker.patience import patiently

logger = logging.getLogger(__name__)

BEAT_SECONDS = 0.5  # how often progress is written while it changes


class Heartbeat:
    """Beats for one attempt from a thread of its own, so that the lease holds through long calls into C code.

    Writes progress at most every BEAT_SECONDS and prolongs the lease in time; ``progress`` raises Stopped in the
    generator's thread once the attempt has lost its job, is out of time or the worker is to stop.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._deadline = time.monotonic() + settings.JOB_TIMEOUT
        self._grace_ends: float | None = None
        self._known = self._written = ("starting", None)  # type: tuple[str, int | None]
        self._written_at = time.monotonic()
        self._lost = ""  # why, once the attempt has lost its job
        self._ended = threading.Event()
        run = partial(contextvars.copy_context().run, self._run)
        self._thread = threading.Thread(target=run, name=f"heartbeat-{job.pk}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def progress(self, stage: str, fraction: float | None) -> None:
        """What a generator calls: stage, and share of the whole (0 … 1; None: unknown). The bar never goes back.

        Raise Stopped where the attempt must end now.
        """
        percent = None if fraction is None else min(99, max(0, int(fraction * 100)))
        _, shown = self._known
        if percent is None or (shown is not None and percent < shown):
            percent = shown
        self._known = (stage, percent)
        if why := self._why_stop():
            raise Stopped(why)

    def check(self) -> None:
        """Raise Stopped where the attempt must end now; asks the database whether it still owns the job."""
        if not self._lost and not patiently(self._job.is_held):
            self._lost = self._how_lost()
        if why := self._why_stop():
            raise Stopped(why)

    def remember(self, token: str, cost: float | None = None) -> None:
        """Write down what the engine calls its work elsewhere, and what it cost (US dollars).

        Raise Stopped where the job is lost.
        """
        if not self._lost and not patiently(lambda: self._job.remember(token, cost)):
            self._lost = self._how_lost()
        if self._lost:
            raise Stopped(self._lost)

    def _how_lost(self) -> str:
        """Cancelled by a person, or lost to another attempt, which may go on where this one stops."""
        state = Job.objects.filter(pk=self._job.pk).values_list("error_code", flat=True)
        return "cancelled" if set(patiently(lambda: list(state))) <= {errors.CANCELLED} else "lost"

    def _why_stop(self) -> str:
        now = time.monotonic()
        if self._lost:
            return self._lost
        if now > self._deadline:
            return "timeout"
        if gate.stopping():
            self._grace_ends = self._grace_ends or now + settings.GRACE_SECONDS
            if now > self._grace_ends:
                return "returned"
        return ""

    def _run(self) -> None:
        try:
            while not self._ended.wait(BEAT_SECONDS) and not self._lost:
                current, now = self._known, time.monotonic()
                if current == self._written and now - self._written_at < settings.LEASE_SECONDS / 5:
                    continue
                try:
                    if not self._job.beat(*current):
                        self._lost = self._how_lost()
                        continue
                except AWAY as error:  # one that is away for a while is no reason to give up
                    logger.warning("job %s: no beat, the database is away: %s", self._job.pk, error)
                    connection.close()
                    continue
                self._written, self._written_at = current, now
        finally:
            connections.close_all()  # if it has any: a short attempt has had no beat
