"""How often somebody may do something."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jobs.models import Job, Tally
from jobs.models.errors import LimitReached
from jobs.queue import rates

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
