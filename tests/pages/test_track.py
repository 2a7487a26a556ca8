"""A track's page and what is done on it, as a browser without scripts gets it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client

from jobs.models import Job, State
from jobs.queue import orders
from tests.making import finish, made, take, text_of

Order = Callable[..., Job]


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


@pytest.mark.parametrize("part", ["card", "panel"])
def test_a_part_is_what_the_page_shows(mina: Client, order: Order, part: str) -> None:
    job = order("calm piano")
    assert 'data-state="pending"' in mina.get(f"/tracks/{job.pk}/parts/{part}").content.decode()
    made(job)
    response = mina.get(f"/tracks/{job.pk}/parts/{part}")
    assert f'src="/tracks/{job.pk}/audio"' in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"
    assert mina.get(f"/tracks/{job.pk}/parts/else").status_code == 404


def test_a_piece_can_be_heard_while_it_is_made(mina: Client, user: User) -> None:
    job = orders.submit(user, "calm piano", {"generator": "composer", "duration": 20})
    for part in ("card", "panel"):
        assert "Listen now" in text_of(mina.get(f"/tracks/{job.pk}/parts/{part}"))
    told = mina.post(f"/tracks/{job.pk}/listen", headers={"X-Quiet": "1"})
    assert (told.status_code, told.json()["state"], told.json()["number"]) == (202, "pending", 1)
    assert mina.post(f"/tracks/{job.pk}/listen")["Location"] == f"/tracks/{job.pk}/preview/2"  # waits for the sound
    made(job)
    assert "Listen now" not in text_of(mina.get(f"/tracks/{job.pk}/parts/panel"))
    assert mina.post(f"/tracks/{job.pk}/listen", headers={"X-Quiet": "1"}).status_code == 409
    assert "has changed in the meantime" in text_of(mina.post(f"/tracks/{job.pk}/listen", follow=True))


def test_a_failed_job_is_retried(mina: Client, order: Order) -> None:
    order()
    job = take()
    job.fail("disk_full", "")
    page = text_of(mina.get(f"/tracks/{job.pk}/"))
    assert "Something went wrong. The server has no room left for new tracks." in page
    assert "Attempt 1 Failed" in page
    response = post(mina, f"/tracks/{job.pk}/retry")
    assert response.headers["Location"] == f"/tracks/{job.pk}/"
    job.refresh_from_db()
    assert job.state == State.PENDING


def test_a_hopeless_job_has_no_retry(mina: Client, order: Order) -> None:
    order()
    job = take()
    job.fail("refused", "The engine refuses this prompt.", retryable=False)
    page = mina.get(f"/tracks/{job.pk}/")
    assert "The engine refuses this prompt." in text_of(page)
    assert "Try again" not in page.content.decode().split("<template")[0].split("<main")[1]


@pytest.mark.parametrize(("action", "state"), [("retry", "done"), ("cancel", "done"), ("delete", "pending")])
def test_what_is_no_longer_possible_is_said(mina: Client, order: Order, action: str, state: str) -> None:
    job = order()
    if state == "done":
        made(job)
    response = mina.post(f"/tracks/{job.pk}/{action}", follow=True)
    assert response.redirect_chain == [(f"/tracks/{job.pk}/", 302)]
    assert "That is no longer possible" in text_of(response)
    job.refresh_from_db()
    assert job.state == state


def test_a_track_gets_another_name(mina: Client, order: Order) -> None:
    job = made(order())
    post(mina, f"/tracks/{job.pk}/rename", title="  Night \n Train ")
    job.refresh_from_db()
    assert job.title == "Night Train"
    for wrong in ("", "   ", "x" * 121, "a\x07b"):
        response = post(mina, f"/tracks/{job.pk}/rename", title=wrong)
        assert response.status_code == 422
        assert 'aria-invalid="true"' in response.content.decode()
    job.refresh_from_db()
    assert job.title == "Night Train"


def test_the_track_page_tells_everything(mina: Client, order: Order) -> None:
    job = made(order("calm lo-fi piano, 80 bpm, A minor, no drums, 20 minutes", seed=7))
    response = mina.get(f"/tracks/{job.pk}/")
    page = text_of(response)
    for words in (
        job.title, "Style Lo-fi", "Tempo 80 BPM", "Key A minor", "Length 5:00", "Mood Calm", "Instrument Piano",
        "Without Drums", "instead of 20:00 it is 5:00", "Melody Piano", "Intro 0:00", "Verse 0:01", "Seed 7",
        "-14.0 LUFS", "TimGM6mb", "Just now",
    ):  # fmt: skip
        assert words in page, words
    html = response.content.decode()
    for link in ("audio?download=1", "midi?download=1"):
        assert f'href="/tracks/{job.pk}/{link}"' in html
    assert f'<img src="/tracks/{job.pk}/roll"' in html
    assert '<audio controls preload="none"' in html
    assert html.count('<svg class="waveform"') == 2
    assert "style=" not in html
    assert "Attempts" not in page


def test_a_sound_that_stood_in_is_named(mina: Client, order: Order) -> None:
    order("ukulele")
    job = finish(take(), stand_ins={"melody": "Strings <1>"})
    html = mina.get(f"/tracks/{job.pk}/").content.decode()
    assert "Piano (played on “Strings &lt;1&gt;”)" in html


def test_what_was_assumed_looks_different_from_what_was_asked(mina: Client, order: Order) -> None:
    html = mina.get(f"/tracks/{order('80 bpm').pk}/").content.decode()
    chips = re.findall(r'<div class="chip (\w+)"[^>]*><dt class="chip-name">(\w+)</dt>', html)
    assert ("heard", "Tempo") in chips
    assert ("chosen", "Key") in chips


def test_a_variation_names_what_it_varies(mina: Client, order: Order) -> None:
    first = made(order("calm piano", title="Night Train"))
    job = orders.submit(first.owner, "calm piano", {}, variation_of=first)
    assert "Variation of Night Train" in text_of(mina.get(f"/tracks/{job.pk}/"))


def test_a_track_without_peaks_still_has_a_page(mina: Client, order: Order) -> None:
    job = made(order())
    default_storage.delete(job.files["peaks"]["name"])
    assert '<svg class="waveform"' not in mina.get(f"/tracks/{job.pk}/").content.decode()


def test_a_track_offers_variations_and_orders_them(mina: Client, order: Order) -> None:
    job = made(order())
    page = mina.get(f"/tracks/{job.pk}/").content.decode()
    assert f'action="/tracks/{job.pk}/vary"' in page
    response = mina.post(f"/tracks/{job.pk}/vary", {"change": "settings", "tempo": "99", "formats": ["flac"]})
    assert response.status_code == 302
    variation = Job.objects.get(variation_of=job)
    assert (variation.brief["tempo"], variation.seed, variation.options["formats"]) == (99, job.seed, ["flac"])
    assert variation.title in mina.get(f"/tracks/{job.pk}/").content.decode()


def test_a_wrong_variation_is_told_beside_its_field(mina: Client, order: Order) -> None:
    job = made(order())
    response = mina.post(f"/tracks/{job.pk}/vary", {"change": "settings", "tempo": "9000"})
    assert response.status_code == 422
    assert 'class="field wrong"' in response.content.decode()
    assert mina.post(f"/tracks/{job.pk}/vary", {"change": "colour"}).status_code == 422
    assert not job.variations.exists()


@pytest.mark.parametrize(("language", "names"), [("en", ["Intro", "Verse"]), ("ko", ["인트로", "절"])])
def test_the_piano_roll_names_sections_in_the_readers_language(
    mina: Client, order: Order, language: str, names: list[str]
) -> None:
    job = made(order())
    page = mina.get(f"/tracks/{job.pk}/", headers={"Accept-Language": language}).content.decode()
    found = re.findall(r'<foreignObject x="([\d.]+)%" width="([\d.]+)%"[^>]*><span>(\w+)</span>', page)
    assert found == [("0.0", "50.0", names[0]), ("50.0", "50.0", names[1])]
