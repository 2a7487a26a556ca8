from __future__ import annotations

import numpy as np
import pytest

from jobs.music.sound import bands
from jobs.music.sound.fluid import SAMPLE_RATE


@pytest.mark.parametrize(("index", "frequency"), list(enumerate(bands.CENTRES)))
def test_a_sine_is_in_its_band_with_all_its_energy(index, frequency):
    sine = np.sin(2 * np.pi * frequency * np.arange(20_000) / SAMPLE_RATE).astype(np.float32)
    found = bands.powers(np.array((sine, 0.5 * sine)))
    assert found[0].argmax() == index
    assert found[0].sum() == pytest.approx((sine**2).sum(), rel=0.02)
    assert found[1] == pytest.approx(found[0] / 4, rel=0.01)


def test_nothing_has_a_level_too():
    assert bands.decibels(np.zeros(3)).tolist() == [-120.0] * 3
