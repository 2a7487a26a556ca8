"""Moments of a picture in words and in a form's line; those that cannot be met are said."""

from __future__ import annotations

import pytest

from jobs.music.brief import Cue
from jobs.music.words.cues import moment, read_cues, written
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("prompt", "cues"),
    [
        ("epic trailer, hit at 0:12 and 0:31, 60 seconds", [(12, "hit"), (31, "hit")]),
        ("techno that builds until 0:45 then drop, 60 seconds", [(45, "drop")]),
        ("cinematic, accents at 12 s, 20 s and 31.5 s, 60 seconds", [(12, "hit"), (20, "hit"), (31.5, "hit")]),
        ("0:12와 0:31에 타격이 있는 시네마틱, 60초", [(12, "hit"), (31, "hit")]),
        ("0:45까지 고조되다가 드롭, 테크노, 60초", [(45, "drop")]),
        ("12초와 31초에 히트, 60초", [(12, "hit"), (31, "hit")]),
    ],
)
def test_they_are_heard_in_words(prompt, cues):
    brief = understand(prompt, {}, 1)
    assert [(cue.at, cue.kind) for cue in brief.cues] == cues
    assert (brief.duration, brief.sources["cues"]) == (60.0, "words")
    assert not {remark.code for remark in brief.remarks} & {"duration_conflict", "tempo_conflict"}


@pytest.mark.parametrize(
    "prompt", ["a hit song at 120 bpm, 60 seconds", "piano, 0:45", "house, drop at 0:45", "큰 히트곡"]
)
def test_they_are_not_heard_where_nobody_says_them(prompt):
    brief = understand(prompt, {}, 1)
    assert brief.cues == ()
    assert "cues" not in brief.sources | brief.to_json()


def test_a_length_that_nobody_named_has_room_for_them():
    assert understand("piano, hit at 4:10", {}, 1).duration == 258.0


@pytest.mark.parametrize(
    ("options", "met", "said"),
    [
        ({"cues": [31, {"at": 12, "kind": "drop"}, 12.0]}, [12, 31], {"cues_close": {"asked": [12.0]}}),
        ({"cues": [-4, 12, 500, 59.9]}, [12], {"cues_outside": {"asked": [-4.0, 59.9, 500.0], "used": 60.0}}),
        ({"cues": [31, 12]}, [12, 31], {}),
        ({"cues": [12], "loop": True}, [], {"cues_loop": {}}),
    ],
)
def test_those_that_cannot_be_met_are_said(options, met, said):
    brief = understand("calm piano, 80 bpm", {**options, "duration": 60}, 1)
    assert [cue.at for cue in brief.cues] == met
    assert {r.code: dict(r.values) for r in brief.remarks if r.code.startswith("cues")} == said


def test_what_is_nearer_than_a_beat_of_the_tempo_that_was_chosen_is_said():
    """The tempo that leads to the others is a slower one, of longer beats."""
    asked = [10.0, 10.43, 17.3]
    brief = understand("jazz, 30 seconds", {"cues": asked}, 4)
    assert brief.cues[1].at - brief.cues[0].at >= 60 / brief.tempo
    said = [at for remark in brief.remarks if remark.code == "cues_close" for at in remark.values["asked"]]
    assert sorted([*(cue.at for cue in brief.cues), *said]) == asked


def test_of_five_hundred_the_first_are_met():
    brief = understand("house, 240 bpm", {"cues": [number * 0.5 for number in range(500)], "duration": 300}, 1)
    assert len(brief.cues) == 64
    assert {"asked": 500, "used": 64} in [dict(remark.values) for remark in brief.remarks]


@pytest.mark.parametrize(
    "cues", ["0:12", 12, [True], ["0:12"], [{"kind": "hit"}], [{"at": 1, "kind": "boom"}], [{"on": 1}]]
)
def test_a_wrong_option_is_named(cues):
    with pytest.raises(ValueError, match="^cues: "):
        understand("piano", {"cues": cues})


def test_a_line_of_a_form_is_read_and_written():
    cues = read_cues("0:12, 31.5 drop; 1:02.25 calm,")
    assert cues == [{"at": 12.0, "kind": "hit"}, {"at": 31.5, "kind": "drop"}, {"at": 62.25, "kind": "calm"}]
    line = written([Cue(**cue) for cue in cues])
    assert line == "0:12, 0:31.5 drop, 1:02.25 calm"
    assert read_cues(line) == cues
    assert [moment(at) for at in (0, 9.5, 59.9996, 60)] == ["0:00", "0:09.5", "1:00", "1:00"]
    with pytest.raises(ValueError, match="noon"):
        read_cues("0:12, noon")
