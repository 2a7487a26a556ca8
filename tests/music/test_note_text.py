"""Notes as a person writes them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.music.note_text import USUAL_VELOCITY, read_notes, write_notes
from jobs.music.score import Note


def test_notes_follow_one_another_rest_and_come_at_their_beat() -> None:
    assert read_notes("C4, e4 0.5 | - 0.5\n4: G♯3 1 v96, Bb-1 2") == [
        Note(0.0, 1.0, 60, USUAL_VELOCITY),
        Note(1.0, 0.5, 64, USUAL_VELOCITY),
        Note(3.0, 1.0, 56, 96),
        Note(4.0, 2.0, 10, USUAL_VELOCITY),
    ]
    assert read_notes("2: C4 1, 2: E4 1, 1: - 1") == [Note(1, 1, 60, 88), Note(1, 1, 64, 88)]
    assert read_notes(" \n ,, ") == read_notes("-") == []


@pytest.mark.parametrize(
    "text", ["H4 1", "C4 0", "0: C4 1", "C4 1 v0", "C4 1 v128", "G10 1", "C4 x", "C4 65", "258: C4 1"]
)
def test_what_is_no_note_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a note") as error:
        read_notes(f"C4 1, {text}")
    assert text[:20] in str(error.value)


NOTES = st.builds(
    Note, st.integers(0, 2000).map(lambda n: n / 16), st.integers(1, 64).map(lambda n: n / 16), st.integers(0, 127),
    st.integers(1, 127),
)  # fmt: skip


@given(st.lists(NOTES, max_size=20), st.sampled_from([(0, "major"), (3, "minor"), (6, "major")]))
def test_what_is_written_is_read_back(notes: list[Note], key: tuple[int, str]) -> None:
    assert read_notes(write_notes(sorted(notes), 4, *key)) == sorted(notes)


def test_it_is_written_bar_by_bar_in_the_spelling_of_the_key() -> None:
    notes = [Note(0, 1, 63, 88), Note(1.5, 1 / 3, 60, 90), Note(4, 2, 58, 88)]
    assert write_notes(notes, 4, 0, "minor") == "1: Eb4 1, 2.5: C4 0.3333 v90\n5: Bb3 2"
    assert write_notes([], 4, 0, "major") == "-"
