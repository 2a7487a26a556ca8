from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.errors import NothingToPlay
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Mix, Note, Part, Score, Section, Tempo
from jobs.music.sound import bands, mix
from jobs.music.sound.filters import BLOCK, HOP
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loudness import energy, integrated, weigh
from jobs.music.sound.soundfont import find
from jobs.music.sound.synth import play
from tests.music.handmade import solo, song

BANK = find()


def nothing(_share: float) -> None:
    pass


def strips(score: Score) -> dict[str, np.ndarray]:
    """Each part alone, stereo, as the desk sums it."""
    layout, voices = mix.layout(score, BANK)
    frames = round(score.duration * SAMPLE_RATE)
    desk = mix.Desk(score, layout, -(-frames // BLOCK) * BLOCK)
    found: dict[str, list[np.ndarray]] = {}
    for blocks in play(score, BANK, voices, len(layout), frames):
        for strip, samples in desk.strips(blocks):
            found.setdefault(strip, []).append(np.broadcast_to(samples, (2, BLOCK)))
    return {name: np.concatenate(blocks, axis=1) for name, blocks in found.items()}


def level(samples: np.ndarray) -> float:
    return integrated(energy(weigh(samples)))


@pytest.mark.parametrize("instrument", ["flute", "violin", "trumpet", "piano", "music_box", "saw_lead", "marimba"])
def test_instruments_of_unequal_loudness_come_out_alike(instrument):
    notes = tuple(Note(i * 0.5, 0.5, 72 + i % 5, 90) for i in range(16))
    part = Part("a", "melody", instrument, notes)
    assert level(strips(solo(parts=(part,)))["a"]) == pytest.approx(-34.0, abs=4.0)  # the equaliser takes a part of it


def test_a_gain_is_an_offset_to_the_role():
    [part] = solo().parts
    softer = solo(parts=(replace(part, gain_db=-6.0),))
    difference = level(strips(softer)["piano"]) - level(strips(solo())["piano"])
    assert difference == pytest.approx(-6.0, abs=0.3)


def test_every_role_and_family_has_a_place():
    roles = ("melody", "counter", "chords", "pad", "arpeggio", "bass", "drums", "percussion", "effects")
    assert set(roles) == set(mix.ROLES)
    for instrument in list(INSTRUMENTS.values())[::6]:
        pitch = 38 if instrument.drums else (instrument.low + instrument.high) // 2
        part = Part("a", "melody", instrument.id, (Note(0.0, 1.0, pitch, 90),))
        _, [voice] = mix.layout(solo(parts=(part,)), BANK)
        assert 0.0 <= voice.attenuation < 60.0


def test_strips_add_up_to_the_mix():
    score = song(8.0)
    mixed = mix.render(score, BANK, nothing)
    assert np.std(sum(strips(score).values()) - mixed.samples) < 0.02 * np.std(mixed.samples)


def test_the_kick_ducks_the_others_only_when_asked():
    score = song(8.0, bpm=120.0)
    frames = 8 * SAMPLE_RATE
    assert not mix.ducking(score, frames).any()
    dips = mix.ducking(replace(score, mix=Mix(sidechain=1.0)), frames)
    on_kick, before = round(2.02 * SAMPLE_RATE / HOP), round(1.98 * SAMPLE_RATE / HOP)
    assert dips[on_kick] > 0.7
    assert dips[before] < 0.05
    assert dips.max() <= 1.0
    assert np.abs(np.diff(dips)).max() < 0.4


def test_a_score_without_a_note_is_refused():
    with pytest.raises(NothingToPlay):
        mix.render(solo(parts=()), BANK, nothing)
    late = Part("a", "melody", "piano", (Note(400.0, 1.0, 60, 90),))
    with pytest.raises(NothingToPlay):
        mix.render(solo(parts=(late,)), BANK, nothing)


def test_strokes_are_rounded_and_quiet_sound_is_not():
    quiet = np.linspace(-0.035, 0.035, 100, dtype=np.float32)[None]
    assert np.array_equal(mix.soft_clip(quiet), quiet)
    loud = mix.soft_clip(np.linspace(0.0, 1.0, 1000, dtype=np.float32)[None])[0]
    assert np.all(np.diff(loud) >= 0)
    assert 0.06 < loud.max() <= 0.071
    assert max(np.diff(loud, 2)) < 1e-4  # no corner


def test_parts_stand_at_their_roles_levels():
    levels = {name: level(samples) for name, samples in strips(song(20.0)).items()}
    for role in ("chords", "pad", "arpeggio", "bass"):  # what the equaliser takes of a part is a few decibels
        assert levels["melody"] - levels[role] == pytest.approx(2.0 - mix.ROLES[role].level, abs=5.0)
    assert levels["drums"] - levels["melody"] == pytest.approx(-1.0, abs=4.0)
    assert levels["melody"] - 20.0 < levels["effects"] < levels["melody"] - 2.0


def test_what_sounds_the_chords_is_heard_beside_the_tune():
    chords = tuple(Note(bar * 4 + beat, 0.5, pitch, 80) for bar in (0, 1) for beat in (0, 2) for pitch in (57, 60, 64))
    tune = tuple(Note(beat, 1.0, 69 + beat % 5, 90) for beat in range(8))
    parts = (Part("piano", "chords", "piano", chords), Part("lead", "melody", "trumpet", tune))
    found = {name: level(samples) for name, samples in strips(solo(parts=parts)).items()}
    assert found["lead"] - found["piano"] <= 4.5


def test_each_part_can_be_heard_where_it_plays():
    found = strips(song(12.0))
    whole = sum(found.values())

    def power(samples: np.ndarray) -> np.ndarray:
        tenths = samples.shape[1] // 4410
        return (samples[:, : tenths * 4410].reshape(2, tenths, -1) ** 2).mean(axis=(0, 2))

    for name, samples in found.items():
        alone = power(samples)
        plays = alone > 0.01 * alone.max()
        assert 10 * np.log10(alone[plays].sum() / power(whole)[plays].sum()) > -30, name


def test_bass_is_mono_and_the_others_leave_it_room():
    found = strips(song(12.0))
    assert np.array_equal(*found["bass"])
    spectrum = np.abs(np.fft.rfft(found["chords"][0])) ** 2
    frequency = np.fft.rfftfreq(found["chords"].shape[1], 1 / SAMPLE_RATE)
    assert spectrum[frequency < 45].sum() < 2e-3 * spectrum.sum()


def test_the_kick_is_in_the_middle_where_it_is_low():
    kicks = tuple(Note(i * 1.0, 0.5, 36, 100) for i in range(8))
    drums = strips(solo(parts=(Part("drums", "drums", "drums", kicks),)))["drums"]
    middle, side = bands.powers(np.array((drums[0] + drums[1], drums[0] - drums[1])).astype(np.float32))
    assert side[0] < 1e-3 * middle[0]


def test_no_click_where_blocks_meet():
    """A steady tone under everything that moves: what is left of it after taking the tone away has no spike there."""
    part = Part("a", "pad", "square_lead", (Note(0.0, 30.0, 57, 90),))
    kicks = Part("d", "drums", "drums", tuple(Note(float(i), 0.2, 36, 100) for i in range(16)))
    score = replace(solo(parts=(part, kicks)), mix=Mix(sidechain=1.0))
    found = strips(score)["a"]
    second = np.abs(np.diff(found[0].astype(np.float64), 2))
    seams = [second[at - 3 : at + 3].max() for at in range(2 * BLOCK, len(second) - BLOCK, BLOCK)]
    assert max(seams) <= 1.2 * np.percentile(second[2 * BLOCK :], 99.9)


def test_a_filter_opens_before_a_drop():
    sections = (Section("break", 0.0, 16.0, 4), Section("drop", 16.0, 8.0, 2))
    part = Part("a", "pad", "saw_lead", (Note(0.0, 32.0, 50, 90),))
    tempos = (Tempo(0.0, 120.0),)
    score = replace(solo(parts=(part,)), sections=sections, mix=Mix(lifts=True), tempos=tempos, duration=12.0)
    found = strips(score)["a"]

    def bright(second: float) -> float:
        at = round(second * SAMPLE_RATE)
        power = bands.powers(found[:, at : at + SAMPLE_RATE // 2]).sum(axis=0)
        return float(10 * np.log10(power[4:].sum() / power.sum()))

    assert bright(1.5) < bright(9.0) - 6.0
