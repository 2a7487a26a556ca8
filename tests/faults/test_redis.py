"""Wake-ups through Redis: the job row stays the truth, whatever becomes of Redis."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django_q.conf import Conf
from django_q.models import OrmQ

from jobs.models import Attempt, Job, State
from jobs.queue import redis_broker, wakeups
from tests.faults.conftest import Workers, wait_for
from tests.redis import Server

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Start = Callable[..., Workers]


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server, which this process sends its wake-ups to."""
    server = Server(tmp_path)
    monkeypatch.setattr(Conf, "BROKER_CLASS", "jobs.queue.redis_broker.RedisBroker")
    monkeypatch.setattr(Conf, "REDIS", server.url)
    monkeypatch.setattr(redis_broker, "_rests_until", 0.0)
    redis_broker._connection.cache_clear()
    yield server
    redis_broker._connection().close()
    redis_broker._connection.cache_clear()
    server.kill()


@pytest.fixture
def start(workers: Any, redis: Server) -> Start:
    return lambda **options: workers(MUSICSITE_REDIS_URL=redis.url, **options)


def finished() -> bool:
    return not Job.objects.exclude(state=State.DONE).exists()


def ran_once(number: int) -> bool:
    return Attempt.objects.filter(outcome=Attempt.Outcome.DONE).count() == Attempt.objects.count() == number


def test_messages_go_through_redis_alone(start: Start, order: Any, redis: Server) -> None:
    for _ in range(20):
        order()
    assert redis_broker._connection().llen("django_q:default:q") == 20
    start()
    wait_for(finished)
    assert ran_once(20)
    assert not OrmQ.objects.exists()


def test_an_order_that_is_rolled_back_wakes_nobody(order: Any, redis: Server) -> None:
    with transaction.atomic():
        order()
        transaction.set_rollback(True)
    assert redis_broker._connection().llen("django_q:default:q") == 0


def test_lost_and_doubled_messages_change_nothing(start: Start, order: Any, redis: Server) -> None:
    for _ in range(4):
        order()
    redis_broker._connection().flushall()
    start()
    wait_for(finished)
    for _ in range(4):
        order()
        wakeups.wake("default")
        wakeups.wake("default")
    wait_for(finished)
    assert ran_once(8)


def test_redis_may_vanish_in_mid_run_and_come_back(start: Start, order: Any, redis: Server) -> None:
    supervisor = start(options="seconds=0.3")
    for _ in range(6):
        order()
    wait_for(lambda: Job.objects.filter(state=State.DONE).exists())
    redis.kill()
    for _ in range(6):
        order()
    wait_for(finished)
    below = supervisor.below()
    redis.start()
    order()
    wait_for(finished)
    wait_for(lambda: "Redis is away" in supervisor.log.read_text())
    assert ran_once(13)
    assert supervisor.below() == below, "a cluster was replaced"
    assert "Traceback" not in supervisor.log.read_text()


def test_workers_start_without_redis(start: Start, order: Any, redis: Server) -> None:
    redis.kill()
    supervisor = start()
    below = supervisor.below()
    order()
    wait_for(finished)
    assert supervisor.below() == below
