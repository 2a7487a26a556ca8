"""Two web processes and two workers, and one set of figures."""

import re
import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.site import Axios, Site

pytestmark = pytest.mark.slow

BY = ("view", "generator", "state")


def figures(anyone: Axios) -> dict[tuple[str, str], float]:
    """(name, view, generator or state) → value; of attempts those that made a track."""
    status, text = anyone.send("GET", "/metrics", None, "")
    assert status == 200
    return {
        (sample.name, next((sample.labels[name] for name in BY if name in sample.labels), "")): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.labels.get("outcome", "done") == "done"
    }


def eventually(what: Callable[[], Any], seconds: float = 60) -> Any:
    ends = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < ends, f"waited {seconds} s in vain"
        time.sleep(0.2)
    return value


def answers(site: Site) -> bool:
    """False while the connection was taken by a process that has just died."""
    try:
        return Axios(site.url).send("GET", "/accounts/login/", None, "")[0] == 200
    except OSError:
        return False


def test_two_web_processes_and_workers_are_counted_together(quick: Site) -> None:
    mina = Axios(quick.url).sign_up("counted")

    def figure(*name: str) -> float:
        return figures(mina).get(name, 0)  # type: ignore[call-overload, no-any-return]

    seen = figure("musicsite_requests_total", "login")
    timed = figure("musicsite_request_seconds_count", "login")
    for number in range(6):
        assert mina.post("/api/music", {"prompt": f"calm piano {number}", "generator": "counted"})[0] == 202
    views = [process for process in quick.processes() if "granian" in " ".join(process.cmdline())]
    assert len(views) == 3, "a main process and two that answer"
    for _ in range(40):  # a new connection each, so that both processes get some
        assert Axios(quick.url).send("GET", "/accounts/login/", None, "")[0] == 200
    assert figure("musicsite_requests_total", "login") == seen + 40
    assert figure("musicsite_request_seconds_count", "login") == timed + 40

    # The workers' ends are counted without a port of their own.
    eventually(lambda: figure("musicsite_attempts_total", "counted") == 6)
    assert figure("musicsite_workers", "") == 2

    # One of the two dies and is replaced: nothing that it counted is lost.
    main = min(views, key=lambda process: process.create_time())
    (one, _other) = main.children()
    one.send_signal(signal.SIGKILL)
    one.wait(10)
    eventually(lambda: len([child for child in main.children() if child.status() != psutil.STATUS_ZOMBIE]) == 2)
    assert answers(quick)
    before = figure("musicsite_requests_total", "login")
    assert before >= seen + 41
    for _ in range(10):
        assert answers(quick)
    assert figure("musicsite_requests_total", "login") == before + 10

    log = quick.log.read_text()
    assert re.search(r'"message": "job \S+ ordered by user \d+".*"request_id": "[0-9a-f]{32}"', log)
    assert re.search(r'"message": "job \S+ attempt 1 is done".*"attempt": 1', log)
