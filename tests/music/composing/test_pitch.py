from jobs.music import styles
from jobs.music.composing.harmony import Harmony
from jobs.music.composing.pitch import Line, Tone
from jobs.music.composing.rhythm import Metre

F_MAJOR = Harmony(0.0, 4.0, 5, (5, 9, 0), (0, 2, 4, 5, 7, 9, 11), "F", 0)


def test_no_tone_of_a_phrase_lies_further_than_an_octave_from_the_one_before() -> None:
    line = Line(62, 84, Metre("4/4", 1.0, 4.0), "major", 0, styles.get("piano").melody)
    phrase = [Tone(beat, 1.0, pitch, True) for beat, pitch in enumerate((84, 65, 84, 69))]
    assert [tone.pitch for tone in line.refitted(phrase, [F_MAJOR])] == [84, 77, 84, 81]
