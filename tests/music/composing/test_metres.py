"""Pieces in five, seven, twelve and two: every style plays them, and one hears which it is."""

from functools import cache
from statistics import fmean

import mido
import pytest

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.composing.groove import accent
from jobs.music.composing.plan import make_plan
from jobs.music.files import midi
from tests.music import measures
from tests.music.briefs import brief
from tests.music.measures import part
from tests.sweeps import sampled

METRES = {"2/4": (2, 4), "5/4": (5, 4), "7/8": (7, 8), "12/8": (12, 8)}
LOW = (35, 36, 41)


@cache
def piece(style, metre, duration=24.0):
    return compose(brief(style, metre=metre, duration=duration), 1)


def share_struck(score, notes, places):
    """Of the whole bars in which it plays, how many are struck at one of these places."""
    bar = measures.bar_beats(score)
    bars = {int((note.start + 0.1) // bar) for note in notes}
    struck = {
        int((note.start + 0.1) // bar)
        for note in notes
        if any(abs((note.start + 0.12) % bar - 0.12 - place) < 0.12 for place in places)
    }
    return len(struck) / len(bars)


@pytest.mark.parametrize("metre", METRES)
@pytest.mark.parametrize("style", sampled(styles.all_ids()))
def test_every_style_plays_it(style, metre):
    score = piece(style, metre)
    assert score.metre == METRES[metre]
    for section in score.sections[:-1]:
        assert section.length == pytest.approx(section.bars * measures.bar_beats(score))
    assert "melody" not in {p.role for p in score.parts} or part(score, "melody").notes
    assert all(
        note.start >= 0 and note.start + note.length <= score.beats + 40 for p in score.parts for note in p.notes
    )
    assert measures.clashes(score) <= 0.05
    assert measures.key_fit(score) >= 0.7


@pytest.mark.parametrize("metre", METRES)
def test_bass_and_drums_make_its_first_beat_heard(metre):
    bass, drums, tunes = [], [], []
    for style in ("pop", "rock", "soul", "folk", "house", "jazz", "metal", "disco"):
        score = piece(style, metre, 60.0)
        bass.append(share_struck(score, part(score, "bass").notes, (0.0,)))
        kit = [note for note in part(score, "drums").notes if note.pitch in LOW]
        drums.append(share_struck(score, kit, (0.0,)))
        tunes.append(measures.strong_chord_tones(score))
    assert fmean(bass) > 0.9
    assert fmean(drums) > 0.9
    assert fmean(tunes) > 0.75


@pytest.mark.parametrize(("metre", "groups", "weak"), [("5/4", (0, 3), (1, 2, 4)), ("7/8", (0, 2), (1, 3))])
def test_its_groups_begin_with_an_accent(metre, groups, weak):
    plan = make_plan(brief("rock", metre=metre), styles.get("rock"), 1)
    assert min(accent(beat, 0.0, plan) for beat in groups) > max(accent(beat, 0.0, plan) for beat in weak)


def test_chords_change_where_a_group_begins():
    for metre, middle in (("5/4", 3.0), ("7/8", 2.0), ("12/8", 3.0)):
        score = piece("pop", metre, 60.0)
        bar = measures.bar_beats(score)
        inner = {round(chord.start % bar, 2) for chord in score.chords} - {0.0}
        assert inner == {middle}


def test_walking_in_seven_is_short_short_long():
    score = piece("jazz", "7/8", 60.0)
    starts = [round(note.start * 2) % 7 for note in part(score, "bass").notes if note.start < score.beats - 8]
    assert set(starts) == {0, 2, 4}


@pytest.mark.parametrize("metre", METRES)
def test_the_file_says_so(metre, tmp_path):
    midi.write(piece("pop", metre), tmp_path / "piece.mid")
    messages = mido.MidiFile(tmp_path / "piece.mid").tracks[0]
    assert [(m.numerator, m.denominator) for m in messages if m.type == "time_signature"] == [METRES[metre]]
