from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jobs.music.score import Mix, Score, Section
from jobs.music.sound import automation
from jobs.music.sound.filters import BLOCK, HOP
from jobs.music.sound.fluid import SAMPLE_RATE
from tests.music.handmade import song


def club(*, lifts: bool = True) -> Score:
    """120 beats a minute: a break from 8 to 16 s, then a drop, then quiet again at 24 s."""
    names = ("groove", "break", "drop", "outro")
    sections = tuple(Section(name, 16.0 * index, 16.0, 4) for index, name in enumerate(names))
    return replace(song(34.0, bpm=120.0), sections=sections, mix=Mix(lifts=lifts, echo=0.3))


def hop(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE / HOP)


def test_a_break_before_a_drop_lifts_and_only_where_the_style_does():
    [lift] = automation.lifts(club())
    assert (lift.start, lift.arrival) == (8.0, 16.0)
    assert automation.lifts(club(lifts=False)) == []


def test_a_filter_opens_over_the_lift_and_is_open_everywhere_else():
    cutoffs = automation.cutoffs(automation.lifts(club()), 40)
    times = np.arange(41) * BLOCK / SAMPLE_RATE
    inside = (times > 8.0) & (times < 16.0)
    assert np.all(cutoffs[~inside] == automation.OPEN)
    assert np.all(np.diff(cutoffs[inside]) > 0)
    assert cutoffs[inside][0] < 1200


def test_it_is_silent_before_the_drop_without_an_edge():
    gaps = automation.gaps(automation.lifts(club()), hop(34.0))
    assert gaps[hop(15.9)] == 0.0
    assert gaps[hop(15.7)] == gaps[hop(16.0)] == 1.0
    assert np.abs(np.diff(gaps)).max() < 0.25
    assert 0.2 < (gaps < 0.5).sum() * HOP / SAMPLE_RATE < 0.26


def test_the_last_beat_is_thrown_into_what_is_quiet():
    throws = automation.throws(club(), hop(34.0))
    assert throws[hop(7.75)] == pytest.approx(3.0, abs=0.01)
    assert throws[hop(23.75)] == pytest.approx(3.0, abs=0.01)
    assert throws[hop(7.0)] == throws[hop(8.1)] == throws[hop(15.75)] == 1.0


def test_faders_go_to_where_a_section_has_them_just_before_it_begins():
    score = club()
    sections = [replace(s, ride=ride) for s, ride in zip(score.sections, (-2.0, -2.0, 2.0, 0.0), strict=True)]
    faders = 20 * np.log10(automation.rides(replace(score, sections=tuple(sections)), hop(34.0)))
    assert faders[[hop(t) for t in (1.0, 15.7, 16.0, 23.0, 24.1)]] == pytest.approx([-2, -2, 2, 2, 0], abs=0.05)
    assert np.abs(np.diff(faders)).max() < 0.1
    assert np.all(automation.rides(score, hop(34.0)) == 1.0)


def test_what_rises_is_cut_before_the_drop_and_what_falls_begins_with_it():
    clips = automation.Clips(automation.lifts(club()))
    heard = np.concatenate([np.zeros((2, BLOCK)) if (b := clips(i)) is None else b for i in range(36)], axis=1)

    def level(start: float, end: float) -> float:
        return float(heard[:, round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)].std())

    assert level(0, 7.9) < 1e-6
    assert 0.0 < level(9, 10) < level(12, 13) < level(15, 15.7)
    assert level(15.76, 15.99) == 0.0
    assert level(16.0, 16.3) > 0.005
    assert level(17.1, 20) == 0.0
    assert abs(np.diff(heard, axis=1)[:, round(15.76 * SAMPLE_RATE) :]).max() < 0.001
