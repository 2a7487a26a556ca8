import pytest

from jobs.music.composing.compose import compose
from jobs.music.composing.fretboard import REACH, STRINGS, grip
from tests.music.briefs import brief
from tests.music.measures import part

C, D7, FM7 = (0, 4, 7), (2, 6, 9, 0), (5, 8, 0, 3)


def frets(pitches):
    """The fret of each pitch on neighbouring strings, for the run of strings on which all lie within reach."""
    for lowest in range(len(STRINGS) - len(pitches) + 1):
        held = [pitch - string for pitch, string in zip(pitches, STRINGS[lowest:], strict=False)]
        stopped = [fret for fret in held if fret > 0]
        if min(held) >= 0 and (not stopped or max(stopped) - min(stopped) <= REACH):
            return held
    return None


def test_it_knows_the_chord_that_every_guitarist_learns_first():
    assert grip((4, 8, 11), 40, 67, 52) == (40, 47, 52, 56, 59, 64)


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("shape", [C, D7, FM7])
def test_a_hand_can_take_it_whole(root, shape):
    tones = tuple((tone - shape[0] + root) % 12 for tone in shape)
    pitches = grip(tones, 40, 79, 60)
    assert frets(pitches) is not None
    assert {pitch % 12 for pitch in pitches} == set(tones)


def test_there_is_none_where_there_is_no_room():
    assert grip(C, 60, 62, 61) == ()


def test_guitars_play_what_a_hand_can_take():
    for style in ("country", "folk", "reggae", "indie"):
        guitar = part(compose(brief(style, duration=40.0, instruments=("steel_guitar",)), 1), "chords")
        struck = {}
        for note in guitar.notes[:200]:
            struck.setdefault(round(note.start * 4), []).append(note.pitch)
        whole = [tuple(sorted(pitches)) for pitches in struck.values() if len(pitches) >= 3]
        assert sum(frets(pitches) is not None for pitches in whole) / len(whole) > 0.9
