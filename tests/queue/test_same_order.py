"""The same order twice, one after the other or at the same moment: one job, whatever was drawn for it meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

from jobs.generators.dummy import Dummy
from jobs.models import Job
from jobs.models.errors import Gone, KeyReused
from jobs.queue import exports, orders, transitions, variations
from jobs.worker import attempt
from tests.api.browser import Browser

AT_ONCE = 4
Send = Callable[[Client, Job], Any]
TOKEN = "x" * 32


def api(path: str, **body: Any) -> Send:
    def send(client: Client, track: Job) -> Any:
        headers = {"Idempotency-Key": "k", "X-XSRF-TOKEN": TOKEN}
        return client.post(path.format(track.pk), json.dumps(body), content_type="application/json", headers=headers)

    return send


def page(path: str, **form: str) -> Send:
    def send(client: Client, track: Job) -> Any:
        data = {**form, "idempotency": "k", "csrfmiddlewaretoken": TOKEN}
        return client.post(path.format(track.pk), data, headers={"origin": "http://testserver"})

    return send


KINDS: dict[str, Send] = {
    "order by the API": api("/api/music", prompt="calm piano"),
    "order by the form": page("/music/", prompt="calm piano"),
    "several by the form": page("/music/", prompt="calm piano", count="3", draw="5"),
    "export by the API": api("/api/music/{}/export", format="wav"),
    "export by the page": page("/tracks/{}/export", format="wav"),
    **{f"{change} by the API": api("/api/music/{}/vary", change=change) for change in variations.CHANGES},
    **{f"{change} by the page": page("/tracks/{}/vary", change=change) for change in variations.CHANGES},
    "settings by the API": api("/api/music/{}/vary", change="settings", tempo=100, title="Faster"),
}


def jobs_of(kind: str) -> int:
    return 3 if kind.startswith("several") else 1


@pytest.fixture
def track(order: Any, claim: Any) -> Job:
    """A track of mina's that can be exported and varied in every way."""
    job = order(title="Night Train")
    attempt.run(claim())
    return Job.objects.get(pk=job.pk)


@pytest.fixture(autouse=True)
def _can_do_all(monkeypatch: pytest.MonkeyPatch) -> None:
    abilities = Dummy({}).abilities
    monkeypatch.setattr(Dummy, "abilities", replace(abilities, varies_melody=True))


def browser_of(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    browser.cookies["XSRF-TOKEN"] = TOKEN
    return browser


def is_one(kind: str, track: Job, answers: list[Any]) -> None:
    assert {answer.status_code for answer in answers} == {202 if "API" in kind else 302}
    if "API" in kind:
        assert len({answer.json()["jobId"] for answer in answers}) == 1
    assert Job.objects.exclude(pk=track.pk).count() == jobs_of(kind)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_twice_is_once(kind: str, track: Job, user: User) -> None:
    browser = browser_of(user)
    is_one(kind, track, [KINDS[kind](browser, track) for _ in range(2)])


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS)
def test_twice_is_once_though_there_is_no_room_for_more(kind: str, track: Job, user: User, settings: Any) -> None:
    browser = browser_of(user)
    first = KINDS[kind](browser, track)
    settings.LIMIT_ACTIVE = 1
    is_one(kind, track, [first, KINDS[kind](browser, track)])


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "by the page" in kind])
def test_twice_is_once_though_the_track_was_renamed(kind: str, track: Job, user: User) -> None:
    browser = browser_of(user)
    first = KINDS[kind](browser, track)
    Job.objects.filter(pk=track.pk).update(title="Day Train")
    is_one(kind, track, [first, KINDS[kind](browser, track)])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_at_the_same_moment_is_once(kind: str, track: Job, user: User, settings: Any) -> None:
    settings.LIMIT_ACTIVE = jobs_of(kind)
    settings.LIMIT_REQUESTS = ""
    browsers, together = [browser_of(user) for _ in range(AT_ONCE)], Barrier(AT_ONCE)

    def send(browser: Browser) -> Any:
        try:
            together.wait(60)
            return KINDS[kind](browser, track)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        is_one(kind, track, list(threads.map(send, browsers)))


@pytest.mark.django_db
@pytest.mark.parametrize("limit", ["1/day", ""])
def test_who_did_not_see_the_other_gives_its_job(
    user: User, track: Job, limit: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where both look before either is committed, which only PostgreSQL allows: refused by the index or a limit."""
    first = variations.vary(track, "melody", key="k")
    settings.LIMIT_JOBS, real, looks = limit, orders._same_order, iter([None, None])
    monkeypatch.setattr(orders, "_same_order", lambda order: next(looks, False) is False and real(order) or None)
    assert variations.vary(track, "melody", key="k") == first


@pytest.mark.django_db
def test_a_key_stands_for_one_order(track: Job, order: Any, user: User) -> None:
    variations.vary(track, "melody", key="k")
    for other in (
        lambda: variations.vary(track, "seed", key="k"),
        lambda: variations.vary(track, "melody", {"tempo": 90}, key="k"),
        lambda: variations.vary(order(), "melody", key="k"),
        lambda: orders.submit(user, track.prompt, track.options, key="k"),
    ):
        with pytest.raises(KeyReused):
            other()
    browser = browser_of(user)
    sent = api("/api/music/{}/vary", change="seed")(browser, track)
    assert (sent.status_code, sent.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.django_db
def test_a_form_whose_key_was_used_is_told_so(track: Job, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def reused(*args: Any, **kwargs: Any) -> None:
        raise KeyReused

    for module, name, path in ((variations, "order", "/music/"), (variations, "vary", f"/tracks/{track.pk}/vary")):
        monkeypatch.setattr(module, name, reused)
        client = Client()
        client.force_login(user)
        response = client.post(path, {"prompt": "x", "change": "seed"})
        assert response.status_code == 422
        assert "This form was sent before" in response.content.decode()


@pytest.mark.django_db
def test_the_same_form_for_two_tracks_is_two_orders(track: Job, order: Any, claim: Any, user: User) -> None:
    job = order()
    attempt.run(claim())
    browser = browser_of(user)
    for one in (track, Job.objects.get(pk=job.pk)):
        assert KINDS["seed by the page"](browser, one).status_code == 302
    assert Job.objects.exclude(variation_of=None).count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_is_made_of_a_track_that_is_gone_is_refused(track: Job, user: User) -> None:
    """The database says so when the order is committed, and not before."""
    transitions.purge(track)
    with pytest.raises(Gone):
        variations.vary(track, "seed")
    with pytest.raises(Gone):
        variations.vary(track, "seed", key="k")
    with pytest.raises(Gone):
        exports.order(track, "wav")
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_others_orders_go_on_beside_one_of_somebody_who_is_gone(user: User, other: User, dummy: Any) -> None:
    dummy()
    gone = orders.Order(other.pk, "piano")
    other.delete()
    told = orders.submit_all([orders.Order(user.pk, "piano"), gone])
    assert [type(one) for one in told] == [Job, Gone]
    with pytest.raises(Gone):
        variations.order(User(pk=gone.owner), "piano", {}, 2)
    assert Job.objects.count() == 1
