"""Whose a track is, as its pages say it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.generators.base import Abilities
from jobs.models import Job
from jobs.queue import orders
from tests.making import made, text_of

OURS = "who may use it freely"


@pytest.fixture
def track(user: User) -> Job:
    return made(orders.submit(user, "solo piano", {"duration": 5, "generator": "composer"}))


def test_the_page_of_a_track_and_its_link_say_whose_it_is(track: Job, mina: Client, client: Client) -> None:
    assert OURS in text_of(mina.get(f"/tracks/{track.pk}/"))
    mina.post(f"/tracks/{track.pk}/share")
    assert OURS in text_of(client.get(f"/shared/{Job.objects.get(pk=track.pk).share_token}/"))


@pytest.mark.parametrize(
    ("abilities", "said"),
    [
        (Abilities(licence="CC-BY-NC 4.0"), "its licence for that is CC-BY-NC 4.0."),
        (Abilities(), "ask the operator of this site"),
    ],
)
def test_each_engine_has_a_sentence(
    order: Callable[..., Job], mina: Client, monkeypatch: Any, abilities: Abilities, said: str
) -> None:
    track = made(order("calm piano"))
    monkeypatch.setattr("jobs.generators.abilities_of", lambda alias: abilities)
    assert said in text_of(mina.get(f"/tracks/{track.pk}/"))
