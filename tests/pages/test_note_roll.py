"""The notes of a part in one section: what their panel shows, and what its fields and buttons keep."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jobs.models import Job
from jobs.music.note_text import read_notes
from jobs.pages.arrangement import Arrangement
from jobs.pages.note_roll import NoteRoll
from jobs.queue import orders, revisions
from tests.making import composed
from tests.music import tunes
from tests.pages.test_edit import current, form_of, page_of, row_of, send

DRAWN = "C4 1, E4 0.5, - 0.5, 4: G4 1 v96"
NOTES = [
    {"start": 0, "length": 1, "pitch": 60},
    {"start": 1, "length": 0.5, "pitch": 64},
    {"start": 3, "length": 1, "pitch": 67, "velocity": 96},
]


@pytest.fixture
def track(user: User) -> Job:
    options = {"duration": 30, "seed": 5, "generator": "composer", "style": "pop", "title": "Night Train"}
    return composed(orders.submit(user, "a pop song", options))


@pytest.fixture
def panel(mina: Client, track: Job) -> str:
    """The panel of the melody in the second section."""
    return f"t1_{row_of(mina, track, 'melody')[0]}"


def kept(client: Client, track: Job, panel: str, do: str = "keep", **changed: Any) -> Any:
    """What is sent of the page with its notes open."""
    return client.post(f"{page_of(track)}change", {**form_of(client, track, panel), **changed, "do": do})


def tune_of(track: Job, name: str) -> Any:
    return current(track)["sections"][1].get("tune", {}).get(name)


def test_it_is_opened_from_the_section_and_from_the_part(mina: Client, track: Job, panel: str) -> None:
    row = panel.partition("_")[2]
    assert f"open={panel}" in send(mina, track, f"section-draw{row}", open="s1")["Location"]
    assert f"open={panel}" in send(mina, track, f"p{row}-draw", where="1")["Location"]
    assert f"_{row}" in send(mina, track, f"p{row}-draw")["Location"]
    page = mina.get(f"{page_of(track)}?open={panel}")
    assert page.context["open"] == panel
    assert f'name="{panel}-notes"' in page.content.decode()
    assert len(page.content) < 100_000
    for other in ("t1_99", "t99_0", f"t1_{row_of(mina, track, 'drums')[0]}", "t1", "t²_1"):
        assert mina.get(f"{page_of(track)}?open={other}").context["form"].roll is None
    assert mina.get(f"{page_of(track)}?open=t99_0").context["open"] == "whole"
    assert not track.revisions.exists()


def test_notes_are_kept_as_they_are_drawn(mina: Client, track: Job, panel: str) -> None:
    _at, melody = row_of(mina, track, "melody")
    assert kept(mina, track, panel).status_code == 302
    assert not track.revisions.exists()
    kept(mina, track, panel, **{f"{panel}-notes": DRAWN})
    assert tune_of(track, melody) == NOTES
    kept(mina, track, panel, **{f"{panel}-notes": DRAWN.replace(", ", "\r\n")})
    assert track.revisions.count() == 1
    kept(mina, track, panel, **{f"{panel}-notes": "-"})
    assert tune_of(track, melody) == []
    kept(mina, track, panel, **{f"{panel}-notes": ""})
    assert current(track) == {"version": 1}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("C4 1, H4 2", "“H4 2” is no note."),
        ("90: C4 1", "beats long; a note begins later."),
        ("C9 1", "plays from"),
    ],
)
def test_what_are_no_notes_is_told_there(mina: Client, track: Job, panel: str, text: str, sentence: str) -> None:
    answer = kept(mina, track, panel, **{f"{panel}-notes": text}, tempo="97")
    assert answer.status_code == 422
    [error] = answer.context["form"].errors[f"{panel}-notes"]
    assert sentence in error
    assert (answer.context["open"], answer.context["form"].notes.value()) == (panel, text)
    assert not track.revisions.exists()


@pytest.mark.parametrize(
    ("note", "count", "sentence"),
    [("C4 0.001", 4001, "At most 4000 notes can be drawn."), ("C4 0.0001 v99", 3900, "are more than 200 kB")],
)
def test_so_many_notes_are_too_many(mina: Client, track: Job, panel: str, note: str, count: int, sentence: str) -> None:
    answer = kept(mina, track, panel, **{f"{panel}-notes": ", ".join([note] * count)})
    [error] = answer.context["form"].non_field_errors()
    assert sentence in error
    assert not track.revisions.exists()


def test_another_tune_the_same_rhythm_and_the_way_back(mina: Client, track: Job, panel: str) -> None:
    _at, melody = row_of(mina, track, "melody")
    kept(mina, track, panel, **{f"{panel}-notes": DRAWN})
    kept(mina, track, panel, "tune-pitches")
    other = tune_of(track, melody)
    assert [(note["start"], note["length"]) for note in other] == [(n["start"], n["length"]) for n in NOTES]
    kept(mina, track, panel, "tune-another")
    assert tune_of(track, melody) is None
    assert isinstance(current(track)["sections"][1]["ideas"][melody], int)
    kept(mina, track, panel, "tune-back")
    assert current(track) == {"version": 1}
    kept(mina, track, panel, **{f"{panel}-lock": "on"})
    assert current(track)["sections"][1]["locked"] == [melody]
    kept(mina, track, panel, **{f"{panel}-lock": ""})
    assert current(track) == {"version": 1}


def test_a_midi_file_is_a_start(mina: Client, track: Job, panel: str) -> None:
    _at, melody = row_of(mina, track, "melody")
    file = SimpleUploadedFile("tune.mid", tunes.midi_of(tunes.track(tunes.notes_of(tunes.STARS))))
    assert kept(mina, track, panel, "tune-file", melody=file).status_code == 302
    assert len(tune_of(track, melody)) > 4
    none = kept(mina, track, panel, "tune-file")
    assert (none.status_code, list(none.context["form"].errors)) == (422, ["melody"])
    broken = kept(mina, track, panel, "tune-file", melody=SimpleUploadedFile("tune.mid", b"x" * 300_000))
    assert (broken.status_code, broken.context["open"]) == (422, panel)


def test_the_notes_follow_key_instrument_and_length(mina: Client, track: Job, panel: str) -> None:
    at, melody = row_of(mina, track, "melody")
    before = Arrangement(track, None).piece.outline.key
    up = {"C": "D", "D": "E", "E": "F#", "F": "G", "G": "A", "A": "B"}.get(before, "C")
    kept(mina, track, panel, **{f"{panel}-notes": DRAWN, "s0-chords": "Am F/C"})
    send(mina, track, key=up)
    assert [note["pitch"] for note in tune_of(track, melody)] == [62, 66, 69]
    assert current(track)["sections"][0]["chords"] == "Bm G/D"
    send(mina, track, **{f"p{at}-instrument": "piccolo"})
    assert [note["pitch"] for note in tune_of(track, melody)] == [74, 78, 81]
    send(mina, track, s1__bars="1")
    assert len(tune_of(track, melody)) == 3
    kept(mina, track, panel, **{f"{panel}-notes": "D5 1, 2: E5 1, 5.5: E5 0.25", "s1-bars": "2"})
    send(mina, track, s1__bars="1")
    assert len(tune_of(track, melody)) == 2
    assert len(current(track)["sections"][1]["tune"][melody]) == 2


def test_a_part_that_is_silent_plays_what_is_drawn_and_can_be_silenced(mina: Client, track: Job) -> None:
    at, melody = row_of(mina, track, "melody")
    rows = mina.get(page_of(track)).context["form"].arrangement.rows
    section = rows[at].plays.index(False)
    kept(mina, track, f"t{section}_{at}", **{f"t{section}_{at}-notes": "60: C5 1, 1: C5 1"[9:]})
    assert form_of(mina, track)[f"c{section}-{at}"] == "normal"
    send(mina, track, **{f"c{section}-{at}": "off"})
    assert current(track)["sections"][section]["cells"] == {melody: "off"}


def test_the_picture_has_scale_chords_and_notes(mina: Client, track: Job, panel: str) -> None:
    section, row = map(int, panel[1:].split("_"))
    roll = NoteRoll(Arrangement(track, revisions.current(track)), section, row)
    assert len(roll.notes) == len(read_notes(roll.text)) == len(roll.line.notes)
    facts = json.loads(roll.facts)
    assert all(0 <= note["y"] < roll.height and 0 <= note["x"] <= roll.width for note in roll.notes)
    assert roll.width == facts["beats"] * facts["beat"]
    assert roll.height == (facts["high"] - facts["low"] + 1) * facts["lane"]
    assert [round(stroke["height"] * 127 / facts["strokes"]) for stroke in roll.strokes] == pytest.approx(
        [note.velocity for note in roll.line.notes], abs=2
    )
    assert roll.chord_names[0].text == facts["chords"][0][1]
    assert roll.bars.count("M") == facts["beats"] / facts["bar"]
    assert roll.outside.count("M") + len(roll.keys) == facts["high"] - facts["low"] + 1
