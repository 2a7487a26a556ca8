"""Two or more at the same moment, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import QuerySet

# For tests of who waits for which row.
locks_rows = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks everything, not rows")


def somebody_waits() -> bool:
    """Whether a connection to this database, of PostgreSQL, waits for a lock of another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' LIMIT 1"
        )
        return cursor.fetchone() is not None


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """What each returns or raises, done by a thread each at the same moment."""
    together = Barrier(len(steps))

    def do(step: Callable[[], Any]) -> Any:
        try:
            together.wait(60)
            return step()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(steps)) as threads:
        return list(threads.map(do, steps))


@contextmanager
def beside(hold: QuerySet[Any] | Callable[[], Any], step: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Run the block as soon as the step, begun elsewhere, waits for a lock or has ended.

    ``hold``: rows to lock before it begins, or what locks them. The lock ends with the block, before the step does.
    """
    with ThreadPoolExecutor(1) as threads:
        try:
            with transaction.atomic():
                list(hold.select_for_update()) if isinstance(hold, QuerySet) else hold()
                future = threads.submit(step)
                while not somebody_waits() and not future.done():
                    pass
                yield future
        finally:
            threads.submit(connections.close_all).result()
