"""The checklist of what makes it music, on a corpus; each measure with a control of random notes that fails it."""

from functools import cache
from statistics import fmean

import pytest

from jobs.music import styles
from jobs.music.composing.compose import compose
from tests.music import measures
from tests.music.briefs import brief
from tests.sweeps import sampled

CORPUS = ("pop", "rock", "jazz", "house", "folk", "cinematic", "celtic", "soul", "waltz", "hiphop", "trot", "synthwave")
SEEDS = (1, 2)
SECONDS = 60.0


@cache
def corpus():
    return tuple(compose(brief(style, duration=SECONDS), seed) for style in CORPUS for seed in SEEDS)


@cache
def noise():
    return tuple(measures.randomised(score, index) for index, score in enumerate(corpus()))


def mean(measure, scores):
    values = [value for value in map(measure, scores) if value is not None]
    return fmean(values)


def melody_entropy(score):
    return measures.bar_entropy(score, measures.part(score, "melody").notes)


def harmony_entropy(score):
    return measures.bar_entropy(score, measures.pitched(score))


def test_form_bars_have_an_earlier_twin():
    assert mean(measures.twin_bars, corpus()) >= 0.5
    assert mean(measures.twin_bars, noise()) <= 0.05


def test_harmony_keeps_to_the_key():
    assert mean(measures.key_fit, corpus()) >= 0.9
    assert mean(measures.key_fit, noise()) <= 0.7


def test_the_melody_has_chord_tones_on_strong_beats():
    assert mean(measures.strong_chord_tones, corpus()) >= 0.8
    assert mean(measures.strong_chord_tones, noise()) <= 0.5


def test_the_melody_does_not_rub_against_the_chord():
    assert mean(measures.clashes, corpus()) <= 0.02
    assert mean(measures.clashes, noise()) >= 0.2


def test_motifs_repeat():
    assert 0.35 <= mean(measures.repeated_figures, corpus()) <= 0.75  # more would be monotony
    assert mean(measures.repeated_figures, noise()) <= 0.05


@pytest.mark.parametrize("entropy", [melody_entropy, harmony_entropy])
def test_the_pitches_of_a_bar_are_neither_one_nor_any(entropy):
    assert 1.3 <= mean(entropy, corpus()) <= 2.2


def test_random_pitches_are_any():
    assert mean(harmony_entropy, noise()) >= 2.5


def test_voices_move_by_small_steps():
    def movement(score):
        roles = [role for role in ("chords", "pad") if measures.part(score, role)]
        return fmean(measures.voice_movement(score, role) for role in roles)

    assert mean(movement, corpus()) <= 3
    assert mean(movement, noise()) >= 4


def test_the_bass_sits_on_the_kick():
    assert mean(measures.bass_on_kick, corpus()) >= 0.6
    assert mean(measures.bass_on_kick, noise()) <= 0.3


def test_velocities_have_dynamics_that_follow_the_metre():
    assert 13 <= mean(measures.velocities, corpus()) <= 19
    assert mean(measures.metre_in_velocity, corpus()) >= 5
    assert abs(mean(measures.metre_in_velocity, noise())) <= 5
    assert mean(measures.velocities, noise()) > 22


def test_no_drum_kit_is_without_dynamics():
    for score in corpus():
        kit = measures.part(score, "drums")
        if kit:
            assert len({note.velocity // 8 for note in kit.notes}) >= 4


def test_the_pulse_is_clear():
    assert mean(measures.on_the_pulse, corpus()) >= 0.45
    assert mean(measures.on_the_pulse, noise()) <= 0.25


def test_drums_grow_denser_before_a_new_section():
    assert mean(measures.fill_density, corpus()) >= 1.4
    assert mean(measures.fill_density, noise()) <= 1.3


def layer_changes(score):
    playing = measures.playing(score)
    return fmean(one != other for one, other in zip(playing, playing[1:], strict=False))


def test_layers_change_from_section_to_section():
    assert mean(layer_changes, corpus()) >= 0.7
    assert mean(layer_changes, noise()) <= 0.4


def test_there_is_no_mud():
    assert mean(measures.muddy, corpus()) <= 0.03
    assert mean(measures.muddy, noise()) >= 0.3


def test_it_comes_to_rest_on_the_tonic():
    ending = [score for score in corpus() if not score.fade_out]
    assert all(map(measures.ends_on_tonic, ending))
    assert fmean(measures.ends_on_tonic(measures.randomised(score, 3)) for score in ending) <= 0.5


@pytest.mark.parametrize("metre", [(3, 4), (6, 8)])
def test_other_metres_are_heard_in_bass_and_drums(metre):
    name = f"{metre[0]}/{metre[1]}"
    shares = []
    for style in ("pop", "soul", "rock", "folk", "classical"):
        score = compose(brief(style, metre=name, duration=SECONDS), 1)
        bass = measures.part(score, "bass").notes
        bar = measures.bar_beats(score)
        shares.append(sum(min(note.start % bar, -note.start % bar) < 0.12 for note in bass) / (score.beats / bar))
    assert fmean(shares) >= 0.8


@pytest.mark.parametrize("style", sampled(styles.all_ids()))
def test_every_style_is_sound(style):
    for seed in SEEDS:
        score = compose(brief(style, duration=45.0), seed)
        assert measures.strong_chord_tones(score) >= 0.75
        assert measures.clashes(score) <= 0.05
        assert measures.key_fit(score) >= 0.7
        assert measures.muddy(score) <= 0.25
        assert 8 <= measures.velocities(score) <= 24
