from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from jobs.music.errors import SoundfontCorrupt
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from jobs.music.sound import bank_levels, choice
from jobs.music.sound.fluid import Fluid
from jobs.music.sound.loudness import energy, weigh
from jobs.music.sound.patches import build
from jobs.music.sound.soundfont import Bank, find
from tests.music import banks
from tests.music.handmade import song

BANK = find()
NOTES = [Note(0.0, 1.0, 48, 90)]
SUB = INSTRUMENTS["sub_bass"]


@pytest.fixture
def beside(tmp_path):
    """The bundled bank with a folder for patches beside it."""
    build._failed.clear()
    return find(cache=tmp_path)


def test_our_own_patch_is_preferred_where_it_can_be_made(beside):
    assert choice.playable(beside, SUB, NOTES) == SUB
    assert choice.playable(BANK, SUB, NOTES).sounds == SUB.sounds[1:]
    with Fluid(beside.path) as fluid:
        choice.put(fluid, 0, beside, SUB)
        assert fluid.preset_name(0) == "Sub bass"
        choice.put(fluid, 0, BANK, SUB)
        assert fluid.preset_name(0) != "Sub bass"


def test_sampled_instruments_answer_to_the_stroke_and_those_that_do_so_themselves_do_not(beside, monkeypatch):
    touches = {}
    monkeypatch.setattr(Fluid, "touch", lambda _self, channel, share: touches.update({channel: share}))
    with Fluid(beside.path) as fluid:
        for channel, name in enumerate(("trumpet", "organ", "harpsichord", "sub_bass", "jazz_drums")):
            choice.put(fluid, channel, beside, INSTRUMENTS[name])
    assert touches == {0: 0.75, 1: 0.0, 2: 0.0, 3: 0.0, 4: 0.5}


def test_a_patch_that_cannot_be_read_gives_way(beside, tmp_path, monkeypatch, caplog):
    (tmp_path / "broken.sf2").write_bytes(b"RIFF")
    monkeypatch.setattr(Bank, "patch", lambda _self, _name: tmp_path / "broken.sf2")
    with caplog.at_level(logging.WARNING, choice.__name__):
        assert choice.playable(beside, SUB, NOTES).sounds == SUB.sounds[1:]
    assert "next best sound" in caplog.text


def test_the_next_piece_has_the_patch_again_when_the_disk_has_room(beside, monkeypatch):
    monkeypatch.setattr(build, "NEEDED", 1 << 60)
    assert choice.playable(beside, SUB, NOTES) != SUB
    monkeypatch.setattr(build, "NEEDED", 1)
    build._failed.clear()
    assert choice.playable(beside, SUB, NOTES) == SUB


def test_it_says_which_parts_are_played_on_something_else(beside):
    score = song(8.0)
    parts = tuple(replace(part, instrument="sub_bass") if part.role == "bass" else part for part in score.parts)
    score = replace(score, parts=parts)
    assert choice.stand_ins(beside, score) == {}
    assert choice.stand_ins(BANK, score) == {"bass": "Synth Bass 2"}


def test_a_hole_in_the_bank_is_played_around():
    """The bundled bank has no sample for E4 on the alto sax."""
    alto = INSTRUMENTS["alto_sax"]
    assert choice.playable(BANK, alto, [Note(0.0, 1.0, 63, 90)]).sounds == alto.sounds[1:]
    replaced = choice.playable(BANK, alto, [Note(0.0, 1.0, 63, 90), Note(1.0, 1.0, 64, 90)])
    assert replaced != alto
    assert replaced.family == alto.family
    assert bank_levels.sounds(BANK, replaced, [64])[64].short > 1e-6


def test_a_kit_that_the_bank_lacks_is_played_on_another(tmp_path):
    sine = Bank(banks.write(tmp_path / "sine.sf2", drums=True), "sine")
    assert choice.playable(sine, INSTRUMENTS["tr808"], [Note(0.0, 1.0, 36, 90)]) == INSTRUMENTS["drums"]


def test_a_bank_without_any_sound_of_the_kind_is_refused(tmp_path):
    bank = Bank(banks.write(tmp_path / "sine.sf2"), "sine")
    with Fluid(bank.path) as fluid, pytest.raises(SoundfontCorrupt):
        choice.put(fluid, 0, bank, INSTRUMENTS["jazz_drums"])


@pytest.mark.parametrize("name", ["vibraphone", "jazz_guitar", "clarinet", "nylon_guitar"])
def test_a_soft_stroke_is_darker_and_not_lost(name):
    def loudness(*, touched: bool) -> float:
        samples = np.zeros((2, 64 * 170), np.float32)
        with Fluid(BANK.path) as fluid:
            choice.put(fluid, 0, BANK, INSTRUMENTS[name])
            if not touched:
                fluid.touch(0, 0.0)
            fluid.note_on(0, INSTRUMENTS[name].high - 6, 50)
            fluid.render_stereo(samples)
        return 10 * np.log10(energy(weigh(samples)).sum())

    assert loudness(touched=True) > loudness(touched=False) - 8
