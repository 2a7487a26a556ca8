"""The steps of an edit in the words of whoever reads them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from jobs.models import Job
from jobs.music.editing import EditDocument
from jobs.pages.steps import changes, listed
from jobs.queue import orders, revisions
from tests.making import composed


@pytest.fixture
def track(user: User) -> Job:
    return composed(orders.submit(user, "a pop song", {"duration": 30, "seed": 5, "generator": "composer"}))


def words(track: Job, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return changes(before, after, revisions.outline_of(track))


def test_what_a_step_changed_is_told_in_the_readers_language(track: Job, user: User) -> None:
    revisions.save(track, user, EditDocument.model_validate({"version": 1, "tempo": 90}), 0)
    revisions.save(track, user, EditDocument.model_validate({"version": 1, "tempo": 90}), 1, summary="Mine & yours")
    outline = revisions.outline_of(track)
    assert [step.words for step in listed(track, outline)] == ["Mine & yours", "Tempo 90"]
    with translation.override("ko"):
        assert [step.words for step in listed(track, outline)] == ["Mine & yours", "템포 90"]


def test_changes_name_sections_and_parts_as_the_page_does(track: Job) -> None:
    outline = revisions.outline_of(track)
    sections: list[dict[str, Any]] = [{"of": at} for at in range(len(outline.sections))]
    name = next(iter(outline.parts))
    first = {**sections[0], "cells": {name: "off"}, "ideas": {"chords": 3}, "bars": 6, "seed": 4, "energy": 0.5}
    told = words(track, {}, {"sections": [first, *sections[1:]]})
    assert len(told) == 5
    assert any(text.startswith("energy in ") for text in told)
    assert any(text.endswith(": Off") for text in told)
    assert words(track, {}, {"sections": [*sections, {"kind": "bridge", "bars": 8}]}) == ["a section more"]
    assert words(track, {}, {"sections": sections[1:]}) == ["a section less"]
    assert words(track, {}, {"sections": sections[::-1]}) == ["sections in another order"]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"instrument": "flute"}, "Flute"),
        ({"volume": -3, "octave": 1, "pan": 0.2}, "-3 dB, octave +1, another place"),
        ({"mute": True, "solo": True, "seed": 5}, "muted, solo, another idea"),
    ],
)
def test_changes_of_a_part(track: Job, part: dict[str, Any], told: str) -> None:
    name = next(iter(revisions.outline_of(track).parts))
    [text] = words(track, {}, {"parts": {name: part}})
    assert text.split(": ")[1] == told


def test_parts_go_come_back_and_are_new(track: Job) -> None:
    name = next(iter(revisions.outline_of(track).parts))
    gone = {"parts": {name: {"removed": True}}}
    assert words(track, {}, gone)[0].endswith("taken out")
    assert words(track, gone, {})[0].endswith("back")
    added = {"parts": {"bells": {"role": "arpeggio", "instrument": "glockenspiel"}}}
    assert words(track, {}, added) == ["Glockenspiel added"]


def test_of_many_steps_the_latest_and_those_with_a_name_are_listed(track: Job, user: User) -> None:
    rows = track.revisions
    for number in range(1, 41):
        name = "First" if number == 1 else ""
        rows.create(number=number, parent=number - 1, document={"version": 1, "tempo": 60 + number}, size=9, name=name)
    outline = revisions.outline_of(track)
    assert [step.number for step in listed(track, outline)] == [*range(40, 10, -1), 1]
    assert len(listed(track, outline, everything=True)) == 40
