from __future__ import annotations

import numpy as np
import pytest

from jobs.music.instruments import INSTRUMENTS
from jobs.music.sound import sf2_writer
from jobs.music.sound.fluid import SAMPLE_RATE, Fluid
from jobs.music.sound.noises import PATCH
from jobs.music.sound.patches import patch
from jobs.music.sound.recordings import RECORDINGS
from jobs.music.sound.sf2_writer import key_frequency

KEYBOARDS = [name for name in patch.all_ids() if not patch.read(name).get("kit")]
KITS = [name for name in patch.all_ids() if patch.read(name).get("kit") and name != PATCH]
STRUCK = (36, 38, 39, 42, 46, 45, 49)


def test_a_patch_is_data_under_forty_lines():
    for name in patch.all_ids():
        assert len((patch.FOLDER / f"{name}.toml").read_text("utf-8").splitlines()) < 40, name


def test_every_patch_is_the_first_sound_of_an_instrument():
    first = {
        instrument.sounds[0]: instrument
        for instrument in INSTRUMENTS.values()
        if isinstance(instrument.sounds[0], str) and instrument.sounds[0] not in RECORDINGS
    }
    assert sorted([*first, PATCH]) == patch.all_ids()
    assert all(instrument.drums == bool(patch.read(name).get("kit")) for name, instrument in first.items())


def test_every_instrument_ends_on_general_midi():
    for instrument in INSTRUMENTS.values():
        assert instrument.sounds[-1] == (128 if instrument.drums else 0, instrument.program)


@pytest.mark.parametrize("change", ["[filter]\ncutof = 3", '[[layers]]\nengine = "tone"\nwavw = "saw"',
                                    '[[layers]]\nengine = "reed"', "vibarto = 1"])  # fmt: skip
def test_a_mistake_is_named(tmp_path, monkeypatch, change):
    monkeypatch.setattr(patch, "FOLDER", tmp_path)
    (tmp_path / "odd.toml").write_text(f'name = "Odd"\nkeys = [40, 60]\n{change}\n')
    with pytest.raises(patch.PatchError, match="odd.toml: "):
        patch.read("odd")


def test_every_kit_has_all_keys_of_general_midi():
    for name in KITS:
        keys = {key for one in patch.read(name)["hits"].values() for key in one["keys"]}
        assert set(range(35, 83)) <= keys, (name, set(range(35, 83)) - keys)


def small(name, folder, key):
    """A SoundFont of the patch's zones around one key alone, and those zones."""
    data = patch.read(name)
    zones = patch.zones(name, data | {"keys": [key - 2, key + 2]})
    path = folder / f"{name}.sf2"
    with path.open("wb") as file:
        sf2_writer.write(file, data["name"], zones)
    return path, zones


def play(path, key, velocity, frames=64 * 1400):
    samples = np.zeros((2, frames), np.float32)
    with Fluid(path) as fluid:
        fluid.program(0, 0)
        fluid.note_on(0, key, velocity)
        fluid.render_stereo(samples)
    return samples


def cents(wave, wanted):
    """How far the fundamental lies from ``wanted`` Hz: the middle of what sounds within 60 cents of it."""
    size = 1 << 19
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), size)) ** 2
    frequencies = np.arange(len(power)) * SAMPLE_RATE / size
    near = np.abs(1200 * np.log2(np.maximum(frequencies, 1.0) / wanted)) < 60
    return 1200 * np.log2(power[near] @ frequencies[near] / power[near].sum() / wanted)


def brightness(wave):
    power = np.abs(np.fft.rfft(wave)) ** 2
    return float(power @ np.arange(len(power)) / power.sum())


@pytest.mark.parametrize("name", KEYBOARDS)
def test_a_note_is_in_tune_at_a_sound_level_without_a_seam_and_brighter_when_struck_harder(name, tmp_path):
    low, high = patch.read(name)["keys"]
    key = (low + high) // 2
    path, zones = small(name, tmp_path, key)
    loud, soft = play(path, key, 110), play(path, key, 35)
    steady = slice(SAMPLE_RATE // 2, None)  # strings begin a little sharp
    assert abs(cents(loud.sum(axis=0)[steady], key_frequency(key))) < 5
    level = 20 * np.log10(np.sqrt((loud[:, :SAMPLE_RATE] ** 2).mean()))
    assert -50 < level < -8
    assert np.abs(loud).max() < 1.0
    if patch.read(name).get("filter"):
        assert brightness(loud[0]) > brightness(soft[0])
    for zone in zones:
        if zone.loop is not None:
            turn = zone.samples[:, zone.loop[0] : zone.loop[1]]
            steps = np.abs(np.diff(np.concatenate((turn, turn, turn), axis=1), 2))
            at = turn.shape[1]
            assert steps[:, at - 3 : at + 3].max() <= 1.05 * steps[:, : at - 3].max()


@pytest.mark.parametrize("name", KITS)
def test_every_stroke_is_heard_and_ends_by_itself(name):
    data = patch.read(name)
    hits = {label: one for label, one in data["hits"].items() if set(one["keys"]) & set(STRUCK)}
    zones = patch.zones(name, data | {"hits": hits})
    for zone in zones:
        assert 0.02 < np.abs(zone.samples).max() <= 0.91
        assert np.abs(zone.samples[:, -1]).max() < 1e-3
    kick = next(zone for zone in zones if zone.keys == (36, 36))
    power = np.abs(np.fft.rfft(kick.samples[0], SAMPLE_RATE)) ** 2
    assert power[30:150].sum() > 0.5 * power.sum()


def test_two_takes_of_a_stroke_take_turns():
    turns = [velocities for take in range(2) for velocities in patch._turns(take, 2)]
    assert sorted(velocity for low, high in turns for velocity in range(low, high + 1)) == list(range(128))
    assert len(turns) > 20


def test_a_patch_sounds_the_same_each_time_it_is_made():
    data = patch.read("saw_lead") | {"keys": [60, 64]}
    first, second = (patch.zones("saw_lead", data)[0].samples for _ in range(2))
    assert np.array_equal(first, second)
