"""An engine that plays nothing, but whose waveforms are as hard to compress as any music's."""

from __future__ import annotations

import json
import random
from dataclasses import replace

from jobs.generators.base import Made, Order, Progress
from jobs.generators.dummy import Dummy
from jobs.music.files.peaks import COLUMNS


class Drawn(Dummy):
    """Each column of a waveform is as loud as chance will have it."""

    def generate(self, order: Order, progress: Progress) -> Made:
        made = super().generate(order, progress)
        chance = random.Random(order.seed)
        path = order.folder / "peaks.json"
        path.write_text(json.dumps({"duration": 1.0, "peaks": [chance.randrange(256) for _ in range(COLUMNS)]}))
        return replace(made, files={**made.files, "peaks": (path, "application/json")})
