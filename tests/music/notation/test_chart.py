from jobs.music.notation import chart
from jobs.music.notation.spelling import TRANSPOSITIONS
from jobs.music.score import Chord, Section
from tests.music.handmade import solo

CHORDS = (
    Chord(0.0, 4.0, 9, (9, 0, 4), "Am"),
    Chord(4.0, 2.0, 5, (5, 9, 0), "F"),
    Chord(6.0, 2.0, 7, (7, 11, 2), "G7"),
    Chord(8.0, 8.0, 0, (0, 4, 7), "C"),
)
SCORE = solo(
    title="Night Train",
    chords=CHORDS,
    sections=(Section("intro", 0.0, 8.0, 2), Section("verse", 8.0, 8.0, 2)),
    beats=16.0,
    tonic=9,
    mode="minor",
)


def test_the_chart_has_a_grid_for_each_section():
    lines = chart.text(SCORE).splitlines()
    assert lines[0] == "Night Train"
    assert lines[1].startswith("A minor · ")
    assert lines[3:] == ["[Intro]", "| Am    | F  G7 |", "", "[Verse]", "| C     | C     |"]


def test_it_is_transposed():
    assert "| Bm " in chart.text(SCORE, TRANSPOSITIONS["bb"])
    assert chart.text(SCORE, TRANSPOSITIONS["eb"]).splitlines()[1].endswith("for E♭ instruments")
    assert "{key: F# minor}" in chart.chordpro(SCORE, TRANSPOSITIONS["eb"])


def test_chordpro_has_a_cell_for_each_beat():
    lines = chart.chordpro(SCORE).splitlines()
    assert lines[:2] == ["{title: Night Train}", "{artist: Musicsite}"]
    assert '{start_of_grid label="Intro"}' in lines
    assert "| Am . . . | F . G7 . |" in lines
    assert "| C . . . | C . . . |" in lines
    assert lines.count("{end_of_grid}") == 2


def test_before_the_first_chord_there_is_none():
    late = solo(chords=(Chord(4.0, 4.0, 0, (0, 4, 7), "C"),), sections=(), beats=8.0)
    assert "| N.C. " in chart.text(late)
