from dataclasses import replace
from xml.etree import ElementTree

import pytest

from jobs.music.composing.compose import compose
from jobs.music.notation.lead_sheet import BARS, document, tune_of
from jobs.music.notation.musicxml import Source
from jobs.music.notation.sheet import Sheet
from jobs.music.notation.spelling import TRANSPOSITIONS
from jobs.music.score import Note, Part
from tests.music.briefs import brief
from tests.music.handmade import solo, song
from tests.music.notation.readers import heard, mistakes

SOURCE = Source("a tune", 3)


@pytest.mark.parametrize("transposition", ["", "bb", "eb"])
def test_the_tune_is_heard_as_it_is_in_the_piece_whoever_reads_it(transposition):
    score = compose(brief("jazz", tonic="Bb", duration=20.0), 3)
    text = document(score, SOURCE, TRANSPOSITIONS[transposition])
    assert mistakes(text) == ""
    tune = {(event.start, event.pitches[-1] % 12) for event in Sheet(score).written(tune_of(score)).events}
    assert {(start, pitch % 12) for start, pitch in heard(text)} == tune


def test_a_tune_is_written_where_it_is_read_without_ledger_lines():
    low = solo(parts=(Part("a", "melody", "cello", (Note(0.0, 1.0, 43, 90), Note(1.0, 1.0, 45, 90))),))
    octaves = {int(mark.text) for mark in ElementTree.fromstring(document(low, SOURCE)).iter("octave")}
    assert octaves == {4}


def test_a_line_has_four_bars_and_a_section_begins_one():
    root = ElementTree.fromstring(document(song(40.0), SOURCE))
    measures = list(root.iter("measure"))
    begins = [index for index, measure in enumerate(measures) if measure.find("print") is not None]
    sections = [index for index, measure in enumerate(measures) if measure.find(".//rehearsal") is not None]
    assert set(sections) - {0} <= set(begins)
    assert max(after - before for before, after in zip(begins, begins[1:], strict=False)) <= BARS


def test_without_a_melody_the_next_best_part_is_the_tune():
    pad = Part("pad", "pad", "strings", (Note(0.0, 4.0, 60, 90),))
    bass = Part("bass", "bass", "fingered_bass", (Note(0.0, 1.0, 36, 90),))
    drums = Part("drums", "drums", "drums", (Note(0.0, 1.0, 36, 90),))
    assert tune_of(solo(parts=(drums, bass, pad))) == pad
    assert tune_of(solo(parts=(drums,))) is None
    assert mistakes(document(solo(parts=(drums,)), SOURCE)) == ""


def test_the_tune_is_written_whoever_leads_and_not_who_doubles_it():
    lead = Part("lead", "melody", "flute", (Note(0.0, 1.0, 72, 80), Note(8.0, 1.0, 74, 80)))
    relief = replace(lead, name="second lead", notes=(Note(4.0, 1.0, 76, 80),))
    double = replace(
        lead, name="double", notes=tuple(replace(n, pitch=n.pitch + 12) for n in lead.notes + relief.notes)
    )
    assert tune_of(solo(parts=(lead, relief, double))).notes == tuple(sorted(lead.notes + relief.notes))
