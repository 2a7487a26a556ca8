from __future__ import annotations

import numpy as np
import pytest

from jobs.music.sound import sf2
from jobs.music.sound.fluid import Fluid
from tests.music import banks


def heard(path) -> np.ndarray:
    samples = np.zeros((2, 64 * 400), np.float32)
    with Fluid(path) as fluid:
        fluid.program(0, 0)
        fluid.note_on(0, 69, 100)
        fluid.render_stereo(samples)
    return samples[0]


def test_it_reads_the_chunks_of_all_lists(tmp_path):
    path = banks.write(tmp_path / "bank.sf2")
    found = sf2.chunks(path)
    at, size = found["smpl"]
    assert size == 2 * banks.PERIODS * banks.PERIOD + 92
    assert path.read_bytes()[at : at + 2] == b"\0\0"
    assert {"ifil", "phdr", "shdr"} <= set(found)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_it_refuses_a_file_that_is_cut_off(tmp_path, share):
    path = banks.write(tmp_path / "bank.sf2")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ValueError, match="cut off"):
        sf2.chunks(path)


def test_it_decodes_to_a_bank_that_sounds_like_the_compressed_one(tmp_path):
    plain = banks.write(tmp_path / "plain.sf2")
    sf2.decode(banks.write(tmp_path / "bank.sf3", compressed=True), tmp_path / "decoded.sf2")
    expected, decoded = heard(plain), heard(tmp_path / "decoded.sf2")
    assert np.abs(expected).max() > 0.01
    assert np.corrcoef(expected, decoded)[0, 1] > 0.999  # at the loop, too, which the sample is too short for alone
    assert np.std(decoded[-4000:]) == pytest.approx(np.std(expected[-4000:]), rel=0.05)
