"""A finished track on paper: ordered, written from its score, delivered, renamed."""

import tempfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.generators.base import PAPER
from jobs.models import Job, State
from jobs.music.brief import Brief
from jobs.music.composing import VERSION
from jobs.music.composing.compose import compose
from jobs.music.files.document import Document, write
from jobs.music.formats import KINDS
from jobs.queue import exports, orders
from jobs.storage import files
from jobs.worker import attempt
from tests.making import finish, take
from tests.music.notation.readers import mistakes
from tests.pages.test_delivery import body

pytestmark = pytest.mark.django_db(transaction=True)  # the worker beats in a thread of its own


@pytest.fixture
def track(user: User) -> Job:
    """A track of mina's by the composer: silence, but with the score that it would have."""
    job = orders.submit(
        user, "a slow jazz waltz in B flat major", {"duration": 12, "seed": 3, "title": "Night Train", "cues": [6]}
    )
    taken = take()
    assert taken.pk == job.pk
    score = compose(Brief.from_json(job.brief), job.seed).quantised()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "score.json.gz"
        write(Document(score, job.seed, VERSION), path)
        stored = files.keep(job.pk, taken.attempt, {"score": (path, "application/gzip")})
    job = finish(taken, parts=[], sections=[])
    Job.objects.filter(pk=job.pk).update(files={**job.files, **stored}, facts={"loudness": -14.0})
    return Job.objects.get(pk=job.pk)


def make(track: Job, claim: Any, name: str) -> Job:
    """The export, made."""
    export = exports.order(track, name)
    while job := claim():
        attempt.run(job)
    export.refresh_from_db()
    assert (export.state, export.error_message) == (State.DONE, "")
    return export


@pytest.mark.parametrize("kind", PAPER)
def test_it_is_written_from_the_score_without_a_sound(track: Job, claim: Any, mina: Client, kind: str) -> None:
    export = make(track, claim, kind)
    assert export.result_url == f"/tracks/{track.pk}/{kind}"
    assert "loudness" not in export.facts
    answer = mina.get(f"{export.result_url}?download=1")
    assert (answer.status_code, answer["Content-Type"]) == (200, KINDS[kind].content_type)
    content = body(answer)
    assert len(content) == export.size > 50
    ending = {
        "lead-sheet.svg": "svg",
        "lead-sheet.pdf": "pdf",
        "chords.txt": "txt",
        "chords.cho": "cho",
        "cues.csv": "csv",
    }.get(kind, kind)
    assert answer["Content-Disposition"] == f'attachment; filename="Night Train.{ending}"'


def test_it_is_written_for_other_instruments_at_an_address_of_its_own(track: Job, claim: Any, mina: Client) -> None:
    make(track, claim, "musicxml")
    make(track, claim, "musicxml?transpose=bb")
    concert = body(mina.get(f"/tracks/{track.pk}/musicxml")).decode()
    b_flat = mina.get(f"/tracks/{track.pk}/musicxml?transpose=bb&download=1")
    assert b_flat["Content-Disposition"] == 'attachment; filename="Night Train bb.musicxml"'
    fifths = [ElementTree.fromstring(text).findtext(".//fifths") for text in (concert, body(b_flat).decode())]
    assert fifths == ["-2", "0"]
    assert mistakes(concert) == ""
    assert mina.get(f"/tracks/{track.pk}/musicxml?transpose=eb").status_code == 404  # not made
    assert mina.get(f"/tracks/{track.pk}/musicxml?transpose=c").status_code == 404


def test_the_api_orders_it_with_what_is_set(track: Job, claim: Any, mina: Client) -> None:
    def order(**wanted: str) -> Any:
        return mina.post(f"/api/music/{track.pk}/export", wanted, content_type="application/json")

    answer = order(format="lead-sheet.pdf", transpose="eb")
    assert (answer.status_code, answer.json()["title"]) == (202, "Night Train · Lead sheet (PDF) · for E♭ instruments")
    assert track.exports.get().export_as == "lead-sheet.pdf?transpose=eb"
    refused = order(format="wav", transpose="eb")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "format")
    assert order(format="lead-sheet.pdf", transpose="c").status_code == 422


def test_its_page_offers_what_there_is_not_yet(track: Job, claim: Any, mina: Client) -> None:
    page = mina.get(f"/tracks/{track.pk}/").content.decode()
    assert '<option value="lead-sheet.svg?transpose=bb">Lead sheet (SVG) · for B♭ instruments</option>' in page
    assert '<option value="lead-sheet.pdf">' not in page  # has a line of its own
    answer = mina.post(f"/tracks/{track.pk}/export", {"format": "lead-sheet.svg?transpose=bb"})
    assert (answer.status_code, answer["Location"]) == (302, f"/tracks/{track.pk}/#downloads")
    make(track, claim, "lead-sheet.svg?transpose=bb")
    notice = mina.get("/library/").content.decode()
    assert f'href="/tracks/{track.pk}/lead-sheet.svg?transpose=bb&amp;download=1"' in notice
    page = mina.get(f"/tracks/{track.pk}/").content.decode()
    assert f"/tracks/{track.pk}/lead-sheet.svg?transpose=bb&amp;download=1" in page
    assert '<option value="lead-sheet.svg?transpose=bb">' not in page
    line = mina.get(f"/tracks/{track.pk}/parts/download-lead-sheet_svg_transpose_bb")
    assert "for B♭ instruments" in line.content.decode()


def test_a_new_title_is_put_into_words_and_what_is_drawn_is_offered_again(track: Job, claim: Any, mina: Client) -> None:
    for kind in PAPER:
        make(track, claim, kind)
    exports.order(track, "lead-sheet.svg?transpose=bb")  # waits for a worker
    exports.rename(track, "봄 & <Co>")
    left = sorted(track.exports.values_list("export_as", flat=True))
    assert left == ["chords.cho", "chords.txt", "cues.csv", "musicxml"]
    read = {kind: body(mina.get(f"/tracks/{track.pk}/{kind}")).decode() for kind in left}
    assert read["chords.txt"].startswith("봄 & <Co>\n")
    assert read["chords.cho"].startswith("{title: 봄 & <Co>}\n")
    assert ElementTree.fromstring(read["musicxml"]).findtext("work/work-title") == "봄 & <Co>"


def test_another_piece_than_the_track_is_refused(track: Job, claim: Any) -> None:
    Job.objects.filter(pk=track.pk).update(facts={"notes": "of another piece"})
    export = exports.order(Job.objects.get(pk=track.pk), "musicxml")
    while job := claim():
        attempt.run(job)
    export.refresh_from_db()
    assert export.error_code == "not_the_same"
