from __future__ import annotations

import json

import numpy as np

from jobs.music.files import peaks


def test_each_column_shows_its_loudest_sample():
    samples = np.zeros((2, 1000), np.float32)
    samples[0, 5], samples[1, 995], samples[0, 505] = 0.5, -1.0, 0.25
    found = peaks.peaks(samples, 1000, columns=100)
    assert found[0] == 128
    assert found[99] == 255
    assert found[50] == 64
    assert sum(found) == 128 + 255 + 64


def test_samples_after_the_end_do_not_count():
    samples = np.zeros((2, 1000), np.float32)
    samples[:, 900:] = 1.0
    assert max(peaks.peaks(samples, 900, columns=10)) == 0


def test_it_writes_small_json(tmp_path):
    samples = np.random.default_rng(1).uniform(-1, 1, (2, 441_000)).astype(np.float32)
    peaks.write(samples, 441_000, 10.0, tmp_path / "peaks.json")
    data = json.loads((tmp_path / "peaks.json").read_text())
    assert data["duration"] == 10.0
    assert len(data["peaks"]) == peaks.COLUMNS
    assert all(0 <= value <= 255 for value in data["peaks"])
    assert (tmp_path / "peaks.json").stat().st_size < 5000
