"""Nobody waits for more than a turn of everybody else, however much somebody has ordered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs.models import Job, State
from tests.making import outcome, waiting

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


@pytest.mark.parametrize("workers", [1, 4])
def test_five_hundred_jobs_of_one_delay_another_by_one_for_each_worker(
    user: User, other: User, order: Submit, claim: Any, workers: int
) -> None:
    waiting(user, 500)
    running = [claim() for _ in range(workers)]
    assert {job.owner_id for job in running} == {user.pk}
    theirs = order(owner=other)
    started = []
    while theirs.pk not in started:
        running.pop(0).finish(outcome(1))
        running.append(claim())
        started.append(running[-1].pk)
    assert len(started) <= workers, "at most the jobs that were running end first, and then it is theirs"
    assert Job.objects.filter(owner=user, state=State.PENDING).count() >= 500 - 2 * workers


def test_both_get_every_second_turn(user: User, other: User, order: Submit, claim: Any) -> None:
    waiting(user, 500)
    claim().finish(outcome(1))
    for _ in range(10):
        order(owner=other)
    owners = []
    for _ in range(21):
        job = claim()
        owners.append(job.owner_id)
        job.finish(outcome(1))
    assert owners.count(other.pk) == 10
    assert all(other.pk in pair for pair in zip(owners[:20:2], owners[1:20:2], strict=True))
