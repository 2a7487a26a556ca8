"""The music meets the moments of a picture: bars and tempo lead there, everybody strikes, and it ends when it is to."""

from __future__ import annotations

import random

import pytest

from jobs.music.brief import Cue
from jobs.music.composing.compose import compose
from jobs.music.files.document import Document, pack, unpack
from jobs.music.score import beat_at
from jobs.music.styles.cueing import BEND, Ending, course
from jobs.music.styles.pattern import PULSE_BEATS
from tests.music.briefs import brief

EXACT = 0.02  # seconds
CASES = [
    ("cinematic", 60.0, [(12, "hit"), (31, "drop")], {}),
    ("techno", 60.0, [(45, "drop")], {"tempo": 132}),
    ("piano", 30.0, [(7.3, "hit"), (12.9, "hit"), (13.6, "hit"), (28.8, "hit")], {"tempo": 80}),
    ("waltz", 45.0, [(10, "hit"), (20.5, "calm"), (33, "drop")], {"tempo": 160}),
    ("jazz", 40.0, [(11.17, "hit"), (26.4, "hit")], {"metre": "7/8"}),
    ("reggae", 25.0, [(9.9, "hit")], {}),
    ("waltz", 12.0, [(6, "hit")], {"tempo": 100}),
]


@pytest.mark.parametrize(("style", "duration", "cues", "fields"), CASES)
def test_accents_fall_on_them_and_sections_begin_there(style, duration, cues, fields):
    order = brief(style, duration=duration, cues=tuple(Cue(float(at), kind) for at, kind in cues), **fields)
    score = compose(order, 3).quantised()
    assert score.duration == duration
    assert score.fade_out == 0.0
    assert unpack(pack(Document(score, 3, 2)), score.title).score.cues == score.cues
    begin = [score.seconds(section.start) for section in score.sections]
    met = 0
    for cue, point in zip(order.cues, score.cues, strict=True):
        assert (point.kind, score.seconds(point.start)) == (cue.kind, pytest.approx(cue.at, abs=0.001))
        met += any(abs(cue.at - at) < EXACT for at in begin)
        struck = [n for part in score.parts for n in part.notes if abs(score.seconds(n.start) - cue.at) < EXACT]
        if cue.kind != "calm":
            around = [
                n.velocity for part in score.parts for n in part.notes if 1 < abs(score.seconds(n.start) - cue.at) < 4
            ]
            assert len(struck) >= 2
            assert max(note.velocity for note in struck) >= sum(around) / len(around) + 8
    assert met >= len(cues) - 3 * (style == "piano")  # three cues there are too close to each other for bars
    ends = max(score.seconds(n.start) for part in score.parts for n in part.notes)
    assert duration - ends >= 0.5  # the last chord sounds
    for tempo in score.tempos[: len(cues) + 1 - 3 * (style == "piano")]:
        assert abs(tempo.bpm / (order.tempo * PULSE_BEATS[order.metre]) - 1) <= BEND + 1e-9


def test_the_section_of_a_drop_follows_one_that_builds():
    score = compose(brief("house", duration=60.0, cues=(Cue(30.0, "drop"),)), 3)
    names = [section.name for section in score.sections]
    at = next(at for at, section in enumerate(score.sections) if abs(score.seconds(section.start) - 30.0) < EXACT)
    assert names[at - 1 : at + 1] == ["build", "drop"]


def test_whatever_is_asked_for_is_met_or_lies_within_a_leg():
    rng = random.Random(4)
    for _ in range(200):
        duration, tempo = rng.uniform(10, 120), rng.uniform(50, 200)
        cues = sorted(rng.uniform(0.5, duration - 0.6) for _ in range(rng.randrange(1, 9)))
        metre = rng.choice(["4/4", "3/4", "6/8", "5/4"])
        way = course(cues, duration, tempo, metre, Ending(1.0, 3.0, 4.5))
        assert way is not None
        assert all(abs(leg.tempo / tempo - 1) <= BEND for leg in way.legs)
        assert set(way.met) <= set(cues)
        whole = sum(leg.pulses * 60 / leg.tempo for leg in way.legs) + way.hold
        assert whole == pytest.approx(duration)


def test_without_cues_nothing_is_other():
    plain = brief("pop", duration=20.0)
    assert compose(plain, 3).cues == ()
    assert plain.to_json() == brief("pop", duration=20.0, cues=()).to_json()
    with_one = brief("pop", duration=20.0, cues=(Cue(8.0),))
    assert with_one.from_json(with_one.to_json()) == with_one


def test_a_beat_is_found_by_its_time():
    score = compose(brief("waltz", duration=45.0, cues=(Cue(10.0), Cue(33.0))), 3)
    for beat in (0.0, 1.0, 40.25, score.beats - 0.5):
        assert beat_at(score.tempos, score.seconds(beat)) == pytest.approx(beat)
