"""Writers of one SQLite database take turns."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction

from jobs.worker import supervisor
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


def write(rows: int = 1) -> None:
    with transaction.atomic():
        for _ in range(rows):
            Group.objects.update_or_create(name="a", defaults={"name": "a"})
            Group.objects.filter(name="a").delete()
            Group.objects.create(name="a" * 100)
            Group.objects.all().delete()


def moved() -> tuple[int, int]:
    """Pages in the log, and how many of them are in the database file."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        _busy, pages, done = other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return pages, done


def test_a_checkpoint_empties_the_log() -> None:
    connection.checkpoint()
    write()
    pages = connection.checkpoint()
    assert pages > 0
    assert moved() == (pages, pages)


def test_a_long_log_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(20):
        write()
    before = moved()[0]
    monkeypatch.setattr(base, "LONG", 1)
    connection.checkpoint()
    write()
    assert 0 < moved()[0] < before


def test_nobody_waits_for_a_checkpoint_nor_it_for_anybody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "LONG", 1)
    write()
    before, began = patience(), time.monotonic()
    with somebody_writes(20):
        assert connection.checkpoint() > 0
        assert time.monotonic() - began < 10
    assert patience() == before


def test_the_supervisor_looks_after_the_log_more_often_while_much_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    now, pages, looks = [100.0], [0], []
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(base.DatabaseWrapper, "checkpoint", lambda self: looks.append(now[0]) or pages[0])
    here = supervisor.Supervisor(1, "default")

    def sweeps(count: int) -> list[float]:
        looks.clear()
        for _ in range(count):
            here._checkpoint()
            now[0] += supervisor.SWEEP
        return list(looks)

    assert len(sweeps(9)) == 3
    pages[0] = supervisor.BUSY_LOG + 1
    assert len(sweeps(9)) == 9
