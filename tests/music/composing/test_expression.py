"""What parts do besides striking notes."""

from __future__ import annotations

from dataclasses import replace

from jobs.music import styles
from jobs.music.composing.cast import Player
from jobs.music.composing.expression import BEND, EXPRESSION, FAINT, FULL, SEMITONE, controls
from jobs.music.composing.plan import make_plan
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Control, Note
from tests.music.briefs import brief


def told(style: str, instrument: str, notes: list[Note]) -> list[Control]:
    plan = make_plan(brief(style), styles.get(style), 3)
    part = replace(next(part for part in plan.style.parts if part.role == "counter"), swell=False)
    return [
        control
        for control in controls(plan, Player(part, INSTRUMENTS[instrument]), notes, plan.form.bars)
        if control.number in (BEND, EXPRESSION) and control.start < 50.0  # the last chord dies away in any style
    ]


def test_a_brass_section_drops_away_before_a_rest_where_the_style_bends_its_tunes() -> None:
    stabs = [Note(4.0 * bar, 1.0, pitch, 96) for bar in range(12) for pitch in (60, 64, 67)]
    falls = told("soul", "brass", stabs)
    lowest = [control for control in falls if control.number == BEND and control.value == -2 * SEMITONE]
    assert 2 <= len(lowest) <= 12
    for control in lowest:
        assert 0.9 < control.start % 4 < 1.0
        assert Control(control.start, EXPRESSION, FAINT) in falls
        after = {c.number: c.value for c in sorted(falls) if c.start < control.start + 0.5}
        assert after == {BEND: 0, EXPRESSION: FULL}
    for style, instrument in (("classical", "brass"), ("soul", "strings"), ("soul", "synth_brass")):
        assert told(style, instrument, stabs) == []


def test_brass_that_plays_on_or_short_does_not_drop_away() -> None:
    assert told("soul", "brass", [Note(float(beat), 0.95, 60, 96) for beat in range(16)]) == []
    assert told("soul", "brass", [Note(4.0 * bar, 0.3, 60, 96) for bar in range(12)]) == []
