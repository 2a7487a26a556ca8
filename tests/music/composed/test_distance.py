from dataclasses import replace
from functools import cache

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.score import Note
from tests.music.briefs import brief
from tests.music.composed.distance import REFERENCE, cliff, distances, mean_distance, shuffled
from tests.music.composed.features import melody, rows_of, skyline
from tests.music.measures import bar_beats, part


@cache
def corpus():
    return tuple(compose(brief(style, duration=75.0), 1) for style in styles.all_ids())


def looped(score):
    """The control of what a tune must not be: its first bar again and again."""
    bar = bar_beats(score)

    def again(one):
        first = next((n.start // bar for n in one.notes), 0) * bar
        inside = [n for n in one.notes if first <= n.start < first + bar]
        notes = [
            Note(n.start + index * bar, n.length, n.pitch, n.velocity)
            for index in range(int((score.beats - first) // bar))
            for n in inside
        ]
        return replace(one, notes=tuple(notes)) if one.role == "melody" else one

    return replace(score, parts=tuple(map(again, score.parts)))


def test_tunes_are_near_to_those_that_people_wrote():
    assert mean_distance(corpus()) <= 0.23


def test_arrangements_are_near_to_those_that_people_wrote():
    assert mean_distance(corpus(), "a_") <= 0.24


def test_no_feature_of_the_tune_is_far_off():
    far = {name: delta for name, delta in distances(corpus()).items() if name.startswith("m_") and abs(delta) > 0.5}
    assert not far


def test_shuffled_tunes_are_far_from_them():
    assert mean_distance([shuffled(one, index) for index, one in enumerate(corpus())]) >= 0.5


def test_a_bar_again_and_again_is_far_from_them():
    assert mean_distance(list(map(looped, corpus()))) >= 0.5


def test_the_reference_is_numbers_that_rise():
    assert all(len(row) == 21 and row == sorted(row) for row in REFERENCE.values())


def test_cliff_is_the_share_above_less_the_share_below():
    assert cliff([1, 2, 3, 4], [5]) == 1
    assert cliff([1, 2, 3, 4], [0, 5]) == 0
    assert cliff([1, 2, 3, 4], [2.5]) == 0


def test_a_skyline_leaves_out_lower_notes_and_graces():
    notes = [Note(0, 1, 60, 80), Note(0, 1, 64, 80), Note(0.9, 0.1, 65, 60), Note(1, 1, 67, 80)]
    assert [(n.start, n.pitch) for n in skyline(notes)] == [(0, 64), (1, 67)]


def test_the_tune_is_read_on_a_grid():
    rows = rows_of(corpus()[0])
    assert rows
    assert all(row.step > 0 for row in rows)
    assert part(corpus()[0], "melody")


def test_too_short_a_tune_has_no_features():
    assert melody(compose(brief("ambient", duration=5.0), 1)) == {}
