from dataclasses import replace

import pytest

from jobs.music import styles
from jobs.music.composing.plan import make_plan
from jobs.music.composing.variation import varied
from jobs.music.styles.pattern import steps
from jobs.music.styles.reader import PartStyle
from tests.music.briefs import brief

PART = PartStyle("keys", "chords", {"piano": 1.0})
RHYTHM = steps("x---x---x---x---", "4/4", "4/4")[0]


def eight(seed=1, kind="verse", vary=0.9, part=PART):
    """The eight bars of that section, each as the player plays it."""
    plan = make_plan(brief("pop", duration=150.0), styles.get("pop"), seed)
    plan = replace(plan, style=replace(plan.style, vary=vary))
    index = next(index for index, span in enumerate(plan.form.spans) if span.kind == kind)
    bars = [bar for bar in plan.form.bars if bar.span == index]
    return [varied(plan, part, bar, RHYTHM) for bar in bars[:8]]


@pytest.mark.parametrize("seed", range(4))
def test_a_player_keeps_to_a_figure_of_two_bars_and_turns_in_the_fourth_and_the_eighth(seed):
    played = eight(seed)
    assert played[0] == played[2] == played[4] == RHYTHM
    assert played[1] == played[5]
    assert played[3] != RHYTHM
    assert played[7] != RHYTHM


def test_who_does_not_vary_plays_what_is_written():
    assert set(eight(vary=0.0)) == {RHYTHM}


def test_the_hands_rest_now_and_then_at_the_end_of_a_phrase():
    turns = [eight(seed)[place] for seed in range(12) for place in (3, 7)]
    assert any(turn[-1].at <= 2 and turn[-1].at + turn[-1].length == 4 for turn in turns)


@pytest.mark.parametrize("written", ["..x...x...x...x.", "....x-......x-..", "..x-..x-..x-..x-"])
def test_who_plays_after_the_beats_never_strikes_on_one(written):
    skank = steps(written, "4/4", "4/4")[0]
    plan = make_plan(brief("pop", duration=150.0), styles.get("pop"), 1)
    plan = replace(plan, style=replace(plan.style, vary=1.0))
    on_two_and_four = all(step.at % 1 == 0 for step in skank)
    for seed in range(12):
        for bar in plan.form.bars[:16]:
            played = varied(replace(plan, seed=seed), PART, bar, skank)
            assert on_two_and_four or all(step.at % 1 for step in played)


@pytest.mark.parametrize("seed", range(4))
def test_most_strokes_of_a_bar_stay(seed):
    plan = make_plan(brief("piano", duration=90.0), styles.get("piano"), seed)
    plan = replace(plan, style=replace(plan.style, vary=1.0))
    part = replace(PART, name="left hand", role="arpeggio")
    for bar in plan.form.bars[:-1]:
        played = varied(plan, part, bar, RHYTHM)
        assert len(played) >= 3 or played[-1].length >= 2  # of four, or held
