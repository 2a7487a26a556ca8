from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.errors import NothingToPlay
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Mix, Note, Part, Score
from jobs.music.sound import mix
from jobs.music.sound.filters import BLOCK, HOP
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.loudness import energy, integrated, weigh
from jobs.music.sound.soundfont import find
from jobs.music.sound.synth import play
from tests.music.handmade import solo, song

BANK = find().path


def nothing(_share: float) -> None:
    pass


def strips(score: Score) -> dict[str, np.ndarray]:
    """Each part alone, stereo, as the desk sums it."""
    layout, voices = mix.layout(score, BANK, separate=True)
    frames = round(score.duration * SAMPLE_RATE)
    desk = mix.Desk(score, layout, -(-frames // BLOCK) * BLOCK)
    found: dict[str, list[np.ndarray]] = {}
    for blocks in play(score, BANK, voices, len(layout), frames):
        for strip, samples in desk.strips(blocks):
            found.setdefault(strip.name, []).append(np.broadcast_to(samples, (2, BLOCK)))
    return {name: np.concatenate(blocks, axis=1) for name, blocks in found.items()}


def level(samples: np.ndarray) -> float:
    return integrated(energy(weigh(samples)))


def finished(score: Score, samples: np.ndarray) -> np.ndarray:
    mixed = mix.Mixed(samples.astype(np.float32), round(score.duration * SAMPLE_RATE))
    mix.finish(mixed, score, 1, nothing)
    return mixed.samples


def noise(score: Score, *, correlation: float = 0.8) -> np.ndarray:
    random = np.random.default_rng(2)
    frames = -(-round(score.duration * SAMPLE_RATE) // BLOCK) * BLOCK
    middle, side = random.standard_normal((2, frames)) * 0.01
    side *= np.sqrt((1 - correlation) / (1 + correlation))
    return np.array([middle + side, middle - side])


def test_parts_stand_at_their_roles_levels():
    levels = {name: level(samples) for name, samples in strips(song(20.0)).items()}
    assert levels["melody"] - levels["chords"] == pytest.approx(6.0, abs=2.5)
    assert levels["melody"] - levels["pad"] == pytest.approx(10.0, abs=2.5)
    assert levels["melody"] - levels["arpeggio"] == pytest.approx(7.0, abs=2.5)
    assert levels["melody"] - levels["bass"] == pytest.approx(1.0, abs=2.5)
    assert levels["drums"] - levels["melody"] == pytest.approx(1.0, abs=3.0)
    assert levels["effects"] < levels["melody"] - 4.0


@pytest.mark.parametrize("instrument", ["flute", "violin", "trumpet", "piano", "music_box", "saw_lead", "marimba"])
def test_instruments_of_unequal_loudness_come_out_alike(instrument):
    notes = tuple(Note(i * 0.5, 0.5, 72 + i % 5, 90) for i in range(16))
    part = Part("a", "melody", instrument, notes)
    assert level(strips(solo(parts=(part,)))["a"]) == pytest.approx(-36.0, abs=2.5)


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


def test_bass_is_mono_and_the_others_leave_it_room():
    found = strips(song(12.0))
    assert np.array_equal(*found["bass"])
    spectrum = np.abs(np.fft.rfft(found["chords"][0])) ** 2
    frequency = np.fft.rfftfreq(found["chords"].shape[1], 1 / SAMPLE_RATE)
    assert spectrum[frequency < 45].sum() < 1e-3 * spectrum.sum()


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


def test_a_fade_out_and_every_end_reach_silence():
    score = solo(fade_out=4.0)
    gain = mix.fades(score, round(score.duration * SAMPLE_RATE), 5600)
    assert gain[0] == 1.0
    assert gain[round(5.9 * SAMPLE_RATE / HOP)] == pytest.approx(0.5, abs=0.05)
    assert np.all(np.diff(gain) <= 0)
    assert gain[-1] == 0.0
    unfaded = mix.fades(solo(), 8 * SAMPLE_RATE, 5600)
    assert unfaded[round(5.4 * SAMPLE_RATE / HOP)] == 1.0
    assert unfaded[-1] == 0.0


@pytest.mark.parametrize("correlation", [-0.2, 0.3, 0.8, 0.999])
def test_the_width_keeps_left_and_right_related(correlation):
    score = solo()
    samples = finished(score, noise(score, correlation=correlation))
    assert 0.6 < np.corrcoef(samples)[0, 1] < 0.95


def test_tone_controls_do_what_they_say():
    def tilt(settings: Mix) -> np.ndarray:
        score = solo(mix=settings)
        spectrum = np.abs(np.fft.rfft(finished(score, noise(score))[0])) ** 2
        frequency = np.fft.rfftfreq(2 * (len(spectrum) - 1), 1 / SAMPLE_RATE)
        bands = ((30, 80), (500, 2000), (12_000, 16_000))
        return 10 * np.log10([spectrum[(frequency > low) & (frequency < high)].mean() for low, high in bands])

    flat = tilt(Mix())
    assert tilt(Mix(warmth_db=4.0)) - flat == pytest.approx([3.5, 0.0, 0.0], abs=1.0)
    assert tilt(Mix(brightness_db=4.0)) - flat == pytest.approx([0.0, 0.0, 3.7], abs=1.0)
    assert (tilt(Mix(lowpass_hz=3000.0)) - flat)[2] < -20


def test_drive_tames_peaks():
    def crest(settings: Mix) -> float:
        score = solo(mix=settings)
        samples = finished(score, noise(score))
        return float(np.abs(samples).max() / np.std(samples))

    assert crest(Mix(drive=1.0)) < 0.8 * crest(Mix())


def test_vinyl_crackles_the_same_way_for_the_same_seed():
    score = solo(mix=Mix(vinyl=1.0))
    plain = finished(solo(), noise(score))
    one, same = finished(score, noise(score)), finished(score, noise(score))
    assert np.array_equal(one, same)
    bed = one - plain
    assert -60 < 20 * np.log10(np.std(bed) / np.std(plain)) < -20
    assert np.abs(bed).max() > 8 * np.std(bed)  # pops, not only hiss


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
