"""The moments of a track's edit on its page: listed, set, changed, taken out, and what became of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.pages.steps import listed
from jobs.queue import orders, previews, revisions, variations
from tests.making import composed, text_of
from tests.pages.test_edit import current, form_of, page_of, send


@pytest.fixture
def track(user: User) -> Job:
    options = {"duration": 30, "seed": 5, "generator": "composer", "style": "pop", "title": "Night Train"}
    return composed(orders.submit(user, "a pop song", options))


def rows(client: Client, track: Job) -> list[Any]:
    return [row["moment"] for row in client.get(page_of(track)).context["form"].moments]


def test_one_is_set_changed_and_taken_out_and_each_is_a_step(mina: Client, track: Job) -> None:
    send(mina, track, "add-moment", new_moment="0:12.5", new_moment_kind="calm")
    assert current(track) == {"version": 1, "cues": [{"at": 12.5, "kind": "calm"}]}
    send(mina, track, new_moment="7", new_moment_kind="hit")  # whichever button is pressed
    assert [(row.time, row.begins) for row in rows(mina, track)] == [("0:07", False), ("0:12.5", True)]
    send(mina, track, **{"m0-at": "0:07.00", "m1-kind": "hit"})
    assert current(track)["cues"] == [{"at": 7.0}, {"at": 12.5}]
    send(mina, track, "m0-remove")
    send(mina, track, **{"m0-at": ""})
    assert current(track)["cues"] == []
    words = [step.words for step in listed(track, revisions.outline_of(track))]
    assert words == [
        "No moments",
        "Moment at 0:07 taken out",
        "Moment at 0:12.5: Hit",
        "Moment at 0:07 set",
        "Moment at 0:12.5: Calm",
    ]
    send(mina, track, "undo")
    assert current(track)["cues"] == [{"at": 12.5}]
    send(mina, track, "redo")
    assert current(track)["cues"] == []


def test_the_grid_marks_them_and_what_cannot_be_met_is_said(mina: Client, track: Job) -> None:
    for at in ("0:12.5", "0:12.7", "4:00"):
        send(mina, track, "add-moment", new_moment=at)
    page = mina.get(page_of(track))
    marks = [mark for column in page.context["form"].columns for mark in column["marks"]]
    assert [(mark["left"], mark["moment"].time) for mark in marks] == [(0.0, "0:12.5")]
    text = text_of(page)
    assert "In a piece of 0:30 nothing can happen at 4:00." in text
    assert "Less than a beat behind another moment; left aside: 0:12.7." in text
    assert text.count("left aside") == 3
    assert len(page.content) < 110_000


@pytest.mark.parametrize(
    ("do", "fields", "name", "words"),
    [
        ("add-moment", {"new_moment": "noon"}, "new_moment", "“noon” is no moment; write it as 0:12 or 0:31.5."),
        ("add-moment", {"new_moment": "0:12 drop"}, "new_moment", "“0:12 drop” is no moment; write it as"),
        ("add-moment", {}, "new_moment", "Write when, as 0:12 or 0:31.5."),
        ("keep", {"m0-at": "later"}, "m0-at", "“later” is no moment"),
    ],
)
def test_what_is_no_moment_is_said_at_its_field(
    mina: Client, track: Job, do: str, fields: dict[str, str], name: str, words: str
) -> None:
    send(mina, track, "add-moment", new_moment="0:12")
    answer = send(mina, track, do, **fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors[name][0].startswith(words)
    assert answer.context["open"] == "whole"
    assert current(track)["cues"] == [{"at": 12.0}]


def test_a_preview_and_a_version_have_them(mina: Client, track: Job) -> None:
    send(mina, track, "add-moment", new_moment="0:12.5", new_moment_kind="drop")
    fields = {**form_of(mina, track), "new_moment": "0:20"}
    answer = mina.post(f"{page_of(track)}hear", {**fields, "hear": "0"}, headers={"X-Quiet": "1"})
    assert answer.status_code == 202
    [preview] = previews.Preview.objects.all()
    assert [cue["at"] for cue in preview.document["cues"]] == [12.5, 20.0]
    job = composed(variations.edited(track))
    assert job.brief["cues"] == [{"at": 12.5, "kind": "drop"}]
    assert "Cues (CSV)" in text_of(mina.get(f"/tracks/{job.pk}/"))
    assert [row.time for row in rows(mina, job)] == ["0:12.5"]


def test_a_loop_has_none(mina: Client, user: User) -> None:
    options = {"duration": 10, "seed": 5, "generator": "composer", "style": "house", "loop": True}
    track = composed(orders.submit(user, "a loop", options))
    assert "A loop has no moments of its own." in text_of(mina.get(page_of(track)))


@pytest.mark.parametrize("ordered", [[], [{"at": 7.3}, {"at": 12.5, "kind": "drop"}]])
def test_the_tempo_is_shown_as_it_is_felt_not_as_moments_bend_it(
    mina: Client, user: User, ordered: list[dict[str, Any]]
) -> None:
    options = {"duration": 30, "seed": 5, "generator": "composer", "style": "pop", "cues": ordered}
    track = composed(orders.submit(user, "a pop song", options))
    own = revisions.outline_of(track).tempo
    assert not ordered or own == track.brief["tempo"]
    for at in ("0:07.3", "0:12.5", "0:20.9"):
        send(mina, track, "add-moment", new_moment=at)
        assert mina.get(page_of(track)).context["form"]["tempo"].value() == round(own, 1)
    assert variations.edited(track).brief["tempo"] == own
