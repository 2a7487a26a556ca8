"""The short way of an order: what is accepted is what the long way accepts; what is refused, the long way refuses."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from jobs.api.fast import logins, orders
from jobs.models import Job, Session, Tally
from jobs.queue import orders as queue
from jobs.telemetry import request_metrics
from jobs.telemetry.logs import About
from tests.api.browser import Browser

pytestmark = pytest.mark.django_db
PATH = "/api/music"
TOKEN = "x" * 32
FULL = {
    "prompt": "신나는 록, 140bpm, 마장조, 30초",
    "seed": 5,
    "generator": "composer",
    "moods": ["calm"],
    "formats": ["flac"],
    "title": "새벽",
}
OWN = ("jobId", "pageUrl", "statusUrl", "createdAt", "queuePosition")  # differ from job to job


@pytest.fixture(autouse=True)
def _with_token(mina: Browser) -> None:
    mina.cookies["XSRF-TOKEN"] = TOKEN


def order(browser: Browser, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return browser.ask(PATH, text, {"X-XSRF-TOKEN": TOKEN, **headers})


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("body", [{"prompt": "calm piano", "seed": 1}, FULL])
def test_both_ways_accept_the_same(
    mina: Browser, body: dict[str, Any], language: str, long_way: Any, short_way: Any
) -> None:
    text, answers = json.dumps(body), []
    for ask in (long_way, short_way):
        told = ask(mina, PATH, text, Accept_Language=language, X_Request_ID="same", X_XSRF_TOKEN=TOKEN)
        assert told.status_code == 202
        assert told["Location"] == f"/api/music/{told.json()['jobId']}/status"
        answers.append(told)
    first, second = ({**told.json(), **dict.fromkeys(OWN)} for told in answers)
    assert first == second
    rows = [Job.objects.filter(pk=told.json()["jobId"]).values().get() for told in answers]
    for row in rows:
        for name in ("id", "turn", "created_at", "updated_at"):
            del row[name]
    assert rows[0] == rows[1]
    changing = {"Location": "", "ETag": "", "Content-Length": "", "Retry-After": ""}  # the last with each second
    assert dict(answers[0].headers) | changing == dict(answers[1].headers) | changing


def test_the_same_key_is_the_same_job(mina: Browser) -> None:
    first, again = (order(mina, FULL, Idempotency_Key="k1") for _ in range(2))
    assert first.json()["jobId"] == again.json()["jobId"]
    assert mina.ways == ["short", "short"]


REFUSED = {
    "no token": ({"prompt": "piano"}, {"X-XSRF-TOKEN": ""}, 403),
    "another token": ({"prompt": "piano"}, {"X-XSRF-TOKEN": "y" * 32}, 403),
    "from another site": ({"prompt": "piano"}, {"Origin": "https://evil.example.org"}, 403),
    "no JSON": ("prompt=piano", {}, 400),
    "not UTF-8": (b'{"prompt": "\xff"}', {}, 400),
    "half a letter": ('{"prompt": "\\ud800"}', {}, 422),
    "a list": (["piano"], {}, 422),
    "nothing": ("", {}, 422),
    "an empty prompt": ({"prompt": "  "}, {}, 422),
    "too long a prompt": ({"prompt": "la" * 2000}, {}, 422),
    "a wrong type": ({"prompt": 5}, {}, 422),
    "an unknown field": ({"prompt": "piano", "sound": 5}, {}, 422),
    "an unknown engine": ({"prompt": "piano", "generator": "organ"}, {}, 422),
    "a wrong option": ({"prompt": "piano", "key": "H minor"}, {}, 422),
    "too long a key": ({"prompt": "piano"}, {"Idempotency-Key": "k" * 256}, 422),
    "too much": ({"prompt": "piano", "title": "x" * 400_000}, {}, 413),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_by_the_long_way(mina: Browser, case: str, long_way: Any) -> None:
    body, headers, status = REFUSED[case]
    told = order(mina, body, **headers)
    assert (told.status_code, told["Content-Type"], mina.ways) == (status, "application/problem+json", ["long"])
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    assert told.content == long_way(mina, PATH, text, **{"X-XSRF-TOKEN": TOKEN, **headers}).content
    assert not Job.objects.exists()


def test_a_form_cannot_order(mina: Browser) -> None:
    told = mina.post(PATH, {"prompt": "piano"}, headers={"X-XSRF-TOKEN": TOKEN})
    assert (told.status_code, mina.ways) == (415, ["long"])


def test_a_key_with_another_order_is_refused(mina: Browser) -> None:
    order(mina, {"prompt": "piano"}, Idempotency_Key="k1")
    told = order(mina, {"prompt": "cello"}, Idempotency_Key="k1")
    assert (told.status_code, told.json()["code"]) == (422, "idempotency_key_reused")


def test_whoever_has_enough_is_refused_and_nothing_is_counted_twice(mina: Browser, settings: Any) -> None:
    settings.LIMIT_JOBS = "2/day"
    assert [order(mina, {"prompt": "piano"}).status_code for _ in range(3)] == [202, 202, 429]
    assert Tally.objects.get().count == Job.objects.count() == 2


def test_a_request_too_many_is_refused(mina: Browser, settings: Any) -> None:
    settings.LIMIT_REQUESTS = "2/minute"
    assert [order(mina, {"prompt": "piano"}).status_code for _ in range(3)] == [202, 202, 429]


def test_nobody_orders_without_a_session(mina: Browser, user: User) -> None:
    Session.objects.all().delete()
    assert order(mina, {"prompt": "piano"}).status_code == 401
    mina.force_login(user)
    User.objects.update(is_active=False)
    assert order(mina, {"prompt": "piano"}).status_code == 401
    assert not Job.objects.exists()


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_an_order_whose_fate_is_unknown_is_not_made_again(
    mina: Browser, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    tries: list[str] = []

    def lost(orders: list[queue.Order]) -> list[Job]:
        tries.extend(order.prompt for order in orders)
        raise error("the connection is lost")

    monkeypatch.setattr(queue, "submit_all", lost)
    told = order(mina, {"prompt": "piano"})
    assert (told.status_code, told["Retry-After"], told["Content-Type"]) == (503, "2", "application/problem+json")
    assert (tries, mina.ways) == (["piano"], ["short"])


def test_an_order_that_was_accepted_before_the_database_went_away_is_not_made_again(
    mina: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(job: Job) -> Any:
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(orders, "place", away)
    assert order(mina, {"prompt": "piano"}).status_code == 503
    assert (Job.objects.count(), mina.ways) == (1, ["short"])


def order_request(browser: Browser, prompt: str, language: str = "en", token: str = TOKEN) -> orders.OrderRequest:
    session = browser.cookies["sessionid"].value
    told = {"HTTP_COOKIE": f"XSRF-TOKEN={TOKEN}", settings.CSRF_HEADER_NAME: token, "HTTP_HOST": "testserver"}
    told |= {"wsgi.url_scheme": "http", "SERVER_NAME": "testserver", "SERVER_PORT": "80"}
    body = json.dumps({"prompt": prompt}).encode()
    return orders.OrderRequest(
        {}, logins.SESSION, session, body, tuple(map(told.get, orders._CSRF)), None, language, f"about-{prompt}"
    )


def test_of_several_each_is_answered_in_its_language(mina: Browser, dummy: Any) -> None:
    dummy()
    together = [
        order_request(mina, "one"),
        order_request(mina, "two", "ko"),
        order_request(mina, "three", token="y" * 32),
        order_request(mina, " "),
    ]
    first, second, forged, empty = orders._answers(together)
    assert first
    assert second
    assert (forged, empty) == (None, None)
    told = [json.loads(answer.content) for answer in (first, second)]
    assert [one["stageLabel"] for one in told] == ["Waiting for its turn", "차례를 기다리는 중"]
    assert [one["prompt"] for one in told] == ["one", "two"]
    assert [one["queuePosition"] for one in told] == [1, 2]
    assert [answer.headers["Location"] for answer in (first, second)] == [one["statusUrl"] for one in told]
    assert translation.get_language() == "en"


def test_of_several_each_is_logged_with_its_request(
    mina: Browser, dummy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    dummy()
    caplog.handler.addFilter(About())
    with caplog.at_level(logging.INFO, logger="jobs.queue"):
        orders._answers([order_request(mina, "one"), order_request(mina, "two")])
    records: list[Any] = [one for one in caplog.records if "ordered" in one.message]
    assert [record.request_id for record in records] == ["about-one", "about-two"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="only SQLite has one writer at a time")
def test_threads_order_together(mina: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    real = queue.submit_all

    def counted(these: Any) -> Any:
        batches.append(len(these))
        while len(orders._batched._waiting) < 3 and len(batches) == 1:
            time.sleep(0.001)
        return real(these)

    monkeypatch.setattr(queue, "submit_all", counted)

    def one(prompt: str) -> Any:
        browser = Browser()
        browser.cookies = mina.cookies
        try:
            return order(browser, {"prompt": prompt}).json()["prompt"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(one, "abcd")) == list("abcd")
    assert batches == [1, 3]
    assert sorted(Job.objects.values_list("prompt", flat=True)) == list("abcd")


def test_it_is_logged_with_its_request(mina: Browser, user: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(About())
    with caplog.at_level(logging.INFO, logger="jobs.queue"):
        told = order(mina, {"prompt": "piano"}, X_Request_ID="abc")
    record: Any = next(one for one in caplog.records if "ordered" in one.message)
    assert (record.request_id, record.user_id, record.job_id) == ("abc", user.pk, told.json()["jobId"])


def test_it_is_counted_for_the_operators(mina: Browser) -> None:
    count = request_metrics.REQUESTS.labels("api:create", "POST", 202)._value
    before = count.get()
    order(mina, {"prompt": "piano"})
    assert (count.get(), mina.ways) == (before + 1, ["short"])


def test_it_costs_so_many_queries(mina: Browser) -> None:
    """Who it is; that they order; what they have, and the turn; the job; whether to wake; the message; the place."""
    order(mina, {"prompt": "piano"})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        told = order(mina, {"prompt": "piano"})
    assert UUID(told.json()["jobId"])
    said = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(said) == (8 if connection.vendor == "postgresql" else 7), said  # which notifies workers, too


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [({"prompt": "piano"}, {}, 202), ({"prompt": "piano", "tempo": 1}, {}, 422), ({"prompt": ""}, {}, 422),
     ({"prompt": "piano"}, {"X-XSRF-TOKEN": ""}, 403)],
)  # fmt: skip
def test_what_the_long_way_answers_is_counted_once(
    mina: Browser, body: dict[str, Any], headers: dict[str, str], status: int, settings: Any
) -> None:
    settings.LIMIT_REQUESTS = "3/hour"
    answers = [order(mina, body, **headers).status_code for _ in range(4)]
    assert answers == [status] * 3 + [429]
