import contextvars
import io
import json
import logging
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.queue import sweep
from jobs.telemetry import logs
from jobs.worker import attempt, heartbeat

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged from here on, as JSON."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.Json())
    handler.addFilter(logs.About())
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("jobs", "musicsite")]
    levels = [logger.level for logger in ours]
    root.addHandler(handler)
    for logger in ours:
        logger.setLevel("INFO")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    for logger, level in zip(ours, levels, strict=True):
        logger.setLevel(level)
    root.removeHandler(handler)


def test_a_sane_request_id_of_the_proxy_is_kept(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "req-1.2:a/b"})["X-Request-ID"] == "req-1.2:a/b"


@pytest.mark.parametrize("given", ["", "a b", "x" * 101, 'a"b', "a\nb", "é", "<script>"])
def test_another_one_is_replaced(client: Client, given: str) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{32}", answered)


@pytest.mark.django_db
def test_every_kind_of_answer_has_its_id(client: Client, settings: Any) -> None:
    for path in ("/nothing", "/api/music", "/accounts/login/", "/static/nothing.svg"):
        response = client.get(path, headers={"X-Request-ID": "mine"})
        assert b"".join(response)
        assert response["X-Request-ID"] == "mine"


def test_a_line_says_which_request_user_and_job_it_is_about(mina: Client, user: User, dummy: Any, lines: Lines) -> None:
    dummy()
    answer = mina.post(
        "/api/music", {"prompt": "calm piano"}, content_type="application/json", headers={"X-Request-ID": "order-1"}
    )
    (line,) = [line for line in lines() if line["logger"] == "jobs.queue.orders"]
    assert line["level"] == "INFO"
    assert line["time"].endswith("+00:00")
    assert {name: line[name] for name in ("request_id", "user_id", "job_id")} == {
        "request_id": "order-1", "user_id": user.pk, "job_id": answer.json()["jobId"],
    }  # fmt: skip


def test_a_warning_of_django_names_the_user(mina: Client, user: User, lines: Lines) -> None:
    mina.get("/library/")
    mina.get("/tracks/00000000-0000-0000-0000-000000000000/", headers={"X-Request-ID": "miss-1"})
    (line,) = [line for line in lines() if line["logger"] == "django.request"]
    assert (line["request_id"], line["user_id"], line["status_code"]) == ("miss-1", user.pk, 404)
    assert "request" not in line


def test_every_line_of_an_attempt_names_it(order: Any, claim: Any, lines: Lines) -> None:
    order("calm piano")
    job = claim()
    attempt.run(job)
    begun = [line for line in lines() if line["logger"] == "jobs.worker.attempt"]
    assert len(begun) == 2
    for line in begun:
        assert (line["job_id"], line["attempt"], line["user_id"]) == (str(job.pk), 1, job.owner_id)
    assert logs.known() == {}


def test_a_lost_attempt_is_named(order: Any, claim: Any, lines: Lines) -> None:
    order()
    job = claim()
    assert sweep.take_back(job)
    (line,) = [line for line in lines() if "lost" in line["message"]]
    assert (line["job_id"], line["attempt"]) == (str(job.pk), 1)
    assert Job.objects.get().attempt == 1


def test_the_heart_beats_about_its_attempt(order: Any, claim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    order()
    job = claim()
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(heartbeat.Heartbeat, "_run", lambda self: seen.append(logs.known()))
    with logs.about(job_id=str(job.pk)), heartbeat.Heartbeat(job):
        pass
    assert seen == [{"job_id": str(job.pk)}]


def test_what_is_known_ends_where_it_began() -> None:
    with logs.about(job_id="a", attempt=1):
        with logs.about(attempt=2):
            assert logs.known() == {"job_id": "a", "attempt": 2}
        assert logs.known() == {"job_id": "a", "attempt": 1}
        there: list[Any] = []
        thread = threading.Thread(target=contextvars.Context().run, args=(lambda: there.append(logs.known()),))
        thread.start()
        thread.join()
        assert there == [{}]
    assert logs.known() == {}


def test_a_line_of_json_cannot_be_forged(lines: Lines) -> None:
    evil = 'x\n{"level": "INFO"}\x1b[2J\u2028'
    try:
        raise ValueError(evil)
    except ValueError:
        logging.getLogger("jobs.x").exception("prompt %s", evil)
    (line,) = lines()
    assert line["message"] == f"prompt {evil}"
    assert "ValueError" in line["traceback"]


def test_what_cannot_be_counted_is_answered_all_the_same(client: Client, monkeypatch: Any, lines: Lines) -> None:
    def gone(*labels: object) -> None:
        raise FileNotFoundError("counter_11.db")

    monkeypatch.setattr("jobs.telemetry.request_metrics._counts", gone)
    assert client.get("/accounts/login/").status_code == 200
    assert any("could not be counted" in line["message"] for line in lines())
