from __future__ import annotations

import numpy as np
import pytest

from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from jobs.music.sound import bands, bank_levels
from jobs.music.sound.soundfont import Bank, find
from tests.music import banks

FLUTE = INSTRUMENTS["flute"]
BANK = find()


def loudness(notes: list[Note]) -> float:
    spans = np.array([(note.start, note.start + note.length) for note in notes])
    return bank_levels.loudness(BANK, FLUTE, notes, spans)


def test_velocity_and_company_count():
    alone = loudness([Note(0.0, 1.0, 72, 90)])
    assert loudness([Note(0.0, 1.0, 72, 90), Note(0.0, 1.0, 73, 90)]) == pytest.approx(alone + 3.0, abs=0.1)
    assert loudness([Note(0.0, 1.0, 72, 45)]) == pytest.approx(alone - 12.0, abs=0.1)
    assert loudness([Note(0.0, 1.0, 72, 90), Note(9.0, 1.0, 72, 90)]) == pytest.approx(alone, abs=0.1)


def test_a_held_note_has_more_energy_than_a_short_one():
    found = bank_levels.sounds(BANK, FLUTE, [72])[72]
    short, long = found.energy(np.array([0.25, 2.0]))
    assert long > 4 * short


def test_it_measures_the_bank_that_plays(tmp_path):
    sine = Bank(banks.write(tmp_path / "sine.sf2"), "sine")
    ours = bank_levels.sounds(sine, FLUTE, [72])[72]
    assert ours != bank_levels.sounds(BANK, FLUTE, [72])[72]
    assert ours.voices == 1


def test_weights_grow_with_length_and_number():
    spans = np.array([(0.0, 1.0), (1.0, 2.0), (2.0, 6.0)])
    notes = [Note(0.0, 1.0, 72, 90), Note(1.0, 1.0, 72, 90), Note(2.0, 4.0, 74, 90)]
    found = bank_levels.weights(BANK, FLUTE, notes, spans)
    assert set(found) == {72, 74}
    assert found[72] < found[74]


def test_a_tone_that_crosses_a_band_is_forecast_in_the_band_of_its_own_pitch():
    """Key 76 stands in for 80, whose 831 Hz are over the edge of 800 Hz."""
    notes, spans = [Note(0.0, 1.0, 80, 90)], np.array([(0.0, 1.0)])
    by_key = bank_levels.spectrum(BANK, FLUTE, notes, spans)[0]
    for closely in (False, True):
        by_pitch = bands.of_semitones(
            bank_levels.spectrum_by_pitch(BANK, FLUTE, notes, spans, np.ones(1), closely=closely)[0]
        )
        lowmid, mid = bands.NAMES.index("lowmid"), bands.NAMES.index("mid")
        assert by_pitch[mid] > 3 * by_pitch[lowmid]
    assert by_key[mid] < by_key[lowmid]


def test_a_transposed_sound_keeps_its_energy():
    semitones = np.zeros((2, len(bands.KEYS)))
    semitones[:, 40:50] = 1.0
    up = bands.transposed(semitones, 7)
    assert up[:, 47:57].tolist() == semitones[:, 40:50].tolist()
    assert up.sum() == semitones.sum() == bands.transposed(semitones, -7).sum()


def test_what_dies_away_has_little_more_energy_the_longer_it_is_held():
    piano = bank_levels.sounds(BANK, INSTRUMENTS["piano"], [64])[64]
    flute = bank_levels.sounds(BANK, FLUTE, [72])[72]
    assert piano.dies_away
    assert not flute.dies_away
    one, four = piano.energy(np.array([1.0, 4.0]))
    assert one < four < 1.2 * one
    one, four = flute.energy(np.array([1.0, 4.0]))
    assert four > 3 * one


def test_a_tune_of_long_notes_loses_what_dies_away_and_one_of_short_notes_does_not():
    def fading(instrument: str, length: float) -> float:
        spans = np.array([(0.0, length), (length, 2 * length)])
        notes = [Note(start, length, 72, 90) for start, _ in spans]
        return bank_levels.fading(BANK, INSTRUMENTS[instrument], notes, spans)

    assert fading("piano", 3.0) > 6
    assert fading("piano", 0.2) < 1
    assert fading("flute", 3.0) == 0
