"""Chords in words, moved to another key."""

from jobs.music.words.chords import transposed


def test_chords_move_with_the_key_and_numerals_stay() -> None:
    assert transposed("Am7 F#m7b5/C | B♭maj7, G", 3, 3, "major") == "Cm7 Am7b5/Eb | Dbmaj7, Bb"
    assert transposed("Am F C G", -3, 9, "major") == "F#m D A E"
    assert transposed("ii7 V7 Imaj7", 5, 5, "major") == "ii7 V7 Imaj7"
