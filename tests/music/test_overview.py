"""What a page is told of a piece: where its sections lie, their chords, who plays in them."""

from typing import Any

from jobs.music.brief import Brief
from jobs.music.composing.compose import compose
from jobs.music.editing import EditDocument, outline, read
from jobs.music.overview import Overview, overview
from tests.music.briefs import brief

BRIEF, SEED = brief("pop", duration=60.0, tonic="C", mode="major"), 5


def seen(piece: Brief = BRIEF, **fields: Any) -> Overview:
    return overview(EditDocument.model_validate({"version": 1, **fields}), piece, SEED)


def test_sections_follow_one_another_as_they_are_played() -> None:
    score, blocks = compose(BRIEF, SEED), seen().blocks
    assert [round(block.start, 6) for block in blocks] == [
        round(score.seconds(section.start), 6) for section in score.sections
    ]
    assert all(
        abs(one.start + one.seconds - other.start) < 1e-6 for one, other in zip(blocks, blocks[1:], strict=False)
    )
    assert [(block.kind, block.bars) for block in blocks] == list(outline(BRIEF, SEED).sections)


def test_chords_can_be_written_as_they_are_shown_in_any_key() -> None:
    for key in ("C", "Eb"):
        sections = [{"of": at, "chords": block.chords} for at, block in enumerate(seen(key=key).blocks)]
        again = seen(key=key, sections=sections)
        assert [block.chords for block in again.blocks] == [block.chords for block in seen(key=key).blocks]
    assert seen(key="Eb").blocks[0].chords != seen(key="C").blocks[0].chords


def test_two_chords_of_a_single_bar_stay_in_it() -> None:
    assert seen(sections=[{"of": 0, "bars": 1, "chords": "| Am F |"}, {"of": 1}]).blocks[0].chords == "| Am F"


def test_who_plays_does_not_hang_on_what_somebody_has_said_of_it() -> None:
    voices = seen().voices
    cells = {voice.name: "off" for voice in voices[1:]} | {voices[0].name: "light"}
    assert seen(sections=[{"of": at, "cells": cells} for at in range(len(seen().blocks))]).voices == voices
    heard = {part.name for part in compose(BRIEF, SEED).parts}
    assert {voice.name for voice in voices if any(voice.plays)} == heard


def test_a_part_that_is_removed_is_none_of_the_voices() -> None:
    first = seen().voices[0].name
    assert first not in [voice.name for voice in seen(parts={first: {"removed": True}}).voices]


def test_every_kind_that_is_offered_can_be_had() -> None:
    for kind in seen().kinds:
        read(
            EditDocument.model_validate({"version": 1, "sections": [{"of": 0}, {"kind": kind, "bars": 8}]}), BRIEF, SEED
        )
