"""Writes that wait for a database that is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import connection

from jobs.models.errors import AWAY

logger = logging.getLogger(__name__)

T = TypeVar("T")

AGAIN_SECONDS = 0.5  # between tries to write while the database is away


def patiently(write: Callable[[], T]) -> T:
    """Returns what ``write`` returns, called again while the database is away, for up to JOB_TIMEOUT seconds.

    After that, raises what it raises. Every such write is fenced, so that none harms that comes late or comes again.
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
