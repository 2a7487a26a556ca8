"""Lyrics on pages: asked for where an engine sings, shown with the track, taken along."""

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.queue import orders
from tests.making import made, text_of

pytestmark = pytest.mark.django_db
LYRICS = "[verse]\nRain & <sun>\n[후렴]\n비가 온다"
FIELD = re.compile(r'<textarea name="lyrics"[^>]*>\s*([^<]*)</textarea>')


def test_they_are_asked_for_where_an_engine_sings(mina: Client, dummy: Any, remote: Any) -> None:
    page = mina.get("/music/").content.decode()
    assert FIELD.search(page)
    assert re.findall(r'<option value="(\w+)"[^>]* data-sings', page) == ["remote"]


def test_they_are_not_asked_for_where_none_does(mina: Client, dummy: Any) -> None:
    dummy()
    assert not FIELD.search(mina.get("/music/").content.decode())


def test_the_form_orders_them_and_begins_anew_without_them(mina: Client, remote: Any) -> None:
    sent = {"prompt": "slow pop", "lyrics": LYRICS.replace("\n", "\r\n"), "tempo": "90", "idempotency": "k"}
    for _ in range(2):
        assert mina.post("/music/", sent).status_code == 302
    assert Job.objects.get().brief["lyrics"] == LYRICS
    page = mina.get("/music/").content.decode()
    assert 'value="90"' in page
    assert "Rain" not in FIELD.search(page)[1]  # type: ignore[index]
    assert mina.post("/music/", {**sent, "lyrics": "La la"}).status_code == 302
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ({"generator": "dummy"}, "This engine does not sing."),
        ({"lyrics": "la" * 2049}, "at most 4096 characters; these are 4098"),
        ({"lyrics": "la\x07"}, "Control characters"),
    ],
)
def test_what_is_not_sung_is_told_beside_the_field(mina: Client, remote: Any, extra: Any, why: str) -> None:
    answer = mina.post("/music/", {"prompt": "pop", "lyrics": LYRICS, **extra})
    assert answer.status_code == 422
    assert re.search(r'<ul class="errors" id="id_lyrics_error"><li>[^<]*' + re.escape(why), answer.content.decode())
    assert FIELD.search(answer.content.decode())[1]  # type: ignore[index]
    assert not Job.objects.exists()


def test_a_form_of_a_site_that_sings_no_more_loses_nothing(mina: Client, dummy: Any) -> None:
    dummy()
    answer = mina.post("/music/", {"prompt": "pop", "lyrics": "La la"})
    assert answer.status_code == 422
    assert FIELD.search(answer.content.decode())[1] == "La la"  # type: ignore[index]


def test_how_it_is_understood_knows_who_sings(mina: Client, remote: Any, monkeypatch: Any) -> None:
    silent = "Singing is not possible yet"
    for generator, is_silent in (("remote", False), ("dummy", True)):
        page = mina.post("/music/understood", {"prompt": "pop with a singer", "generator": generator})
        assert (silent in text_of(page)) is is_silent


def test_a_track_shows_them_and_takes_them_along(
    mina: Client, client: Client, user: User, other: User, remote: Any
) -> None:
    job = made(orders.submit(user, "slow pop", {"lyrics": LYRICS}))
    escaped = "Rain &amp; &lt;sun&gt;"
    assert escaped in mina.get(f"/tracks/{job.pk}/").content.decode()
    mina.post(f"/tracks/{job.pk}/share")
    assert escaped in client.get(f"/shared/{Job.objects.get(pk=job.pk).share_token}/").content.decode()
    link = re.search(r'href="(/music/\?[^"]*lyrics_of=[^"]*)"', mina.get(f"/tracks/{job.pk}/").content.decode())
    assert link
    address = link[1].replace("&amp;", "&")
    assert "Rain" not in address
    page = mina.get(address).content.decode()
    assert FIELD.search(page)[1] == LYRICS.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")  # type: ignore[index]
    assert re.search(r'<option value="remote"[^>]* selected', page)
    client.force_login(other)
    assert not FIELD.search(client.get(address).content.decode())[1]  # type: ignore[index]
    for nothing in ("x", "", "00000000-0000-0000-0000-000000000000"):
        assert mina.get("/music/", {"lyrics_of": nothing}).status_code == 200


def test_the_zip_of_an_account_has_them(mina: Client, user: User, remote: Any) -> None:
    orders.submit(user, "slow pop", {"lyrics": LYRICS})
    archive = b"".join(mina.post("/accounts/export").streaming_content)  # type: ignore[attr-defined]
    (job,) = json.loads(zipfile.ZipFile(io.BytesIO(archive)).read("jobs.json"))
    assert job["brief"]["lyrics"] == LYRICS
