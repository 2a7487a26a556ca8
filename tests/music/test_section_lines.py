"""The notes of one part in one section: what is shown is what is played, and what takes its place fits."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.music.brief import Brief, Place
from jobs.music.composing.compose import compose
from jobs.music.editing import EditDocument, outline, read
from jobs.music.given import GivenNote, tune_of
from jobs.music.score import Note
from jobs.music.section_lines import SectionLine, section_line
from tests.music.briefs import brief

BRIEF, SEED = brief("pop", duration=60.0, tonic="C", mode="major"), 5
CHORUS = next(number for number, (kind, _) in enumerate(outline(BRIEF, SEED).sections) if kind == "chorus")


def document(**fields: Any) -> EditDocument:
    return EditDocument.model_validate({"version": 1, **fields})


def line(at: int = CHORUS, piece: Brief = BRIEF, name: str = "melody", **fields: Any) -> SectionLine:
    return section_line(document(**fields), piece, SEED, name, at)


def drawn(notes: Any, at: int = CHORUS, piece: Brief = BRIEF, name: str = "melody", **more: Any) -> dict[str, Any]:
    """Fields of the document that has these notes in the section."""
    tune = [{"start": n.start, "length": n.length, "pitch": n.pitch, "velocity": n.velocity} for n in notes]
    sections = [{"of": number} for number in range(len(outline(piece, SEED).sections))]
    sections[at] |= {"tune": {name: tune}, **more}  # type: ignore[dict-item]
    return {"sections": sections}


@pytest.mark.parametrize("key", ["C", "Eb"])
def test_what_is_shown_is_what_is_played(key: str) -> None:
    turned = brief("jazz", duration=30.0, places=(Place("style", "techno", "end"),))
    pieces = [(BRIEF, CHORUS), (BRIEF, len(outline(BRIEF, SEED).sections) - 1), (turned, 1)]
    for piece, at in pieces:
        name = next(name for name, (role, _) in outline(piece, SEED).parts.items() if role == "melody")
        shown = line(at, piece, name, key=key)
        assert shown.notes
        composed = compose(piece, SEED, None, read(document(key=key), piece, SEED)).quantised()
        again = read(document(key=key, **drawn(shown.notes, at, piece, name)), piece, SEED)
        assert compose(piece, SEED, None, again).quantised().parts == composed.parts


def test_it_tells_what_belongs_to_the_section() -> None:
    shown = line(
        key="D", sections=[{"kind": "verse", "bars": 4, "chords": "D A | Bm G", "tune": {"melody": []}}] * 4, at=1
    )
    assert (shown.beats, shown.bar, shown.notes) == (16, 4, ())
    assert [(one.start, one.symbol) for one in shown.chords[:4]] == [(0, "D"), (2, "A"), (4, "Bm"), (6, "G")]
    assert shown.scale == {2, 4, 6, 7, 9, 11, 1}


def test_the_same_rhythm_has_other_notes_that_can_be_played() -> None:
    shown = line(key="Eb")
    other, again = shown.repitched(shown.notes, 3), shown.repitched(shown.notes, 3)
    assert other == again != shown.repitched(shown.notes, 4)
    struck = {note.start for note in shown.notes}
    assert {note.start for note in other} <= struck
    assert len(other) >= 0.8 * len(struck)
    assert [note.pitch for note in other] != [note.pitch for note in shown.notes]
    scale = shown.scale
    assert sum(note.pitch % 12 in scale for note in other) >= 0.8 * len(other)
    assert all(shown.low <= note.pitch <= shown.high for note in other)
    assert shown.repitched((), 3) == []


def test_a_given_tune_is_fitted_to_key_range_and_section() -> None:
    tune = tune_of([GivenNote(4 + beat, 1.0, 26 + step) for beat, step in enumerate((0, 2, 4, 5, 7, 4, 2, 0) * 20)])
    notes = line().fitted(tune)
    assert notes[0].start == 0
    assert [note.pitch % 12 for note in notes[:8]] == [0, 2, 4, 5, 7, 4, 2, 0]
    assert len(notes) == line().beats
    assert all(line().low <= note.pitch <= line().high for note in notes)


def test_notes_of_a_part_that_is_switched_off_are_silent() -> None:
    notes = [Note(0, 1, 72, 88)]
    score = compose(BRIEF, SEED, None, read(document(**drawn(notes, cells={"melody": "off"})), BRIEF, SEED))
    span = score.sections[CHORUS]
    melody = next(part for part in score.parts if part.name == "melody")
    assert not [note for note in melody.notes if span.start <= note.start < span.start + span.length - 0.1]
