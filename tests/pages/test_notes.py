"""What somebody writes down about a track of theirs."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from tests.making import made, text_of


@pytest.fixture
def track(order: Callable[..., Job]) -> Job:
    return made(order("calm piano", title="Night Train"))


def note_of(track: Job) -> str | None:
    return Job.objects.get(pk=track.pk).note


def test_it_is_kept_and_shown_to_its_owner_alone(mina: Client, client: Client, track: Job) -> None:
    written = "For <Sunday>\r\n두 번째 줄"
    assert mina.post(f"/tracks/{track.pk}/note", {"note": written}).status_code == 302
    assert note_of(track) == "For <Sunday>\n두 번째 줄"
    assert "For &lt;Sunday&gt;" in mina.get(f"/tracks/{track.pk}/").content.decode()
    mina.post(f"/tracks/{track.pk}/share")
    shared = client.get(f"/shared/{Job.objects.get(pk=track.pk).share_token}/")
    assert "Sunday" not in text_of(shared)


def test_an_empty_one_is_none(mina: Client, track: Job) -> None:
    for note in ("For Sunday", " \n "):
        mina.post(f"/tracks/{track.pk}/note", {"note": note})
    assert note_of(track) is None


@pytest.mark.parametrize("note", ["x" * 5001, "a\x1bb"])
def test_what_cannot_be_kept_is_told_on_the_page(mina: Client, track: Job, note: str) -> None:
    answer = mina.post(f"/tracks/{track.pk}/note", {"note": note})
    assert answer.status_code == 422
    assert answer.context["note"].errors["note"]
    assert note_of(track) is None


def test_nobody_else_writes_one(track: Job, other: User, client: Client) -> None:
    client.force_login(other)
    assert client.post(f"/tracks/{track.pk}/note", {"note": "Mine"}).status_code == 404
    assert note_of(track) is None
