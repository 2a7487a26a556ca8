"""Two versions of a track beside each other."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from jobs.music.editing import EditDocument
from jobs.pages.compared_versions import Comparison
from jobs.queue import orders, revisions, transitions, variations
from tests.making import composed, text_of


@pytest.fixture
def track(user: User) -> Job:
    options = {"duration": 25, "seed": 5, "generator": "composer", "style": "pop", "title": "Night Train"}
    return composed(orders.submit(user, "a pop song", options))


def save(track: Job, over: int, **document: Any) -> None:
    revisions.save(track, track.owner, EditDocument.model_validate({"version": 1, **document}), over)


def marked(comparison: Comparison) -> list[tuple[list[int], list[str], list[tuple[str, int]]]]:
    """Of both sides the sections, the parts and the cells that differ."""
    return [
        (
            [at for at, column in enumerate(part["columns"]) if column.differs],
            [line.row.role for line in part["lines"] if line.differs],
            [(line.row.role, at) for line in part["lines"] for at, cell in enumerate(line.cells) if cell.differs],
        )
        for part in comparison.sides
    ]


def test_what_differs_is_marked_on_both_sides(track: Job) -> None:
    parts = {role: name for name, (role, _) in revisions.outline_of(track).parts.items()}
    sections: list[dict[str, Any]] = [{"of": at} for at in range(len(revisions.outline_of(track).sections))]
    save(track, 0, sections=[{"of": 0, "cells": {parts["drums"]: "off"}}, *sections[1:]])
    bridge = {"kind": "bridge", "bars": 2}
    save(track, 1, sections=[sections[0], bridge, *sections[1:]], parts={parts["melody"]: {"volume": -3}})
    save(track, 2, sections=[{"of": 0, "chords": "Am F"}, *sections[1:]], parts={parts["drums"]: {"removed": True}})
    assert marked(Comparison(track, 0, 0)) == [([], [], [])] * 2
    assert marked(Comparison(track, 0, 1)) == [([], [], [("drums", 0)])] * 2
    [before, after] = marked(Comparison(track, 0, 2))
    assert before == ([], ["melody"], [])
    assert after[:2] == ([1], ["melody"])
    assert {at for _role, at in after[2]} == {1}
    [with_drums, without] = marked(Comparison(track, 0, 3))
    assert with_drums[1] == ["drums"]
    assert without == ([0], [], [])


def test_versions_that_were_made_tracks_are_heard(mina: Client, track: Job) -> None:
    save(track, 0, tempo=90)
    save(track, 1, tempo=100)
    made = composed(variations.edited(track, 1))
    heard = Comparison(track, 0, 1)
    assert [side.sound and side.sound.job.pk for side in (heard.first, heard.second)] == [track.pk, made.pk]
    assert len(heard.first.places.split()) == len(heard.first.arrangement.blocks) + 1
    assert [heard.can_be_heard, Comparison(track, 1, 2).can_be_heard] == [True, False]
    page = mina.get(f"/tracks/{track.pk}/edit/compare?a=0&b=1")
    assert page.content.count(b"data-places=") == 2
    assert "Tempo 90" in text_of(page)
    transitions.delete(made)
    assert not Comparison(track, 0, 1).can_be_heard


def test_from_the_page_one_goes_there_or_makes_a_track(mina: Client, track: Job) -> None:
    save(track, 0, tempo=90)
    save(track, 1, tempo=100)
    address, change = f"/tracks/{track.pk}/edit/compare", f"/tracks/{track.pk}/edit/change"
    assert address in mina.get(f"/tracks/{track.pk}/edit/").content.decode()
    page = mina.get(address)
    assert [part["side"].number for part in page.context["comparison"].sides] == [0, 2]
    assert "This version has no sound yet." in text_of(page)
    assert mina.get(f"{address}?a=9&b=x")["Location"] == address
    mina.post(change, {"made_from": 2, "over": 2, "do": "go-1"})
    assert revisions.number_of(revisions.current(track)) == 1
    answer = mina.post(change, {"made_from": 1, "over": 1, "do": "make-2", "idempotency": "once"})
    job = Job.objects.exclude(pk=track.pk).get()
    assert answer["Location"] == f"/tracks/{job.pk}/?watch=1"
    assert revisions.made_with(job).document["tempo"] == 100  # type: ignore[union-attr]
    for unknown in ("make-9", "make-", "make-x"):
        mina.post(change, {"made_from": 1, "over": 1, "do": unknown})
    assert Job.objects.count() == 2


@pytest.mark.parametrize("page", ["", "compare"])
def test_whoever_comes_to_the_page_first_finds_it_styled(mina: Client, track: Job, page: str) -> None:
    save(track, 0, tempo=95)
    assert "pages/css/edit" in mina.get(f"/tracks/{track.pk}/edit/{page}").content.decode()
