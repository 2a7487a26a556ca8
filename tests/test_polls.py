"""The short way of the two polling calls: the same answers as the long one, for nobody else, at the cost of a query."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from jobs import polls, throttle
from jobs.models import Job, Outcome
from jobs.sessions import Session

pytestmark = pytest.mark.django_db
Submit = Callable[..., Job]
OUTCOME = Outcome("/tracks/x/audio", {"audio": {"name": "x", "type": "audio/wav", "size": 1}}, 1.0, {})
ACTIVE = "/api/music/active"


def status_of(job: Job) -> str:
    return f"/api/music/{job.pk}/status"


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The answer as if there were no short way."""

    def ask(client: Client, path: str, **headers: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(polls, "_answer", lambda request: None)
            return client.get(path, headers=headers)

    return ask


@pytest.fixture
def short_way(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The short way's answer; fails where it has none."""

    def ask(client: Client, path: str, **headers: Any) -> Any:
        taken = []
        real = polls._answer
        with monkeypatch.context() as patch:
            patch.setattr(polls, "_answer", lambda request: taken.append(real(request)) or taken[-1])
            response = client.get(path, headers=headers)
        assert taken != [None], "it went the long way"
        assert taken, "it is no poll"
        return response

    return ask


@pytest.fixture(params=["waiting", "next", "again", "running", "done", "failed", "cancelled"])
def job(request: Any, order: Submit, other: User, claim: Callable[[], Job]) -> Job:
    """A job of mina's in each of the states that a client may see."""
    if request.param == "waiting":
        order(owner=other)
        order(owner=other)
        return order()
    made = order("calm piano, 40 seconds")
    if request.param == "next":
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
def test_both_ways_give_the_same_answer(mina: Client, job: Job, language: str, long_way: Any, short_way: Any) -> None:
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


def test_whoever_has_no_job_is_answered_too(mina: Client, long_way: Any, short_way: Any) -> None:
    answers = [ask(mina, ACTIVE, X_Request_ID="same") for ask in (long_way, short_way)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["jobs"] == []


def test_a_poll_costs_one_query(mina: Client, order: Submit, claim: Any, django_assert_num_queries: Any) -> None:
    jobs = [order() for _ in range(3)]
    claim()
    for path in (*map(status_of, jobs), ACTIVE):
        mina.get(path)
        with django_assert_num_queries(1):
            response = mina.get(path)
        with django_assert_num_queries(1):
            assert mina.get(path, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_a_cursor_from_before_anything_ended_costs_one_query(
    mina: Client, order: Submit, claim: Any, django_assert_num_queries: Any
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


def test_a_session_that_has_ended_has_ended_at_once(mina: Client, path: str) -> None:
    assert mina.get(path).status_code == 200
    Session.objects.all().delete()
    assert mina.get(path).status_code == 401


def test_a_session_that_ran_out_has_ended(mina: Client, path: str) -> None:
    assert mina.get(path).status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert mina.get(path).status_code == 401


def test_whoever_is_deactivated_is_out_at_once(mina: Client, user: User, path: str) -> None:
    assert mina.get(path).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert mina.get(path).status_code == 401


def test_a_new_password_ends_old_sessions_at_once(mina: Client, user: User, path: str) -> None:
    assert mina.get(path).status_code == 200
    user.set_password("another horse 9")
    user.save()
    assert mina.get(path).status_code == 401


def test_a_session_of_another_key_or_backend_is_none(mina: Client, path: str, settings: Any) -> None:
    polls._is_login.cache_clear()
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
    assert mina.get(path).status_code == 401
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    polls._is_login.cache_clear()
    settings.SECRET_KEY = "another"
    assert mina.get(path).status_code == 401
    polls._is_login.cache_clear()


def test_a_session_whose_owner_was_changed_is_none(mina: Client, other: User, order: Submit) -> None:
    """The column says whose it is; the signed data has the last word."""
    theirs = order(owner=other)
    Session.objects.update(user_id=other.pk)
    assert mina.get(status_of(theirs)).status_code == 404


def test_anybody_elses_job_is_not_there(mina: Client, order: Submit, other: User) -> None:
    for path in (status_of(order(owner=other)), f"/api/music/{uuid.uuid4()}/status"):
        response = mina.get(path)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_a_poll_counts_once(mina: Client, user: User, path: str, settings: Any) -> None:
    settings.LIMIT_REQUESTS = "3/minute"
    assert [mina.get(path).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    throttle.passing.storage.reset()
    assert mina.get("/library/").status_code == 200
    assert [mina.get(path).status_code for _ in range(3)] == [200, 200, 429]


def test_a_name_that_is_not_ours_is_refused(mina: Client, path: str) -> None:
    response = mina.get(path, headers={"Host": "evil.example.org"})
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("since", ["yesterday", "", "x" * 65, "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00"])
def test_a_cursor_of_nobodys_is_answered_as_ever(mina: Client, since: str, long_way: Any) -> None:
    path = f"{ACTIVE}?since={since.replace('+', '%2B')}"
    first, second = long_way(mina, path), mina.get(path)
    assert (first.status_code, first.content) == (second.status_code, second.content)


def test_a_database_that_is_away_is_the_views_affair(mina: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: Any, **values: Any) -> Any:
        raise OperationalError("away")

    for query in (polls._one(), polls._unfinished()):
        monkeypatch.setattr(query, "rows", away.__get__(query))
    assert mina.get(path).status_code == 200
