from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import Attempt, Depth, Job, Rollup, WorkerHost, rollup
from jobs.models.rollup import BARS, EVER, bucket_of, percentile, start_of
from jobs.queue import sweep, transitions
from jobs.telemetry import counting
from jobs.worker import attempt
from tests.racing import beside, locks_rows

Claim = Callable[[], Job]


def ever() -> dict[tuple[str, str, bool], int]:
    return {(row.outcome, row.error_code, row.last): row.count for row in Rollup.objects.filter(span=EVER)}


def test_it_counts_each_ended_attempt_once_and_for_every_picture(order: Any, claim: Claim) -> None:
    for _ in range(3):
        order()
    for _ in range(2):
        attempt.run(claim())
    claim()
    Attempt.objects.exclude(finished_at=None).update(finished_at=timezone.now())  # or a minute might end between them
    assert counting.count_ended() == 2
    assert counting.count_ended() == 0
    assert ever() == {("done", "", True): 2}
    assert {row.span: row.count for row in Rollup.objects.all()} == dict.fromkeys(rollup.SPANS, 2)


def test_it_tells_what_became_of_an_attempt_and_whether_the_job_ended_with_it(order: Any, claim: Claim) -> None:
    order()
    first = claim()
    sweep.take_back(first)
    second = claim()
    second.fail("overloaded", "Too much to do.")
    counting.count_ended()
    order()
    transitions.cancel(claim())
    counting.count_ended()
    assert ever() == {
        ("lost", "worker_lost", False): 1, ("failed", "overloaded", True): 1, ("cancelled", "cancelled", True): 1,
    }  # fmt: skip


def test_counters_go_on_when_jobs_are_deleted(order: Any, claim: Claim) -> None:
    job = order()
    attempt.run(claim())
    counting.count_ended()
    transitions.delete(job)
    order()
    attempt.run(claim())
    counting.count_ended()
    assert ever() == {("done", "", True): 2}


def test_it_adds_up_waiting_and_run_times(order: Any, claim: Claim) -> None:
    for wait, run in ((3, 10), (5, 20)):
        order()
        job = claim()
        attempt.run(job)
        now = timezone.now()
        Job.objects.filter(pk=job.pk).update(created_at=now - timedelta(seconds=wait + run))
        job.attempts.update(started_at=now - timedelta(seconds=run), finished_at=now)
    order()
    second = claim()
    second.attempts.update(number=2)  # of a second attempt nobody knows since when it waited
    Job.objects.filter(pk=second.pk).update(attempt=2)
    second.refresh_from_db()
    second.fail("overloaded", "")
    counting.count_ended()
    row = Rollup.objects.get(span=EVER, outcome="done")
    assert row.wait_seconds == pytest.approx(8, abs=0.1)
    assert row.run_seconds == pytest.approx(30, abs=0.1)
    assert row.runs == {str(bucket_of(10.0)): 1, str(bucket_of(20)): 1}
    assert sum(Rollup.objects.get(span=EVER, outcome="failed").waits.values()) == 0


@locks_rows
@pytest.mark.django_db(transaction=True)
def test_of_two_supervisors_that_count_one_waits_for_the_other() -> None:
    first, second = (
        counting.Kind(EVER, rollup.BEGINNING, lane, "dummy", "done", "", True) for lane in ("default", "gpu")
    )

    def count(*kinds: counting.Kind) -> None:
        with transaction.atomic():
            counting._add({kind: counting._Sum(count=1) for kind in kinds})

    with beside(lambda: count(first), lambda: count(second, first)) as other:
        count(second)  # or they wait for each other: a deadlock
    assert other.result() is None
    assert list(Rollup.objects.values_list("count", flat=True)) == [2, 2]


def test_it_fills_no_bar_that_is_too_old_to_be_shown(order: Any, claim: Claim) -> None:
    order()
    attempt.run(claim())
    Attempt.objects.update(finished_at=timezone.now() - timedelta(days=3))
    counting.count_ended()
    assert set(Rollup.objects.values_list("span", flat=True)) == {EVER, 7200}


def test_it_goes_on_where_a_full_batch_ended(order: Any, claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "BATCH", 2)
    for _ in range(3):
        order()
        attempt.run(claim())
    supervisor = counting.Counting()
    supervisor.tend()
    assert ever() == {("done", "", True): 2}
    supervisor.tend()
    assert ever() == {("done", "", True): 3}


@pytest.mark.django_db
def test_nothing_to_count_costs_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert counting.count_ended() == 0
    assert len(queries) == 1


def test_many_attempts_cost_as_many_queries_as_few(order: Any, claim: Claim) -> None:
    costs = []
    for many in (1, 12):
        for _ in range(many):
            order()
            attempt.run(claim())
        with CaptureQueriesContext(connection) as queries:
            counting.count_ended()
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 8


def test_it_remembers_the_longest_queue_of_each_bar(order: Any, claim: Claim) -> None:
    now = timezone.now()
    WorkerHost.objects.create(host="here", pid=1, lane="default", size=2, started_at=now, seen_at=now)
    for _ in range(3):
        order()
    counting.sample_depth()
    claim()
    cache.clear()
    counting.sample_depth()
    for bar in Depth.objects.filter(span__in=BARS).exclude(span=60):
        assert (bar.lane, bar.waiting, bar.running, bar.workers) == ("default", 3, 1, 2)
    assert Depth.objects.filter(span=7200).count() == 1


@pytest.mark.django_db
def test_it_forgets_bars_that_no_picture_shows(dummy: Any) -> None:
    dummy()
    counting.sample_depth()
    Depth.objects.filter(span=60).update(start=timezone.now() - timedelta(hours=3))
    Depth.objects.filter(span=900).update(start=timezone.now() - timedelta(hours=3))
    counting.forget_old()
    assert set(Depth.objects.values_list("span", flat=True)) == {900, 7200}


@pytest.mark.django_db
def test_a_mistake_in_it_stops_no_worker(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(counting, "count_ended", broken)
    supervisor = counting.Counting()
    supervisor.tend()
    supervisor.tend()
    assert len(caplog.records) == 1
    monkeypatch.setattr(counting, "count_ended", lambda: (_ for _ in ()).throw(DatabaseError))
    with pytest.raises(DatabaseError):
        counting.Counting().tend()


def test_a_bar_begins_at_a_multiple_of_its_span() -> None:
    moment = datetime(2026, 5, 1, 13, 47, 12, tzinfo=UTC)
    assert start_of(moment, 60) == moment.replace(second=0)
    assert start_of(moment, 900) == moment.replace(minute=45, second=0)
    assert start_of(moment, 7200) == moment.replace(hour=12, minute=0, second=0)


@pytest.mark.parametrize("seconds", [0.02, 0.8, 5, 47, 300, 4000])
def test_a_percentile_is_right_to_within_a_bucket(seconds: float) -> None:
    buckets = {str(bucket_of(seconds)): 100}
    for fraction in (0.01, 0.5, 0.95, 1):
        found = percentile(buckets, fraction)
        assert found is not None
        assert seconds / 1.6 <= found <= seconds * 1.61


def test_percentiles_of_a_spread() -> None:
    buckets: dict[str, int] = {}
    for tenths in range(1, 1001):  # 0.1 … 100 s
        name = str(bucket_of(tenths / 10))
        buckets[name] = buckets.get(name, 0) + 1
    assert percentile(buckets, 0.5) == pytest.approx(50, rel=0.15)
    assert percentile(buckets, 0.95) == pytest.approx(95, rel=0.15)
    assert percentile({}, 0.5) is None
    assert percentile({str(len(rollup.BOUNDS)): 3}, 0.5) == 6300
