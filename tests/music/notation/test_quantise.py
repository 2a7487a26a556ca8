import pytest

from jobs.music.notation.quantise import Swing, swing_of, written
from jobs.music.score import Note, Part
from tests.music.handmade import solo

END = 8 * 24


def played(*starts: float, length: float = 0.4) -> Part:
    return Part("a", "melody", "piano", tuple(Note(start, length, 60, 90) for start in starts))


def starts(part: Part, swing: Swing | None = None) -> list[int]:
    return [event.start for event in written(solo(parts=(part,)), part, swing or Swing(), END).events]


def test_human_spread_falls_on_the_grid():
    assert starts(played(0.01, 0.48, 1.26, 2.02)) == [0, 12, 30, 48]


def test_a_player_behind_the_beat_is_written_on_it():
    assert starts(played(0.06, 1.07, 2.05, 3.06)) == [0, 24, 48, 72]


def test_a_note_before_the_beat_belongs_to_it():
    assert starts(played(0.0, 0.98, 1.5)) == [0, 24, 36]


def test_triplets_are_seen_and_marked():
    part = played(0.0, 0.34, 0.67, 1.0, 1.5)
    on_paper = written(solo(parts=(part,)), part, Swing(), END)
    assert [event.start for event in on_paper.events] == [0, 8, 16, 24, 36]
    assert on_paper.triplets == {0}


def test_in_six_eight_nothing_is_a_triplet():
    part = played(0.0, 0.5, 1.0, 1.5, 1.75)
    on_paper = written(solo(parts=(part,), metre=(6, 8)), part, Swing(), END)
    assert [event.start for event in on_paper.events] == [0, 12, 24, 36, 42]
    assert not on_paper.triplets


@pytest.mark.parametrize(("unit", "late"), [(0.5, 2 / 3), (0.5, 0.58), (0.25, 0.6)])
def test_swing_is_heard_and_written_straight(unit, late):
    pair = 2 * unit
    part = played(*(pair * index + shift for index in range(12) for shift in (0.0, late * pair)), length=0.1)
    swing = swing_of(solo(parts=(part,)))
    assert (swing.unit, round(swing.late, 3)) == (unit, round(late, 3))
    assert starts(part, swing)[:4] == [0, round(24 * unit), round(24 * pair), round(24 * (pair + unit))]


def test_straight_music_and_a_few_triplets_are_no_swing():
    straight = played(*(index / 4 for index in range(32)))
    assert swing_of(solo(parts=(straight,))) == Swing()
    assert swing_of(solo(parts=(played(0.0, 0.33, 0.67, 1.0, 1.5, 2.0, 2.5),))) == Swing()


def test_what_is_struck_and_left_together_is_one_event_and_a_breath_is_no_rest():
    notes = (Note(0.0, 0.8, 60, 90), Note(0.01, 0.8, 64, 90), Note(1.0, 0.5, 62, 90))
    part = Part("a", "chords", "piano", notes)
    events = written(solo(parts=(part,)), part, Swing(), END).events
    assert [(event.start, event.end, event.pitches) for event in events] == [(0, 24, (60, 64)), (24, 36, (62,))]


def test_what_sounds_after_the_end_is_cut():
    part = Part("a", "pad", "strings", (Note(6.0, 9.0, 60, 90), Note(9.0, 1.0, 62, 90)))
    events = written(solo(parts=(part,)), part, Swing(), END).events
    assert [(event.start, event.end) for event in events] == [(144, END)]
