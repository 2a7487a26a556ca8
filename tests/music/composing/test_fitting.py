"""The sections of an edit meet the moments that it has, as those of an order do, and the piece stays as long."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.music.brief import Brief, Cue
from jobs.music.composing.compose import compose
from jobs.music.composing.fitting import MET
from jobs.music.editing import EditDocument, outline, plan_of, read
from jobs.music.score import Score
from jobs.music.styles.cueing import BEND
from tests.music.briefs import brief
from tests.music.tunes import tune

SEED = 5
POP = brief("pop", duration=60.0, tonic="C", mode="major")
ORDERED = brief("cinematic", duration=60.0, cues=(Cue(12.0), Cue(31.0, "drop")))
TWO = [{"at": 12}, {"at": 31, "kind": "drop"}]
ALL = [{"of": number} for number in range(len(outline(POP, SEED).sections))]


def edited(order: Brief = POP, **document: Any) -> tuple[Score, Any]:
    """The score, and what of the piece can be changed."""
    plain = EditDocument.model_validate({"version": 1, **document})
    score = compose(order, SEED, None, read(plain, order, SEED)).quantised()
    return score, plan_of(plain, order, SEED)


def begins(score: Score) -> dict[float, str]:
    """The sections by the seconds at which they begin."""
    return {round(score.seconds(section.start), 2): section.name for section in score.sections}


def struck(score: Score, at: float) -> int:
    return sum(abs(score.seconds(note.start) - at) < MET for part in score.parts for note in part.notes)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"sections": [*ALL[:2], {"kind": "bridge", "bars": 4}, *ALL[2:]]},
        {"sections": ALL[1:]},
        {"sections": [ALL[0], {"of": 1, "bars": 5}, *ALL[2:]]},
        {"tempo": 100},
        {"length": 75},
        {"ending": "fade"},
        {"swing": 0.4, "key": "Eb"},
    ],
)
def test_sections_begin_at_the_moments_whatever_else_is_changed(document: dict[str, Any]) -> None:
    plain, _ = edited(**document)
    score, plan = edited(cues=TWO, **document)
    assert score.duration == pytest.approx(plain.duration, abs=1e-3)
    assert {12.0, 31.0} <= begins(score).keys()
    assert begins(score)[31.0] in ("drop", "chorus")
    assert [(round(score.seconds(cue.start), 2), cue.kind) for cue in score.cues] == [(12.0, "hit"), (31.0, "drop")]
    assert min(struck(score, 12.0), struck(score, 31.0)) >= 3
    assert plan.form.remarks == ()
    tempo = document.get("tempo") or plain.tempos[0].bpm
    assert all(abs(leg.bpm / tempo - 1) <= BEND + 1e-9 for leg in plan.form.tempos)


def test_bars_and_kinds_that_are_written_stay_so() -> None:
    sections = [{"of": 0, "bars": 9, "kind": "intro"}, *({**one, "kind": "verse"} for one in ALL[1:])]
    score, plan = edited(cues=TWO, sections=sections)
    assert (score.sections[0].bars, {section.name for section in score.sections}) == (9, {"intro", "verse"})
    assert [(one.code, one.values["asked"]) for one in plan.form.remarks] == [("cues_within", [12.0])]
    assert struck(score, 12.0) >= 3
    assert min(abs(score.seconds(beat) - 12.0) for beat in range(40)) < MET  # a beat, though no section begins
    assert 31.0 in begins(score)


def test_what_cannot_be_met_is_said_and_what_is_in_another_order_put_right() -> None:
    cues = [{"at": 31, "kind": "calm"}, {"at": 12}, {"at": 12.3}, {"at": 500}, {"at": -3}]
    score, plan = edited(cues=cues)
    assert [cue.kind for cue in score.cues] == ["hit", "calm"]
    assert {(one.code, tuple(one.values["asked"])) for one in plan.form.remarks} == {
        ("cues_outside", (-3.0, 500.0)),
        ("cues_close", (12.3,)),
    }
    _, crowded = edited(cues=[{"at": at * 0.7} for at in range(85)])
    assert len(crowded.form.cues) == 64
    assert "cues_many" in {one.code for one in crowded.form.remarks}


def test_moments_that_were_ordered_stay_until_others_are_written() -> None:
    as_composed = compose(ORDERED, SEED).quantised()
    numbers = [{"of": number} for number in range(len(outline(ORDERED, SEED).sections))]
    assert edited(ORDERED, sections=numbers)[0] == as_composed
    assert {12.0, 31.0} <= begins(edited(ORDERED, sections=numbers[1:])[0]).keys()
    none, _ = edited(ORDERED, cues=[])
    assert (none.cues, none.duration, len(none.tempos)) == ((), 60.0, 1)
    other, _ = edited(ORDERED, cues=[{"at": 40}])
    assert 40.0 in begins(other)
    assert [round(other.seconds(cue.start), 2) for cue in other.cues] == [40.0]


def test_a_loop_has_none_and_a_tune_that_was_given_keeps_its_bars() -> None:
    loop, plan = edited(brief("house", duration=20.0, loop=True), cues=TWO)
    assert (loop.cues, [one.code for one in plan.form.remarks]) == ((), ["cues_loop"])
    order = brief("folk", duration=40.0, tune=tune())
    score, plan = edited(order, cues=[{"at": 18.0}])
    assert [section.bars for section in score.sections] == [section.bars for section in compose(order, SEED).sections]
    assert struck(score, 18.0) >= 2
    pace = compose(order, SEED).tempos[0].bpm
    assert all(abs(leg.bpm / pace - 1) <= BEND + 1e-9 for leg in plan.form.tempos[:2])


def test_a_note_that_was_drawn_does_not_sound_in_the_next_section() -> None:
    last = {"start": 15.5, "length": 0.5, "pitch": 72}
    score, plan = edited(cues=[{"at": 12.5}], sections=[*ALL[:1], {"of": 1, "tune": {"melody": [last]}}, *ALL[2:]])
    span = plan.form.spans[1]
    melody = next(part for part in score.parts if part.name == "melody")
    inside = [note for note in melody.notes if span.start <= note.start < span.start + span.length]
    assert len(inside) == (span.length > last["start"])
