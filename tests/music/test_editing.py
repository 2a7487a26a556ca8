"""What a person writes over a piece is what is played, and what is not written stays as composed."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs.music.composing.compose import compose
from jobs.music.composing.edit import Edit
from jobs.music.editing import EditDocument, outline, read
from jobs.music.score import Note, Part, Score, Section
from tests.music.briefs import brief
from tests.music.tunes import tune

BRIEF, SEED = brief("pop", duration=60.0, tonic="C", mode="major"), 5
COMPOSED = outline(BRIEF, SEED)
ALL = [{"of": number} for number in range(len(COMPOSED.sections))]
CHORUS = next(number for number, (kind, _) in enumerate(COMPOSED.sections) if kind == "chorus")


@cache
def composed() -> Score:
    return compose(BRIEF, SEED)


def edit(**document: Any) -> Edit:
    return read(EditDocument.model_validate({"version": 1, **document}), BRIEF, SEED)


def edited(**document: Any) -> Score:
    return compose(BRIEF, SEED, None, edit(**document))


def with_section(number: int, **changes: Any) -> Score:
    return edited(sections=[{**one, **changes} if index == number else one for index, one in enumerate(ALL)])


def part(score: Score, name: str) -> Part:
    return next(part for part in score.parts if part.name == name)


def inside(score: Score, name: str, section: Section) -> list[Note]:
    """The notes of a part that begin in a section, a player's hand before it or behind it."""
    notes = next((part.notes for part in score.parts if part.name == name), ())
    return [note for note in notes if section.start - 0.1 <= note.start < section.start + section.length - 0.1]


def elsewhere(score: Score, section: Section) -> dict[str, list[Note]]:
    """The notes of all parts but a bar around a section."""
    start, end = section.start - 4, section.start + section.length + 4
    return {
        part.name: [note for note in part.notes if not start <= note.start < end] for part in score.parts if part.notes
    }


def kinds(score: Score) -> list[tuple[str, int]]:
    return [(section.name, section.bars - (section is score.sections[-1])) for section in score.sections]


def test_nothing_written_is_nothing_changed() -> None:
    for document in ({}, {"sections": ALL}, {"kinds": {}}, {"parts": {"melody": {}}}):
        assert edited(**document) == composed()
    assert kinds(composed()) == list(COMPOSED.sections)
    assert {part.name for part in composed().parts} <= set(COMPOSED.parts)


def test_the_same_document_gives_the_same_notes() -> None:
    document = {
        "tempo": 90,
        "sections": [*ALL[:3], {"kind": "bridge", "bars": 6, "seed": 9}],
        "parts": {"bass": {"seed": 3}},
    }
    assert edited(**document) == edited(**document)


def test_drums_are_taken_out_of_one_section_alone() -> None:
    number = next(n for n, section in enumerate(composed().sections) if inside(composed(), "drums", section))
    score = with_section(number, cells={"drums": "off"})
    section = score.sections[number]
    assert inside(composed(), "drums", section)
    assert not inside(score, "drums", section)
    before, after = elsewhere(composed(), section), elsewhere(score, section)
    assert after["drums"] == before["drums"]
    assert after["keys"] == before["keys"]


def test_a_part_joins_in_plays_less_and_plays_more() -> None:
    silent = next(n for n, section in enumerate(composed().sections[:-1]) if not inside(composed(), "drums", section))
    assert inside(with_section(silent, cells={"drums": "normal"}), "drums", composed().sections[silent])

    def loudness(level: str) -> float:
        score = with_section(CHORUS, cells={"keys": level})
        notes = inside(score, "keys", score.sections[CHORUS])
        return sum(note.velocity for note in notes) / len(notes)

    assert loudness("light") < loudness("normal") - 5 < loudness("full") - 5


def test_more_energy_is_louder_and_fuller_in_its_section_alone() -> None:
    def played(energy: float) -> tuple[float, int, int]:
        score = with_section(CHORUS, energy=energy)
        heard = {part.name: inside(score, part.name, score.sections[CHORUS]) for part in score.parts}
        notes = [note for line in heard.values() for note in line]
        return sum(note.velocity for note in notes) / len(notes), len(notes), sum(map(bool, heard.values()))

    calm, wild = played(0.2), played(0.95)
    assert calm[0] < wild[0] - 10
    assert calm[1] < wild[1] * 0.8
    assert calm[2] < wild[2]
    first = composed().sections[0]
    assert part(with_section(len(ALL) - 1, energy=0.9), "keys").notes[:5] == part(composed(), "keys").notes[:5]
    assert inside(with_section(CHORUS, energy=0.2), "melody", first) == inside(composed(), "melody", first)


def test_chords_are_those_that_were_written() -> None:
    score = with_section(CHORUS, chords="Am F | C G")
    section = score.sections[CHORUS]
    names = [c.symbol for c in score.chords if section.start <= c.start < section.start + section.length]
    assert names == ["Am", "F", "C", "G"] * (section.bars // 2)
    assert {c.symbol for c in composed().chords if c.start < section.start} == {
        c.symbol for c in score.chords if c.start < section.start
    }
    for number, pitches in enumerate(({9, 0, 4}, {5, 9, 0})):
        at = section.start + 2 * number
        held = [n.pitch % 12 for n in inside(score, "keys", section) if at + 0.2 < n.start < at + 1.8]
        assert set(held) <= pitches


def test_numerals_and_chords_of_a_kind_are_read_in_the_key() -> None:
    score = edited(key="D", kinds={"chorus": {"chords": "I vi7 IV V7"}})
    for section in (section for section in score.sections if section.name == "chorus"):
        names = [c.symbol for c in score.chords if section.start <= c.start < section.start + 16]
        assert names == ["D", "Bm7", "G", "A7"][: len(names)]
    assert score.tonic == 2


def test_another_key_is_the_same_piece_higher() -> None:
    score = edited(key="Eb")
    assert (score.tonic, score.duration) == (3, composed().duration)
    for name in ("melody", "bass", "drums"):
        up = 0 if name == "drums" else 3
        pairs = zip(part(composed(), name).notes, part(score, name).notes, strict=True)
        assert {(after.pitch - before.pitch) % 12 for before, after in pairs} == {up}
    assert composed().chords[-1].symbol.startswith("C")
    assert score.chords[-1].symbol.startswith("Eb")


def test_the_tune_is_the_one_that_was_drawn() -> None:
    tune = [{"start": 0, "length": 1, "pitch": 72}, {"start": 1.5, "length": 0.5, "pitch": 74},
            {"start": 4, "length": 3, "pitch": 67}]  # fmt: skip
    for key in ("C", "A"):
        score = edited(key=key, sections=[*ALL[:CHORUS], {"of": CHORUS, "tune": {"melody": tune}}, *ALL[CHORUS + 1 :]])
        section = score.sections[CHORUS]
        notes = inside(score, "melody", section)
        assert [note.pitch for note in notes] == [72, 74, 67]
        assert [note.start - section.start for note in notes] == pytest.approx([0, 1.5, 4], abs=0.1)


def test_sections_are_moved_repeated_added_and_made_longer() -> None:
    middle = [{"of": CHORUS, "bars": 6}, {"of": CHORUS}, {"kind": "solo", "bars": 3}, {"of": 0}]
    score = edited(sections=[*middle, ALL[-1]])
    size = COMPOSED.sections[CHORUS][1]
    assert kinds(score) == [("chorus", 6), ("chorus", size), ("solo", 3), COMPOSED.sections[0], COMPOSED.sections[-1]]
    assert score.duration == pytest.approx(score.seconds(score.beats), abs=4)
    assert all(part.notes[-1].start < score.beats for part in score.parts)
    assert score.tempos == composed().tempos


def test_another_idea_changes_its_section_and_leaves_what_is_locked() -> None:
    number = CHORUS
    other = with_section(number, seed=77)
    section = composed().sections[number]
    assert inside(other, "melody", section) != inside(composed(), "melody", section)
    locked = with_section(number, seed=77, locked=["melody", "chords", "keys", "bass"])
    for name in ("melody", "keys", "bass"):
        assert inside(locked, name, section) == inside(composed(), name, section)
    alone = with_section(number, ideas={"melody": 78})
    assert alone.chords == composed().chords
    assert inside(alone, "melody", section) != inside(composed(), "melody", section)
    assert part(alone, "bass") == part(composed(), "bass")
    chords = with_section(number, ideas={"chords": 79})
    assert chords.sections == composed().sections


def test_parts_have_other_instruments_places_and_seeds() -> None:
    score = edited(
        parts={
            "melody": {"instrument": "flute", "volume": -3, "pan": 0.5, "octave": 1},
            "pad": {"removed": True},
            "drums": {"mute": True},
            "bells": {"role": "arpeggio", "instrument": "glockenspiel"},
            "bass": {"seed": 12},
        }
    )
    before, after = part(composed(), "melody"), part(score, "melody")
    assert (after.instrument, after.pan, after.gain_db) == ("flute", 0.5, before.gain_db - 3)
    assert min(note.pitch for note in after.notes) >= 60 + 12
    assert not {"pad", "drums"} & {part.name for part in score.parts}
    assert part(score, "bells").notes
    assert part(score, "bass").notes != part(composed(), "bass").notes
    assert part(score, "keys").notes == part(composed(), "keys").notes
    assert [part.name for part in edited(parts={"bass": {"solo": True}}).parts] == ["bass"]


def test_tempo_length_swing_ending_and_loudness() -> None:
    faster = edited(tempo=COMPOSED.tempo * 1.25)
    assert faster.sections == composed().sections
    assert faster.duration < composed().duration * 0.85
    assert edited(length=70).duration == pytest.approx(70)
    assert edited(length=70).sections == composed().sections
    assert edited(ending="fade").fade_out > 0
    assert edited(ending="stop", master="gentle").mix.loudness == -18
    off_beats = [n.start % 1 for n in part(edited(swing=1.0), "drums").notes]
    assert any(0.6 < place < 0.75 for place in off_beats)


def test_silence_at_the_beginning_is_kept() -> None:
    score = with_section(0, cells=dict.fromkeys(COMPOSED.parts, "off"))
    assert all(part.notes[0].start >= score.sections[0].length - 4.1 for part in score.parts)
    assert not [note for part in score.parts for note in part.notes if note.start < 3]


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"sections": [{"of": 99 % 64}]}, "sections.0.of: the piece has"),
        ({"sections": [{"kind": "fugue", "bars": 4}]}, "'fugue' is no kind"),
        ({"sections": [{"of": 0, "chords": "Am H7"}]}, "sections.0.chords: 'H7' is not a chord"),
        ({"sections": [{"of": 0, "chords": "Am V7"}]}, "not both"),
        ({"sections": [{"of": 0, "chords": "|||"}]}, "'|||' is not a chord"),
        ({"kinds": {"chorus": {"chords": "nonsense"}}}, "chords: 'nonsense'"),
        ({"sections": [{"of": 0, "cells": {"harp": "off"}}]}, "no part 'harp'"),
        ({"sections": [{"of": 0, "tune": {"bass": []}}]}, "not for bass"),
        ({"sections": [{"of": 1, "tune": {"melody": [{"start": 0, "length": 1, "pitch": 5}]}}]}, "plays from"),
        ({"sections": [{"of": 0, "bars": 2, "tune": {"melody": [{"start": 8, "length": 1, "pitch": 70}]}}]}, "8 beats"),
        ({"sections": [{"kind": "verse", "bars": 64}] * 10}, "seconds long"),
        ({"sections": [{"kind": "verse", "bars": 1}], "tempo": 240}, "seconds long"),
        ({"length": 5}, "a tempo of"),
        ({"parts": {"melody": {"instrument": "kazoo"}}}, "parts.melody.instrument: 'kazoo' is no instrument"),
        ({"parts": {"melody": {"instrument": "drums"}}}, "does not play melody"),
        ({"parts": {"drums": {"instrument": "piano"}}}, "does not play drums"),
        ({"parts": {"melody": {"role": "bass"}}}, "stays so"),
        ({"parts": {"harp": {"instrument": "harp"}}}, "needs a role"),
        ({"parts": {"harp": {"instrument": "harp", "role": "king"}}}, "'king' is not one of"),
        ({"parts": {name: {"removed": True} for name in COMPOSED.parts}}, "nobody is left"),
        ({"parts": {name: {"mute": True} for name in COMPOSED.parts}}, "nobody is left"),
        ({"sections": [{"of": 1, "cells": dict.fromkeys(COMPOSED.parts, "off")}] * 4}, "sections: nobody is left"),
    ],
)
def test_what_does_not_fit_the_piece_is_named(document: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        edit(**document)


@pytest.mark.parametrize(
    "document",
    [
        {"version": 2}, {"colour": 1}, {"tempo": 1000}, {"tempo": float("nan")}, {"tempo": True}, {"key": "H"},
        {"tempo": 100, "length": 60}, {"sections": []}, {"sections": [{}]}, {"sections": [{"kind": "verse"}]},
        {"sections": [{"of": -1}]}, {"sections": [{"of": 0, "bars": 0}]}, {"sections": [{"of": 0, "bars": 1000}]},
        {"sections": [{"of": 0}] * 65}, {"sections": [{"of": 0, "cells": {"drums": "loud"}}]},
        {"sections": [{"of": 0, "tune": {"melody": [{"start": 0, "length": 1, "pitch": 128}]}}]},
        {"sections": [{"of": 0, "tune": {"melody": [{"start": 0, "length": 1, "pitch": 60}] * 10_000}}]},
        {"parts": {"": {}}}, {"parts": {"x" * 41: {}}}, {"parts": {"melody": {"volume": 99}}}, {"ending": "bang"},
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EditDocument.model_validate({"version": 1, **document})


def test_it_is_written_down_without_what_is_left_out() -> None:
    document = {"version": 1, "sections": [{"of": 0}, {"of": 1, "cells": {"drums": "off"}}]}
    assert EditDocument.model_validate(document).plain() == document
    assert EditDocument.model_validate({"version": 1}).plain() == {"version": 1}


GIVEN = brief("pop", duration=60.0, tonic="C", mode="major", tune=tune())


def test_a_given_tune_goes_with_its_sections() -> None:
    sections = outline(GIVEN, SEED).sections
    lead = next(name for name, (role, _) in outline(GIVEN, SEED).parts.items() if role == "melody")

    def played(order: list[dict[str, Any]]) -> Score:
        document = EditDocument.model_validate({"version": 1, "sections": order})
        return compose(GIVEN, SEED, None, read(document, GIVEN, SEED))

    def pitches(score: Score, number: int) -> list[int]:
        return [note.pitch for note in inside(score, lead, score.sections[number])]

    order = [{"of": number} for number in range(len(sections))]
    as_composed = compose(GIVEN, SEED)
    assert played(order) == as_composed
    first = next(at for at in range(len(sections)) if pitches(as_composed, at))
    moved = played([order[first], *order[:first], *order[first + 1 :]])
    assert pitches(moved, 0) == pitches(as_composed, first) != []
    assert kinds(moved)[0] == sections[first]
    twice = played([*order[: first + 1], order[first], *order[first + 1 :]])
    assert twice.sections[first + 1].name == sections[first][0]
    assert pitches(twice, first) == pitches(as_composed, first)
    assert pitches(twice, first + 1)
    shorter = played([*order[:first], {"of": first, "bars": 2}, *order[first + 1 :]])
    assert pitches(shorter, first) == pitches(as_composed, first)[: len(pitches(shorter, first))] != []
    other = played([*order[: first + 1], {"kind": "chorus", "bars": 4}, *order[first + 1 :]])
    assert pitches(other, first + 1)
    without = played([{"kind": "chorus", "bars": 8}, {"kind": "verse", "bars": 8}])
    assert [bool(pitches(without, at)) for at in (0, 1)] == [True, True]


SECTION = st.fixed_dictionaries(
    {"of": st.integers(0, len(ALL) - 1)},
    optional={
        "bars": st.integers(1, 6),
        "kind": st.sampled_from(["verse", "chorus", "drop", "solo", "outro", "intro"]),
        "energy": st.floats(0, 1),
        "chords": st.sampled_from(["Am F C G", "C", "ii7 V7 | I", "F#dim7 B7b9", "bVII IV"]),
        "cells": st.dictionaries(st.sampled_from(list(COMPOSED.parts)), st.sampled_from(["off", "light", "full"])),
        "seed": st.integers(0, 9),
    },
)


@settings(max_examples=10, deadline=None)
@given(
    sections=st.lists(SECTION, min_size=2, max_size=5),
    key=st.sampled_from(["C", "F#", "B"]),
    instrument=st.sampled_from(["tuba", "piccolo", "piano"]),
)
def test_whatever_fits_can_be_played(sections: list[dict[str, Any]], key: str, instrument: str) -> None:
    score = edited(sections=sections, key=key, parts={"melody": {"instrument": instrument}})
    assert len(score.sections) == len(sections)
    for one in score.parts:
        assert all(0 <= note.pitch <= 127 and 1 <= note.velocity <= 127 and note.length > 0 for note in one.notes)
        assert all(note.start + note.length <= score.beats + 16 for note in one.notes)
