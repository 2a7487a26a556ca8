"""Tunes for tests, and MIDI files that hold them. As text: ``pitch:beats`` one after another, ``r`` for a rest."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import mido

from jobs.music.given import GivenNote, GivenTune, tune_of

TICKS = 480
STARS = (  # C major, 12 bars of 4/4, ends on its tonic
    "60 60 67 67 69 69 67:2 65 65 64 64 62 62 60:2 67 67 65 65 64 64 62:2 67 67 65 65 64 64 62:2"
    " 60 60 67 67 69 69 67:2 65 65 64 64 62 62 60:2"
)
LEAVES = (  # A minor, 8 bars of 6/8 with an upbeat and a leading note
    "69:.5 72:1 74:.5 76:.75 77:.25 76:.5 74:1 71:.5 67:.75 69:.25 71:.5 72:1 69:.5 69:.75 68:.25 69:.5 71:1 68:.5"
    " 64:1 69:.5 72:1 74:.5 76:.75 77:.25 76:.5 74:1 71:.5 67:.75 69:.25 71:.5 72:.75 71:.25 69:.5 68:.75 66:.25"
    " 68:.5 69:2.5"
)


def notes_of(text: str, start: float = 0.0) -> list[GivenNote]:
    notes, at = [], start
    for word in text.split():
        pitch, _, length = word.partition(":")
        beats = float(length or 1)
        if pitch != "r":
            notes.append(GivenNote(at, beats, int(pitch)))
        at += beats
    return notes


def tune(text: str = STARS, start: float = 0.0, **facts: Any) -> GivenTune:
    return tune_of(notes_of(text, start), **facts)


def track(notes: Iterable[GivenNote], channel: int = 0, name: str = "") -> mido.MidiTrack:
    """A track that strikes and ends each note."""
    events = []
    for note in notes:
        on = mido.Message("note_on", note=note.pitch, velocity=note.velocity, channel=channel)
        off = mido.Message("note_off", note=note.pitch, channel=channel)
        events += [
            (round(note.start * TICKS), 1, len(events), on),
            (round((note.start + note.length) * TICKS), 0, len(events) + 1, off),
        ]
    made, now = mido.MidiTrack([mido.MetaMessage("track_name", name=name)] if name else []), 0
    for tick, _, _, message in sorted(events, key=lambda event: event[:3]):
        made.append(message.copy(time=tick - now))
        now = tick
    return made


def midi_of(*tracks: mido.MidiTrack, tempo: float | None = 96, metre: str | None = "4/4", **file: Any) -> bytes:
    """The bytes of a file with these tracks."""
    first = mido.MidiTrack()
    if tempo:
        first.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)))
    if metre:
        beats, unit = map(int, metre.split("/"))
        first.append(mido.MetaMessage("time_signature", numerator=beats, denominator=unit))
    written = BytesIO()
    mido.MidiFile(ticks_per_beat=TICKS, tracks=[first, *tracks], **file).save(file=written)
    return written.getvalue()
