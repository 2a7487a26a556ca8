from __future__ import annotations

import numpy as np
import pytest

from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from jobs.music.sound import bank_levels
from jobs.music.sound.soundfont import find
from tests.music import banks

FLUTE = INSTRUMENTS["flute"]
BANK = find().path


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
    sine = banks.write(tmp_path / "sine.sf2")
    ours = bank_levels.sounds(sine, FLUTE, [72])[72]
    assert ours != bank_levels.sounds(BANK, FLUTE, [72])[72]
    assert ours.voices == 1


def test_weights_grow_with_length_and_number():
    spans = np.array([(0.0, 1.0), (1.0, 2.0), (2.0, 6.0)])
    notes = [Note(0.0, 1.0, 72, 90), Note(1.0, 1.0, 72, 90), Note(2.0, 4.0, 74, 90)]
    found = bank_levels.weights(BANK, FLUTE, notes, spans)
    assert set(found) == {72, 74}
    assert found[72] < found[74]


def test_a_hole_in_the_bank_is_played_around():
    """The bundled bank has no sample for E4 on the alto sax."""
    alto = INSTRUMENTS["alto_sax"]
    assert bank_levels.playable(BANK, alto, [Note(0.0, 1.0, 63, 90)]) == alto
    replaced = bank_levels.playable(BANK, alto, [Note(0.0, 1.0, 63, 90), Note(1.0, 1.0, 64, 90)])
    assert replaced != alto
    assert replaced.family == alto.family
    assert bank_levels.sounds(BANK, replaced, [64])[64].short > 1e-6


def test_a_kit_that_the_bank_lacks_is_played_on_another(tmp_path):
    sine = banks.write(tmp_path / "sine.sf2", drums=True)
    assert bank_levels.playable(sine, INSTRUMENTS["tr808"], [Note(0.0, 1.0, 36, 90)]) == INSTRUMENTS["drums"]
