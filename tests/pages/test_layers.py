"""Layers for games in the form, the API and on the page of a track."""

import pytest
from django.test import Client

from jobs.models import Job
from jobs.pages.chips import chips
from jobs.pages.forms import MusicForm
from tests.making import text_of
from tests.pages.test_delivery import body
from tests.queue.test_paper_exports import track as track

pytestmark = pytest.mark.django_db

ORDER = {"prompt": "calm piano, 80 bpm", "duration": "30", "generator": "composer"}


@pytest.mark.parametrize(("layers", "options"), [("4", {"layers": 4}), ("", {})])
def test_the_form_says_how_many(layers: str, options: dict[str, int]) -> None:
    form = MusicForm({**ORDER, "layers": layers})
    assert form.is_valid(), form.errors
    assert {name: value for name, value in form.options.items() if name == "layers"} == options
    assert form.brief is not None
    assert [chip.text for chip in chips(form.brief.to_json()) if chip.name == "Layers for games"] == list(
        map(str, options.values())
    )


def test_the_api_takes_three_to_five(mina: Client) -> None:
    answer = mina.post("/api/music", {"prompt": "battle", "layers": 5}, content_type="application/json")
    assert answer.status_code == 202
    assert Job.objects.get(pk=answer.json()["jobId"]).brief["layers"] == 5
    for wrong in (2, 6, True, "3", 3.5):
        answer = mina.post("/api/music", {"prompt": "battle", "layers": wrong}, content_type="application/json")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "layers"), wrong


def test_its_page_and_the_api_order_them(track: Job, mina: Client) -> None:
    page = text_of(mina.get(f"/tracks/{track.pk}/"))
    assert "Layers and stingers for games, from calm to battle" in page
    url = f"/api/music/{track.pk}/export"
    answer = mina.post(url, {"format": "layers"}, content_type="application/json")
    assert (answer.status_code, answer.json()["title"]) == (202, "Night Train · Layers and stingers")
    refused = mina.post(url, {"format": "layers", "bits": 16}, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "format")


def test_zips_of_a_track_have_names_of_their_own(track: Job, mina: Client) -> None:
    stored = {**track.files["audio"], "type": "application/zip"}
    Job.objects.filter(pk=track.pk).update(files={**track.files, "stems": stored, "layers": stored})
    for kind in ("stems", "layers"):
        answer = mina.get(f"/tracks/{track.pk}/{kind}?download=1")
        assert answer["Content-Disposition"] == f'attachment; filename="Night Train {kind}.zip"'
        assert body(answer)
