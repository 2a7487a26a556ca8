import struct
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.music.files.midi_tune import MAX_BYTES, read_tune
from jobs.music.given import MAX_NOTES, BadTune, GivenNote
from tests.music.tunes import LEAVES, STARS, TICKS, midi_of, notes_of, track

GOOD = midi_of(track(notes_of(STARS)))


def raw(body: bytes, *, kind: int = 0, tracks: int = 1, division: int = TICKS) -> bytes:
    """A file with one track of these bytes, whatever they are."""
    return b"MThd" + struct.pack(">LhhH", 6, kind, tracks, division) + b"MTrk" + struct.pack(">L", len(body)) + body


def test_it_reads_notes_tempo_metre_and_name() -> None:
    found = read_tune(midi_of(track(notes_of(LEAVES, 2.5)), tempo=72, metre="6/8"), "leaves.mid")
    assert [(note.pitch, note.start, note.length) for note in found.notes] == [
        (note.pitch, pytest.approx(note.start, abs=0.002), pytest.approx(note.length, abs=0.002))
        for note in notes_of(LEAVES, 2.5)
    ]
    assert (found.tempo, found.metre, found.name, found.notices) == (72, "6/8", "leaves.mid", ())


def test_it_takes_the_part_that_is_called_so() -> None:
    high = track([GivenNote(float(at), 1.0, 90) for at in range(40)], 1, "Strings")
    lead = track(notes_of(STARS), 2, "보컬".encode("cp949").decode("latin-1"))
    found = read_tune(midi_of(high, lead))
    assert [note.pitch for note in found.notes] == [note.pitch for note in notes_of(STARS)]
    assert found.notices == ("tune_part",)


def test_it_takes_one_voice_above_bass_and_chords_and_never_the_drums() -> None:
    bass = track([GivenNote(float(at), 1.0, 36) for at in range(48)], 1)
    chords = track([GivenNote(at * 2.0, 2.0, pitch) for at in range(24) for pitch in (60, 64, 67)], 2)
    drums = track([GivenNote(at / 2, 0.25, 80) for at in range(96)], 9)
    found = read_tune(midi_of(bass, chords, drums, track(notes_of(STARS), 3)))
    assert [note.pitch for note in found.notes] == [note.pitch for note in notes_of(STARS)]


def test_it_takes_the_tempo_that_lasts_longest() -> None:
    melody = track(notes_of(STARS))
    melody.insert(0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(150)))
    melody.insert(4, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(75)))
    found = read_tune(midi_of(melody, tempo=None))
    assert (found.tempo, found.notices) == (75, ("tune_tempos",))


def test_a_note_that_nobody_ends_is_ended() -> None:
    body = b"\x00\x90\x3c\x50\x83\x60\x90\x3e\x50\xff\x7f\xff\x2f\x00"
    found = read_tune(raw(body))
    assert [(note.pitch, note.length) for note in found.notes] == [(60, 1.0), (62, 4.0)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no MIDI file"),
        (b"RIFF" + b"x" * 90, "no MIDI file"),
        (b"MThd", "damaged"),
        (GOOD[: len(GOOD) // 2], "damaged"),
        (GOOD[:-1], "damaged"),
        (raw(b"\x00\x90\x3c"), "damaged"),
        (raw(b"\x00\x3c\x3c\x00"), "damaged"),
        (raw(b"\x00\xf5\x00\xff\x2f\x00"), "damaged"),
        (raw(b"\xff" * 150_000), "no MIDI file"),  # a number without an end
        (b"MThd" + b"\xff" * 900, "film frames"),
        (raw(b"\x00\xff\x2f\x00", tracks=30_000), "damaged"),
        (midi_of(), "not one note"),
        (midi_of(track([GivenNote(0.0, 1.0, 40)], 9)), "only drums"),
        (midi_of(track(notes_of(STARS)), type=2), "format 2"),
        (raw(b"\x00\x90\x3c\x50\x60\x80\x3c\x00\x00\xff\x2f\x00", division=0xE250), "SMPTE"),
        (raw(b"\x00\x90\x3c\x50\x60\x80\x3c\x00\x00\xff\x2f\x00", division=0), "SMPTE"),
        (raw(b"\x00\xff\x51\x03\x00\x00\x00\x00\x90\x3c\x50\x60\x80\x3c\x00\x00\xff\x2f\x00"), "no time"),
        (midi_of(track([GivenNote(0.0, 1.0, 5)])), "outside"),
        (midi_of(track([GivenNote(at * 1.0, 0.5, 60) for at in range(MAX_NOTES + 1)])), "more than"),
        (midi_of(track([GivenNote(0.0, 1.0, 60), GivenNote(3 * 96 * 60.0, 1.0, 60)])), "longer than 5 minutes"),
        (GOOD + b"\x00" * MAX_BYTES, "larger than 200 kB"),
        (b"MThd" + b"\x00" * 10_000_000, "larger than 200 kB"),
    ],
)
def test_it_says_what_is_wrong_with_a_file(content: bytes, why: str) -> None:
    with pytest.raises(BadTune, match=why) as refused:
        read_tune(content)
    assert str(refused.value).endswith(".")


def is_answered(content: bytes) -> None:
    try:
        found = read_tune(content)
    except BadTune:
        return
    assert found.notes
    assert all(note.length > 0 for note in found.notes)
    assert all(a.start < b.start for a, b in zip(found.notes, found.notes[1:], strict=False))


@given(st.binary(max_size=400), st.integers(-2, 3), st.integers(0, 2**16 - 1))
@settings(max_examples=150, deadline=None)
def test_whatever_a_track_holds_there_is_an_answer(body: bytes, kind: int, division: int) -> None:
    is_answered(raw(body, kind=kind, division=division))


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_damaged_there_is_an_answer(changes: list[tuple[int, int]], data: Any) -> None:
    content = bytearray(GOOD)
    for place, byte in changes:
        content[place] = byte
    is_answered(bytes(content[: data.draw(st.integers(0, len(content)))]) if len(changes) > 3 else bytes(content))
