"""The page on which a track is changed in parts: what its forms keep, and what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job, Preview
from jobs.music.editing import MOST_PARTS, MOST_SECTIONS, EditDocument
from jobs.pages.edit_writing import MIX
from jobs.queue import orders, revisions
from tests.making import composed, made, text_of


@pytest.fixture
def track(user: User) -> Job:
    options = {"duration": 30, "seed": 5, "generator": "composer", "style": "pop", "title": "Night Train"}
    return composed(orders.submit(user, "a pop song", options))


def page_of(track: Job) -> str:
    return f"/tracks/{track.pk}/edit/"


def form_of(client: Client, track: Job, panel: str = "whole") -> dict[str, Any]:
    """What a browser would send of the page as it is, with that panel open."""
    form = client.get(f"{page_of(track)}?open={panel}").context["form"]
    fields = {"made_from": form.arrangement.number, "over": form.arrangement.number, "open": panel}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, False):
            fields[name] = "on" if value is True else value
    return fields


def send(client: Client, track: Job, do: str = "keep", **changed: Any) -> Any:
    fields = {**form_of(client, track), **{name.replace("__", "-"): value for name, value in changed.items()}}
    return client.post(f"{page_of(track)}change", {**fields, "do": do})


def current(track: Job) -> Any:
    revision = revisions.current(track)
    return revision.document if revision else {"version": 1}


def rows_of(client: Client, track: Job) -> list[Any]:
    rows: list[Any] = client.get(page_of(track)).context["form"].arrangement.rows
    return rows


def row_of(client: Client, track: Job, role: str) -> tuple[int, str]:
    """The number and name of the part with that role."""
    return next((at, row.name) for at, row in enumerate(rows_of(client, track)) if row.role == role)


def test_the_track_leads_there_and_it_shows_the_piece(mina: Client, track: Job) -> None:
    assert page_of(track) in mina.get(f"/tracks/{track.pk}/").content.decode()
    page = mina.get(page_of(track))
    outline = revisions.outline_of(track)
    assert len(page.context["form"].columns) == len(outline.sections)
    assert {row.name for row in rows_of(mina, track)} == set(outline.parts)
    assert len(page.content) < 100_000


def test_a_form_that_changes_nothing_makes_no_step(mina: Client, track: Job) -> None:
    assert send(mina, track).status_code == 302
    assert not track.revisions.exists()


def test_a_cell_is_kept_and_goes_back(mina: Client, track: Job) -> None:
    at, drums = row_of(mina, track, "drums")
    section = rows_of(mina, track)[at].plays.index(True)
    send(mina, track, **{f"c{section}-{at}": "off"})
    assert current(track)["sections"][section] == {"of": section, "cells": {drums: "off"}}
    assert "value=off selected" in mina.get(page_of(track)).content.decode()
    send(mina, track, **{f"c{section}-{at}": "normal"})
    assert current(track) == {"version": 1}


@pytest.mark.parametrize(
    ("do", "order"),
    [("s1-copy", [0, 1, 1, 2]), ("s0-delete", [1, 2]), ("s1-left", [1, 0, 2]), ("s0-right", [1, 0, 2])],
)
def test_sections_are_moved_doubled_and_deleted(mina: Client, track: Job, do: str, order: list[int]) -> None:
    rest = list(range(3, len(revisions.outline_of(track).sections)))
    send(mina, track, do)
    assert [section["of"] for section in current(track)["sections"]] == order + rest


def test_a_button_is_about_the_section_that_is_open(mina: Client, track: Job) -> None:
    answer = send(mina, track, "section-copy", open="s1")
    assert [section["of"] for section in current(track)["sections"]][:3] == [0, 1, 1]
    assert "open=s2" in answer["Location"]
    send(mina, track, "section-delete", open="whole")
    assert track.revisions.count() == 1


def test_a_button_keeps_what_is_in_the_form_too(mina: Client, track: Job) -> None:
    bars = revisions.outline_of(track).sections[1][1]
    send(mina, track, "s1-longer", tempo="97")
    assert current(track)["tempo"] == 97
    assert current(track)["sections"][1]["bars"] == bars + 4
    assert track.revisions.count() == 1


def test_sections_have_another_kind_chords_and_idea(mina: Client, track: Job) -> None:
    send(mina, track, "s0-idea", s0__kind="break", s0__chords="Am F | C G")
    first = current(track)["sections"][0]
    assert (first["kind"], first["chords"]) == ("break", "Am F | C G")
    assert isinstance(first["seed"], int)
    send(mina, track, "s0-chords")
    first = current(track)["sections"][0]
    assert "chords" not in first
    assert list(first["ideas"]) == ["chords"]


def test_chords_can_be_locked(mina: Client, track: Job) -> None:
    send(mina, track, "s0-idea", s0__lock="on")
    assert current(track)["sections"][0]["locked"] == ["chords"]
    fields = form_of(mina, track)
    del fields["s0-lock"]
    mina.post(f"{page_of(track)}change", {**fields, "do": "keep"})
    assert "locked" not in current(track)["sections"][0]


def test_chords_of_a_kind_hold_for_all_of_it(mina: Client, track: Job) -> None:
    kinds = mina.get(page_of(track)).context["form"].arrangement.kinds
    send(mina, track, s0__chords="Dm G")
    kind = revisions.outline_of(track).sections[0][0]
    send(mina, track, **{f"k{kinds.index(kind)}-chords": "ii7 V7 Imaj7"})
    assert current(track) == {"version": 1, "kinds": {kind: {"chords": "ii7 V7 Imaj7"}}}


def test_energy_is_kept_and_goes_back(mina: Client, track: Job) -> None:
    before = form_of(mina, track)["s1-energy"]
    send(mina, track, s1__energy="35", s2__energy="90")
    assert [section.get("energy") for section in current(track)["sections"][:3]] == [None, 0.35, 0.9]
    assert form_of(mina, track)["s1-energy"] == 35 != before
    assert send(mina, track, s1__energy="101").status_code == 422
    send(mina, track, "energy-back")
    assert current(track) == {"version": 1}
    assert form_of(mina, track)["s1-energy"] == before


def test_another_progression_and_a_lock_are_for_one_or_all_of_a_kind(mina: Client, track: Job, user: User) -> None:
    two = {"version": 1, "sections": [{"kind": "verse", "bars": 4}, {"kind": "chorus", "bars": 4, "chords": "C"}] * 2}
    revisions.save(track, user, EditDocument.model_validate({**two, "kinds": {"chorus": {"chords": "F"}}}), 0)
    assert mina.get(page_of(track)).context["form"].arrangement.kinds == ["verse", "chorus"]
    send(mina, track, "k1-chords", k1__lock="on")
    sections = current(track)["sections"]
    assert [section.get("locked") for section in sections] == [None, ["chords"]] * 2
    assert sections[1]["ideas"] == sections[3]["ideas"] != {}
    assert "kinds" not in current(track)
    assert not [section for section in sections if "chords" in section]
    send(mina, track, k1__lock="")
    assert not [section for section in current(track)["sections"] if "locked" in section]


def test_chords_are_read_while_they_are_written(mina: Client, track: Job) -> None:
    def read(text: str, key: str = "D") -> str:
        return text_of(mina.get(f"{page_of(track)}chords", {"text": text, "key": key}))

    assert read("ii7 V7 | Imaj7") == "2 bars Em7 A7 Dmaj7"
    assert read("Am H7") == "“H7” is not a chord."
    assert "not both" in read("Am V7")
    assert read("") == read(" ") == ""
    assert read("Am", "H") == "1 bar Am"


def test_what_are_no_chords_is_told_there_and_nothing_else_is_lost(mina: Client, track: Job) -> None:
    answer = send(mina, track, s1__chords="Am H7", tempo="97")
    assert answer.status_code == 422
    assert answer.context["form"].errors["s1-chords"] == ["“H7” is not a chord."]
    assert answer.context["open"] == "s1"
    assert answer.context["form"]["tempo"].value() == "97"
    assert not track.revisions.exists()


def test_parts_have_another_instrument_volume_octave_and_silence(mina: Client, track: Job) -> None:
    at, melody = row_of(mina, track, "melody")
    send(
        mina, track, **{f"p{at}-instrument": "flute", f"p{at}-volume": "-3", f"p{at}-octave": "1", f"p{at}-mute": "on"}
    )
    assert current(track)["parts"][melody] == {"instrument": "flute", "volume": -3, "octave": 1, "mute": True}
    fields = form_of(mina, track)
    del fields[f"p{at}-mute"]
    mina.post(f"{page_of(track)}change", {**fields, "do": "keep"})
    assert current(track)["parts"][melody] == {"instrument": "flute", "volume": -3, "octave": 1}
    send(mina, track, f"p{at}-idea")
    assert isinstance(current(track)["parts"][melody]["seed"], int)
    send(mina, track, "part-idea", open=f"p{at}", where="1")
    assert list(current(track)["sections"][1]["ideas"]) == [melody]
    send(mina, track, "part-play", open=f"p{at}", other="banjo")
    assert current(track)["parts"][melody]["instrument"] == "banjo"
    refused = send(mina, track, "part-play", open=f"p{at}", other="tr808")
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [f"p{at}-instrument"])


def test_parts_are_taken_out_brought_back_and_added(mina: Client, track: Job) -> None:
    at, drums = row_of(mina, track, "drums")
    send(mina, track, f"p{at}-remove")
    assert current(track)["parts"] == {drums: {"removed": True}}
    rows = rows_of(mina, track)
    assert [row.name for row in rows if row.is_removed] == [drums]
    send(mina, track, f"p{len(rows) - 1}-back")
    assert current(track) == {"version": 1}
    send(mina, track, "add-part", new_role="arpeggio", new_instrument="glockenspiel")
    assert current(track)["parts"] == {"arpeggio 1": {"role": "arpeggio", "instrument": "glockenspiel"}}
    refused = send(mina, track, "add-part", new_role="drums", new_instrument="flute")
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["new_instrument"]


def test_a_section_is_added_where_it_shall_be(mina: Client, track: Job) -> None:
    send(mina, track, "add-section", new_kind="bridge", new_bars="6", new_after="1")
    assert current(track)["sections"][1] == {"kind": "bridge", "bars": 6}


def test_a_loop_has_no_ending(mina: Client, user: User, track: Job) -> None:
    options = {"duration": 20, "seed": 5, "generator": "composer", "style": "pop", "loop": True}
    loop = composed(orders.submit(user, "a pop song", options))
    assert "ending" in form_of(mina, track)
    assert "ending" not in form_of(mina, loop)
    send(mina, loop, swing="30")
    assert current(loop) == {"version": 1, "swing": 0.3}


def test_the_whole_is_changed(mina: Client, track: Job) -> None:
    send(mina, track, key="Eb", swing="30", ending="fade", master="gentle", length="40")
    assert current(track) == {
        "version": 1, "key": "Eb", "swing": 0.3, "ending": "fade", "master": "gentle", "length": 40,
    }  # fmt: skip
    send(mina, track, tempo="100")
    assert "length" not in current(track)
    both = send(mina, track, tempo="90", length="50")
    assert list(both.context["form"].errors) == ["length"]
    too_long = send(mina, track, s0__bars="64", s1__bars="64", s2__bars="64", tempo="41")
    assert "long" in text_of(too_long)
    assert too_long.status_code == 422


def test_undo_redo_and_any_step(mina: Client, track: Job) -> None:
    for tempo in ("90", "95", "99"):
        send(mina, track, tempo=tempo)
    for do, number in (("undo", 2), ("undo", 1), ("undo", 0), ("undo", 0), ("redo", 1), ("go-3", 3), ("go-0", 0)):
        send(mina, track, do)
        assert revisions.number_of(revisions.current(track)) == number
    assert track.revisions.count() == 3
    assert mina.post(f"{page_of(track)}change", {**form_of(mina, track), "do": "go-77"}).status_code == 302


def test_undo_takes_back_what_was_not_kept_yet_and_redo_has_it(mina: Client, track: Job) -> None:
    send(mina, track, tempo="90")
    send(mina, track, "undo", tempo="95")
    assert current(track)["tempo"] == 90
    send(mina, track, "redo")
    assert current(track)["tempo"] == 95


def test_a_version_has_a_name(mina: Client, track: Job) -> None:
    send(mina, track, "name", name="Quiet")
    assert not track.revisions.exists()
    send(mina, track, "name", tempo="90", name="Slow")
    assert track.revisions.get().name == "Slow"
    send(mina, track, "name", name="Slower")
    assert track.revisions.get().name == "Slower"
    assert "Slower" in text_of(mina.get(page_of(track)))


def test_whoever_was_slower_sees_both_and_loses_nothing(mina: Client, track: Job) -> None:
    slow = {**form_of(mina, track), "tempo": "95"}
    send(mina, track, tempo="90")
    address = f"{page_of(track)}change"
    answer = mina.post(address, {**slow, "do": "keep"})
    assert answer.status_code == 409
    assert (answer.context["faster"].theirs, answer.context["faster"].mine) == (["Tempo 90"], ["Tempo 95"])
    assert answer.context["form"]["tempo"].value() == "95"
    over = re.search(r'name="over" value="(\d+)"', answer.content.decode())
    assert over
    assert over[1] == "1"
    mina.post(address, {**slow, "over": 1, "do": "over"})
    assert (current(track)["tempo"], track.revisions.count()) == (95, 2)
    mina.post(address, {**slow, "over": 2, "tempo": "99", "do": "aside"})
    assert (current(track)["tempo"], track.revisions.count()) == (95, 3)


def test_a_track_is_made_of_the_version_once(mina: Client, track: Job) -> None:
    fields = {**form_of(mina, track), "tempo": "90", "do": "make"}
    answer = mina.post(f"{page_of(track)}change", fields)
    job = Job.objects.exclude(pk=track.pk).get()
    assert answer["Location"] == f"/tracks/{job.pk}/?watch=1"
    assert revisions.made_with(job).document["tempo"] == 90  # type: ignore[union-attr]
    send(mina, track, "make", idempotency=fields["idempotency"])
    assert Job.objects.count() == 2


def test_a_track_that_cannot_be_changed_says_why(mina: Client, user: User) -> None:
    other = made(orders.submit(user, "calm piano", {"generator": "dummy"}))
    page = mina.get(page_of(other))
    assert page.status_code == 200
    assert "as a whole" in text_of(page)
    assert f'href="/tracks/{other.pk}/"' in page.content.decode()
    assert "as a whole" in text_of(mina.get(f"/tracks/{other.pk}/"))
    assert mina.post(f"{page_of(other)}change").status_code == 302
    live = orders.submit(user, "calm piano", {"generator": "composer"})
    assert mina.get(page_of(live))["Location"] == f"/tracks/{live.pk}/"


@pytest.mark.parametrize("fields", [{}, {"made_from": "0"}, {"made_from": "x" * 50, "over": "1"}, {"made_from": "9"}])
def test_what_is_no_form_of_ours_changes_nothing(mina: Client, track: Job, fields: dict[str, str]) -> None:
    assert mina.post(f"{page_of(track)}change", {**fields, "do": "s0-delete"}).status_code in (302, 422)
    assert not track.revisions.exists()


@pytest.mark.parametrize(
    "do", ["s99-copy", "s-copy", "p99-idea", "s0-nothing", "go-", "go-x", "add-x", "part-play", "x" * 999, "s²-copy"]
)
def test_unknown_buttons_do_nothing(mina: Client, track: Job, do: str) -> None:
    assert send(mina, track, do).status_code == 302
    assert not track.revisions.exists()


def test_what_the_api_has_written_stays(mina: Client, track: Job, user: User) -> None:
    written = {"version": 1, "sections": [{"of": 0, "locked": ["chords"], "seed": 7}, {"kind": "bridge", "bars": 4}]}
    revisions.save(track, user, EditDocument.model_validate(written), 0)
    send(mina, track, tempo="97")
    assert current(track) == {**written, "tempo": 97}


def test_the_largest_piece_can_be_sent(settings: Any) -> None:
    fields = MOST_SECTIONS * (MOST_PARTS + 5) + MOST_PARTS * (len(MIX) + 1) + 2 * MOST_SECTIONS + 40
    assert fields < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def hear(client: Client, track: Job, section: int = 0, *, quiet: bool = True, **changed: Any) -> Any:
    fields = {**form_of(client, track), **{name.replace("__", "-"): value for name, value in changed.items()}}
    headers = {"X-Quiet": "1"} if quiet else {}
    return client.post(f"{page_of(track)}hear", {**fields, "hear": section}, headers=headers)


def test_a_section_is_heard_as_the_form_stands(mina: Client, track: Job, settings: Any) -> None:
    answer = hear(mina, track, 1, tempo="95")
    assert (answer.status_code, answer.json()["section"], answer.json()["state"]) == (202, 1, "pending")
    preview = Preview.objects.get()
    assert (preview.document, track.revisions.count()) == ({"version": 1, "tempo": 95}, 0)
    page = hear(mina, track, 99, quiet=False, tempo="95")
    assert page.context["heard"]["number"] == 2
    assert f"/tracks/{track.pk}/preview/2" in page.content.decode()
    assert page.context["form"]["tempo"].value() == "95"
    refused = hear(mina, track, 0, s0__chords="Am H7")
    assert (refused.status_code, refused.json()["message"]) == (422, "“H7” is not a chord.")
    settings.LIMIT_PREVIEWS = "1/hour"
    assert [hear(mina, track).status_code, hear(mina, track).status_code] == [202, 422]
    assert hear(mina, track, made_from=77).status_code == 409
    assert Preview.objects.get().number == 3
