"""Short pieces for a game: their length, their key, who plays them, which way they go."""

import pytest

from jobs.music.composing.stingers import NAMES, stingers
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note, Part, Tempo
from jobs.music.theory import SCALES
from tests.music.handmade import solo, song


@pytest.mark.parametrize("mode", SCALES)
@pytest.mark.parametrize("bpm", [40.0, 89.0, 132.0, 240.0])
def test_they_are_short_and_in_the_key_on_instruments_of_the_piece(mode, bpm):
    score = song(8.0, mode=mode, tonic=3, tempos=(Tempo(0.0, bpm),))
    made = stingers(score)
    assert tuple(made) == NAMES
    scale = {(3 + step) % 12 for step in SCALES[mode]}
    players = {part.instrument for part in score.parts}
    for stinger in made.values():
        assert 2.0 <= stinger.duration <= 5.0
        assert stinger.seconds(stinger.beats) < stinger.duration
        assert {note.pitch % 12 for part in stinger.parts for note in part.notes} <= scale
        assert {part.instrument for part in stinger.parts} <= players
        for part in stinger.parts:
            instrument = INSTRUMENTS[part.instrument]
            assert all(instrument.low <= note.pitch <= instrument.high for note in part.notes), part.instrument


@pytest.mark.parametrize("mode", SCALES)
def test_one_climbs_to_the_tonic_one_falls_in_minor_one_stays_open(mode):
    score = song(8.0, mode=mode, tonic=0)
    win, lose, discover = (stinger.parts for stinger in stingers(score).values())
    tunes = [[note.pitch for note in parts[0].notes] for parts in (win, lose, discover)]
    assert tunes[0][-1] == max(tunes[0])
    assert win[2].notes[-1].pitch % 12 == 0
    assert tunes[1] == sorted(tunes[1], reverse=True)
    assert (tunes[1][2] - tunes[1][-1]) == 3, "a minor third above the root"
    assert tunes[2] == sorted(tunes[2])
    assert {pitch % 12 for pitch in (note.pitch for note in discover[1].notes)} == {0, 7}


def test_one_player_plays_all_and_drums_alone_none():
    assert {part.instrument for part in stingers(solo())["win"].parts} == {"piano"}
    drums = Part("drums", "drums", "drums", (Note(0.0, 0.5, 36, 90),))
    assert stingers(solo(parts=(drums,))) == {}
