"""All pages, as a browser without scripts gets them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, State
from tests.making import made, text_of

Order = Callable[..., Job]
PAGES = ("/music/", "/library/", "/accounts/password_change/")


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_it_asks_to_log_in_and_leads_back(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.django_db
def test_the_start_page_tells_a_stranger_what_this_is(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "Say it in words." in text_of(response)
    assert "first-state" not in response.content.decode()


def test_everybody_sees_only_their_own(mina: Client, order: Order, other: User) -> None:
    mine = made(order("calm piano"))
    theirs = made(order("secret song", owner=other))
    for path in ("/", "/music/", "/library/"):
        page = text_of(mina.get(path))
        assert mine.title in page
        assert "secret song" not in page
    for path in ("", "parts/card", "parts/panel", "audio"):
        assert mina.get(f"/tracks/{theirs.pk}/{path}").status_code == 404
    for action in ("retry", "cancel", "delete", "favourite", "dismiss"):
        assert post(mina, f"/tracks/{theirs.pk}/{action}").status_code == 404
        assert post(Client(), f"/tracks/{mine.pk}/{action}").status_code == 302
    assert Job.objects.filter(state=State.DONE, favourite=False).count() == 2


@pytest.mark.parametrize("path", [f"/tracks/{uuid.UUID(int=0)}/", "/tracks/nonsense/", "/nowhere", "/music"])
def test_what_is_not_there_is_a_page_of_ours(mina: Client, path: str) -> None:
    response = mina.get(path, follow=path == "/music")
    if path == "/music":
        assert response.status_code == 200
    else:
        assert response.status_code == 404
        assert "There is nothing here" in text_of(response)


@pytest.mark.parametrize("action", ["retry", "cancel", "delete", "favourite", "dismiss"])
def test_nothing_is_done_by_looking(mina: Client, order: Order, action: str) -> None:
    job = made(order())
    assert mina.get(f"/tracks/{job.pk}/{action}").status_code == 405


def test_pages_cost_a_few_queries(mina: Client, order: Order, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        made(order(f"piano {number}"))
    for path in ("/", "/library/", "/music/"):
        mina.get(path)
        with django_assert_max_num_queries(8):
            mina.get(path)


@pytest.mark.django_db
def test_a_browser_is_told_dark_or_light(client: Client) -> None:
    assert "data-theme" not in client.get("/").content.decode()
    response = client.post("/theme", {"theme": "dark"}, headers={"Referer": "http://testserver/accounts/login/"})
    assert response.headers["Location"] == "http://testserver/accounts/login/"
    assert '<html lang="en" data-theme="dark">' in client.get("/").content.decode()
    client.post("/theme", {"theme": "else"})
    assert "data-theme" not in client.get("/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/library/?q=calm", "http://testserver/library/?q=calm"),
        ("https://elsewhere.example/", None),
        ("", None),
    ],
)
def test_an_action_leads_back_to_where_one_was(mina: Client, order: Order, referer: str, back: str | None) -> None:
    job = made(order())
    response = mina.post(f"/tracks/{job.pk}/favourite", {"favourite": "1"}, headers={"Referer": referer})
    assert response.headers["Location"] == (back or f"/tracks/{job.pk}/")
    job.refresh_from_db()
    assert job.favourite


def test_everything_is_cancelled_but_what_is_to_stay(mina: Client, order: Order, other: User) -> None:
    jobs = [order("one"), order("two"), order("three")]
    done, foreign = made(jobs[0]), order("foreign", owner=other)
    response = mina.post("/tracks/cancel", {"keep": str(jobs[1].pk)}, headers={"referer": "http://testserver/music/"})
    assert response["Location"] == "http://testserver/music/"
    for job in (*jobs, done, foreign):
        job.refresh_from_db()
    assert [job.is_cancelled for job in (done, jobs[1], jobs[2], foreign)] == [False, False, True, False]
    assert mina.post("/tracks/cancel", {"keep": "nonsense"})["Location"] == "/library/"
    jobs[1].refresh_from_db()
    assert jobs[1].is_cancelled
    assert mina.get("/tracks/cancel").status_code == 405


def test_one_has_to_be_signed_in_to_cancel_everything(client: Client) -> None:
    assert client.post("/tracks/cancel")["Location"].startswith("/accounts/login/")


def test_pages_are_sent_compressed_and_sounds_are_not(mina: Client, order: Order) -> None:
    job = made(order())
    accepts = {"Accept-Encoding": "gzip"}
    page = mina.get("/library/", headers=accepts)
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    sound = mina.get(f"/tracks/{job.pk}/audio", headers=accepts)
    assert "Content-Encoding" not in sound.headers
    assert b"".join(sound.streaming_content).startswith(b"RIFF")
    assert "Content-Encoding" not in mina.get("/api/music", headers=accepts).headers
