"""Two engines side by side."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.queue import orders
from tests.making import finish, take, text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("remote")]


def pair(mina: Client, **fields: Any) -> Any:
    return mina.post("/music/", {"prompt": "calm piano", "duration": 20, "compare": "dummy", **fields})


def test_one_click_orders_both_and_leads_to_them(mina: Client) -> None:
    response = pair(mina)
    first, second = Job.objects.order_by("created_at")
    assert [job.generator for job in (first, second)] == ["remote", "dummy"]
    assert (response.status_code, response.url) == (302, f"/compare/{first.pk}/{second.pk}/")
    page = mina.get(response.url)
    assert "The same words, two engines" in text_of(page)
    for job in (first, second):
        assert f'data-part="/tracks/{job.pk}/parts/side"' in page.content.decode()
    assert 'http-equiv="refresh"' in page.content.decode()  # without scripts it follows both
    for _ in range(2):
        finish(take())
    page = mina.get(response.url).content.decode()
    assert page.count('<div class="player" data-track=') == 2
    assert "http-equiv" not in page
    assert 'class="wave-row"' in mina.get(f"/tracks/{first.pk}/parts/side").content.decode()


def test_the_same_form_twice_is_one_pair(mina: Client) -> None:
    one, two = (pair(mina, idempotency="form").url for _ in range(2))
    assert (one, Job.objects.count()) == (two, 2)


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"compare": "remote"}, "Name two different ones"), ({"compare": "organ"}, "Name two different ones"),
     ({"count": 2}, "Engines are compared by one piece each.")],
)  # fmt: skip
def test_what_cannot_be_compared_is_said_in_the_form(mina: Client, fields: Any, said: str) -> None:
    response = pair(mina, **fields)
    assert (response.status_code, said in text_of(response), Job.objects.count()) == (422, True, 0)


def test_a_track_leads_to_its_words_by_another_engine(mina: Client, user: User) -> None:
    track = orders.submit(user, "calm piano", {"duration": 20, "generator": "dummy"})
    assert "The same words by another engine" in text_of(mina.get(f"/tracks/{track.pk}/"))
    once, twice = (mina.post(f"/tracks/{track.pk}/compare", {"engine": "remote"}).url for _ in range(2))
    other = Job.objects.get(generator="remote")
    assert (once, twice) == (f"/compare/{track.pk}/{other.pk}/",) * 2
    assert f'href="{once}"' in mina.get(f"/tracks/{track.pk}/").content.decode()


def test_an_engine_that_cannot_make_it_says_why(mina: Client, user: User) -> None:
    track = orders.submit(user, "calm piano", {"duration": 31, "generator": "dummy"})
    response = mina.post(f"/tracks/{track.pk}/compare", {"engine": "remote"}, follow=True)
    assert "This engine makes pieces from 10 to 30 seconds." in text_of(response)
    assert Job.objects.count() == 1


def test_anybody_elses_track_is_not_there(mina: Client, user: User, other: User) -> None:
    mine, theirs = (orders.submit(who, "organ", {"duration": 20}) for who in (user, other))
    assert mina.get(f"/compare/{mine.pk}/{theirs.pk}/").status_code == 404
    assert mina.get(f"/compare/{mine.pk}/{mine.pk}/").status_code == 200


def test_with_one_engine_nothing_is_offered(mina: Client, order: Any) -> None:
    assert "another engine" not in text_of(mina.get(f"/tracks/{order().pk}/"))
    assert 'name="compare"' not in mina.get("/music/").content.decode()
