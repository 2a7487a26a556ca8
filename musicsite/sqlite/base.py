from __future__ import annotations

import os
import sqlite3
import threading
import time

from django.db.backends.sqlite3 import base

LOOK = 0.0005  # seconds between looks whether the database is free to be written
LOOKS = 200  # of a checkpoint that would make the log begin anew
LONG = 4000  # pages of a log that has to

_looking = threading.Lock()  # one thread of a process looks, the others wait for it


def _looking_anew() -> None:
    global _looking
    _looking = threading.Lock()


os.register_at_fork(after_in_child=_looking_anew)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with fairer waiting for the turn to write, and the checkpoint that a supervisor makes."""

    def checkpoint(self) -> int:
        """Move what the log holds into the database file; returns how many pages that were.

        Nobody waits for it, unless the log has become long: then writers do for as long as it takes to move what came
        meanwhile, and it begins anew.
        """
        with self.cursor() as cursor:
            _busy, pages, _moved = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if pages > LONG:
                (timeout,) = cursor.execute("PRAGMA busy_timeout").fetchone()  # milliseconds
                cursor.execute("PRAGMA busy_timeout = 0")
                try:
                    for _ in range(LOOKS):
                        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
                        if not busy:
                            break
                        time.sleep(LOOK)
                finally:
                    cursor.execute(f"PRAGMA busy_timeout = {timeout}")
        return int(pages)

    def _start_transaction_under_autocommit(self) -> None:
        """As the parent class, as patient as the connection's timeout.

        SQLite itself looks after 1, 2, 5, 10, 15, 20, 25, 50, 100, 100 … ms, so that among many writers those who have
        waited long look most seldom: with 32 clients an order took 90 ms in the middle and 1,100 ms at worst.
        """
        connection = self.connection
        begin = f"BEGIN {self.transaction_mode or ''}"  # type: ignore[attr-defined]
        (timeout,) = connection.execute("PRAGMA busy_timeout").fetchone()  # milliseconds
        ends = time.monotonic() + timeout / 1000
        with self.wrap_database_errors:
            alone = _looking.acquire(timeout=timeout / 1000)
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                while not _begins(connection, begin):
                    if time.monotonic() > ends:
                        connection.execute(begin)
                        return
                    time.sleep(LOOK)
            finally:
                if alone:
                    _looking.release()
                connection.execute(f"PRAGMA busy_timeout = {timeout}")


def _begins(connection: sqlite3.Connection, begin: str) -> bool:
    try:
        connection.execute(begin)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
