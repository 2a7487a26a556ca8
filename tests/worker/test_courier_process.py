"""The process that delivers: there while it is needed, and replaced when it dies."""

from __future__ import annotations

import os
import signal
import time

import pytest

from jobs.worker import courier
from jobs.worker.courier_process import CourierProcess
from jobs.worker.processes import is_alive

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded"),  # as a test is, and a supervisor is not
]


def test_it_is_there_while_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = False
    monkeypatch.setattr(courier, "is_needed", lambda: needed)
    monkeypatch.setattr(courier, "run", lambda: time.sleep(600))
    process = CourierProcess()
    process.tend()
    assert process.pids == []
    needed = True
    process.tend()
    (first,) = process.pids
    process.tend()
    assert process.pids == [first]
    os.kill(first, signal.SIGKILL)
    ends = time.monotonic() + 60
    while process.pids and time.monotonic() < ends:
        time.sleep(0.01)
    process.tend()
    (second,) = process.pids
    assert second != first
    os.kill(second, signal.SIGKILL)
    while is_alive(second) and time.monotonic() < ends:
        time.sleep(0.01)
    assert process.pids == []
