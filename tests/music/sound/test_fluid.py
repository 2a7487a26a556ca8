from __future__ import annotations

import logging

import numpy as np
import pytest

from jobs.music.errors import SoundfontCorrupt, SynthesizerMissing
from jobs.music.sound import fluid as module
from jobs.music.sound.fluid import Buffers, Fluid
from jobs.music.sound.soundfont import find
from tests.music import banks


def level(fluid: Fluid, frames: int = 64 * 300) -> float:
    samples = np.zeros((2, frames), np.float32)
    fluid.render_stereo(samples)
    return float(np.sqrt(np.mean(samples**2)))


@pytest.fixture
def sine(tmp_path):
    with Fluid(banks.write(tmp_path / "bank.sf2"), channels=8, groups=2) as fluid:
        for channel in range(8):
            fluid.program(channel, 0)
        yield fluid


def test_it_plays_until_the_note_ends(sine):
    sine.note_on(0, 69, 100)
    loud = level(sine)
    assert loud > 0.01
    sine.note_off(0, 69)
    level(sine)
    assert level(sine) < loud / 1000
    assert sine.voices == 0


def test_it_attenuates_by_decibels(sine):
    sine.note_on(0, 69, 100)
    loud = level(sine)
    sine.silence()
    sine.attenuate(0, 12.0)
    sine.note_on(0, 69, 100)
    level(sine, 64)
    assert 20 * np.log10(level(sine) / loud) == pytest.approx(-12.0, abs=0.2)


def test_it_renders_groups_apart_and_adds_to_the_buffers(sine):
    dry = Buffers(4, 640)
    dry.samples += 1.0
    sine.note_on(3, 69, 100)  # channel 3 plays into group 1
    sine.render(dry, 64, 512)
    assert np.all(dry.samples[:2] == 1.0)
    assert np.all(dry.samples[2:, :64] == 1.0)
    assert np.abs(dry.samples[2:, 64:576] - 1.0).max() > 0.01
    assert np.all(dry.samples[2:, 576:] == 1.0)


def test_it_bends_and_controls(sine):
    def pitch() -> float:
        samples = np.zeros((2, 64 * 500), np.float32)
        sine.render_stereo(samples)
        spectrum = np.abs(np.fft.rfft(samples[0] * np.hanning(samples.shape[1])))
        return float(spectrum.argmax() * module.SAMPLE_RATE / samples.shape[1])

    sine.note_on(0, 69, 100)
    low = pitch()
    sine.control(0, 128, 8191)
    assert pitch() / low == pytest.approx(2 ** (2 / 12), rel=0.01)
    sine.control(0, 7, 0)
    level(sine)
    assert level(sine) < 1e-4


def test_a_harder_stroke_is_brighter_and_a_little_sharper_as_far_as_the_channel_is_touched():
    def stroke(touch: float, velocity: int, brightness: int = 64) -> tuple[float, float]:
        samples = np.zeros((2, 64 * 1000), np.float32)
        with Fluid(find().path) as fluid:
            fluid.program(0, 56)  # a trumpet, recorded at one dynamic
            fluid.touch(0, touch)
            fluid.control(0, 74, brightness)
            fluid.note_on(0, 69, velocity)
            fluid.render_stereo(samples)
        power = np.abs(np.fft.rfft(samples[0] * np.hanning(samples.shape[1]), 1 << 19)) ** 2
        frequencies = np.arange(len(power)) * module.SAMPLE_RATE / (1 << 19)
        near = (frequencies > 430) & (frequencies < 450)
        return power @ frequencies / power.sum(), power[near] @ frequencies[near] / power[near].sum()

    (soft, low), (loud, high) = stroke(1.0, 40), stroke(1.0, 115)
    assert loud > 1.1 * soft
    assert 2 < 1200 * np.log2(high / low) < 9  # cents
    assert stroke(0.0, 115)[0] == pytest.approx(stroke(0.0, 40)[0], rel=0.02)
    assert stroke(0.0, 115, 0)[0] < 0.9 * stroke(0.0, 115)[0]


def test_a_preset_that_a_bank_lacks_is_no_error(tmp_path, caplog):
    path = banks.write(tmp_path / "bank.sf2")
    with Fluid(path) as fluid, caplog.at_level(logging.WARNING, module.__name__):
        assert fluid.preset(0, path, 0, 0)
        assert fluid.preset_name(0) == "Sine"
        assert not fluid.preset(0, path, 8, 24)
        assert not fluid.preset(0, path, 128, 0)
        assert fluid.preset_name(0) == "Sine"
    assert caplog.text == ""


def test_a_program_that_the_bank_lacks_is_replaced(tmp_path):
    with Fluid(banks.write(tmp_path / "bank.sf2")) as fluid:
        fluid.program(0, 77)
        fluid.note_on(0, 60, 100)
        assert level(fluid) > 0.01
        with pytest.raises(SoundfontCorrupt):
            fluid.program(1, 0, drums=True)


def test_a_bank_that_is_no_bank_is_refused(tmp_path):
    (tmp_path / "text.sf2").write_text("Once upon a time")
    with pytest.raises(SoundfontCorrupt):
        Fluid(tmp_path / "text.sf2")


def test_its_messages_go_to_the_log(tmp_path, caplog, capfd):
    with caplog.at_level(logging.DEBUG, module.__name__), pytest.raises(SoundfontCorrupt):
        Fluid(tmp_path / "none.sf2")
    assert "none.sf2" in caplog.text
    assert capfd.readouterr() == ("", "")


def test_a_missing_library_has_a_name(monkeypatch):
    monkeypatch.setattr(module, "_candidates", lambda: iter(["/nowhere/libfluidsynth.so.3"]))
    with pytest.raises(SynthesizerMissing, match="nowhere"):
        module.library.__wrapped__()


def test_a_bank_is_read_once_and_sounds_the_same_to_the_next(tmp_path, monkeypatch):
    path = banks.write(tmp_path / "bank.sf2")
    idle = {}
    monkeypatch.setattr(module, "_idle", idle)

    def heard() -> bytes:
        with Fluid(path) as fluid:
            assert sum(map(len, idle.values())) == 0  # nobody else has it meanwhile
            fluid.program(0, 0)
            fluid.control(0, 7, 90)
            for pitch in (60, 64, 67):
                fluid.note_on(0, pitch, 100)
            samples = np.zeros((2, 6400), np.float32)
            fluid.render_stereo(samples)
            return samples.tobytes()

    first = heard()
    (font,) = next(iter(idle.values()))
    assert font.loaded == [(0, 0)]
    assert heard() == first
    assert next(iter(idle.values())) == [font]
