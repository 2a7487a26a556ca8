import math
from typing import Any

import pytest

from jobs.music.given import MAX_NOTES, BadTune, GivenNote, GivenTune, Key, extent, find_key, tune_of
from tests.music.tunes import LEAVES, STARS, notes_of, tune

GRACE = (  # G, pentatonic, 16 bars of 3/4 with an upbeat
    "62 67:2 71:.5 67:.5 71:2 69 67:2 64 62:2 62 67:2 71:.5 67:.5 71:2 69 74:5 71 74:2 71:.5 67:.5 71:2 69 67:2 64"
    " 62:2 62 67:2 71:.5 67:.5 71:2 69 67:5"
)
DORIAN = "62 65 67 69:2 71 69 67 69:2 72 71 69 67 65 64 62:2"
FLAT_SEVENTH = "67 71 74 77:2 76 74 72 71 69 67 65:2 67 69 71 67:2"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (STARS, Key(0, "major")),
        (LEAVES, Key(9, "minor")),
        (GRACE, Key(7, "major")),
        (DORIAN, Key(2, "dorian")),
        (FLAT_SEVENTH, Key(7, "mixolydian")),
        ("64", Key(4, "major")),
    ],
)
def test_it_finds_the_key(text: str, key: Key) -> None:
    assert find_key(tune(text)) == key


@pytest.mark.parametrize("up", [1, 5, 6, -5])
def test_the_key_moves_with_the_tune(up: int) -> None:
    moved = tune_of([GivenNote(note.start, note.length, note.pitch + up) for note in notes_of(LEAVES)])
    assert find_key(moved) == Key((9 + up) % 12, "minor")


@pytest.mark.parametrize(
    ("text", "start", "bar", "origin", "bars", "upbeat"),
    [
        (STARS, 0.0, 4.0, 0.0, 12, False),
        (STARS, 8.0, 4.0, 8.0, 12, False),  # empty bars before it
        (GRACE, 2.0, 3.0, 3.0, 16, True),
        (LEAVES, 5.5, 3.0, 6.0, 8, True),
        ("60 62 64:2 65 67 69:2 71 72:3", 0.0, 4.0, 0.0, 4, False),  # three bars are four
        ("60:3.9 62:4.3", 0.0, 4.0, 0.0, 2, False),  # let go late
    ],
)
def test_it_lies_among_bar_lines(text: str, start: float, bar: float, origin: float, bars: int, upbeat: bool) -> None:
    found = extent(tune(text, start), bar)
    assert (found.origin, found.bars, found.upbeat) == (origin, bars, upbeat)


def test_of_several_notes_at_once_the_highest_is_taken() -> None:
    chords = [GivenNote(start, 1.0, pitch) for start in range(4) for pitch in (48, 64 + start, 55)]
    line = tune_of(chords)
    assert [note.pitch for note in line.notes] == [64, 65, 66, 67]
    assert line.notices == ("tune_top_line",)


def test_what_moves_below_a_held_note_is_no_tune() -> None:
    held, below = GivenNote(0.0, 4.0, 72), [GivenNote(float(beat), 1.0, 60) for beat in range(1, 4)]
    assert [note.pitch for note in tune_of([held, *below, GivenNote(4.0, 1.0, 60)]).notes] == [72, 60]


def test_legato_is_one_line() -> None:
    legato = tune_of([GivenNote(0.0, 1.2, 72), GivenNote(1.0, 1.2, 71), GivenNote(2.0, 1.0, 69)])
    assert [(note.pitch, note.length) for note in legato.notes] == [(72, 1.0), (71, 1.0), (69, 1.0)]
    assert not legato.notices


@pytest.mark.parametrize(("tempo", "used", "start"), [(96, 96, 4.0), (300, 150, 2.0), (25, 50, 8.0), (None, None, 4.0)])
def test_a_tempo_that_nobody_counts_in_is_written_otherwise(
    tempo: float | None, used: float | None, start: float
) -> None:
    written = tune("60 62 64 65 67", tempo=tempo)
    assert (written.tempo, written.notes[-1].start) == (used, start)


@pytest.mark.parametrize(
    ("notes", "facts", "why"),
    [
        ([], {}, "not one note"),
        ([GivenNote(float(at), 1.0, 60) for at in range(MAX_NOTES + 1)], {}, "more than"),
        ([GivenNote(0.0, 1.0, 20)], {}, "outside"),
        ([GivenNote(0.0, 1.0, 109)], {}, "outside"),
        ([GivenNote(0.0, 1.0, 60, 0)], {}, "velocity"),
        ([GivenNote(-1.0, 1.0, 60)], {}, "before"),
        ([GivenNote(0.0, 0.0, 60)], {}, "no length"),
        ([GivenNote(math.nan, 1.0, 60)], {}, "shape"),
        ([GivenNote(0.0, math.inf, 60)], {}, "shape"),
        ([GivenNote(0.0, 1.0, True)], {}, "shape"),
        ([GivenNote(0.0, 601.0, 60)], {}, "longer than 5 minutes"),
        ([GivenNote(0.0, 1e300, 60)], {}, "longer than 5 minutes"),
        ([GivenNote(0.0, 1.0, 60)], {"tempo": 0.0}, "tempo"),
        ([GivenNote(0.0, 1.0, 60)], {"tempo": math.nan}, "tempo"),
        ([GivenNote(0.0, 1.0, 60)], {"tempo": 1e9}, "tempo"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(notes: Any, facts: dict[str, Any], why: str) -> None:
    with pytest.raises(BadTune, match=why):
        tune_of(notes, **facts)


def test_it_is_kept_as_json() -> None:
    line = tune(LEAVES, 5.5, tempo=80, metre="6/8", name="leaves.mid")
    assert GivenTune.from_json(line.to_json()) == line


@pytest.mark.parametrize(
    "data",
    [{}, [], None, {"notes": 5}, {"notes": [[60]]}, {"notes": [["x", 0, 1, 80]]}, {"notes": [[60, 0, 1, 80, 9]]}],
)
def test_json_of_another_shape_is_refused(data: Any) -> None:
    with pytest.raises(BadTune, match="shape"):
        GivenTune.from_json(data)
