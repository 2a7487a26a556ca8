import pytest

from jobs.music.theory import chord_scale, numeral, pitch_name, plain, seventh


@pytest.mark.parametrize(
    ("token", "mode", "root", "intervals", "suffix"),
    [
        ("I", "major", 0, (0, 4, 7), ""),
        ("ii7", "major", 2, (0, 3, 7, 10), "m7"),
        ("Vmaj7", "major", 7, (0, 4, 7, 11), "maj7"),
        ("VI", "minor", 8, (0, 4, 7), ""),
        ("V7", "minor", 7, (0, 4, 7, 10), "7"),
        ("bVII", "major", 10, (0, 4, 7), ""),
        ("#iv", "major", 6, (0, 3, 7), "m"),
        ("V7/vi", "major", 4, (0, 4, 7, 10), "7"),
        ("II", "phrygian", 1, (0, 4, 7), ""),
        ("iim7b5", "minor", 2, (0, 3, 6, 10), "m7b5"),
    ],
)
def test_it_reads_roman_numerals(token, mode, root, intervals, suffix):
    quality = numeral(token, mode)
    assert (quality.root, quality.intervals, quality.suffix) == (root, intervals, suffix)


@pytest.mark.parametrize("token", ["", "H", "VIII", "Iq", "7"])
def test_it_refuses_what_is_no_numeral(token):
    with pytest.raises(ValueError, match="not a roman numeral"):
        numeral(token, "major")


def test_it_gives_a_triad_the_seventh_of_the_scale():
    assert seventh(numeral("I", "major"), "major").suffix == "maj7"
    assert seventh(numeral("V", "major"), "major").suffix == "7"
    assert seventh(numeral("ii", "major"), "major").suffix == "m7"
    assert seventh(numeral("V7sus4", "major"), "major").suffix == "7sus4"
    assert seventh(numeral("VII", "minor"), "minor").suffix == ""  # or it would lead to the relative major
    assert seventh(numeral("VII", "dorian"), "dorian").suffix == "maj7"


def test_it_raises_the_seventh_over_the_dominant_in_minor():
    dominant = numeral("V7", "minor")
    scale = chord_scale(9, "minor", (9 + dominant.root) % 12, dominant.intervals)
    assert 8 in scale  # G sharp
    assert 7 not in scale
    assert len(scale) == 7


def test_it_spells_with_the_signature():
    assert pitch_name(3, 0, "minor") == "Eb"
    assert pitch_name(6, 7, "major") == "F#"
    assert pitch_name(10, 5, "major") == "Bb"
    assert [pitch_name(tone, 0, "major") for tone in (1, 3, 6, 8, 10)] == ["Db", "Eb", "F#", "Ab", "Bb"]
    assert pitch_name(10, 2, "major") == "Bb"
    assert pitch_name(8, 4, "major") == "G#"


def test_it_strips_a_numeral():
    assert plain("bVII7sus4") == "bVII"
