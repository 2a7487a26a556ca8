"""What a person wants at one place is played there: solos, rests, sections, chords of a section, another style."""

from itertools import pairwise

import pytest

from jobs.music import styles
from jobs.music.brief import Brief, Place
from jobs.music.composing.compose import compose
from jobs.music.composing.sections import in_their_place
from jobs.music.styles.reader import ROLES
from tests.music.briefs import brief
from tests.music.measures import chord_at


def piece(style, *places, seed=1, **fields):
    return compose(brief(style, places=places, **({"duration": 100.0} | fields)), seed)


def count(line, section):
    return sum(section.start <= note.start + 0.1 < section.start + section.length for note in line.notes)


def lines(score, *roles):
    return [line for line in score.parts if line.role in roles]


@pytest.mark.parametrize("where", ["outro", "end"])
def test_who_shall_be_silent_in_one_section_is_silent_there_alone(where):
    score = piece("rock", Place("without", "drums", where))
    (drums,) = lines(score, "drums")
    assert count(drums, score.sections[-1]) == 0
    assert all(count(drums, section) for section in score.sections[1:-1])


def test_who_shall_wait_until_the_refrain_waits():
    score = piece("rock", Place("without", "bass", "before chorus"))
    (bass,) = lines(score, "bass")
    first = next(index for index, section in enumerate(score.sections) if section.name == "chorus")
    assert all(count(bass, section) == 0 for section in score.sections[:first])
    assert count(bass, score.sections[first])


@pytest.mark.parametrize("where", ["before middle", "before 50"])
def test_who_comes_in_at_a_time_waits_for_the_section_that_sounds_then(where):
    score = piece("rock", Place("without", "bass", where))
    (bass,) = lines(score, "bass")
    played = [count(bass, section) > 0 for section in score.sections]
    assert not played[0]
    assert played[len(played) // 2 :].count(True) >= len(played) // 3
    assert played == sorted(played) or not played[-1]  # silent, then playing; the last may be a coda


def test_a_family_can_rest_too():
    score = piece("pop", Place("without", "keys", "verse"), instruments=("piano", "strings"))
    piano = next(line for line in score.parts if line.instrument == "piano")
    for section in score.sections:
        assert section.name != "verse" or count(piano, section) == 0


@pytest.mark.parametrize("style", ["pop", "rock", "jazz", "trance", "waltz"])
@pytest.mark.parametrize("where", ["after bridge", "middle", "before chorus", "end", 40.0])
def test_a_solo_comes_where_it_is_wanted_and_nobody_else_leads_there(style, where):
    score = piece(style, Place("solo", "clarinet", where))
    solos = [section for section in score.sections if "solo" in section.name]
    assert solos
    soloist = next(line for line in score.parts if line.instrument == "clarinet" and line.role == "melody")
    assert any(count(soloist, solo) > 6 for solo in solos)
    others = [section for section in score.sections if "solo" not in section.name]
    assert sum(count(soloist, section) for section in others) <= 4 * len(solos)  # an upbeat
    for lead in lines(score, "melody"):
        assert lead is soloist or sum(count(lead, solo) for solo in solos) <= 4 * len(solos)


def test_a_solo_after_the_bridge_follows_the_bridge():
    names = [section.name for section in piece("pop", Place("solo", "clarinet", "after bridge")).sections]
    assert ("bridge", "solo") in pairwise(names)


def test_a_solo_of_nobody_in_particular_is_the_leaders():
    plain, solo = piece("pop"), piece("pop", Place("solo", "", "middle"))
    assert "solo" in {section.name for section in solo.sections}
    assert {line.name for line in solo.parts} == {line.name for line in plain.parts}


@pytest.mark.parametrize("where", ["start", "middle", "end", "before b", "after b", "a", "b"])
def test_sections_in_their_place_have_the_bars_of_others(where):
    sections = [("intro", 4), ("a", 8), ("b", 8), ("a", 8), ("outro", 5)]
    placed = in_their_place(sections, (Place("drop", "", where),), "b")
    assert sum(bars for _, bars in placed) == 33
    assert "drop" in {kind for kind, _ in placed}
    assert "b" in {kind for kind, _ in placed}


def test_each_section_plays_its_own_chords():
    own = {"verse": ("i", "VI", "III", "VII"), "chorus": ("VI", "VII", "i")}
    order = brief("pop", mode="minor", tonic="A", section_chords=own, duration=150.0)
    score = compose(order, 2)
    heard = {"verse": ("Am", "F", "C", "G"), "chorus": ("F", "G", "Am")}
    for section in score.sections[:-1]:
        if section.name in heard:
            names = [chord_at(score, section.start + 4 * bar + 1).symbol for bar in range(section.bars)]
            assert names == [heard[section.name][bar % len(heard[section.name])] for bar in range(section.bars)]
    assert score.chords[-1].root == 9


def test_chords_of_the_refrain_sound_in_what_stands_for_it():
    order = brief("trap", mode="minor", tonic="A", section_chords={"chorus": ("i", "iv", "v", "VII")}, duration=60.0)
    score = compose(order, 1)
    hook = next(section for section in score.sections if section.name == "hook")
    assert [chord_at(score, hook.start + 4 * bar + 1).symbol for bar in range(4)] == ["Am", "Dm", "Em", "G"]


def test_chords_of_the_piece_and_of_a_section_go_together():
    order = brief("pop", mode="major", chords=("I", "V"), section_chords={"chorus": ("IV",)}, duration=100.0)
    score = compose(order, 1)
    for section in score.sections[:-1]:
        names = {chord_at(score, section.start + 4 * bar + 1).symbol for bar in range(section.bars)}
        assert names == ({"F"} if section.name == "chorus" else {"C", "G"})


def test_chords_of_sections_are_kept_and_checked():
    order = brief("pop", mode="minor", section_chords={"verse": ("i", "VI,VII")})
    assert Brief.from_json(order.to_json()) == order
    with pytest.raises(ValueError, match="section_chords"):
        brief("pop", section_chords={"verse": ("H",)})
    with pytest.raises(ValueError, match="section_chords"):
        brief("pop", section_chords={"verse": ()})


TURN = (Place("style", "lullaby", "start"), Place("style", "metal", "end"))


@pytest.mark.parametrize("seed", range(3))
def test_a_piece_turns_where_a_section_begins(seed):
    score = piece("lullaby", *TURN, seed=seed)
    loud = [line for line in score.parts if line.name == "guitar left"]
    begins = min(note.start for line in loud for note in line.notes)
    turn = min((section.start for section in score.sections), key=lambda start: abs(start - begins))
    assert abs(begins - turn) < 0.1
    assert 0.25 < turn / score.beats < 0.75
    quiet = [line for line in score.parts if line.name in {part.name for part in styles.get("lullaby").parts}]
    assert quiet
    assert all(note.start + note.length <= turn + 1e-6 for line in quiet for note in line.notes)
    assert lines(score, "drums")
    assert all(note.start > turn - 0.2 for line in lines(score, "drums") for note in line.notes)


def test_a_turn_leaves_no_gap_in_the_chords_and_no_name_twice():
    score = piece("jazz", Place("style", "techno", "end"))
    assert len({line.name for line in score.parts}) == len(score.parts)
    for one, other in pairwise(score.chords):
        assert one.start + one.length == pytest.approx(other.start)
    assert {line.role for line in score.parts} <= set(ROLES)
    assert score.duration == 100.0


def test_a_turn_into_itself_is_none():
    assert piece("jazz", Place("style", "jazz", "end")) == piece("jazz", Place("style", "jazz", "start"))


@pytest.mark.parametrize(("style", "kind"), [("rock", "bridge"), ("ambient", "bridge"), ("jazz", "chorus")])
def test_a_section_in_which_somebody_shall_rest_is_there(style, kind):
    assert kind not in {section.name for section in piece(style, duration=45.0).sections}
    score = piece(style, Place("without", "bass", kind), duration=45.0)
    inside = [section for section in score.sections if section.name == kind]
    (bass,) = lines(score, "bass")
    assert inside
    assert not any(count(bass, section) for section in inside)
    assert any(count(bass, section) for section in score.sections)


def test_sections_that_a_person_orders_stay_as_ordered():
    score = piece("rock", Place("without", "drums", "bridge"), sections=("verse", "chorus"), duration=45.0)
    assert {section.name for section in score.sections} == {"verse", "chorus"}
