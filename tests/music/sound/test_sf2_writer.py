from __future__ import annotations

import io
import struct

import numpy as np
import pytest

from jobs.music.sound import sf2_writer
from jobs.music.sound.fluid import SAMPLE_RATE, Fluid
from jobs.music.sound.sf2 import SAMPLE, chunks
from jobs.music.sound.sf2_writer import Zone

PERIOD = 100  # frames: 441 Hz
SINE = (0.5 * np.sin(2 * np.pi * np.arange(20 * PERIOD) / PERIOD)).astype(np.float32)


def zone(samples=SINE[None], **changes) -> Zone:
    values = {"rate": SAMPLE_RATE, "frequency": 441.0, "root": 69, "keys": (0, 127), "loop": (PERIOD, 19 * PERIOD)}
    return Zone(samples, **(values | changes))


def write(path, *zones, **options):
    with path.open("wb") as file:
        sf2_writer.write(file, "Two sines", zones, **options)
    return path


def play(path, key=69, velocity=100, *, drums=False):
    samples = np.zeros((2, 64 * 400), np.float32)
    with Fluid(path) as fluid:
        assert fluid.program(0, 0, drums=drums)
        fluid.note_on(0, key, velocity)
        fluid.render_stereo(samples)
    return samples


def pitch(samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples[0] * np.hanning(samples.shape[1]), 1 << 19))
    return float(spectrum.argmax() * SAMPLE_RATE / (1 << 19))


def test_a_sample_sounds_at_the_pitch_of_its_key(tmp_path):
    path = write(tmp_path / "bank.sf2", zone())
    assert pitch(play(path)) == pytest.approx(440.0, rel=0.0005)  # 1 cent is .0006
    assert pitch(play(path, 81)) == pytest.approx(880.0, rel=0.0005)


def test_keys_and_velocities_choose_the_sample(tmp_path):
    soft, loud = zone(SINE[None] * 0.2, velocities=(0, 63)), zone(velocities=(64, 127))
    path = write(tmp_path / "bank.sf2", soft, loud, zone(np.zeros((1, 2000), np.float32), keys=(100, 127)))
    assert np.abs(play(path, 69, 64)).max() > 4 * np.abs(play(path, 69, 63)).max()
    with Fluid(path) as fluid:
        fluid.program(0, 0)
        fluid.note_on(0, 110, 90)
        assert fluid.voices == 2  # its own, and the loud one that has all keys


def test_a_stereo_sample_keeps_its_sides(tmp_path):
    samples = play(write(tmp_path / "bank.sf2", zone(np.stack((SINE, np.zeros_like(SINE))))))
    assert np.abs(samples[0]).max() > 0.01
    assert np.abs(samples[1]).max() < 0.001


def test_zones_share_the_samples_that_they_have_in_common(tmp_path):
    path = write(tmp_path / "bank.sf2", zone(keys=(0, 60)), zone(keys=(61, 127)), zone(SINE[None].copy()))
    assert chunks(path)["shdr"][1] == 3 * SAMPLE.size  # two samples and the end


def test_a_harder_stroke_opens_the_filter_and_so_does_the_brightness(tmp_path):
    saw = np.tile(np.linspace(-0.5, 0.5, PERIOD, dtype=np.float32), 20)[None]
    path = write(tmp_path / "bank.sf2", zone(saw, generators={"cutoff": sf2_writer.hertz(3000.0)}, darker=3600))

    def brightness(samples) -> float:
        power = np.abs(np.fft.rfft(samples[0])) ** 2
        return float(power @ np.arange(len(power)) / power.sum())

    assert brightness(play(path, velocity=120)) > 1.2 * brightness(play(path, velocity=40))


def test_drums_are_in_the_drums_bank(tmp_path):
    path = write(tmp_path / "bank.sf2", zone(), drums=True)
    assert np.abs(play(path, drums=True)).max() > 0.01


def test_the_tables_are_as_the_specification_wants_them(tmp_path):
    path = write(tmp_path / "bank.sf2", zone(), zone())
    found, data = chunks(path), path.read_bytes()
    for name, size in (("phdr", 38), ("pbag", 4), ("inst", 22), ("ibag", 4), ("igen", 4), ("imod", 10), ("shdr", 46)):
        assert found[name][1] % size == 0, name
    at, size = found["ibag"]
    assert struct.unpack_from("<HH", data, at + size - 4) == (found["igen"][1] // 4 - 1, found["imod"][1] // 10 - 1)


def test_a_full_disk_is_said(tmp_path):
    class Full(io.BytesIO):
        def write(self, _data):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        sf2_writer.write(Full(), "x", [zone()])
