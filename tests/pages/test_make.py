"""Ordering: what is understood while somebody writes, several pieces at once, and the settings of last time."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jobs.models import Job
from jobs.models.errors import LimitReached
from jobs.queue import variations
from tests.making import text_of
from tests.music.tunes import STARS, midi_of, notes_of, track

Order = Callable[..., Job]


def look(client: Client, **data: Any) -> str:
    response = client.post("/music/understood", data, headers={"X-Part": "1"})
    assert response.status_code == 200
    return response.content.decode()


def chips(html: str) -> set[tuple[str, str]]:
    """(origin, text) of each."""
    return set(re.findall(r'class="chip (\w+)"[^>]*data-text="([^"]+)"', html))


def test_it_says_what_it_understands_and_where_from(mina: Client) -> None:
    html = look(mina, prompt="calm lo-fi piano, 80 bpm, no drums", tempo="90", draw="7")
    assert {("set", "90 BPM"), ("heard", "Lo-fi"), ("heard", "Piano"), ("heard", "Drums"), ("chosen", "4/4")} <= chips(
        html
    )
    assert "{&quot;tempo&quot;: 90.0}" in html
    assert "{&quot;excluded&quot;: [&quot;drums&quot;]}" in html
    assert not Job.objects.exists()


def test_it_marks_the_words_that_were_heard_and_shows_what_is_not_played_yet(mina: Client) -> None:
    html = look(mina, prompt="<b>Lo-Fi</b> beats with jazz touches and a sad piano, Am F C G")
    assert '<mark title="Style: Lo-fi">Lo-Fi</mark>' in html
    assert '<mark title="Mood: Sad">sad</mark>' in html
    assert "&lt;b&gt;" in html
    assert {("heard", "Jazz"), ("heard", "i | VI | III | VII")} <= chips(html)


def test_it_tells_what_is_played_on_the_way(mina: Client) -> None:
    html = look(mina, prompt="drop at 0:45, house, verse chorus verse chorus. no drums in the outro")
    assert ("heard", "Verse – Chorus – Verse – Chorus") in chips(html)
    assert any("Drop: 0:45" in text and "without Drums: Outro" in text for _, text in chips(html))


def test_it_tells_the_chords_of_each_section(mina: Client) -> None:
    html = look(mina, prompt="pop, verse: Am F C G, chorus: F G Am")
    assert {("heard", "Verse: i | VI | III | VII"), ("heard", "Chorus: VI | VII | i")} <= chips(html)


def test_words_can_be_left_unheard_and_heard_again(mina: Client, dummy: Any) -> None:
    html = look(mina, prompt="sad jazz piano")
    assert 'name="unheard" value="sad"' in html
    html = look(mina, prompt="sad jazz piano", unheard=["sad"])
    assert "Sad" not in {text for _, text in chips(html)}
    assert 'data-heard-again="sad"' in html
    dummy()
    mina.post("/music/", {"prompt": "sad jazz piano", "unheard": ["sad"], "idempotency": "1"})
    job = Job.objects.latest("created_at")
    assert job.options["unheard"] == ["sad"]
    assert job.brief["moods"] == []


def test_too_many_words_to_leave_aside_are_refused(mina: Client) -> None:
    response = mina.post("/music/", {"prompt": "jazz", "unheard": [f"word {n}" for n in range(40)]})
    assert response.status_code == 422
    assert not Job.objects.exists()


def test_what_is_both_wanted_and_not_is_named_once(mina: Client) -> None:
    html = look(mina, prompt="drums and no drums")
    assert "is both wanted and not wanted" in html


def test_whoever_wants_one_instrument_alone_reads_no_list_of_the_others(mina: Client) -> None:
    found = {text for _, text in chips(look(mina, prompt="solo cello, slow"))}
    assert {"Cello", "everything else"} <= found
    assert not {"Drums", "Bass"} & found


def test_what_was_shown_is_what_is_made(mina: Client, dummy: Any) -> None:
    dummy()
    for draw in ("1", "2", "3"):
        html = look(mina, prompt="something nice", draw=draw)
        mina.post("/music/", {"prompt": "something nice", "draw": draw, "idempotency": draw})
        job = Job.objects.latest("created_at")
        assert job.seed == int(draw)
        page = mina.get(f"/tracks/{job.pk}/").content.decode()
        shown = re.findall(r'<dt class="chip-name">\w+</dt> <dd>([^<]+)</dd>', page)
        assert shown == re.findall(r'data-text="([^"]+)"', html)


@pytest.mark.parametrize(
    "data",
    [
        {"tempo": "fast"}, {"prompt": "x" * 50_000}, {"prompt": "\x00"}, {"style": "none"}, {"draw": "x", "seed": "-1"},
        {"prompt": "calm", "moods": ["calm", "else"], "key": "H"}, {},
    ],
)  # fmt: skip
def test_half_a_form_is_no_error(mina: Client, data: dict[str, Any]) -> None:
    look(mina, **data)


@pytest.mark.django_db
def test_nobody_needs_an_account_to_try_it_and_nobody_may_do_so_without_end(client: Client, settings: Any) -> None:
    assert "Jazz" in look(client, prompt="late-night jazz")
    settings.LIMIT_UNDERSTOOD = "2/minute"
    answers = [client.post("/music/understood", {"prompt": "jazz"}, REMOTE_ADDR="192.0.2.7") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) >= 1


def test_it_costs_no_query_of_its_own(mina: Client, django_assert_max_num_queries: Any) -> None:
    look(mina, prompt="jazz")
    with django_assert_max_num_queries(2):  # the session and the person
        look(mina, prompt="late-night jazz")


def test_without_scripts_it_is_a_page_that_keeps_the_words(mina: Client) -> None:
    response = mina.post("/music/understood", {"prompt": "late-night jazz", "tempo": "90"})
    assert "Understood as" in text_of(response)
    html = response.content.decode()
    assert ">late-night jazz</textarea>" in html.replace("\n", "")
    assert re.search(r'name="tempo" value="90"', html)


def test_as_many_pieces_as_are_wanted(mina: Client, dummy: Any) -> None:
    dummy()
    for _again in range(2):
        mina.post("/music/", {"prompt": "calm piano", "count": "3", "draw": "5", "idempotency": "k"})
    first, *others = Job.objects.order_by("turn")
    assert len(others) == 2
    assert first.seed == 5
    assert len({job.seed for job in (first, *others)}) == 3
    assert {job.variation_of for job in others} == {first}
    for wrong in ("0", "5", "x"):
        assert mina.post("/music/", {"prompt": "calm piano", "count": wrong, "idempotency": "w"}).status_code == 422
    assert Job.objects.count() == 3


def test_all_of_them_are_accepted_or_none(user: User, dummy: Any, settings: Any) -> None:
    dummy()
    settings.LIMIT_ACTIVE = 2
    with pytest.raises(LimitReached):
        variations.order(user, "calm piano", {}, 3)
    assert not Job.objects.exists()
    variations.order(user, "calm piano", {}, 2)
    assert Job.objects.count() == 2


def test_the_settings_of_last_time_are_there_again_until_they_are_cleared(mina: Client, dummy: Any) -> None:
    dummy()
    mina.post("/music/", {
        "prompt": "calm piano", "tempo": "97", "moods": ["sad"], "seed": "7", "count": "2", "idempotency": "k",
    })  # fmt: skip
    form = mina.get("/music/?prompt=jazz").context["form"]
    kept = {name: form[name].value() for name in ("prompt", "tempo", "moods", "seed", "count")}
    assert kept == {"prompt": "jazz", "tempo": 97, "moods": ["sad"], "seed": None, "count": 2}
    assert mina.get("/music/?prompt=jazz&style=jazz").context["form"]["tempo"].value() is None, "a link's go before"
    assert mina.get("/music/?clear=1").context["form"]["tempo"].value() == 97, "no link of another site forgets them"
    assert mina.get("/music/clear").status_code == 405
    assert mina.post("/music/clear")["Location"] == "/music/"
    assert mina.get("/music/").context["form"]["tempo"].value() is None
    assert mina.get("/music/").context["form"]["tempo"].value() is None


def tune_file(content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("stars.mid", midi_of(track(notes_of(STARS))) if content is None else content)


def test_a_tune_comes_with_the_form(mina: Client, dummy: Any) -> None:
    dummy()
    assert 'type="file" name="melody"' in mina.get("/music/").content.decode()
    html = look(mina, prompt="jazz trio", melody=tune_file())
    assert {("set", "yours (stars.mid)"), ("tune", "C major"), ("tune", "96 BPM")} <= chips(html)
    assert mina.post("/music/", {"prompt": "jazz trio", "melody": tune_file(), "count": "2"}).status_code == 302
    first, second = Job.objects.order_by("created_at")
    assert first.brief["tune"] == second.brief["tune"]
    assert first.brief["tune"]["name"] == "stars.mid"
    assert "melody" not in mina.session["settings"]


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"", "This is no MIDI file."), (b"x" * 250_000, "200 kB"), (b"MThd", "damaged"), (midi_of(), "not one note")],
)
def test_a_bad_tune_is_told_beside_its_field(mina: Client, dummy: Any, content: bytes, text: str) -> None:
    dummy()
    response = mina.post("/music/", {"prompt": "jazz", "melody": tune_file(content)})
    assert response.status_code == 422
    assert text in text_of(response)
    assert '<details class="tuning" open>' in response.content.decode()
    assert not Job.objects.exists()


def test_another_like_it_has_the_same_tune(mina: Client, dummy: Any, other: User) -> None:
    dummy()
    mina.post("/music/", {"prompt": "jazz", "melody": tune_file()})
    job = Job.objects.get()
    page = mina.get(f"/tracks/{job.pk}/").content.decode()
    assert "yours (stars.mid)" in page
    again = re.search(r'href="(/music/\?[^"]+tune_of[^"]+)"', page)
    assert again is not None
    assert f'name="tune_of" value="{job.pk}" checked' in mina.get(html.unescape(again[1])).content.decode()
    assert ("set", "yours (stars.mid)") in chips(look(mina, prompt="rock", tune_of=str(job.pk)))
    mina.post("/music/", {"prompt": "rock", "tune_of": str(job.pk)})
    assert Job.objects.latest("created_at").brief["tune"] == job.brief["tune"]
    stranger = Client()
    stranger.force_login(other)
    stranger.post("/music/", {"prompt": "rock", "tune_of": str(job.pk)})
    assert "tune" not in Job.objects.owned_by(other).get().brief


def test_a_stranger_has_no_file_read(client: Client) -> None:
    assert "yours" not in look(client, prompt="jazz", melody=tune_file())


@pytest.mark.parametrize("click", ["[1]", "{", "[" * 9999, "7", '{"prompt": {"a": 1}}', '{"csrfmiddlewaretoken": "x"}'])
def test_a_click_that_no_chip_sends_harms_nothing(mina: Client, click: str) -> None:
    for name in ("keep", "let_go", "heard_again"):
        assert mina.post("/music/understood", {"prompt": "jazz", name: click}).status_code == 200


def test_a_chip_sets_and_clears_its_fields_without_a_script(mina: Client) -> None:
    kept = look(mina, prompt="jazz", moods=["sad"], keep='{"moods": ["calm"]}')
    assert {("set", "Sad"), ("set", "Calm")} <= chips(kept)
    assert ("set", "Sad") not in chips(look(mina, prompt="jazz", moods=["sad"], let_go='{"moods": ["sad"]}'))
    assert ("set", "C minor") in chips(look(mina, prompt="jazz", keep='{"key": "C", "mode": "minor"}'))


def test_a_page_that_cannot_put_the_file_back_says_so(mina: Client) -> None:
    response = mina.post("/music/understood", {"prompt": "jazz", "melody": tune_file()})
    assert {("set", "yours (stars.mid)"), ("tune", "C major")} <= chips(response.content.decode())
    assert "Please choose the file once more." in text_of(response)
    response = mina.post("/music/", {"prompt": "", "melody": tune_file()})
    assert "Please choose the file once more." in text_of(response)


def test_how_loud_it_is_made_is_shown_where_it_is_not_as_usual(mina: Client) -> None:
    assert ("set", "Loud (−10 LUFS)") in chips(look(mina, prompt="techno", master="loud"))
    assert "LUFS" not in look(mina, prompt="techno")
