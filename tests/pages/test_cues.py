"""Moments and loops in the form and the API: as a line, as a list, kept, shown, and said where they do not fit."""

from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from jobs.pages.chips import chips
from jobs.pages.forms import MusicForm
from jobs.pages.remarks import remark_text
from tests.making import text_of

pytestmark = pytest.mark.django_db

ORDER = {"prompt": "calm piano, 80 bpm", "duration": "60.5", "generator": "composer"}


def sent(**fields: str) -> MusicForm:
    return MusicForm({**ORDER, **fields})


def test_the_form_reads_a_line_of_moments() -> None:
    form = sent(cues="0:31.5 drop, 12")
    assert form.is_valid(), form.errors
    assert form.options["cues"] == [{"at": 31.5, "kind": "drop"}, {"at": 12.0, "kind": "hit"}]
    assert "cues" not in form.kept
    assert form.brief is not None
    (chip,) = [chip for chip in chips(form.brief.to_json()) if chip.name == "Moments"]
    assert (chip.text, chip.fields) == ("Hit 0:12, Drop 0:31.5", {"cues": "0:12, 0:31.5 drop"})


def test_the_form_names_what_is_no_moment() -> None:
    form = sent(cues="0:12, noon")
    assert form.errors["cues"] == ["“noon” is no moment; write them as 0:12, 0:31.5 drop."]


@pytest.mark.parametrize(("loop", "options"), [("on", {"loop": True, "intro": 4}), ("", {"intro": 4})])
def test_a_switch_that_is_off_leaves_the_loop_to_the_words(loop: str, options: dict[str, Any]) -> None:
    form = sent(loop=loop, intro="4")
    assert form.is_valid(), form.errors
    assert {name: value for name, value in form.options.items() if name in ("loop", "intro")} == options


def test_only_the_page_with_a_film_lets_one_run(mina: Client) -> None:
    plain, film = mina.get("/music/"), mina.get("/music/?film=1")
    assert "data-film-file" in film.content.decode()
    assert "data-film-file" not in plain.content.decode()
    assert "media-src 'self' blob:" in film["Content-Security-Policy"]
    assert "blob:" not in plain["Content-Security-Policy"]


def test_a_track_says_what_of_it_could_not_be_met(mina: Client) -> None:
    order = {"prompt": "calm piano", "duration": 60, "generator": "composer", "cues": [500, 31, 12, -3]}
    answer = mina.post("/api/music", order, content_type="application/json")
    assert answer.status_code == 202
    job = Job.objects.get(pk=answer.json()["jobId"])
    assert [cue["at"] for cue in job.brief["cues"]] == [12.0, 31.0]
    page = text_of(mina.get(f"/tracks/{job.pk}/"))
    assert "In a piece of 1:00 nothing can happen at −0:03, 8:20." in page
    again = mina.get(f"/tracks/{job.pk}/").content.decode()
    assert "cues=0%3A12%2C+0%3A31" in again


def test_a_chip_names_the_first_of_many_moments_and_asks_for_all() -> None:
    form = sent(cues=",".join(str(second) for second in range(1, 41)))
    assert form.is_valid()
    assert form.brief is not None
    (chip,) = [chip for chip in chips(form.brief.to_json()) if chip.name == "Moments"]
    assert chip.text.endswith("Hit 0:07, Hit 0:08, …")
    assert chip.fields["cues"].endswith("0:39, 0:40")


def test_of_many_moments_that_are_left_aside_the_first_are_named() -> None:
    said = remark_text("cues_close", {"asked": [number / 10 for number in range(1, 65)]})
    assert said.endswith("left aside: 0:00.1, 0:00.2, 0:00.3, 0:00.4, 0:00.5, 0:00.6, 0:00.7, 0:00.8, ….")


def test_the_api_refuses_what_is_no_moment(mina: Client) -> None:
    for cues in ([True], ["0:12"], [{"at": 1, "kind": "boom"}], list(range(501)), [1e308]):
        answer = mina.post("/api/music", {"prompt": "piano", "cues": cues}, content_type="application/json")
        assert answer.status_code == 422, cues
        assert answer.json()["errors"][0]["field"].startswith("cues")
