"""What a worker does with one wake-up: claim a preview, else a job, run it, and go on while there is work."""

from __future__ import annotations

import logging
import os
import time

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from jobs import generators
from jobs.generators.base import GeneratorError
from jobs.models import Abandoned, Holder, Job, Preview
from jobs.models.errors import AWAY
from jobs.queue import gate
from jobs.worker import previewing
from jobs.worker.attempt import run
from jobs.worker.processes import end_children, host_name

logger = logging.getLogger(__name__)

SPELL_SECONDS = 60  # a wake-up takes no further job after this long: the worker goes back to its cluster
ABANDONED = 10  # pieces of work elsewhere that one wake-up stops


def work() -> None:
    """Run jobs of this lane in the site's fair order until none is waiting."""
    started = time.monotonic()
    holder = Holder(host_name(), os.getpid())
    try:
        _end_abandoned()
        while not gate.stopping() and time.monotonic() - started < SPELL_SECONDS:
            if preview := Preview.objects.claim(settings.LANE, holder):  # somebody listens for it
                with gate.attempt():
                    previewing.run(preview)
            elif job := Job.objects.claim(settings.LANE, holder):
                run(job)
            else:
                break
            _end_leftovers()
    except AWAY as error:
        logger.warning("no job claimed, the database is away: %s", error)
        connection.close()
    finally:
        gate.worker_is_free()


def _end_abandoned() -> None:
    """Stop what engines do elsewhere for nobody."""
    for work in Abandoned.objects.filter(lane=settings.LANE)[:ABANDONED]:
        if Abandoned.objects.filter(pk=work.pk).delete()[0]:
            try:
                generators.get(work.generator).abandon(work.token)
            except (GeneratorError, ImproperlyConfigured) as error:
                logger.warning("%s may go on with %s: %s", work.generator, work.token, error)


def _end_leftovers() -> None:
    """Whatever processes an attempt has started end with it. Only in a cluster: elsewhere they may be anybody's."""
    if gate.current() is not None:
        end_children()
