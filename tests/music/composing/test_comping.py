from __future__ import annotations

import pytest

from jobs.music.composing.compose import compose
from jobs.music.words.understand import understand


@pytest.mark.parametrize(("key", "interval"), [("A minor", 3), ("A major", 4)])
def test_thirds_sing_out_of_their_chords(key: str, interval: int) -> None:
    score = compose(understand("a pop song", {"style": "pop", "key": key, "duration": 30}), 3)
    keys = next(part for part in score.parts if part.name == "keys")
    homes = {chord.start for chord in score.chords if chord.root == 9 and len(chord.pitches) == 3}
    struck = [note for note in keys.notes if any(home <= note.start < home + 0.05 for home in homes)]
    third = [note.velocity for note in struck if (note.pitch - 9) % 12 == interval]
    others = [note.velocity for note in struck if (note.pitch - 9) % 12 in (0, 7)]
    assert third
    assert sum(third) / len(third) > sum(others) / len(others) + 4
