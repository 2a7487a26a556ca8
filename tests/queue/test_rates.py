"""How often somebody may do something."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from jobs.models import Job, Tally
from jobs.models.errors import LimitReached
from jobs.queue import rates
from tests.racing import beside, locks_rows

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]


def test_a_count_begins_anew_after_its_window() -> None:
    for _ in range(2):
        rates.count("orders", "2/hour", "mina", "Too many.")
    with pytest.raises(LimitReached, match="Too many") as refusal:
        rates.count("orders", "2/hour", "mina", "Too many.")
    assert (refusal.value.code, refusal.value.retry_after) == ("orders", 3600)
    Tally.objects.update(ends=0)
    rates.count("orders", "2/hour", "mina", "Too many.")
    assert Tally.objects.get().count == 1


def test_counts_whose_window_has_ended_are_deleted() -> None:
    for name in ("mina", "omar"):
        rates.count("orders", "2/hour", name, "Too many.")
        Tally.objects.filter(ends__gt=time.time()).update(ends=float(name == "omar") * 2 * time.time())
        rates.forget_ended()
        assert Tally.objects.count() == (name == "omar")


@locks_rows
@pytest.mark.django_db(transaction=True)
def test_who_deletes_ended_counts_waits_for_nobody_who_counts() -> None:
    for action in ("orders", "orders of an engine"):
        rates.count(action, "2/hour", "mina", "Too many.")
    Tally.objects.update(ends=1)
    with beside(Tally.objects.order_by("-pk")[:1], rates.forget_ended) as deletion:
        assert deletion.done()
    assert deletion.result() is None
    assert Tally.objects.count() == 1
