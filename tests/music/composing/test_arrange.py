"""How loud each bar is: sections apart, a build that grows bar by bar, a tune that leans less on the beat."""

from itertools import pairwise
from statistics import fmean, pstdev

import pytest

from jobs.music import styles
from jobs.music.composing.arrange import BUILD, FURTHEST, LIFT, bars_of, loudness, rides
from jobs.music.composing.comping import pick_pattern
from jobs.music.composing.compose import compose, players_of
from jobs.music.composing.drums import drum_line
from jobs.music.composing.groove import perform
from jobs.music.composing.plan import make_plan
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note
from jobs.music.styles.reader import DRUM_KEYS
from tests.music.briefs import brief
from tests.music.measures import bar_beats

PEOPLE = (4.6, 6.0)  # standard deviation of bars' mean velocities, about the middle of people's


@pytest.mark.parametrize("style", ["pop", "house", "cinematic", "rock"])
def test_the_last_bars_before_a_louder_section_grow_one_by_one(style):
    plan = make_plan(brief(style, duration=120.0), styles.get(style), 2)
    louder = loudness(plan)
    spans = plan.form.spans
    builds = [i for i, (span, after) in enumerate(pairwise(spans)) if after.energy - span.energy >= LIFT]
    assert builds
    for build in builds:
        growing = [louder[i] for i, bar in enumerate(plan.form.bars) if bar.span == build and bar.left < BUILD]
        assert growing == sorted(set(growing))


@pytest.mark.parametrize("style", ["pop", "techno", "hiphop", "metal"])
def test_behind_the_first_section_everybody_enters_where_a_section_begins(style):
    for seed in range(1, 5):
        plan = make_plan(brief(style, duration=120.0), styles.get(style), seed)
        for name, bars in bars_of(plan, players_of(plan)).items():
            entries = {bar.place for before, bar in pairwise(bars) if bar.span > 0 and bar.span != before.span}
            assert entries <= {0}, (name, seed)


def test_the_accompaniment_is_ridden_by_how_intense_a_section_is():
    plan = make_plan(brief("pop", duration=120.0), styles.get("pop"), 1)
    faders = rides(plan)
    assert [ride for _, ride in sorted(zip((s.energy for s in plan.form.spans), faders, strict=True))] == sorted(faders)
    assert -FURTHEST <= min(faders) < -1.0 < 1.0 < max(faders) <= FURTHEST
    assert [section.ride for section in compose(plan.brief, 1).sections] == faders


def test_a_refrain_that_lifts_the_piece_is_played_on_the_ride_cymbal():
    plan = make_plan(brief("rock", duration=120.0), styles.get("rock"), 1)
    rises = {
        index: span.energy - before.energy
        for index, (before, span) in enumerate(pairwise(plan.form.spans), 1)
        if span.kind == plan.style.core
    }
    assert max(rises.values()) > 0.1
    for index, rise in rises.items():
        strokes = drum_line(plan, [bar for bar in plan.form.bars if bar.span == index])
        assert any(note.pitch == DRUM_KEYS["ride"] for note in strokes) == (rise >= 0.1)


def spread(score):
    """Standard deviation of the mean velocities of the bars."""
    bars = {}
    for part in score.parts:
        for note in part.notes:
            bars.setdefault(int(note.start // bar_beats(score)), []).append(note.velocity)
    return pstdev([fmean(inside) for inside in bars.values() if len(inside) > 2])


def test_bars_are_as_far_apart_in_loudness_as_peoples():
    spreads = [spread(compose(brief(style, duration=90.0), 1)) for style in styles.all_ids()[::4]]
    assert PEOPLE[0] <= fmean(spreads) <= PEOPLE[1]


def test_a_tune_leans_less_on_the_beat_than_the_hands_that_keep_time():
    style = styles.get("pop")
    plan = make_plan(brief("pop"), style, 1)
    written = [Note(index / 2, 0.4, 72, 80) for index in range(64)]
    parts = {part.role: part for part in style.parts}

    def lean(role):
        played = perform(plan, parts[role], written, INSTRUMENTS["piano"], dict.fromkeys(range(len(plan.form.bars)), 0))
        return fmean(n.velocity for n in played[::8]) - fmean(n.velocity for n in played[1::2])

    assert 0 < lean("melody") < 0.75 * lean("chords")


@pytest.mark.parametrize(
    ("style", "handed_over"), [("jazz", {"bridge", "solo"}), ("waltz", {"second", "trio"}), ("soul", {"bridge"})]
)
def test_what_is_not_the_song_itself_is_handed_over(style, handed_over):
    plan = make_plan(brief(style, duration=150.0), styles.get(style), 1)
    players = players_of(plan)
    playing = bars_of(plan, players)
    relief = next(player for player in players if player.relieves)
    theirs, own = ({bar.span for bar in playing[name]} for name in (relief.part.name, relief.relieves))
    assert {plan.form.spans[index].kind for index in theirs} == handed_over
    assert not theirs & own
    assert theirs | own == {i for i, span in enumerate(plan.form.spans) if plan.style.kinds[span.kind].theme}


def test_who_doubles_the_lead_doubles_whoever_takes_turns_with_it():
    score = compose(brief("waltz", duration=150.0), 1)
    notes = {part.name: {round(note.start) for note in part.notes} for part in score.parts}
    assert len(notes["violins"] & notes["second theme"]) > 10


def test_something_changes_wherever_two_sections_of_a_style_meet():
    for style in map(styles.get, styles.all_ids()):
        for (name, _), (after, _) in pairwise(style.plan):
            assert name == after or _playing(style, name) != _playing(style, after), (style.id, name, after)


def _playing(style, name):
    """Whether such a section has a tune, who accompanies it, and which of the patterns and grooves is played."""
    kind = style.kinds[name]
    levels = [groove.level for groove in style.grooves if groove.level <= kind.energy]
    return (
        bool(kind.theme),
        max(levels, default=0.0),
        {
            part.name: pick_pattern(part.patterns, style.metres[0], kind.energy) if any(part.patterns.values()) else ""
            for part in style.parts
            if part.enter <= kind.energy < part.until and not {part.name, part.role} & set(kind.omit)
        },
    )
