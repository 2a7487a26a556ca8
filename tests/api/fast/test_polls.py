"""The short way of the two polling calls: the same answers as the long one, for nobody else, at the cost of a query."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from jobs.api.fast import logins, polls
from jobs.models import Job, Outcome, Preview, Session
from jobs.queue import rates
from jobs.telemetry import request_metrics
from tests.api.browser import Browser

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]
OUTCOME = Outcome("/tracks/x/audio", {"audio": {"name": "x", "type": "audio/wav", "size": 1}}, 1.0, {})
ACTIVE = "/api/music/active"


def status_of(job: Job) -> str:
    return f"/api/music/{job.pk}/status"


@pytest.fixture(params=["waiting", "next", "heard", "again", "running", "done", "failed", "cancelled"])
def job(request: Any, order: Submit, other: User, claim: Callable[[], Job]) -> Job:
    """A job of mina's in each of the states that a client may see."""
    if request.param == "waiting":
        order(owner=other)
        order(owner=other)
        return order()
    made = order("calm piano, 40 seconds")
    if request.param == "heard":
        Job.objects.filter(pk=made.pk).update(generator="composer")
        Preview.objects.create(owner=made.owner, track=made, number=3, lane="default", state="done")
    if request.param in ("next", "heard"):
        return made
    if request.param == "cancelled":
        made.cancel()
        return made
    running = claim()
    running.beat("rendering", 40)
    if request.param == "again":
        running.postpone(60, "failed", "disk_full", "no room")
    if request.param == "done":
        running.finish(OUTCOME)
    if request.param == "failed":
        running.fail("worker_lost", "", retryable=True)
    return running


@pytest.mark.parametrize("language", ["en", "ko"])
def test_both_ways_give_the_same_answer(
    mina: Browser, job: Job, language: str, long_way: Any, short_way: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)  # whatever is counted in seconds stays the same
    for path in (status_of(job), ACTIVE, f"{ACTIVE}?since=2020-01-01T00:00:00Z"):
        first, second = (
            ask(mina, path, Accept_Language=language, X_Request_ID="same") for ask in (long_way, short_way)
        )
        assert first.status_code == second.status_code == 200
        assert first.json() == second.json()
        assert dict(first.headers) | {"Content-Length": ""} == dict(second.headers) | {"Content-Length": ""}
        for ask in (long_way, short_way):
            again = ask(mina, path, Accept_Language=language, If_None_Match=first["ETag"], X_Request_ID="same")
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_whoever_has_no_job_is_answered_too(mina: Browser, long_way: Any, short_way: Any) -> None:
    answers = [ask(mina, ACTIVE, X_Request_ID="same") for ask in (long_way, short_way)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["jobs"] == []


def test_a_poll_costs_one_query(mina: Browser, order: Submit, claim: Any, django_assert_num_queries: Any) -> None:
    jobs = [order() for _ in range(3)]
    claim()
    for path in (*map(status_of, jobs), ACTIVE):
        mina.get(path)
        with django_assert_num_queries(1):
            response = mina.get(path)
        with django_assert_num_queries(1):
            assert mina.get(path, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_a_cursor_from_before_anything_ended_costs_one_query(
    mina: Browser, order: Submit, claim: Any, django_assert_num_queries: Any
) -> None:
    order()
    claim().finish(OUTCOME)
    Job.objects.update(finished_at=timezone.now() - timedelta(minutes=5))
    order()
    cursor = mina.get(ACTIVE).json()["cursor"]
    later = (timezone.now() - timedelta(minutes=4)).isoformat()
    with django_assert_num_queries(1):
        assert mina.get(ACTIVE, {"since": later}).json()["finished"] == []
    with django_assert_num_queries(2):
        assert len(mina.get(ACTIVE, {"since": cursor}).json()["finished"]) == 1


@pytest.fixture(params=["status", "active"])
def path(request: Any, order: Submit) -> str:
    made = order()
    return status_of(made) if request.param == "status" else ACTIVE


def test_a_session_that_has_ended_has_ended_at_once(mina: Browser, path: str) -> None:
    assert mina.get(path).status_code == 200
    Session.objects.all().delete()
    assert mina.get(path).status_code == 401


def test_a_session_that_ran_out_has_ended(mina: Browser, path: str) -> None:
    assert mina.get(path).status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert mina.get(path).status_code == 401


def test_whoever_is_deactivated_is_out_at_once(mina: Browser, user: User, path: str) -> None:
    assert mina.get(path).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert mina.get(path).status_code == 401


def test_a_new_password_ends_old_sessions_at_once(mina: Browser, user: User, path: str) -> None:
    assert mina.get(path).status_code == 200
    user.set_password("another horse 9")
    user.save()
    assert mina.get(path).status_code == 401


def test_a_session_of_another_key_or_backend_is_none(mina: Browser, path: str, settings: Any) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
    assert mina.get(path).status_code == 401
    settings.AUTHENTICATION_BACKENDS = ["jobs.models.session.People"]
    logins.is_login.cache_clear()
    settings.SECRET_KEY = "another"
    assert mina.get(path).status_code == 401


def test_a_session_whose_owner_was_changed_is_none(mina: Browser, other: User, order: Submit) -> None:
    """The column says whose it is; the signed data has the last word."""
    theirs = order(owner=other)
    Session.objects.update(user_id=other.pk)
    assert mina.get(status_of(theirs)).status_code == 404


def test_anybody_elses_job_is_not_there(mina: Browser, order: Submit, other: User) -> None:
    for path in (status_of(order(owner=other)), f"/api/music/{uuid.uuid4()}/status"):
        response = mina.get(path)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_a_poll_counts_once(mina: Browser, user: User, path: str, settings: Any) -> None:
    settings.LIMIT_REQUESTS = "3/minute"
    assert [mina.get(path).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    rates.in_memory.storage.reset()
    assert mina.get("/library/").status_code == 200
    assert [mina.get(path).status_code for _ in range(3)] == [200, 200, 429]


def test_a_name_that_is_not_ours_is_refused(mina: Browser, path: str) -> None:
    response = mina.get(path, headers={"Host": "evil.example.org"})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("since", ["yesterday", "", "x" * 65, "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
def test_a_cursor_of_nobodys_is_answered_as_ever(mina: Browser, since: str, long_way: Any) -> None:
    path = f"{ACTIVE}?since={since.replace('+', '%2B')}"
    first, second = long_way(mina, path), mina.get(path)
    assert (first.status_code, first.content) == (second.status_code, second.content)


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_the_views_affair(
    mina: Browser, path: str, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away(self: Any, **values: Any) -> Any:
        raise error("away")

    for query in (polls._job(logins.SESSION), polls._unfinished(logins.SESSION)):
        monkeypatch.setattr(query, "rows", away.__get__(query))
    assert mina.get(path).status_code == 200
    assert mina.ways == ["long"]


def test_plain_http_is_redirected_where_the_site_has_https(mina: Browser, path: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    assert mina.get(path).status_code == 301
    response = mina.get(path, secure=True)
    assert (response.status_code, mina.ways) == (200, ["long", "short"])
    assert response["Strict-Transport-Security"].startswith("max-age=3600")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert mina.get(path, headers={"X-Forwarded-Proto": "http"}).status_code == 301
    assert mina.get(path, headers={"X-Forwarded-Proto": "https"}).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Host": ""}, {"Host": "x" * 600}, {"Accept-Language": "ko," * 300}, {"Cookie": "sessionid="}]
)
def test_odd_headers_go_the_long_way(mina: Browser, path: str, headers: dict[str, str]) -> None:
    mina.get(path, headers=headers)
    assert mina.ways == ["long"]


def test_only_polls_go_the_short_way(mina: Browser, path: str, order: Submit) -> None:
    mina.post(path)
    mina.head(path)
    for other in ("/api/music", f"/api/music/{uuid.uuid4()}", f"{path}/", "/library/"):
        mina.get(other)
    assert set(mina.ways) == {"long"}


def test_a_poll_is_counted_for_the_operators(mina: Browser, path: str) -> None:
    view = "api:active" if path == ACTIVE else "api:status"
    count = request_metrics.REQUESTS.labels(view, "GET", 200)._value
    before = count.get()
    mina.get(path)
    assert (count.get(), mina.ways) == (before + 1, ["short"])


def test_the_web_server_gets_the_short_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    from musicsite.wsgi import application

    assert application.__module__ == "jobs.api.fast.door"


@pytest.mark.parametrize(("since", "status"), [("", 400), ("nonsense", 400), ("2026-01-01T00:00:00Z", 200)])
def test_a_poll_is_counted_once_whichever_way_answers(mina: Browser, since: str, status: int, settings: Any) -> None:
    settings.LIMIT_REQUESTS = "3/hour"
    answers = [mina.get(f"/api/music/active?since={since}").status_code for _ in range(4)]
    assert answers == [status] * 3 + [429]
