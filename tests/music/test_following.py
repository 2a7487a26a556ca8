from typing import Any

import numpy as np
import pytest

from jobs.music.brief import Brief
from jobs.music.following import deviations, facts_of
from jobs.music.sound.listening import KEYS, TEMPOS, Heard
from jobs.music.words.understand import understand


def brief(prompt: str = "techno", **options: Any) -> Brief:
    return understand(prompt, {"duration": 20, **options}, 1)


def heard(tempo: float | None = None, *keys: str, second: float = 0.0) -> Heard:
    """``second``: how clear every pulse but that tempo's is."""
    pulses = np.full(len(TEMPOS), second)
    if tempo:
        pulses[np.argmin(abs(TEMPOS - tempo))] = 1.0
    fits = tuple(0.9 if key in keys else 0.2 for key in KEYS) if keys else ()
    return Heard(tempo, tuple(pulses) if tempo else (), fits)


def said(brief: Brief, heard: Heard, duration: float = 20.0, tolerance: float = 0.0) -> list[tuple[str, Any]]:
    return [(remark.code, dict(remark.values)) for remark in deviations(brief, heard, duration, tolerance)]


@pytest.mark.parametrize("tempo", [120, 60, 240, 124, 116, None])
def test_the_tempo_its_half_its_double_and_nearly_it_are_it(tempo: float | None) -> None:
    assert said(brief(tempo=120), heard(tempo)) == []


@pytest.mark.parametrize("tempo", [98, 126, 90, 80, 180])
def test_another_tempo_is_said(tempo: float) -> None:
    assert said(brief(tempo=120), heard(tempo)) == [("heard_tempo", {"asked": 120, "heard": tempo})]


@pytest.mark.parametrize(
    ("prompt", "known"),
    [("slow pop", 0), ("andante piano", 0), ("느린 발라드", 0), ("pop at 90 bpm", 1), ("ninety bpm pop", 1)],
)
def test_who_says_slow_has_asked_for_no_number(prompt: str, known: int) -> None:
    order = brief(prompt)
    assert len(said(order, heard(order.tempo * 1.25))) == known


def test_a_tempo_that_is_heard_as_clearly_is_followed() -> None:
    assert said(brief(tempo=120), heard(98, second=0.95)) == []


@pytest.mark.parametrize(("metre", "known"), [("4/4", 1), ("3/4", 0), ("6/8", 0)])
def test_where_beats_or_bars_have_three_parts_a_third_is_it(metre: str, known: int) -> None:
    assert len(said(brief(tempo=120, metre=metre), heard(180))) == known


@pytest.mark.parametrize("key", ["D minor", "A minor", "C major", "G major", "F major"])
def test_the_key_its_relative_and_its_notes_are_it(key: str) -> None:
    assert said(brief(key="D", mode="dorian"), heard(None, key)) == []


def test_another_key_is_said_and_one_that_fits_as_well_is_not() -> None:
    order = brief(key="D", mode="minor")
    assert said(order, heard(None, "E major")) == [("heard_key", {"asked": "D minor", "heard": "E major"})]
    assert said(order, heard(None, "E major", "D minor")) == []
    assert said(order, heard(None, "C major")) == [("heard_key", {"asked": "D minor", "heard": "C major"})]


def test_what_nobody_asked_for_is_not_missed() -> None:
    assert said(brief("something"), heard(97, "F# major")) == []


def test_a_length_is_said_beyond_what_the_engine_may_miss() -> None:
    assert said(brief(), heard(), duration=20.9) == []
    assert said(brief(), heard(), duration=17.2, tolerance=3.0) == []
    assert said(brief(), heard(), duration=18.9) == [("heard_length", {"asked": 20, "heard": 18.9})]


def test_facts_are_ready_for_json_and_there_when_nothing_was_heard() -> None:
    remark = {"code": "heard_tempo", "values": {"asked": 120, "heard": 98}}
    order = brief(tempo=120)
    facts = {"tempo": 98.0, "key": "A minor", "loudness": -9.1, "remarks": [remark]}
    assert facts_of(order, heard(98.02, "A minor"), -9.13, 20) == facts
    assert facts_of(order, None, -9.13, 20) == {"tempo": None, "key": "", "loudness": -9.1, "remarks": []}
