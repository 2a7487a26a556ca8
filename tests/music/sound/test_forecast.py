"""What is expected of a piece of which a section is played: what swells and ducks, and what the desk then measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.score import Control, Mix, Score
from jobs.music.sound import bands, mix
from jobs.music.sound import forecast as module
from jobs.music.sound.excerpt import excerpt
from jobs.music.sound.filters import BLOCK
from jobs.music.sound.fluid import SAMPLE_RATE
from jobs.music.sound.soundfont import find
from jobs.music.sound.synth import play
from tests.music.handmade import quiet_then_loud, solo

BANK = find()
SPANS = np.array([(0.0, 1.0), (1.0, 2.0), (2.0, 3.0)])


def decibels(ratio: float) -> float:
    return 10 * float(np.log10(ratio))


def of_first(score: Score) -> tuple[module.Forecast, list[mix.Strip]]:
    """What is forecast with its first section, and its strips."""
    cut = excerpt(score, 0)
    strips, voices = mix.layout(score, BANK)
    played = [replace(voice, part=cut.of(voice.part)) for voice in voices]
    return module.forecast(score, cut, BANK, strips, voices, played), strips


def test_expression_is_heard_of_notes_that_it_covers():
    score = solo()  # 120 beats a minute
    [part] = score.parts
    moved = replace(part, controls=(Control(0.0, 11, 127), Control(2.0, 11, 64), Control(2.0, 64, 0)))
    before, after, later = (decibels(gain) for gain in module.swells(score, moved, SPANS))
    assert before == pytest.approx(0.0, abs=0.1)
    assert after == later == pytest.approx(40 * np.log10(64 / 127), abs=0.1)
    assert module.swells(score, part, SPANS).tolist() == [1.0, 1.0, 1.0]


def test_what_the_side_chain_ducks_is_expected_softer():
    plain, strips = of_first(quiet_then_loud())
    ducked, _ = of_first(quiet_then_loud(Mix(sidechain=0.8)))
    ratios = ducked.beside.sum(axis=(1, 2)) / plain.beside.sum(axis=(1, 2))
    change = {strip.role: decibels(ratio) for strip, ratio in zip(strips, ratios, strict=True)}
    assert change["drums"] == pytest.approx(0.0, abs=0.01)
    assert change["pad"] < -0.7
    assert change["pad"] < change["melody"] < 0.0


def test_what_a_fader_does_to_a_section_is_expected():
    score = quiet_then_loud()
    plain, strips = of_first(score)
    ridden, _ = of_first(replace(score, sections=tuple(replace(s, ride=-2.0) for s in score.sections)))
    ratios = ridden.beside.sum(axis=(1, 2)) / plain.beside.sum(axis=(1, 2))
    change = {strip.role: decibels(ratio) for strip, ratio in zip(strips, ratios, strict=True)}
    assert change["pad"] == pytest.approx(-2.0, abs=0.01)
    assert change["melody"] == change["drums"] == 0.0


def test_the_meter_measures_what_a_strip_adds_to_the_mix():
    score = solo(duration=3.0)
    strips, voices = mix.layout(score, BANK)
    frames = -(-round(score.duration * SAMPLE_RATE) // BLOCK) * BLOCK
    blocks = list(play(score, BANK, voices, len(strips), frames))
    meter = module.Meter(len(strips))
    mix.summed(score, strips, blocks, lambda _share: None, meter)
    desk, energy = mix.Desk(score, strips, frames), 0.0
    for block in blocks:
        energy += float((list(desk.strips(block))[0][1] ** 2).sum()) / SAMPLE_RATE
    assert decibels(meter.energy.sum() / energy) == pytest.approx(0.0, abs=0.3)


def test_what_was_measured_corrects_what_is_expected_of_the_same_part_alone():
    expected, strips = of_first(quiet_then_loud())
    drums = next(number for number, strip in enumerate(strips) if strip.drums)
    silent = next(number for number, strip in enumerate(strips) if strip.role == "bass")
    as_expected = expected.rest(expected.section).energy
    louder = expected.section.copy()
    louder[drums] *= 4.0
    louder[silent] = 0.0
    rest = expected.rest(louder).energy
    of_drums = expected.beside[drums, 0]
    assert ((rest - as_expected)[0] > 1.5 * of_drums).all()  # nearly three times more, since there are many strokes


def test_the_bus_looks_at_every_other_block():
    counts = module.looked_at(4 * BLOCK / SAMPLE_RATE)
    in_block = round(BLOCK / SAMPLE_RATE / module._FINE)
    assert counts[1] == counts[2 * in_block + 1] == 2.0
    assert counts[in_block + 1] == counts[3 * in_block + 1] == 0.0


def test_what_comes_back_from_the_walls_at_once_goes_with_what_sounds():
    (_, together), (echo, never) = module._answers("club", 0.5)
    assert np.abs(together[0]).max() > 0.1
    assert together[1].tolist() == never[1].tolist() == [0.0] * len(bands.KEYS)
    assert np.abs(never[0]).max() < 0.02 < echo[0].max()  # an echo comes too late for that
