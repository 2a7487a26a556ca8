import pytest

from jobs.music.notation.spelling import CONCERT, TRANSPOSITIONS, key_of, symbol
from jobs.music.score import Chord
from tests.music.handmade import solo


@pytest.mark.parametrize(
    ("tonic", "mode", "fifths"),
    [
        (0, "major", 0),
        (10, "major", -2),
        (6, "major", 6),
        (1, "major", -5),
        (9, "minor", 0),
        (2, "dorian", 0),
        (8, "minor", 5),
    ],
)
def test_keys_have_their_signature(tonic, mode, fifths):
    assert key_of(solo(tonic=tonic, mode=mode)).fifths == fifths


def test_what_lies_in_a_key_is_spelled_by_it():
    names = key_of(solo(tonic=10, mode="major")).names
    assert [str(names[pitch]) for pitch in (10, 0, 2, 3, 5, 7, 9)] == ["Bb", "C", "D", "Eb", "F", "G", "A"]
    assert str(key_of(solo(tonic=9, mode="minor")).names[8]) == "G#"  # its leading tone
    assert str(key_of(solo(tonic=4, mode="major")).names[8]) == "G#"


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_every_pitch_keeps_its_sound_and_octave(tonic, mode):
    key = key_of(solo(tonic=tonic, mode=mode))
    steps = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    for pitch in range(24, 100):
        name = key.names[pitch % 12]
        assert 12 * (key.octave(pitch) + 1) + steps[name.step] + name.alter == pitch


def test_instruments_in_b_flat_and_e_flat_read_in_their_own_key():
    score = solo(tonic=0, mode="major")
    chord = Chord(0.0, 4.0, 9, (9, 0, 4), "Am7")
    read = {
        name: (key_of(score, for_whom).fifths, symbol(chord, key_of(score, for_whom), for_whom))
        for name, for_whom in TRANSPOSITIONS.items()
    }
    assert read == {"": (0, "Am7"), "bb": (2, "Bm7"), "eb": (3, "F#m7")}
    assert TRANSPOSITIONS[""] is CONCERT
