from dataclasses import replace
from random import Random

import pytest

from jobs.music import styles
from jobs.music.brief import ARCS, MASTERS, METRES, MODES, MOODS, TONICS, Brief, Place
from jobs.music.composing import compose as composing
from jobs.music.composing.compose import compose, plans_of
from jobs.music.composing.edit import Edit, PartEdit
from jobs.music.composing.sections import STAND_INS
from jobs.music.instruments import INSTRUMENTS
from jobs.music.styles.metres import PULSE_BEATS
from tests.music.briefs import brief
from tests.music.measures import ends_on_tonic, part, pitched
from tests.sweeps import sampled

FAMILIES = sorted({instrument.family for instrument in INSTRUMENTS.values()})


def random_brief(rng):
    words = [*INSTRUMENTS, *FAMILIES, *["drums", "bass", "melody", "vocals"] * 10]
    return Brief(
        prompt="anything",
        language="en",
        title="Anything",
        style=rng.choice(styles.all_ids()),
        tempo=rng.choice([40.0, 240.0, rng.uniform(40, 240)]),
        tonic=rng.choice(TONICS),
        mode=rng.choice(MODES),
        metre=rng.choice(METRES),
        duration=rng.choice([5.0, rng.uniform(5, 30), rng.uniform(5, 90)]),
        energy=rng.random(),
        arc=rng.choice(ARCS),
        moods=tuple(rng.sample(MOODS, rng.randint(0, 2))),
        instruments=tuple(rng.sample(list(INSTRUMENTS), rng.choice([0, 0, 1, 2, 5]))),
        excluded=tuple(rng.sample(words, rng.choice([0, 0, 1, 2, 6, 80]))),
    )


def with_a_course(order, rng):
    """The order with chords, sections, times and another style besides."""
    chords = ("I", "ii7,V7", "vi,IV,bVII,iii,V", "V7/ii", "iim7b5", "IVmaj9")
    seconds = sorted(rng.uniform(0, order.duration * 1.2) for _ in range(rng.randint(0, 4)))
    wheres = ("start", "middle", "end", *STAND_INS, "before chorus", "after bridge", "before drop", 12.0)
    places = (
        *(Place(rng.choice(list(STAND_INS)), "", second) for second in seconds),
        *(Place("solo", rng.choice(["", *INSTRUMENTS]), rng.choice(wheres)) for _ in range(rng.randint(0, 2))),
        *(Place("without", rng.choice([*FAMILIES, "drums"]), rng.choice(wheres)) for _ in range(rng.randint(0, 2))),
        *(Place(rng.choice(list(STAND_INS)), "", rng.choice(wheres)) for _ in range(rng.randint(0, 2))),
        *(
            Place("style", rng.choice(styles.all_ids()), rng.choice(("start", "end")))
            for _ in range(rng.choice((0, 0, 1)))
        ),
    )
    own = {kind: tuple(rng.choices(chords, k=rng.randint(1, 5))) for kind in rng.sample(list(STAND_INS), 2)}
    return replace(
        order,
        chords=tuple(rng.choices(chords, k=rng.choice([0, 1, 4, 13, 64]))),
        sections=tuple(rng.choices(list(STAND_INS), k=rng.choice([0, 1, 3, 6, 32]))),
        places=places,
        section_chords=own if rng.random() < 0.4 else {},
        fusion=rng.choice(["", *styles.all_ids()]),
    )


@pytest.mark.parametrize("course", [False, True])
@pytest.mark.parametrize("seed", sampled(range(150), 3))
def test_it_composes_whatever_is_ordered(seed, course):
    rng = Random(seed)
    order = random_brief(rng)
    order = with_a_course(order, rng) if course else order
    score = compose(order, seed)
    assert score.parts
    assert len({part.name for part in score.parts}) == len(score.parts)
    assert min(score.seconds(note.start) for part in score.parts for note in part.notes) < 0.2
    assert score.duration == order.duration
    assert score.seconds(score.beats) <= order.duration + 1e-6
    asked = order.tempo * PULSE_BEATS[order.metre]
    assert abs(score.tempos[0].bpm / asked - 1) <= 0.0101
    for line in score.parts:
        instrument = INSTRUMENTS[line.instrument]
        for note in line.notes:
            assert instrument.low <= note.pitch <= instrument.high
            assert 1 <= note.velocity <= 127
            assert note.start >= 0
            assert note.length > 0
            assert score.seconds(note.start + note.length) <= order.duration
        for control in line.controls:
            assert 0 <= control.start <= score.beats + 64
            assert -8192 <= control.value <= 8191 if control.number == 128 else 0 <= control.value <= 127
        if len(order.excluded) < 20:
            assert not {line.role, line.instrument, instrument.family} & set(order.excluded)


@pytest.mark.parametrize("style", sampled(styles.all_ids()))
def test_it_lets_what_was_asked_for_be_heard(style):
    rng = Random(style)
    for _ in range(3):
        wanted = tuple(rng.sample(list(INSTRUMENTS), 3))
        score = compose(brief(style, instruments=wanted), 5)
        heard = {line.instrument: sum(note.length for note in line.notes) for line in score.parts}
        assert all(heard.get(name, 0) > 1 for name in wanted)


def test_it_plays_the_same_again_from_the_same_seed():
    assert compose(brief("jazz"), 7) == compose(brief("jazz"), 7)


def test_it_plays_something_else_from_another_seed():
    assert compose(brief("pop"), 1).parts != compose(brief("pop"), 2).parts


def test_it_keeps_the_harmony_and_changes_the_melody():
    first, second = compose(brief("pop"), 3), compose(brief("pop"), 3, melody_seed=4)
    assert first.chords == second.chords
    assert first.sections == second.sections
    for role in ("drums", "bass", "chords"):
        assert part(first, role) == part(second, role)
    assert part(first, "melody").notes != part(second, "melody").notes
    assert compose(brief("pop"), 3, melody_seed=3) == first


@pytest.mark.parametrize("fields", [{"tempo": 90.0}, {"tonic": "F#"}, {"duration": 55.0}])
def test_it_is_the_same_piece_in_another_key_tempo_or_length(fields):
    def refrain(score):
        start = next(section.start for section in score.sections if section.name == "refrain")
        inside = [chord for chord in score.chords if start <= chord.start < start + 8]
        notes = [note for note in part(score, "melody").notes if start - 0.1 <= note.start < start + 3.3]
        roots = [(chord.root - score.tonic) % 12 for chord in inside]
        return roots, [round((note.start - start) * 2) / 2 for note in notes if note.length > 0.15]

    assert refrain(compose(brief("folk"), 3)) == refrain(compose(brief("folk", **fields), 3))


def test_it_does_not_know_an_unknown_style():
    with pytest.raises(KeyError):
        compose(Brief.from_json(brief().to_json() | {"style": "shoegaze"}), 1)


@pytest.mark.parametrize("style", sampled(s for s in styles.all_ids() if styles.get(s).ending != "fade"))
def test_it_ends_on_the_tonic_and_rings_out(style):
    for seed in (1, 2):
        score = compose(brief(style), seed)
        assert ends_on_tonic(score)
        last = max(score.seconds(note.start + note.length) for note in pitched(score))
        assert score.duration - 4.0 < last <= score.duration
        assert score.fade_out == 0


def test_it_fades_where_the_style_does():
    score = compose(brief("house"), 1)
    assert score.fade_out > 2
    assert max(score.seconds(note.start) for note in part(score, "drums").notes) > score.duration - 2


def test_a_held_chord_grows_softer():
    score = compose(brief("pop", instruments=("strings",)), 1)
    line = next(line for line in score.parts if line.instrument == "strings")
    values = [c.value for c in line.controls if c.number == 11 and c.start > score.beats - 4]
    assert values[-1] < values[0]


def test_the_pedal_changes_with_the_chords():
    line = next(line for line in compose(brief("piano"), 1).parts if line.name == "left hand")
    pedals = [control for control in line.controls if control.number == 64]
    assert len(pedals) > 20
    assert pedals[-1].value == 0


def test_long_notes_of_a_singing_instrument_tremble():
    line = next(
        line for line in compose(brief("ballad", instruments=("violin",)), 1).parts if line.instrument == "violin"
    )
    depths = [control.value for control in line.controls if control.number == 1]
    assert max(depths) > 20
    assert depths[-1] == 0


@pytest.mark.parametrize("style", styles.all_ids())
def test_five_seconds_are_a_piece_that_leaves_home_and_returns(style):
    for tempo in (40.0, 90.0, 240.0):
        score = compose(brief(style, duration=5.0, tempo=tempo), 2)
        roots = [chord.root for chord in score.chords]
        assert roots[-1] == score.tonic
        assert len(set(roots)) >= 2
        assert score.tonic in roots[:-1]


def test_the_mix_is_as_loud_as_it_is_ordered_and_nothing_else_changes():
    usual, loud = compose(brief("house"), 1), compose(brief("house", master="loud"), 1)
    assert (usual.mix.loudness, loud.mix.loudness) == (MASTERS["standard"], MASTERS["loud"])
    assert usual.parts == loud.parts


def test_what_was_planned_is_remembered_for_the_same_piece_alone():
    order = brief("pop", section_chords={"chorus": ("I", "IV")})
    plans = plans_of(order, 1)
    assert plans_of(replace(order, section_chords={"chorus": ("I", "IV")}), 1) is plans
    others = [
        plans_of(replace(order, section_chords={"chorus": ("vi", "V")}), 1),
        plans_of(order, 2),
        plans_of(order, 1, 3),
        plans_of(order, 1, None, Edit(tempo=90.0)),
    ]
    assert len({id(each) for each in (plans, *others)}) == 5
    assert others[0][0].chords != plans[0].chords


def test_a_fader_composes_nothing_anew(monkeypatch):
    order = brief("pop", duration=20.0)
    before = compose(order, 3)
    monkeypatch.setattr(composing, "written", lambda _plan: pytest.fail("composed anew"))
    faders = {"bass": PartEdit(volume=-6.0), "drums": PartEdit(is_muted=True)}
    after = compose(order, 3, None, Edit(parts=faders))
    assert part(after, "bass") == replace(part(before, "bass"), gain_db=part(before, "bass").gain_db - 6)
    assert [one.name for one in after.parts] == [one.name for one in before.parts if one.name != "drums"]
