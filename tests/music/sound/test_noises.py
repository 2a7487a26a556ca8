"""Jacks, fingers and pedals: when they are heard, and how loud."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Control, Note, Part, Tempo
from jobs.music.sound import noises, synth
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.mix import layout
from jobs.music.sound.noises import FINGERS, JACKS, PEDAL_DOWN, PEDAL_UP, SQUEAKS, Noise
from jobs.music.sound.soundfont import Bank, find
from tests.listen.level import clicks
from tests.music.handmade import solo

SECOND = 689  # ticks


def heard(instrument: str, *strokes: tuple[int, int, int, int], pedal: tuple[tuple[int, int], ...] = ()) -> list[Noise]:
    return list(noises.noises(INSTRUMENTS[instrument], strokes, pedal))


def test_each_key_of_a_harpsichord_lets_its_jack_fall_and_no_key_of_a_flute_does() -> None:
    strokes = ((0, 100, 60, 90), (100, 200, 64, 90), (100, 200, 67, 90))
    jacks = heard("harpsichord", *strokes)
    assert [(noise.tick, noise.source) for noise in jacks] == [(100, 60), (200, 64), (200, 67)]
    assert {noise.key for noise in jacks} <= set(JACKS)
    assert heard("flute", *strokes) == []


def test_fingers_leave_strings_once_for_a_chord_and_a_hand_that_moves_squeaks_now_and_then() -> None:
    chord = [(0, 300, pitch, 90) for pitch in (52, 56, 59)]
    assert [noise.key in FINGERS for noise in heard("steel_guitar", *chord)] == [True]
    moves = [(at * 300, at * 300 + 280, 45 + 7 * (at % 2), 90) for at in range(12)]
    kinds = ["squeak" if noise.key in SQUEAKS else "finger" for noise in heard("steel_guitar", *moves)]
    assert kinds.count("squeak") == 3
    assert kinds.count("finger") == 9
    high = [(start, end, pitch + 24, velocity) for start, end, pitch, velocity in moves]
    assert not any(noise.key in SQUEAKS for noise in heard("nylon_guitar", *high))


def test_a_pedal_is_heard_when_it_goes_down_and_comes_up() -> None:
    pedal = ((50, 127), (500, 0), (560, 20), (600, 100), (700, 127))
    told = [(noise.tick, noise.key) for noise in heard("piano", (0, 800, 60, 90), pedal=pedal)]
    assert told == [(50, PEDAL_DOWN), (500, PEDAL_UP), (600, PEDAL_DOWN)]
    assert heard("harp", (0, 800, 60, 90), pedal=pedal) == []


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return find(cache=tmp_path_factory.mktemp("cache"))


def played(bank: Bank, instrument: str, controls: tuple[Control, ...] = (), *, silent: bool = False) -> np.ndarray:
    """Two strokes of half a second each, a second apart, with their noises or without."""
    notes = (Note(0.0, 1.0, 57, 90), Note(2.0, 1.0, 50, 90))
    score = replace(
        solo(3.0), parts=(Part("line", "melody", instrument, notes, controls),), tempos=(Tempo(0.0, 120.0),)
    )
    strips, voices = layout(score, bank)
    if silent:
        voices = [replace(voice, noise=None) for voice in voices]
    blocks = synth.play(score, bank, voices, len(strips), 3 * SAMPLE_RATE)
    return np.concatenate([block.dry.copy() for block in blocks], axis=1)


@pytest.mark.parametrize(
    ("instrument", "second"), [("harpsichord", 0.5), ("steel_guitar", 0.5), ("fingered_bass", 0.5), ("piano", 1.25)]
)
def test_noises_are_heard_where_they_belong_quietly_and_without_a_click(
    instrument: str, second: float, bank: Bank
) -> None:
    pedal = (Control(0.1, 64, 127), Control(2.5, 64, 0)) if instrument == "piano" else ()
    with_noises, without = (played(bank, instrument, pedal, silent=silent) for silent in (False, True))
    noise = with_noises - without
    frame = round(second * SAMPLE_RATE)
    assert np.abs(noise[:, frame - 600 : frame - 100]).max() < 1e-6
    beside = np.sqrt(np.mean(noise[:, frame : frame + 2205] ** 2))
    note = np.sqrt(np.mean(without[:, : SAMPLE_RATE // 4] ** 2))
    assert -45 < 20 * np.log10(beside / note) < -18
    assert clicks(with_noises, frame) == 0


def test_without_the_patch_there_are_none(bank: Bank) -> None:
    assert noises.attenuation(bank, INSTRUMENTS["piano"]) is not None
    assert noises.attenuation(replace(bank, patches=None), INSTRUMENTS["piano"]) is None
    assert noises.attenuation(bank, INSTRUMENTS["flute"]) is None
