"""The link by which somebody shows one track, and nothing else, to whoever has it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from jobs.models import Job
from jobs.music.files.tags import id3
from tests.making import deliver, made, take, text_of

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


SECRETS = {"PROMPT": "calm piano", "SEED": "4711", "BRIEF": "{" + "x" * 300 + "}"}


@pytest.fixture
def tagged(order: Order) -> Job:
    """A track whose MP3 says in its tag how it was made."""
    order("calm piano", title="Night Train")
    return deliver(take(), id3({"TIT2": "Night Train", "TPE1": "Musicsite"}, SECRETS) + bytes(range(256)) * 40)


def test_the_sound_of_a_link_has_the_title_of_today_and_nothing_of_how_it_was_made(
    client: Client, mina: Client, tagged: Job, settings: Any, tmp_path: Path
) -> None:
    mina.post(f"/tracks/{tagged.pk}/share")
    path = f"/shared/{Job.objects.get(pk=tagged.pk).share_token}/audio"
    stored = body(mina.get(f"/tracks/{tagged.pk}/audio"))
    before = client.get(path)
    body(before)
    mina.post(f"/tracks/{tagged.pk}/rename", {"title": "Day Train"})
    for delivery in ("site", "nginx"):  # which would send what is stored
        settings.DELIVERY = delivery
        whole = client.get(path)
        assert whole["ETag"] != before["ETag"]
        content = body(whole)
        assert len(content) == int(whole["Content-Length"])
        assert content[-256 * 40 :] == stored[-256 * 40 :]
        tag = content[: -256 * 40]
        assert b"Day Train" in tag
        for private in (b"Night", b"4711", b"SEED", b"BRIEF", b"xxx", b"PROMPT"):
            assert private not in content[: len(tag)]
        for first, last in ((0, 9), (15, 40), (len(tag) - 5, len(tag) + 5), (len(tag) + 9, len(content) - 1)):
            part = client.get(path, headers={"Range": f"bytes={first}-{last}"})
            assert (part.status_code, body(part)) == (206, content[first : last + 1])
        assert client.get(path, headers={"If-None-Match": whole["ETag"]}).status_code == 304
        head = client.head(path)
        assert (head.status_code, head["Content-Length"]) == (200, str(len(content)))


def test_the_picture_of_the_notes_has_the_title_of_today(client: Client, mina: Client, job: Job, link: str) -> None:
    Path(default_storage.path(job.files["roll"]["name"])).write_text("<svg><title>Night Train</title></svg>")
    Job.objects.filter(pk=job.pk).update(files={**job.files, "roll": {**job.files["roll"], "size": 38}})
    mina.post(f"/tracks/{job.pk}/rename", {"title": "<Day> & Train"})
    for who, path in ((client, f"{link}roll"), (mina, f"/tracks/{job.pk}/roll")):
        response = who.get(path)
        assert body(response) == b"<svg><title>&lt;Day&gt; &amp; Train</title></svg>"
        part = who.get(path, headers={"Range": "bytes=5-11"})
        assert (part.status_code, body(part)) == (206, b"<title>")
