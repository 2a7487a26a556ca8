from typing import Any

import pytest

from jobs.worker import lasting
from jobs.worker.lasting import Lasting


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(lasting, "time", clock)
    return clock


def test_it_counts_what_was_there_at_every_look(clock: Any) -> None:
    seen: Lasting[str] = Lasting()
    assert seen.lasting({"a": 5, "b": 2}) == set()
    clock.now += 2
    assert seen.lasting({"a": 5, "b": 2}) == {"b"}
    clock.now += 2.9
    assert seen.lasting({"a": 5}) == set()
    clock.now += 0.1
    assert seen.lasting({"a": 5}) == {"a"}


def test_what_was_gone_once_begins_anew(clock: Any) -> None:
    seen: Lasting[str] = Lasting()
    seen.lasting({"a": 5})
    clock.now += 4
    seen.lasting({})
    clock.now += 4
    assert seen.lasting({"a": 5}) == set()


def test_it_keeps_the_time_that_was_first_given(clock: Any) -> None:
    seen: Lasting[str] = Lasting()
    seen.lasting({"a": 5})
    clock.now += 5
    assert seen.lasting({"a": 3600}) == {"a"}


def test_it_forgets(clock: Any) -> None:
    seen: Lasting[str] = Lasting()
    seen.lasting({"a": 5})
    seen.forget()
    clock.now += 5
    assert seen.lasting({"a": 5}) == set()
