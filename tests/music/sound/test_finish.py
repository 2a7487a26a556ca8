from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.score import Mix, Score
from jobs.music.sound import bands, tone
from jobs.music.sound import finish as module
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.forecast import Rest
from jobs.music.sound.mix import Mixed
from tests.music.handmade import solo


def nothing(_share: float) -> None:
    pass


def finished(score: Score, samples: np.ndarray) -> np.ndarray:
    mixed = Mixed(samples.astype(np.float32), round(score.duration * SAMPLE_RATE))
    module.finish(mixed, score, 1, nothing)
    return mixed.samples


def noise(score: Score, *, correlation: float = 0.8) -> np.ndarray:
    """Noise with the energy of the target curve in each band."""
    random = np.random.default_rng(2)
    frames = -(-round(score.duration * SAMPLE_RATE) // BLOCK) * BLOCK
    spectrum = np.fft.rfft(random.standard_normal((2, frames)))
    frequency = np.maximum(np.fft.rfftfreq(frames, 1 / SAMPLE_RATE), 1.0)
    density = tone.target(Mix()) - bands.decibels(np.diff(np.array(bands.EDGES)))
    shape = 10 ** (np.interp(np.log(frequency), np.log(bands.CENTRES), density) / 20)
    middle, side = np.fft.irfft(spectrum * shape, frames)
    middle, side = 0.01 * middle / middle.std(), 0.01 * side / side.std()
    side *= np.sqrt((1 - correlation) / (1 + correlation))
    return np.array([middle + side, middle - side])


def shares(samples: np.ndarray) -> np.ndarray:
    power = bands.powers(samples.astype(np.float32)).sum(axis=0)
    return bands.decibels(power / power.sum())


def test_a_fade_out_and_every_end_reach_silence():
    score = solo(fade_out=4.0)
    gain = module.fades(score, round(score.duration * SAMPLE_RATE), 5600)
    assert gain[0] == 1.0
    assert gain[round(5.9 * SAMPLE_RATE / module.HOP)] == pytest.approx(0.5, abs=0.05)
    assert np.all(np.diff(gain) <= 0)
    assert gain[-1] == 0.0
    unfaded = module.fades(solo(), 8 * SAMPLE_RATE, 5600)
    assert unfaded[round(5.4 * SAMPLE_RATE / module.HOP)] == 1.0
    assert unfaded[-1] == 0.0


@pytest.mark.parametrize("correlation", [-0.2, 0.3, 0.8, 0.97])
def test_folding_to_one_channel_loses_at_most_one_decibel(correlation):
    score = solo()
    samples = finished(score, noise(score, correlation=correlation))
    assert 0.6 < np.corrcoef(samples)[0, 1] < 0.92
    assert 10 * np.log10((samples**2).mean() / (samples.mean(axis=0) ** 2).mean()) < 1.0


def test_each_band_is_as_wide_as_recordings_are():
    middle, side = np.ones(7), 0.01 * np.ones(7)
    middle[0:2] = 10.0
    wider = module.widths(middle, side, 1.0)
    assert np.all(wider[2:6] > 5.0)
    assert module.widths(middle, 4.0 * np.ones(7), 1.0).max() < 0.0
    assert module.widths(middle, np.zeros(7), 1.0).tolist() == [0.0] * 7  # there is nothing to widen
    assert module.widths(middle, 10 * side, 1.3)[3] > module.widths(middle, 10 * side, 1.0)[3]


def test_the_bus_corrects_a_little_and_leaves_the_rest_to_the_strips():
    score = solo()
    heard = shares(finished(score, noise(score)))
    dull = shares(finished(replace(score, mix=Mix(brightness_db=12.0)), noise(score)))
    assert 0.5 < (dull - heard)[6] < 3.5
    assert abs((dull - heard)[3]) < 1.0


def test_a_lid_is_a_lid():
    score = solo()
    lid = shares(finished(replace(score, mix=Mix(lowpass_hz=3000.0)), noise(score)))
    assert (lid - shares(finished(score, noise(score))))[6] < -20


@pytest.mark.parametrize(("pressed", "share"), [(Mix(drive=1.0), 0.85), (Mix(loudness=-9.0), 0.98)])
def test_drive_and_loudness_tame_peaks(pressed, share):
    def crest(mix: Mix) -> float:
        score = solo(mix=mix)
        samples = finished(score, noise(score))
        return float(np.abs(samples).max() / np.std(samples))

    assert crest(pressed) < share * crest(Mix(loudness=-18.0))


def test_what_is_to_be_gentle_is_not_pressed():
    score = solo(mix=Mix(loudness=-18.0))
    swelling = noise(score) * np.linspace(0.2, 1.0, noise(score).shape[1])

    def spread(samples: np.ndarray) -> float:
        half = SAMPLE_RATE
        return float(samples[:, 3 * half : 5 * half].std() / samples[:, :half].std())

    assert spread(finished(score, swelling)) > 1.05 * spread(finished(solo(), swelling))


def test_vinyl_crackles_the_same_way_for_the_same_seed():
    score = solo(mix=Mix(vinyl=1.0))
    plain = finished(solo(), noise(score))
    one, same = finished(score, noise(score)), finished(score, noise(score))
    assert np.array_equal(one, same)
    bed = one - plain
    assert -60 < 20 * np.log10(np.std(bed) / np.std(plain)) < -20
    assert np.abs(bed).max() > 8 * np.std(bed)  # pops, not only hiss


def test_a_section_goes_through_the_bus_of_its_piece():
    """Soft highs first, then all of it, louder: level and tone are those of the whole, not of its beginning."""
    score = solo(duration=4.0)
    sound = noise(score)
    frames = sound.shape[1]
    spectrum, hertz = np.fft.rfft(sound), np.fft.rfftfreq(frames, 1 / SAMPLE_RATE)
    spectrum *= (hertz > bands.EDGES[0]) & (hertz < bands.EDGES[-1])
    loud = np.fft.irfft(spectrum, frames)
    soft = 0.2 * np.fft.irfft(np.where(hertz < 2000, 0.3, 1.0) * spectrum, frames)
    middle, side = (loud[0] + loud[1]) / 2, (loud[0] - loud[1]) / 2
    rest = Rest(2 * bands.powers(np.array((middle, side))) / SAMPLE_RATE, frames / SAMPLE_RATE)
    whole = module._balance(np.concatenate((soft, loud), axis=1), Mix(), None)
    of_section, alone = (module._balance(soft, Mix(), beside) for beside in (rest, None))
    assert 20 * np.log10(of_section.level / whole.level) == pytest.approx(0.0, abs=0.2)
    assert 20 * np.log10(alone.level / whole.level) > 6.0
    high = [round(centre * 2 * (module.BINS - 1) / SAMPLE_RATE) for centre in bands.CENTRES]
    np.testing.assert_allclose(20 * np.log10(np.abs(of_section.tone / whole.tone))[high], 0.0, atol=0.4)
    piece, mixed = whole.heard[1], Mixed(soft.astype(np.float32), frames)
    assert of_section.heard[1] == pytest.approx(piece, abs=0.3)
    module.finish(mixed, score, 1, nothing, rest)
    assert piece - 3.0 < mixed.of_piece < piece  # it will be pressed
