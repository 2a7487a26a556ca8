"""Pictures of tracks: waveforms and covers."""

import re
from collections.abc import Callable

from jobs.models import Job
from jobs.pages import pictures

Order = Callable[..., Job]


def test_a_waveform_has_a_bar_for_every_step() -> None:
    path = pictures.bars([0, 255] * 400)
    assert path.count("v") == pictures.BARS
    heights = [float(height) for height in re.findall(r"v([\d.]+)", path)]
    assert max(heights) <= pictures.WAVE_HEIGHT
    across = [float(step) for step in re.findall(r"m([\d.]+)", path)]
    right = float(path[1:].split()[0]) + sum(across)
    assert right == pictures.BARS * pictures.BAR_STEP - pictures.BAR_STEP + pictures.BAR_WIDTH / 2, (
        "the last is in the box"
    )
    assert pictures.bars([0] * 10).count("v") == pictures.BARS
    assert min(float(height) for height in re.findall(r"v([\d.]+)", pictures.bars([0, 0, 7]))) > 0


def test_the_same_seed_paints_the_same_cover(order: Order) -> None:
    one, same, other = order("calm piano", seed=1), order("calm piano", seed=1), order("calm piano", seed=2)
    assert pictures.cover(one) == pictures.cover(same) != pictures.cover(other)
