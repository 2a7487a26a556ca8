from random import Random

import pytest

from jobs.music import styles
from jobs.music.composing.form import NUDGE, fit_sections, fit_time, plan_form
from tests.music.briefs import brief


def planned(style="pop", **fields):
    order = brief(style, **fields)
    return plan_form(order, styles.get(style), Random(1)), order


@pytest.mark.parametrize("duration", [5, 8, 13, 34, 89, 233, 300])
@pytest.mark.parametrize("style", ["jazz", "house", "waltz"])
def test_it_ends_with_the_file_within_the_tempo_asked(style, duration):
    form, order = planned(style, duration=float(duration))
    timing = fit_time(order, styles.get(style))
    assert abs(timing.bpm / order.tempo - 1) <= NUDGE + 1e-9
    at_end = sum(
        (min(after, form.end) - tempo.start) * 60 / tempo.bpm
        for tempo, after in zip(form.tempos, [*(t.start for t in form.tempos[1:]), form.end], strict=True)
    )
    assert at_end == pytest.approx(duration, abs=0.05)
    assert form.landing < form.beats <= form.end + 1e-9


@pytest.mark.parametrize("style_id", ["pop", "blues", "ambient", "trance"])
def test_it_makes_exactly_as_many_bars_as_there_is_time_for(style_id):
    for count in (1, 2, 3, 5, 6, 7, 9, 12, 16, 23, 40, 77, 120, 300):
        sections = fit_sections(styles.get(style_id), count, 2.0)
        assert sum(bars for _, bars in sections) == count
        assert all(bars > 0 for _, bars in sections)
        assert styles.get(style_id).core in dict(sections)


def test_its_sections_return_and_mostly_count_in_fours():
    sections = fit_sections(styles.get("pop"), 64, 2.0)
    kinds = [kind for kind, _ in sections]
    assert kinds.count("chorus") >= 2
    assert kinds[0] == "intro"
    assert kinds[-1] == "outro"
    assert sum(bars % 4 == 0 for _, bars in sections) >= len(sections) - 1


def test_its_bars_lie_end_to_end():
    form, _ = planned(duration=100.0)
    for bar, following in zip(form.bars, form.bars[1:], strict=False):
        assert bar.start + bar.length == pytest.approx(following.start)
    assert form.bars[-1].final
    assert sum(span.bars for span in form.spans) == len(form.bars)


@pytest.mark.parametrize(("arc", "louder"), [("build", True), ("fade", False)])
def test_it_obeys_the_arc(arc, louder):
    form, _ = planned(arc=arc, duration=120.0)
    assert (form.spans[-1].energy > form.spans[0].energy) == louder


def test_it_starts_full_when_asked_to_burst_in():
    form, _ = planned(arc="burst", duration=120.0)
    assert form.spans[0].energy >= 0.9


def test_it_obeys_the_energy():
    quiet, _ = planned(energy=0.2)
    wild, _ = planned(energy=1.0)
    assert all(a.energy < b.energy for a, b in zip(quiet.spans, wild.spans, strict=True))


def test_it_slows_down_only_where_the_style_does():
    assert len(planned("ballad", duration=90.0)[0].tempos) > 1
    assert len(planned("house", duration=90.0)[0].tempos) == 1


def test_it_rises_for_the_last_refrain_of_a_long_piece():
    style = styles.get("ballad")
    shifts = [plan_form(brief("ballad", duration=240.0), style, Random(seed)).spans for seed in range(20)]
    risen = [spans for spans in shifts if spans[-1].shift]
    assert 1 <= len(risen) < 20
    assert all(spans[0].shift == 0 for spans in risen)
