"""How a wake-up gets from whoever orders to a pusher."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from jobs.models import Job
from jobs.queue import wakeups
from jobs.queue.bell import Bell
from jobs.queue.broker import OrmBroker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_pusher_that_waits_is_told_of_a_message(
    order: Callable[..., Job], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jobs.queue.broker.LISTEN_SECONDS", 300.0)
    own = Bell(tmp_path / "wakeups" / "default")  # the one in the data folder is rung by all tests, and heard by any
    monkeypatch.setattr("jobs.queue.broker.bell_of", lambda lane: own)
    heard: list[float] = []

    def push() -> None:
        pusher = OrmBroker("default")
        for _ in range(20):
            if pusher.dequeue():
                heard.append(time.monotonic())
                break
        connection.close()

    thread = threading.Thread(target=push)
    thread.start()
    time.sleep(1)
    order()
    ordered = time.monotonic()
    thread.join()
    assert heard[0] - ordered < 200


def test_a_pusher_listens_again_after_its_connection_was_lost(order: Callable[..., Job]) -> None:
    pusher = OrmBroker("default")
    assert pusher.dequeue() is None
    connection.close()
    order()
    assert len(pusher.dequeue()) == 1


def test_a_message_from_a_host_whose_clock_is_ahead_is_taken_at_once(
    order: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now
    with monkeypatch.context() as ahead:
        ahead.setattr(timezone, "now", lambda: now() + timedelta(minutes=5))
        order()
    assert len(OrmBroker("default").dequeue()) == 1


def test_messages_of_other_lanes_are_left_alone(order: Callable[..., Job]) -> None:
    wakeups.wake("gpu")
    assert OrmBroker("default").dequeue() is None
    assert OrmBroker("gpu").has_messages()
    assert not OrmBroker("default").has_messages()
    assert OrmQ.objects.count() == 1


def test_an_order_that_is_rolled_back_leaves_no_message(order: Callable[..., Job]) -> None:
    with transaction.atomic():
        order()
        transaction.set_rollback(True)
    assert not OrmBroker("default").has_messages()


def test_a_pusher_waits_for_a_database_that_is_away(monkeypatch: Any, caplog: Any) -> None:
    def away(*args: Any, **values: Any) -> None:
        raise OperationalError("gone")

    pusher = OrmBroker("default")
    look = "jobs.models.sql.PreparedQuery.rows" if connection.vendor == "sqlite" else "django_q.brokers.orm.ORM.dequeue"
    monkeypatch.setattr(look, away)
    monkeypatch.setattr("jobs.queue.broker.PAUSE", 0.01)
    with caplog.at_level("WARNING", logger="jobs"):
        assert pusher.dequeue() is None
    assert "the database is away: gone" in caplog.text


def test_no_more_messages_wait_than_there_may_be_workers(
    order: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.queue.wakeups.MOST_WAITING", 3)
    for _ in range(5):
        order()
    assert OrmQ.objects.count() == 3
    OrmQ.objects.first().delete()
    order()
    assert OrmQ.objects.count() == 3
