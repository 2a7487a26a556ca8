"""Slurs of plucked and bowed strings, slides and accents of an acid line, strums: by their notes and pedals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.music import styles
from jobs.music.composing.articulation import ACID, GLIDE, LEGATO, accented, slurs
from jobs.music.composing.cast import Player
from jobs.music.composing.groove import perform
from jobs.music.composing.plan import Plan, make_plan
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from tests.music.briefs import brief

RUN = [Note(index / 2, 0.47, pitch, 90) for index, pitch in enumerate((60, 62, 64, 65, 67, 69, 67, 65))]


def plan_of(style: str) -> Plan:
    return make_plan(brief(style), styles.get(style), 3)


def player_of(instrument: str, role: str = "melody") -> Player:
    part = next(part for part in styles.get("pop").parts if part.role == role)
    return Player(part, INSTRUMENTS[instrument])


def slurred(instrument: str, notes: list[Note] = RUN, role: str = "melody") -> list[int]:
    """Which of the notes go on from the one before."""
    controls = [c for c in slurs(plan_of("pop"), player_of(instrument, role), notes) if c.number == LEGATO]
    assert [control.value for control in controls] == [127, 0] * (len(controls) // 2)
    downs = [control.start for control in controls if control.value]
    ups = [control.start for control in controls if not control.value]
    return [
        index
        for index, note in enumerate(notes)
        if any(down <= note.start < up for down, up in zip(downs, ups, strict=True))
    ]


@pytest.mark.parametrize("instrument", ["steel_guitar", "banjo", "violin", "fretless_bass"])
def test_in_a_run_the_notes_between_the_beats_go_on_from_those_on_them(instrument: str) -> None:
    assert slurred(instrument) == [1, 3, 5, 7]


@pytest.mark.parametrize("instrument", ["piano", "harp", "trumpet", "pizzicato", "muted_guitar", "sub_bass"])
def test_what_has_no_left_hand_on_a_string_strikes_each_note(instrument: str) -> None:
    assert slurred(instrument) == []


def test_leaps_rests_and_chords_are_struck() -> None:
    leaps = [replace(note, pitch=note.pitch + 7 * (index % 2)) for index, note in enumerate(RUN)]
    rests = [replace(note, length=0.2) for note in RUN]
    chords = [replace(note, pitch=note.pitch + up) for note in RUN for up in (0, 4)]
    for notes in (leaps, rests, chords):
        assert slurred("steel_guitar", notes) == []
    assert slurred("steel_guitar", role="chords") == []


def test_an_acid_line_slides_and_accents_at_the_same_places_of_each_bar() -> None:
    plan, player = plan_of("techno"), player_of(ACID, "bass")
    notes = [Note(step / 4, 0.2, 36 + 3 * (step % 2), 90) for step in range(64)]
    slides = slurs(plan, player, notes)
    for number in (LEGATO, GLIDE):
        places = sorted(round(c.start, 2) for c in slides if c.number == number and c.value)
        bars = [{round(at - 4 * bar, 2) for at in places if 4 * bar - 0.1 <= at < 4 * bar + 3.9} for bar in range(4)]
        assert 2 <= len(bars[0]) <= 9
        assert bars[0] == bars[1] == bars[2] == bars[3]
    velocities = [note.velocity for note in accented(plan, player, notes)]
    assert velocities[:16] * 4 == velocities
    assert len(set(velocities)) == 2
    assert accented(plan, player_of("fm_bass", "bass"), notes) == notes


def test_a_strum_off_the_beat_comes_from_the_highest_string() -> None:
    plan = plan_of("pop")
    part = replace(next(part for part in plan.style.parts if part.role == "chords"), strum=40.0)
    quiet = replace(plan, style=replace(plan.style, swing=0.0, loose=0.0))
    chords = [Note(at, 0.4, pitch, 90) for at in (0.0, 0.5) for pitch in (52, 56, 59, 64)]
    louder = dict.fromkeys(range(len(plan.form.bars)), 0.0)

    def order(instrument: str, first: float) -> list[int]:
        played = perform(quiet, part, chords, INSTRUMENTS[instrument], louder)
        return [note.pitch for note in sorted(played) if first <= note.start < first + 0.45]

    assert order("steel_guitar", 0.0) == [52, 56, 59, 64]
    assert order("steel_guitar", 0.5) == [64, 59, 56, 52]
    assert order("harp", 0.5) == [52, 56, 59, 64]


def test_a_pedal_is_up_before_the_next_note_begins() -> None:
    quick = [Note(index / 8, 0.12, 60 + index % 3, 90) for index in range(16)]
    controls = slurs(plan_of("pop"), player_of("violin"), quick)
    assert len(controls) > 8
    assert [control.value for control in sorted(controls)] == [127, 0] * (len(controls) // 2)
    for down, up in zip(controls[::2], controls[1::2], strict=True):
        assert sum(down.start <= note.start < up.start for note in quick) == 1
