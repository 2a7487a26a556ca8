"""The link by which somebody shows one track, and nothing else, to whoever has it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from tests.making import made, text_of

Order = Callable[..., Job]


@pytest.fixture
def job(order: Order) -> Job:
    return made(order("calm piano", title="Night Train"))


@pytest.fixture
def link(mina: Client, job: Job) -> str:
    mina.post(f"/tracks/{job.pk}/share")
    token = Job.objects.get(pk=job.pk).share_token
    assert token is not None
    assert len(token) >= 32
    return f"/shared/{token}/"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_whoever_has_the_link_sees_the_track_and_nothing_else_of_its_owner(
    client: Client, mina: Client, job: Job, link: str, order: Order
) -> None:
    made(order("my secret", title="Hidden Song"))
    response = client.get(link)
    page = response.content.decode()
    assert "Night Train" in page
    for private in ("mina", "Hidden Song", "secret", str(job.pk), str(job.seed)):
        assert private not in page
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert f"http://testserver{link}" in mina.get(f"/tracks/{job.pk}/").content.decode()
    assert "no-cache" in response.headers["Cache-Control"]


def test_the_sound_of_a_link_comes_in_ranges(client: Client, link: str) -> None:
    whole = client.get(f"{link}audio")
    content = body(whole)
    assert content.startswith(b"RIFF")
    part = client.get(f"{link}audio", headers={"Range": "bytes=4-11"})
    assert (part.status_code, body(part)) == (206, content[4:12])
    assert part.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert body(client.get(f"{link}roll")).startswith(b"<svg")
    for other in ("midi", "peaks", "nothing"):
        assert client.get(link + other).status_code == 404


def test_a_link_that_was_taken_back_leads_nowhere(client: Client, mina: Client, job: Job, link: str) -> None:
    sound = client.get(f"{link}audio")
    etag = sound.headers["ETag"]
    body(sound)
    mina.post(f"/tracks/{job.pk}/share")
    assert client.get(link).status_code == 200, "sharing twice keeps the link"
    mina.post(f"/tracks/{job.pk}/unshare")
    for path in (link, f"{link}audio", f"{link}roll"):
        assert client.get(path).status_code == 404
    assert client.get(f"{link}audio", headers={"If-None-Match": etag}).status_code == 404
    mina.post(f"/tracks/{job.pk}/share")
    assert client.get(link).status_code == 404, "a later link is another"


def test_a_link_sleeps_while_its_track_lies_in_the_bin(client: Client, mina: Client, job: Job, link: str) -> None:
    mina.post(f"/tracks/{job.pk}/delete")
    assert client.get(link).status_code == 404
    mina.post(f"/tracks/{job.pk}/restore")
    assert client.get(link).status_code == 200


def test_a_closed_account_shares_nothing(client: Client, user: User, link: str) -> None:
    user.is_active = False
    user.save()
    assert client.get(link).status_code == 404
    assert client.get(f"{link}audio").status_code == 404


def test_nobody_else_can_share_it(job: Job, other: User) -> None:
    client = Client()
    client.force_login(other)
    assert client.post(f"/tracks/{job.pk}/share").status_code == 404
    assert Job.objects.get(pk=job.pk).share_token is None


def test_every_token_is_another(mina: Client, order: Order) -> None:
    for _ in range(5):
        mina.post(f"/tracks/{made(order()).pk}/share")
    tokens = set(Job.objects.values_list("share_token", flat=True))
    assert len(tokens) == 5
    assert all(re.fullmatch(r"[\w-]{32}", str(token)) for token in tokens)


def test_a_link_is_made_for_finished_tracks_only(client: Client, mina: Client, order: Order) -> None:
    job = order()
    assert "Make a link" not in text_of(mina.get(f"/tracks/{job.pk}/"))
    mina.post(f"/tracks/{job.pk}/share")
    assert client.get(f"/shared/{Job.objects.get(pk=job.pk).share_token}/").status_code == 404


def test_the_link_leads_to_the_site_whatever_name_was_asked_for(mina: Client, order: Order, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.SITE_URL = ["*"], "https://music.example.org"
    job = made(order())
    mina.post(f"/tracks/{job.pk}/share")
    page = mina.get(f"/tracks/{job.pk}/", headers={"Host": "evil.example"}).content.decode()
    assert 'value="https://music.example.org/shared/' in page
    assert "evil.example" not in page
