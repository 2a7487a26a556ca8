from itertools import accumulate

import pytest

from jobs.music import styles
from jobs.music.brief import Place
from jobs.music.composing.compose import compose
from jobs.music.composing.sections import STAND_INS, allotted
from tests.music.briefs import brief
from tests.sweeps import sampled

SONG = ("verse", "chorus", "verse", "chorus", "bridge", "chorus")


def kinds(score):
    return tuple(section.name for section in score.sections)


@pytest.mark.parametrize("style", ["pop", "house", "jazz", "gugak", "waltz", "ambient", "blues", "tango"])
def test_the_sections_asked_for_are_the_form_in_any_style(style):
    score = compose(brief(style, duration=150.0, sections=SONG), 3)
    assert kinds(score) == SONG
    assert all(section.bars >= 4 for section in score.sections)
    assert score.sections[-1].start + score.sections[-1].length == pytest.approx(score.beats)


@pytest.mark.parametrize("style", sampled(styles.all_ids()))
def test_every_style_has_something_for_every_section_people_name(style):
    order = tuple(STAND_INS)
    score = compose(brief(style, duration=200.0, sections=order), 1)
    assert kinds(score) == order
    for section in score.sections:
        end = section.start + section.length
        assert any(section.start <= note.start < end for part in score.parts for note in part.notes), section.name


@pytest.mark.parametrize("style", ["pop", "house", "jazz", "ambient"])
def test_a_chorus_is_louder_than_a_verse_and_has_another_tune(style):
    score = compose(brief(style, duration=56.0, sections=("verse", "chorus"), arc="wave"), 2)
    verse, chorus = score.sections

    def velocity(section):
        inside = (n for p in score.parts for n in p.notes if 0 <= n.start - section.start < 24)
        return sum(note.velocity for note in inside)

    tune = next(part for part in score.parts if part.role == "melody").notes
    sung = [
        [(round(n.start - s.start, 1), n.pitch % 12) for n in tune if 0 <= n.start - s.start < 16]
        for s in (verse, chorus)
    ]
    assert velocity(verse) < velocity(chorus)
    assert sung[0] != sung[1]


def test_a_short_piece_has_the_first_of_the_sections():
    score = compose(brief("pop", duration=10.0, sections=SONG), 1)
    assert kinds(score) == SONG[: len(score.sections)]
    assert 1 <= len(score.sections) < len(SONG)


def test_a_long_piece_repeats_them_between_intro_and_outro():
    score = compose(brief("pop", duration=280.0, sections=("intro", "verse", "chorus", "outro")), 1)
    assert kinds(score)[0] == "intro"
    assert kinds(score)[-1] == "outro"
    assert kinds(score)[1:-1] == ("verse", "chorus") * ((len(score.sections) - 2) // 2)
    assert len(score.sections) > 4


@pytest.mark.parametrize("count", range(1, 80))
def test_bars_are_allotted_to_the_last(count):
    sections = allotted(SONG, styles.get("pop"), count)
    assert sum(bars for _, bars in sections) == count
    assert all(bars > 0 for _, bars in sections)


@pytest.mark.parametrize("style", ["house", "trap", "pop", "drum_and_bass", "jazz"])
@pytest.mark.parametrize("second", [20.0, 45.0, 61.0])
def test_a_drop_begins_within_a_bar_of_its_time(style, second):
    score = compose(brief(style, duration=90.0, places=(Place("drop", "", second),)), 5)
    bar = score.seconds(score.sections[0].length / score.sections[0].bars)
    starts = [score.seconds(section.start) for section in score.sections if section.name == "drop"]
    assert min(abs(start - second) for start in starts) <= bar
    sizes = list(accumulate(section.length for section in score.sections))
    assert sizes[-1] == pytest.approx(score.beats)


def test_a_build_and_a_drop_at_their_times_within_an_order():
    places = (Place("drop", "", 48.0), Place("build", "", 32.0))
    score = compose(brief("house", duration=90.0, tempo=120.0, sections=SONG, places=places), 5)
    starts = {section.name: score.seconds(section.start) for section in score.sections}
    assert starts["build"] == pytest.approx(32, abs=2)
    assert starts["drop"] == pytest.approx(48, abs=2)


def test_a_time_outside_the_piece_moves_nothing():
    plain = compose(brief("house", duration=60.0), 5)
    assert compose(brief("house", duration=60.0, places=(Place("drop", "", 200.0),)), 5) == plain
