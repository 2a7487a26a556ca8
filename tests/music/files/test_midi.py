from __future__ import annotations

from dataclasses import replace

import mido
import pytest

from jobs.music.files import midi
from jobs.music.score import Control, Note, Part, Section, Tempo
from tests.music.handmade import solo, song


def written(tmp_path, score) -> mido.MidiFile:
    midi.write(score, tmp_path / "score.mid")
    return mido.MidiFile(tmp_path / "score.mid", charset="utf-8")


def notes(track) -> list[Note]:
    now, open_, found = 0, {}, []
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            assert message.note not in open_
            open_[message.note] = (now, message.velocity)
        elif message.type in ("note_off", "note_on"):
            start, velocity = open_.pop(message.note)
            found.append(Note(start / midi.TICKS, (now - start) / midi.TICKS, message.note, velocity))
    assert not open_
    return sorted(found)


def meta(track, kind: str) -> list:
    return [message for message in track if message.type == kind]


def test_notes_are_kept(tmp_path):
    score = song(12.0)
    tracks = {track.name: track for track in written(tmp_path, score).tracks}
    for part in score.parts:
        for found, note in zip(notes(tracks[part.name]), sorted(part.notes), strict=True):
            assert (found.pitch, found.velocity) == (note.pitch, note.velocity)
            assert found.start == pytest.approx(note.start, abs=1 / midi.TICKS)


def test_tracks_have_names_programs_and_channels(tmp_path):
    tracks = {track.name: track for track in written(tmp_path, song(12.0)).tracks}
    programs = {name: message for name, track in tracks.items() for message in meta(track, "program_change")}
    assert programs["melody"].program == 73
    assert programs["drums"].channel == programs["percussion"].channel == 9
    melodic = [message.channel for name, message in programs.items() if name not in ("drums", "percussion")]
    assert len(set(melodic)) == len(melodic)
    assert 9 not in melodic


def test_the_conductor_knows_title_metre_key_tempo_and_sections(tmp_path):
    score = solo(title="밤 <1>", metre=(6, 8), sections=(Section("verse", 0.0, 4.0, 1), Section("끝", 4.0, 4.0, 1)))
    conductor = written(tmp_path, score).tracks[0]
    assert conductor.name == "밤 <1>"
    [metre] = meta(conductor, "time_signature")
    assert (metre.numerator, metre.denominator) == (6, 8)
    assert [round(mido.tempo2bpm(m.tempo)) for m in meta(conductor, "set_tempo")] == [120, 90]
    assert [(m.text, m.time) for m in meta(conductor, "marker")] == [("verse", 0), ("끝", 0)]
    assert meta(conductor, "set_tempo")[1].time == 4 * midi.TICKS


@pytest.mark.parametrize(
    ("tonic", "mode", "key"),
    [
        (9, "minor", "Am"),
        (8, "minor", "G#m"),
        (6, "major", "F#"),
        (1, "minor", "C#m"),
        (2, "dorian", "C"),
        (7, "mixolydian", "C"),
        (4, "phrygian", "C"),
        (5, "lydian", "C"),
        (10, "minor", "Bbm"),
    ],
)
def test_the_key_signature_fits_the_mode(tmp_path, tonic, mode, key):
    [signature] = meta(written(tmp_path, solo(tonic=tonic, mode=mode)).tracks[0], "key_signature")
    assert signature.key == key


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("mode", ["major", "minor", "dorian", "mixolydian", "phrygian", "lydian"])
def test_every_key_can_be_written(tmp_path, tonic, mode):
    assert meta(written(tmp_path, solo(tonic=tonic, mode=mode)).tracks[0], "key_signature")


def test_the_length_is_that_of_the_audio(tmp_path):
    score = solo()
    assert written(tmp_path, score).length == pytest.approx(score.seconds(score.beats), abs=0.01)


def test_controls_and_bends_are_kept_in_range(tmp_path):
    [part] = solo().parts
    part = replace(part, controls=(Control(0.0, 64, 127), Control(1.0, 64, 300), Control(2.0, 128, -9000)))
    track = written(tmp_path, solo(parts=(part,))).tracks[1]
    assert [m.value for m in track if m.type == "control_change" and m.control == 64] == [127, 127]
    assert [m.pitch for m in track if m.type == "pitchwheel"] == [-8192]


def test_more_instruments_than_channels_share(tmp_path):
    names = ["piano", "flute", "violin", "cello", "trumpet", "oboe", "clarinet", "harp", "strings", "choir"]
    names += ["organ", "brass", "marimba", "celesta", "viola", "tuba", "horn"[:0] or "french_horn", "bassoon"]
    parts = tuple(Part(f"p{i}", "melody", name, (Note(float(i), 1.0, 60, 90),)) for i, name in enumerate(names))
    tracks = written(tmp_path, solo(parts=parts)).tracks[1:]
    programs = {}
    now = []
    for track in tracks:
        at = 0
        for message in track:
            at += message.time
            now.append((at, message))
    for _, message in sorted(now, key=lambda pair: (pair[0], pair[1].type == "note_on")):
        if message.type == "program_change":
            programs[message.channel] = message.program
        elif message.type == "note_on":
            assert message.channel != 9
    assert len(programs) == 15
    assert all(len(notes(track)) == 1 for track in tracks)


def test_tempo_changes_at_the_same_beat_do_not_break_it(tmp_path):
    assert written(tmp_path, solo(tempos=(Tempo(0.0, 120.0), Tempo(0.0, 100.0)))).tracks
