"""A process that serves or works starts on a database of its own version only."""

from __future__ import annotations

from contextlib import suppress

from django.core.management.base import CommandError
from django.db import DatabaseError, connection

from jobs.models import Job
from jobs.models.text import fill_derived
from jobs.storage import upgrade


def fill_rows() -> None:
    """Fill derived columns of rows that an earlier version wrote after the migration; a database that is away waits."""
    with suppress(DatabaseError):
        fill_derived(Job.objects.all())
    connection.close()


def refuse_unmigrated() -> None:
    """Raise CommandError where the database lacks migrations; one that is away is waited for later.

    One of a later version is served: it has more than is needed, and a release may be taken back.
    """
    try:
        missing = upgrade.missing()
    except DatabaseError:
        missing = []
    connection.close()
    if missing:
        raise CommandError(f"The database lacks {', '.join(missing)}. Run manage.py migrate first.")
