"""A track by itself over the API, and what is heard in it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from jobs.models import Job
from jobs.pages.tracks import Track
from jobs.queue import orders
from tests.making import finish, take, text_of

pytestmark = pytest.mark.django_db
REMARKS = [
    {"code": "heard_tempo", "values": {"asked": 120.0, "heard": 98}},
    {"code": "heard_key", "values": {"asked": "D minor", "heard": "E major"}},
    {"code": "heard_length", "values": {"asked": 60, "heard": 52.4}},
]
HEARD = {"tempo": 98.1, "key": "E major", "loudness": -9.1, "remarks": REMARKS}


def recorded(job: Job, **heard: Any) -> Job:
    """The job as an engine has made it whose sound was listened to."""
    assert (taken := take()).pk == job.pk
    return finish(taken, loudness=-14.0, heard={**HEARD, **heard})


def test_it_says_what_was_understood_and_who_makes_it(order: Callable[..., Job], mina: Client) -> None:
    job = order("calm piano", tempo=90, key="A", mode="minor", duration=20)
    track = mina.get(f"/api/music/{job.pk}").json()
    assert (track["jobId"], track["state"], track["engine"], track["seed"]) == (
        str(job.pk),
        "pending",
        "dummy",
        job.seed,
    )
    assert track["understood"] == {
        "style": job.style, "tempo": 90, "metre": "4/4", "duration": 20, "key": "A minor",
        "loop": False, "intro": 0, "layers": None, "cues": [], "remarks": track["understood"]["remarks"],
    }  # fmt: skip
    assert (track["heard"], track["duration"], track["variationOf"]) == (None, None, None)


def test_it_says_which_moments_and_which_loop(order: Callable[..., Job], mina: Client) -> None:
    film = order("calm piano, 80 bpm", duration=60, cues=[{"at": 31, "kind": "drop"}, {"at": 90}], layers=4)
    understood = mina.get(f"/api/music/{film.pk}").json()["understood"]
    assert (understood["cues"], understood["layers"]) == ([{"at": 31.0, "kind": "drop"}], 4)
    assert {"code": "cues_outside", "values": {"asked": [90.0], "used": 60.0}} in understood["remarks"]
    loop = mina.get(f"/api/music/{order('calm piano', duration=60, loop=True, intro=2).pk}").json()["understood"]
    assert (loop["loop"], loop["intro"], loop["layers"]) == (True, 2, None)


def test_it_says_where_the_engine_did_not_follow(order: Callable[..., Job], mina: Client) -> None:
    track = mina.get(f"/api/music/{recorded(order()).pk}").json()
    assert {name: track["heard"][name] for name in ("tempo", "key", "loudness")} == {
        "tempo": 98.1, "key": "E major", "loudness": -9.1,
    }  # fmt: skip
    assert track["heard"]["deviations"] == [
        {"field": "tempo", "asked": 120, "heard": 98, "message": "120 BPM was asked for; about 98 BPM is heard."},
        {"field": "key", "asked": "D minor", "heard": "E major", "message": "D minor was asked for; E major is heard."},
        {"field": "length", "asked": 60, "heard": 52.4, "message": "1:00 was ordered; the piece is 0:52 long."},
    ]


def test_so_does_its_page_in_both_languages(order: Callable[..., Job], mina: Client) -> None:
    job = recorded(order())
    page = text_of(mina.get(f"/tracks/{job.pk}/"))
    assert "120 BPM was asked for; about 98 BPM is heard." in page
    assert "D minor was asked for; E major is heard." in page
    assert "What is heard in it" in page
    with translation.override("ko"):
        assert Track(job).remarks[-3:] == [
            "120 BPM을 요청했지만 약 98 BPM으로 들립니다.",
            "요청한 조성은 D단조, 들리는 조성은 E장조입니다.",
            "1:00 길이를 주문했지만 곡의 길이는 0:52입니다.",
        ]


def test_where_nothing_clear_is_heard_it_says_so(order: Callable[..., Job], mina: Client) -> None:
    job = recorded(order(), tempo=None, key="", remarks=[])
    assert "none clear" in text_of(mina.get(f"/tracks/{job.pk}/"))
    assert mina.get(f"/api/music/{job.pk}").json()["heard"]["tempo"] is None


def test_it_is_its_owners_alone(order: Callable[..., Job], other: User) -> None:
    client = Client()
    client.force_login(other)
    assert client.get(f"/api/music/{order().pk}").status_code == 404


def test_what_goes_round_is_said(mina: Client, user: User) -> None:
    job = orders.submit(user, "a loop", {"generator": "composer", "duration": 10, "loop": True})
    assert mina.get(f"/api/music/{job.pk}").json()["loop"] is None
    Job.objects.filter(pk=job.pk).update(facts={"loop": {"start": 2.0, "length": 8.0}})
    assert mina.get(f"/api/music/{job.pk}").json()["loop"] == {"start": 2.0, "length": 8.0}
