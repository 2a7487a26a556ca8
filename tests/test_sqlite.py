"""Writers of one SQLite database take turns."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import OperationalError, connection, transaction

from musicsite.sqlite import base

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="is about SQLite"),
]


@contextmanager
def somebody_writes(seconds: float) -> Iterator[None]:
    """Hold the database for so long from another connection, or as long as this lasts."""
    begun, over = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            begun.set()
            over.wait(seconds)
            other.execute("ROLLBACK")

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


def patience() -> int:
    with connection.cursor() as cursor:
        return int(cursor.execute("PRAGMA busy_timeout").fetchone()[0])


def test_a_writer_looks_often_whether_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    real = time.sleep
    monkeypatch.setattr(base.time, "sleep", lambda seconds: looks.append(seconds) or real(seconds))
    began = time.monotonic()
    with somebody_writes(0.3), transaction.atomic():
        took = time.monotonic() - began
    assert len([look for look in looks if look == base.LOOK]) > 40 * took, "SQLite itself would have looked ten times"


def test_a_writer_waits_as_long_as_its_connection_says() -> None:
    before = patience()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 200")
    with somebody_writes(20):
        started = time.monotonic()
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pass
        assert 0.2 <= time.monotonic() - started < 15
    assert patience() == 200
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {before}")
    with transaction.atomic():
        pass


def test_another_error_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.monotonic()
    with transaction.atomic(), pytest.raises(OperationalError, match="within a transaction"):
        connection._start_transaction_under_autocommit()
    assert time.monotonic() - started < 5
