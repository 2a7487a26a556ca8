from dataclasses import replace

import pytest

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.composing.plan import make_plan
from jobs.music.composing.rubato import breathing
from jobs.music.score import Tempo, seconds_at
from tests.music.briefs import brief


def form_of(style, rubato=0.0, **fields):
    form = make_plan(brief(style, **fields), replace(styles.get(style), rubato=0.0), 1).form
    return breathing(form, rubato)


@pytest.mark.parametrize("style", ["piano", "ballad", "house"])
@pytest.mark.parametrize("metre", ["4/4", "3/4", "6/8"])
def test_a_tempo_that_breathes_lasts_as_long_and_slows_down_when_it_did(style, metre):
    steady, free = (form_of(style, rubato, duration=70.0, metre=metre) for rubato in (0.0, 0.04))
    assert len(free.tempos) > len(steady.tempos) + 20
    for beat in (steady.tempos[-1].start or steady.landing, steady.landing, steady.end):
        assert seconds_at(free.tempos, beat) == pytest.approx(seconds_at(steady.tempos, beat))
    assert free.tempos[0] == steady.tempos[0]
    assert free.tempos[-1].bpm == steady.tempos[-1].bpm
    assert [tempo.start for tempo in free.tempos] == sorted({tempo.start for tempo in free.tempos})


def test_a_phrase_moves_on_and_lingers_where_it_ends():
    score = compose(brief("piano", duration=120.0, metre="4/4"), 1)
    bpm = score.tempos[0].bpm
    by_bar = {tempo.start: tempo.bpm / bpm for tempo in score.tempos}
    section = next(one for one in score.sections if one.bars == 8)
    assert by_bar[section.start + 6] > 1.01
    assert by_bar[section.start + 14] < 0.96
    assert by_bar[section.start + 30] < by_bar[section.start + 14]


def test_who_plays_to_a_click_does_and_moments_to_meet_are_met():
    assert len({tempo.bpm for tempo in compose(brief("house", duration=60.0), 1).tempos}) == 1
    form = form_of("piano", duration=60.0)
    met = replace(form, tempos=(form.tempos[0], Tempo(16.0, form.tempos[0].bpm * 1.02), *form.tempos[1:]))
    assert breathing(met, 0.04) == met
