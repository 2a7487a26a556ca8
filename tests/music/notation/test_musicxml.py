from collections import Counter
from xml.etree import ElementTree

import pytest

from jobs.music.composing.compose import compose
from jobs.music.instruments import INSTRUMENTS
from jobs.music.notation.musicxml import Source, document
from jobs.music.notation.quantise import DIVISIONS
from jobs.music.notation.sheet import Sheet
from jobs.music.notation.spelling import TRANSPOSITIONS
from jobs.music.score import Chord, Note, Part, Score, Section
from tests.music.briefs import brief
from tests.music.handmade import solo, song
from tests.music.notation.readers import heard, mistakes

SOURCE = Source("a calm piece", 7, "musicsite composer", "Yours.")


def on_paper(score: Score) -> Counter[tuple[int, int]]:
    """The notes as they are written, as (DIVISIONS of a beat, pitch), without drums."""
    sheet = Sheet(score)
    melodic = [part for part in score.parts if not INSTRUMENTS[part.instrument].drums]
    return Counter(
        (event.start, pitch) for part in melodic for event in sheet.written(part).events for pitch in event.pitches
    )


@pytest.mark.parametrize(
    ("style", "changes"),
    [
        ("jazz", {"tonic": "Bb"}),
        ("classical", {"tonic": "F#", "metre": "3/4"}),
        ("blues", {"tonic": "Ab", "duration": 7.3}),
        ("trap", {}),
        ("celtic", {"metre": "6/8"}),
    ],
)
@pytest.mark.parametrize("transposition", ["", "bb", "eb"])
def test_it_is_valid_and_another_reader_hears_the_same_notes(style, changes, transposition):
    score = compose(brief(style, **({"duration": 20.0} | changes)), 3)
    text = document(score, SOURCE, TRANSPOSITIONS[transposition])
    assert mistakes(text) == ""
    assert heard(text).keys() == on_paper(score).keys()


def test_bars_add_up_in_every_part_and_voice():
    root = ElementTree.fromstring(document(song(20.0), SOURCE))
    for part in root.iter("part"):
        for measure in part.iter("measure"):
            lengths = Counter()
            for note in measure.iter("note"):
                if note.find("chord") is None:
                    lengths[note.findtext("voice")] += int(note.findtext("duration"))
            assert set(lengths.values()) == {4 * DIVISIONS}


def test_it_says_where_it_comes_from():
    root = ElementTree.fromstring(document(song(12.0), SOURCE))
    assert root.findtext("work/work-title") == song(12.0).title
    assert root.findtext("identification/rights") == "Yours."
    fields = {field.get("name"): field.text for field in root.iter("miscellaneous-field")}
    assert fields == {"prompt": "a calm piece", "seed": "7"}


def test_sections_chords_and_tempo_are_in_the_first_part():
    first, *others = ElementTree.fromstring(document(song(20.0), SOURCE)).iter("part")
    assert [mark.text for mark in first.iter("rehearsal")] == ["Intro", "Verse"]
    assert [mark.findtext("root/root-step") for mark in first.iter("harmony")][:4] == ["A", "F", "C", "G"]
    assert first.findtext(".//per-minute") == "100"
    assert not any(list(part.iter("harmony")) for part in others)


def test_accidentals_stand_where_a_reader_needs_them():
    notes = tuple(Note(float(at), 1.0, pitch, 90) for at, pitch in enumerate((70, 70, 71, 71)))
    score = solo(parts=(Part("a", "melody", "flute", notes),), tonic=0, mode="major")
    part = next(ElementTree.fromstring(document(score, SOURCE)).iter("part"))
    assert [note.findtext("accidental") for note in part.iter("note")][:4] == ["flat", None, "natural", None]


def test_drums_are_named_and_written_by_their_place():
    root = ElementTree.fromstring(document(song(12.0), SOURCE))
    names = {entry.text for entry in root.iter("instrument-name")}
    assert {"Kick", "Snare", "Hi-hat", "Maracas"} <= names
    assert {sign.text for sign in root.iter("notehead")} == {"x"}


@pytest.mark.parametrize("symbol", ["Am7", "C/E", "F#m7b5", "G7sus4", "C???", "Bbmaj9/F#", "C/"])
def test_any_symbol_of_a_chord_is_valid(symbol):
    score = solo(chords=(Chord(0.0, 4.0, 0, (0, 4, 7), symbol),))
    text = document(score, SOURCE)
    assert mistakes(text) == ""
    heard(text)


def test_hostile_words_are_text():
    part = Part("a", "melody", "piano", (Note(0.0, 1.0, 60, 90),))
    score = solo(title="</work><x>\0\u202e", parts=(part,), sections=(Section("<b>\0", 0.0, 8.0, 2),))
    assert mistakes(document(score, Source("]]>\x01", 1, "<g>", "&"))) == ""


def test_a_piece_without_a_note_is_refused_by_nobody():
    text = document(solo(parts=()), SOURCE)
    assert "score-partwise" in text
