"""The pages, as a browser without scripts gets them."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from jobs import pictures, queue
from jobs.models import Job, State
from tests.making import finish, made, take, text_of

Order = Callable[..., Job]
PAGES = ("/music/", "/library/", "/accounts/password_change/")


def state_of(response: Any) -> dict[str, Any]:
    """What the script goes on from."""
    match = re.search(r'<script id="first-state" type="application/json">(.*?)</script>', response.content.decode())
    assert match
    state: dict[str, Any] = json.loads(match[1])
    return state


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


# -- Who sees what ----------------------------------------------------------------------------------------------------


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


# -- Ordering ---------------------------------------------------------------------------------------------------------


def test_an_order_makes_one_job_however_often_the_form_is_sent(mina: Client, user: User, dummy: Any) -> None:
    dummy()
    key = mina.get("/music/").context["form"]["idempotency"].value()
    data = {"prompt": "calm piano", "tempo": "80", "moods": ["calm"], "idempotency": key}
    for _ in range(3):
        response = post(mina, "/music/", **data)
        assert response.headers["Location"] == "/music/?watch=1"
    job = Job.objects.get()
    assert (job.owner, job.prompt, job.options) == (user, "calm piano", {"tempo": 80, "moods": ["calm"]})
    post(mina, "/music/", **{**data, "prompt": "wild drums"})
    assert Job.objects.count() == 2
    page = mina.get("/music/?watch=1")
    assert '<meta http-equiv="refresh" content="3">' in page.content.decode()
    assert "calm piano" in text_of(page)


def test_a_wrong_order_says_so_beside_the_field_and_keeps_the_words(mina: Client, dummy: Any) -> None:
    dummy()
    response = post(mina, "/music/", prompt="calm piano", tempo="9999", idempotency="k")
    html = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_tempo_error"' in html
    assert re.search(r'<input[^>]+name="tempo"[^>]+aria-invalid="true"', html)
    assert ">calm piano</textarea>" in html.replace("\n", "")
    assert '<details class="tuning" open>' in html
    assert not Job.objects.exists()


@pytest.mark.parametrize("words", ["", "   ", "가" * 10_000, "\x00", "x" * 20_000])
def test_bad_words_are_refused_in_words(mina: Client, dummy: Any, words: str) -> None:
    dummy()
    response = post(mina, "/music/", prompt=words)
    assert response.status_code == 422
    assert 'id="id_prompt_error"' in response.content.decode()


def test_an_option_that_only_the_composer_refuses_is_an_error_of_its_field(
    mina: Client, dummy: Any, monkeypatch: Any
) -> None:
    dummy()

    def refuse(*args: Any, **options: Any) -> None:
        raise ValueError("metre: not in this style")

    monkeypatch.setattr(queue, "submit", refuse)
    response = post(mina, "/music/", prompt="calm piano")
    assert response.context["form"].errors == {"metre": ["not in this style"]}


def test_a_limit_is_told_above_the_form(mina: Client, order: Order, settings: Any) -> None:
    order()
    settings.LIMIT_ACTIVE = 1
    response = post(mina, "/music/", prompt="one more")
    assert response.status_code == 422
    assert "being made for you already" in text_of(response)
    assert Job.objects.count() == 1


def test_markup_in_words_is_shown_as_it_was_written(mina: Client, order: Order) -> None:
    job = order("<script>alert(1)</script>")
    for path in ("/music/", "/library/", f"/tracks/{job.pk}/", "/music/?prompt=<script>alert(1)</script>"):
        assert "<script>alert" not in mina.get(path).content.decode()


def test_another_like_it_is_prefilled_without_its_seed(mina: Client, order: Order) -> None:
    job = made(order("calm piano", style="jazz", moods=["sad", "calm"], seed=7, tempo=120))
    link = re.search(r'href="(/music/\?[^"]+)"', mina.get(f"/tracks/{job.pk}/").content.decode())
    assert link
    form = mina.get(link[1].replace("&amp;", "&")).context["form"]
    assert [form[name].value() for name in ("prompt", "style", "moods", "tempo", "seed")] == [
        "calm piano", "jazz", ["sad", "calm"], "120", None,
    ]  # fmt: skip


# -- What moves -------------------------------------------------------------------------------------------------------


def test_every_page_begins_with_how_far_the_jobs_are(mina: Client, order: Order) -> None:
    order("first")
    second = order("second")
    take().beat("rendering", 42)
    for path in ("/", *PAGES, f"/tracks/{second.pk}/", "/nowhere"):
        response = mina.get(path)
        assert [job["progress"] for job in state_of(response)["jobs"]] == [42, None]
        assert 'value="42"' in response.content.decode()
        assert "Making music… 2" in text_of(response)
        assert "next in line" in text_of(response)


def test_an_end_is_news_for_some_minutes_until_it_is_dismissed(mina: Client, order: Order) -> None:
    job = made(order())
    response = mina.get("/library/")
    assert [one["jobId"] for one in state_of(response)["finished"]] == [str(job.pk)]
    assert f'data-notice="{job.pk}:1"' in response.content.decode()
    assert "autoplay" not in response.content.decode()
    post(mina, f"/tracks/{job.pk}/dismiss")
    state = state_of(mina.get("/library/"))
    assert (state["finished"], state["dismissed"]) == ([], [f"{job.pk}:1"])


def test_an_old_end_is_no_news(mina: Client, order: Order) -> None:
    job = made(order())
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timezone.timedelta(minutes=11))
    assert state_of(mina.get("/library/"))["finished"] == []


def test_opening_the_track_is_enough_to_dismiss_it(mina: Client, order: Order) -> None:
    job = made(order())
    assert state_of(mina.get(f"/tracks/{job.pk}/"))["finished"] == []
    assert state_of(mina.get("/library/"))["finished"] == []


def test_the_next_attempts_end_is_news_again(mina: Client, order: Order) -> None:
    order()
    job = take()
    job.fail("disk_full", "")
    post(mina, f"/tracks/{job.pk}/dismiss")
    post(mina, f"/tracks/{job.pk}/retry")
    finish(take())
    assert [one["state"] for one in state_of(mina.get("/library/"))["finished"]] == ["done"]


def test_a_cancelled_job_is_no_news(mina: Client, order: Order) -> None:
    queue.cancel(order())
    assert state_of(mina.get("/library/"))["finished"] == []


def test_it_says_when_nobody_works(mina: Client, order: Order) -> None:
    order()
    assert "Nobody is working right now" in text_of(mina.get("/music/"))


@pytest.mark.parametrize("part", ["card", "panel"])
def test_a_part_is_what_the_page_shows(mina: Client, order: Order, part: str) -> None:
    job = order("calm piano")
    assert 'data-state="pending"' in mina.get(f"/tracks/{job.pk}/parts/{part}").content.decode()
    made(job)
    response = mina.get(f"/tracks/{job.pk}/parts/{part}")
    assert f'src="/tracks/{job.pk}/audio"' in response.content.decode()
    assert response.headers["Cache-Control"] == "private, no-store"
    assert mina.get(f"/tracks/{job.pk}/parts/else").status_code == 404


# -- Doing things -----------------------------------------------------------------------------------------------------


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


def test_a_deleted_track_can_be_taken_back(mina: Client, order: Order) -> None:
    job = made(order("calm piano", title="Night Train"))
    page = f"http://testserver/tracks/{job.pk}/"
    response = mina.post(f"/tracks/{job.pk}/delete", headers={"Referer": page}, follow=True)
    assert response.redirect_chain == [("/library/", 302)]
    assert "“Night Train” was deleted. Undo" in text_of(response).replace("  ", " ")
    assert f'action="/tracks/{job.pk}/restore"' in response.content.decode()
    assert mina.get(f"/tracks/{job.pk}/").status_code == 404
    assert mina.get(f"/tracks/{job.pk}/audio").status_code == 404
    assert "Night Train" not in text_of(mina.get("/library/"))
    assert "Night Train" in text_of(mina.get("/library/?show=bin"))
    for _twice in range(2):
        response = mina.post(f"/tracks/{job.pk}/restore", follow=True)
        assert response.redirect_chain == [(f"/tracks/{job.pk}/", 302)]
    assert "is back in your library" in text_of(response)
    response = mina.get(f"/tracks/{job.pk}/audio")
    assert b"".join(response.streaming_content).startswith(b"RIFF")


def test_a_track_in_the_bin_can_be_removed_for_good(
    mina: Client, order: Order, django_capture_on_commit_callbacks: Any
) -> None:
    job = made(order())
    name = job.files["audio"]["name"]
    assert post(mina, f"/tracks/{job.pk}/purge").status_code == 404, "only what lies in the bin"
    post(mina, f"/tracks/{job.pk}/delete")
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        post(mina, f"/tracks/{job.pk}/purge")
    assert not default_storage.exists(name)
    assert post(mina, f"/tracks/{job.pk}/restore").status_code == 404


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


# -- Library and track ------------------------------------------------------------------------------------------------


def test_the_library_is_searched_shelved_and_paged(mina: Client, order: Order, monkeypatch: Any) -> None:
    monkeypatch.setattr("jobs.shelves.PER_PAGE", 5)
    for number in range(7):
        made(order(f"piano {number:02}", title=f"Song {number:02}"))
    order("drums")
    take().fail("timeout", "")
    first = mina.get("/library/")
    second = mina.get(next_page(first))
    assert [len(page.context["tracks"]) for page in (first, second)] == [5, 2]
    assert [track.job.title for track in mina.get("/library/?q=06+PIANO").context["tracks"]] == ["Song 06"]
    assert [track.kind for track in mina.get("/library/?show=failed").context["tracks"]] == ["failed"]
    post(mina, f"/tracks/{Job.objects.get(title='Song 03').pk}/favourite", favourite="1")
    assert [track.job.title for track in mina.get("/library/?show=favourites").context["tracks"]] == ["Song 03"]
    assert "q=piano" in mina.get("/library/?q=piano").content.decode()
    for odd in ("after=x", "before=99", "sort=x&after=W10", "show=else", "q=%00", "q=" + "x" * 5000, "style=x&when=y"):
        assert len(mina.get(f"/library/?{odd}").context["tracks"]) in (0, 5)


def next_page(response: Any) -> str:
    link = re.search(r'rel="next" href="([^"]+)"', response.content.decode())
    assert link
    return "/library/" + link[1].replace("&amp;", "&")


def test_the_library_remembers_how_it_is_looked_at(mina: Client, order: Order) -> None:
    made(order())
    assert 'class="cards grid"' in mina.get("/library/").content.decode()
    mina.get("/library/?view=list")
    assert 'class="cards list"' in mina.get("/library/?view=else").content.decode()


@pytest.mark.parametrize(
    ("query", "help_text"),
    [
        ("", "Your library is empty."),
        ("?q=x", "Nothing here fits what you are looking for"),
        ("?show=favourites", "No favourites yet."),
        ("?show=failed", "Nothing has gone wrong so far."),
        ("?show=making", "Nothing is being made right now."),
        ("?show=bin", "The bin is empty."),
    ],
)
def test_an_empty_shelf_helps(mina: Client, query: str, help_text: str) -> None:
    assert help_text in text_of(mina.get(f"/library/{query}"))


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


def test_what_was_assumed_looks_different_from_what_was_asked(mina: Client, order: Order) -> None:
    html = mina.get(f"/tracks/{order('80 bpm').pk}/").content.decode()
    chips = re.findall(r'<div class="chip (\w+)"[^>]*><dt class="chip-name">(\w+)</dt>', html)
    assert ("heard", "Tempo") in chips
    assert ("chosen", "Key") in chips


def test_a_variation_names_what_it_varies(mina: Client, order: Order) -> None:
    first = made(order("calm piano", title="Night Train"))
    job = queue.submit(first.owner, "calm piano", {}, variation_of=first)
    assert "Variation of Night Train" in text_of(mina.get(f"/tracks/{job.pk}/"))


def test_a_waveform_has_a_bar_for_every_step() -> None:
    path = pictures.bars([0, 255] * 400)
    assert path.count("M") == pictures.BARS
    heights = [float(height) for height in re.findall(r"v([\d.]+)", path)]
    assert max(heights) <= pictures.WAVE_HEIGHT
    assert pictures.bars([0] * 10).count("M") == pictures.BARS
    assert min(float(height) for height in re.findall(r"v([\d.]+)", pictures.bars([0, 0, 7]))) > 0


def test_a_track_without_peaks_still_has_a_page(mina: Client, order: Order) -> None:
    job = made(order())
    default_storage.delete(job.files["peaks"]["name"])
    assert '<svg class="waveform"' not in mina.get(f"/tracks/{job.pk}/").content.decode()


def test_the_same_seed_paints_the_same_cover(order: Order) -> None:
    one, same, other = order("calm piano", seed=1), order("calm piano", seed=1), order("calm piano", seed=2)
    assert pictures.cover(one) == pictures.cover(same) != pictures.cover(other)


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
