import pytest

from jobs.music import styles
from jobs.music.composing.compose import compose
from jobs.music.composing.plan import make_plan
from tests.music.briefs import brief


def chords(style="pop", seed=1, **fields):
    return make_plan(brief(style, **fields), styles.get(style), seed).chords


@pytest.mark.parametrize("style", styles.all_ids())
@pytest.mark.parametrize("duration", [5.0, 70.0])
def test_its_chords_fill_the_piece_and_end_on_the_tonic(style, duration):
    plan = make_plan(brief(style, duration=duration, tonic="Eb"), styles.get(style), 4)
    assert plan.chords[0].start == 0
    for chord, following in zip(plan.chords, plan.chords[1:], strict=False):
        assert chord.end == pytest.approx(following.start)
        assert chord.length > 0
    assert plan.chords[-1].end == pytest.approx(plan.form.beats)
    assert plan.chords[-1].root == (3 + plan.form.spans[-1].shift) % 12
    assert plan.chords[-1].home


def test_it_comes_home_over_the_dominant_in_minor_with_the_raised_seventh():
    last = chords("classical", mode="minor", tonic="A")[-2:]
    assert last[0].name in ("E", "E7")
    assert 8 in last[0].tones
    assert last[1].name == "Am"


def test_it_returns_with_the_same_progression():
    plan = make_plan(brief("pop", duration=150.0), styles.get("pop"), 2)
    verses = [span for span in plan.form.spans if span.kind == "verse"]
    assert len(verses) >= 2
    names = [[chord.name for chord in plan.chords_between(span.start, span.start + 16)] for span in verses]
    assert names[0] == names[1]


@pytest.mark.parametrize("style", ["rock", "pop", "soul", "folk"])
def test_a_section_of_another_length_begins_with_the_same_chords(style):
    for seed in range(4):
        short, long = (
            make_plan(brief(style, duration=80.0, sections=(styles.get(style).core,) * n), styles.get(style), seed)
            for n in (2, 3)
        )
        count = min(plan.form.spans[0].bars for plan in (short, long)) - 3
        names = [[chord.name for chord in plan.chords_between(0.0, 4.0 * count)] for plan in (short, long)]
        assert names[0] == names[1]


def test_chords_that_fill_a_bar_lean_on_a_suspension_or_a_moving_voice():
    names = {chord.name for seed in range(6) for chord in chords("pop", seed, duration=120.0, mode="major")}
    assert any(name.endswith("sus4") for name in names)
    assert not any(name.endswith("sus4") for name in (c.name for s in range(6) for c in chords("techno", s)))


def test_nothing_leads_from_minor_to_its_relative_major_as_a_dominant():
    for style in ("rock", "trot", "synth_pop"):
        for seed in range(6):
            names = [chord.name for chord in chords(style, seed, duration=90.0, mode="minor", tonic="A")]
            assert "G7" not in names


def test_it_walks_through_fifths_in_jazz():
    roots = [chord.root for chord in chords("jazz", duration=60.0)]
    fifths = sum((a - b) % 12 == 7 for a, b in zip(roots, roots[1:], strict=False))
    assert fifths / len(roots) > 0.35


def test_it_plays_twelve_bars_of_blues():
    plan = make_plan(brief("blues", duration=100.0), styles.get("blues"), 1)
    chorus = next(span for span in plan.form.spans if span.kind == "chorus")
    assert chorus.bars == 12
    roots = [plan.chord_at(chorus.start + 4 * bar).root for bar in range(12)]
    assert roots[4] == roots[5] == 5
    assert roots[8] == 7


def test_it_has_a_cadence_at_least_every_eight_bars():
    plan = make_plan(brief("classical", duration=120.0), styles.get("classical"), 1)
    cadences = [
        chord.start
        for before, chord in zip(plan.chords, plan.chords[1:], strict=False)
        if before.root == 7 and chord.home
    ]
    gaps = [b - a for a, b in zip([0.0, *cadences], cadences, strict=False)]
    assert max(gaps) <= 8 * 4 + 4


@pytest.mark.parametrize("mode", ["dorian", "mixolydian", "phrygian", "lydian"])
def test_it_has_chords_of_the_mode_where_the_style_has_none(mode):
    scale = {"dorian": 9, "mixolydian": 10, "phrygian": 1, "lydian": 6}[mode]
    heard = {tone for chord in chords("piano", mode=mode, duration=80.0) for tone in chord.tones}
    assert scale in heard


def spoken(*progression, **fields):
    """The chords' names of each section of a piece with this progression."""
    order = brief(chords=progression, **fields)
    plan = make_plan(order, styles.get(order.style), 3)
    return [[c.name for c in plan.chords_between(s.start, s.start + s.length)] for s in plan.form.spans]


@pytest.mark.parametrize("style", ["pop", "jazz", "house", "ballad"])
def test_it_plays_the_chords_given_in_every_section_and_ends_at_home(style):
    sections = spoken("vi", "IV", "I", "V", style=style, duration=150.0, mode="major", metre="4/4")
    for names in sections[:-1]:
        assert names == [("Am", "F", "C", "G")[place % 4] for place in range(len(names))]
    assert sections[-1][:4] == ["Am", "F", "C", "G"]
    assert sections[-1][-1] == "C"


def test_it_keeps_the_sevenths_given_and_adds_none():
    names = {name for section in spoken("ii7,V7", "Imaj7", style="jazz", mode="major") for name in section}
    assert names == {"Dm7", "G7", "Cmaj7"}


def test_a_long_progression_runs_on_through_the_sections():
    numerals = ["I", "ii", "iii", "IV", "V", "vi"] * 4
    names = [name for section in spoken(*numerals, duration=150.0, mode="major") for name in section]
    assert names[:24] == ["C", "Dm", "Em", "F", "G", "Am"] * 4


def test_a_short_piece_has_several_of_the_chords_given_in_a_bar():
    names = [name for section in spoken("I", "V", "vi", "iii", "IV", "I", "ii", "V", duration=10.0) for name in section]
    assert names[:7] == ["C", "G", "Am", "Em", "F", "C", "Dm"]
    assert names[-1] == "C"


@pytest.mark.parametrize("metre", ["3/4", "6/8"])
def test_bars_with_more_chords_than_pulses_become_several(metre):
    names = [name for section in spoken("I,ii,IV,V", style="classical", metre=metre, mode="major") for name in section]
    assert names[:4] == ["C", "Dm", "F", "G"]


def test_the_chords_given_are_not_moved_to_another_key():
    order = brief("ballad", duration=240.0, chords=("I", "IV"), mode="major")
    for seed in range(8):
        assert {chord.name for chord in make_plan(order, styles.get("ballad"), seed).chords} == {"C", "F"}


@pytest.mark.parametrize("style", ["pop", "house", "ballad", "rock", "bossa"])
def test_the_chords_given_are_those_that_sound(style):
    score = compose(brief(style, chords=("i", "VI", "III", "VII"), mode="minor", tonic="A", metre="4/4"), 4)
    tones = {0: {9, 0, 4}, 1: {5, 9, 0}, 2: {0, 4, 7}, 3: {7, 11, 2}}
    for section in score.sections[:-1]:
        for bar in range(section.bars):
            start = section.start + 4 * bar
            accompanists = [part for part in score.parts if part.role in ("chords", "pad", "arpeggio")]
            sounding = [n.pitch % 12 for p in accompanists for n in p.notes if start + 0.1 < n.start < start + 3.4]
            assert set(sounding) <= tones[bar % 4], (section.name, bar)
            roots = [
                n.pitch % 12 for p in score.parts if p.role == "bass" for n in p.notes if abs(n.start - start) < 0.1
            ]
            assert all(root in tones[bar % 4] for root in roots)
