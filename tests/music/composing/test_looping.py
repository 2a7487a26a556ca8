"""A loop leads back to where it began: whole bars, no last chord, an intro that is heard once."""

from __future__ import annotations

import gzip

import mido
import pytest

from jobs.music.composing.compose import compose
from jobs.music.files import midi
from jobs.music.files.document import Document, pack, unpack
from jobs.music.score import RING
from tests.music.briefs import brief

STYLES = ("lofi", "waltz", "house", "ambient", "metal")


@pytest.mark.parametrize("style", STYLES)
def test_it_is_whole_bars_that_play_to_their_end(style):
    score = compose(brief(style, duration=30.0, loop=True), 3)
    bar = 4.0 * score.metre[0] / score.metre[1]
    assert score.beats / bar == pytest.approx(round(score.beats / bar))
    assert score.duration == pytest.approx(score.seconds(score.beats))
    assert score.duration * 100 == pytest.approx(round(score.duration * 100), abs=1e-6)  # whole frames at any rate
    assert (score.fade_out, len(score.tempos)) == (0.0, 1)
    assert score.loop is not None
    assert (score.loop.start, score.loop.first) == (0.0, 0.0)
    ends = [note.start + note.length for part in score.parts for note in part.notes]
    assert max(ends) <= score.beats
    onsets = {note.start // bar for part in score.parts for note in part.notes}
    assert {0.0, score.beats / bar - 1} <= onsets
    assert not {section.name for section in score.sections} & {"intro", "outro", "coda", "ending", "opening"}
    assert score.chords[-1].start + score.chords[-1].length == score.beats


def test_its_last_bar_is_no_last_chord():
    """Of a piece that ends, the last bar is the tonic, held; a loop's moves as all others do."""
    loop, piece = (compose(brief("pop", duration=30.0, loop=loop), 3) for loop in (True, False))
    last_bars = [
        [note for part in score.parts for note in part.notes if note.start >= score.beats - 4.2]
        for score in (loop, piece)
    ]
    assert len(last_bars[0]) > 2 * len(last_bars[1])


def test_behind_an_intro_the_loop_begins_once_more():
    score = compose(brief("pop", duration=40.0, loop=True, intro=4), 3)
    assert score.loop is not None
    assert score.sections[0].name == "intro"
    assert score.loop.first == score.sections[0].length == 16.0
    again = score.seconds(score.loop.start) - score.seconds(score.loop.first)
    assert RING <= again < RING + 4 * 60 / score.tempos[0].bpm + 1e-6
    length = score.beats - score.loop.start
    for part in score.parts:
        head = [(n.start, n.pitch, n.velocity) for n in part.notes if score.loop.first <= n.start < score.loop.start]
        tail = [(n.start - length, n.pitch, n.velocity) for n in part.notes if n.start >= score.loop.first + length]
        assert [row[1:] for row in head] == [row[1:] for row in tail]
        assert [row[0] for row in head] == pytest.approx([row[0] for row in tail])
        assert not [n for n in part.notes if n.start < score.loop.first - 1e-9 < n.start + n.length - 1e-6]
    assert sum(section.length for section in score.sections) == pytest.approx(score.beats)


def test_nothing_begins_where_it_ends():
    """A note that is pushed by a hair would be as short as that, and heard as a click by who plays the MIDI."""
    score = compose(brief("disco", duration=20.0, loop=True, intro=1), 3).quantised()
    assert max(note.start for part in score.parts for note in part.notes) < score.beats


@pytest.mark.parametrize("fields", [{"intro": 4}, {"intro": 0}])
def test_it_is_kept_with_its_loop_and_marked_in_its_notes(tmp_path, fields):
    score = compose(brief("lofi", duration=20.0, loop=True, **fields), 3).quantised()
    assert unpack(pack(Document(score, 3, 2)), score.title).score.loop == score.loop
    midi.write(score, tmp_path / "a.mid")
    file, now, found = mido.MidiFile(tmp_path / "a.mid"), 0, {}
    for message in file.tracks[0]:
        now += message.time
        if message.type == "marker" and message.text.startswith("loop"):
            found[message.text] = now / file.ticks_per_beat
    assert found == {"loopStart": score.loop.start, "loopEnd": score.beats}


def test_a_piece_that_ends_has_nothing_of_it():
    score = compose(brief("pop", duration=12.0), 3).quantised()
    assert score.loop is None
    assert b"loop" not in gzip.decompress(pack(Document(score, 3, 2)))
    assert not {"loop", "intro"} & brief("pop").to_json().keys()
    assert brief("pop", loop=True, intro=2).from_json(brief("pop", loop=True, intro=2).to_json()).intro == 2
