"""Sections that a person asked for and that find no room are said."""

import pytest

from jobs.music.composing.unplaced import unplaced
from jobs.music.words.understand import understand


@pytest.mark.parametrize(
    ("prompt", "lacking"),
    [
        ("rock, guitar solo in the middle, 5 seconds", ["solo"]),
        ("rock, guitar solo in the middle, 60 seconds", []),
        ("house, drop at 0:45, 100 seconds", []),
        ("house, drop at 3:00, 100 seconds", []),  # outside the piece: has a remark of its own
        ("pop, verse chorus verse chorus bridge chorus, 12 seconds", []),  # and so have they
        ("rock", []),
    ],
)
def test_a_section_that_finds_no_room_is_remarked_on(prompt: str, lacking: list[str]) -> None:
    assert [(remark.code, remark.values) for remark in unplaced(understand(prompt))] == [
        ("section_unplaced", {"asked": kind}) for kind in lacking
    ]
