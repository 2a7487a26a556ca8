"""Chords in words: as they sound, and moved to another key."""

import pytest

from jobs.music.words.chords import sounding, transposed


def test_chords_move_with_the_key_and_numerals_stay() -> None:
    assert transposed("Am7 F#m7b5/C | B♭maj7, G", 3, 3, "major") == "Cm7 Am7b5/Eb | Dbmaj7, Bb"
    assert transposed("Am F C G", -3, 9, "major") == "F#m D A E"
    assert transposed("ii7 V7 Imaj7", 5, 5, "major") == "ii7 V7 Imaj7"


def test_chords_sound_in_their_key_bar_by_bar() -> None:
    assert [[chord.name for chord in bar] for bar in sounding("ii7 V7 | Imaj7", "D", "major")] == [
        ["Em7", "A7"],
        ["Dmaj7"],
    ]
    assert sounding("Am", "Eb", "major")[0][0].pitches == (57, 60, 64)
    with pytest.raises(ValueError, match="H7"):
        sounding("Am H7", "C", "major")
