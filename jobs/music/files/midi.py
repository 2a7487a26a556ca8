"""The score as a Standard MIDI File: named tracks, tempo map, metre, key, section markers, programs."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import mido

from jobs.music.brief import TONICS
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Part, Score
from jobs.music.sound.synth import untangled

TICKS = 480  # a quarter note
_DRUMS = 9
_MELODIC = tuple(channel for channel in range(16) if channel != _DRUMS)
_PITCH_BEND = 128
_KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_OFFSETS = {"major": 0, "lydian": 7, "mixolydian": 5, "minor": 3, "dorian": 10, "phrygian": 8}  # to the relative major


def write(score: Score, path: Path) -> None:
    """Write the score as a file."""
    _file(score).save(path)


def fingerprint(score: Score) -> str:
    """The same for the same notes, tempos and instruments."""
    content = BytesIO()
    _file(score).save(file=content)
    return hashlib.blake2b(content.getvalue(), digest_size=16).hexdigest()


def _file(score: Score) -> mido.MidiFile:
    """More than 15 melodic instruments share channels, with their program set anew for each note."""
    midi = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8")
    midi.tracks.append(_conductor(score))
    for part, channel, shared in _channels(score):
        midi.tracks.append(_track(part, channel, shared=shared))
    return midi


def _conductor(score: Score) -> mido.MidiTrack:
    major = (score.tonic + _OFFSETS[score.mode]) % 12
    signature = _KEYS[major] if score.mode != "minor" else TONICS[score.tonic].replace("Ab", "G#") + "m"
    events = [
        (0, mido.MetaMessage("track_name", name=score.title)),
        (0, mido.MetaMessage("time_signature", numerator=score.metre[0], denominator=score.metre[1])),
        (0, mido.MetaMessage("key_signature", key=signature)),
        *((_tick(t.start), mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(t.bpm))) for t in score.tempos),
        *((_tick(s.start), mido.MetaMessage("marker", text=s.name)) for s in score.sections),
    ]
    events += [(_tick(cue.start), mido.MetaMessage("marker", text=f"cue {cue.kind}")) for cue in score.cues]
    if score.loop:
        events.append((_tick(score.loop.start), mido.MetaMessage("marker", text="loopStart")))
        events.append((_tick(score.beats), mido.MetaMessage("marker", text="loopEnd")))
    return _timed(sorted(events, key=lambda event: event[0]), _tick(score.beats))


def _channels(score: Score) -> list[tuple[Part, int, bool]]:
    """Each part with its channel, and whether another instrument is on it too. Equal instruments meet first."""
    melodic = [part for part in score.parts if not INSTRUMENTS[part.instrument].drums]
    programs = list(dict.fromkeys(INSTRUMENTS[part.instrument].program for part in melodic))
    own = len(melodic) <= len(_MELODIC)
    places = [i if own else programs.index(INSTRUMENTS[p.instrument].program) for i, p in enumerate(melodic)]
    by_name = {part.name: place for part, place in zip(melodic, places, strict=True)}
    crowded = len(programs) > len(_MELODIC) and not own
    return [
        (part, _MELODIC[by_name[part.name] % len(_MELODIC)], crowded) if part.name in by_name else (part, _DRUMS, False)
        for part in score.parts
    ]


def _track(part: Part, channel: int, *, shared: bool) -> mido.MidiTrack:
    program = mido.Message("program_change", channel=channel, program=INSTRUMENTS[part.instrument].program)
    setup = [
        mido.MetaMessage("track_name", name=part.name),
        program,
        mido.Message("control_change", channel=channel, control=10, value=round(64 + 63 * part.pan)),
        mido.Message("control_change", channel=channel, control=91, value=round(127 * part.reverb)),
        mido.Message("control_change", channel=channel, control=93, value=round(127 * part.chorus)),
    ]
    events: list[tuple[int, int, mido.Message | mido.MetaMessage]] = [(0, 0, message) for message in setup]
    for note in untangled(part):
        start, end = _tick(note.start), _tick(note.start + note.length)
        if shared:
            events.append((start, 2, program))
        on = mido.Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
        events.append((start, 3, on))
        events.append((max(end, start + 1), 1, mido.Message("note_off", channel=channel, note=note.pitch)))
    for control in part.controls:
        if control.number == _PITCH_BEND:
            message = mido.Message("pitchwheel", channel=channel, pitch=min(max(control.value, -8192), 8191))
        else:
            value = min(max(control.value, 0), 127)
            message = mido.Message("control_change", channel=channel, control=control.number, value=value)
        events.append((_tick(control.start), 2, message))
    events.sort(key=lambda event: event[:2])
    return _timed([(tick, message) for tick, _, message in events])


def _timed(events: list[tuple[int, mido.Message | mido.MetaMessage]], end: int = 0) -> mido.MidiTrack:
    """A track from messages at absolute ticks, in order."""
    track, now = mido.MidiTrack(), 0
    for tick, message in events:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(end - now, 0)))
    return track


def _tick(beat: float) -> int:
    return max(round(beat * TICKS), 0)
