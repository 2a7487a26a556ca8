"""A tune out of a MIDI file, as somebody sends it: whatever is in the file, the answer is a tune or a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

import mido

from jobs.music.given import MAX_NOTES, BadTune, GivenNote, GivenTune, tune_of

MAX_BYTES = 200_000
MAX_TRACKS = 128
MOST_EVENTS = 10 * MAX_NOTES  # notes of all tracks together
DRUMS = 9  # the channel of percussion in General MIDI
HANGING = 4.0  # beats that a note sounds at most which nobody ends
# A number of mido's may have any length, and reading it takes the square of that time; names have no such runs.
ENDLESS = re.compile(rb"[\x80-\xff]{1000}")
LEADS = re.compile(r"melod|lead|vocal|voice|sing|tune|solo|멜로디|선율|보컬|노래|리드", re.IGNORECASE)
HIGH, ALONE = 1 / 12, 1.5  # what an octave higher, and one voice at a time, say for a part being the tune
PRESENT = 0.4  # share of the most notes that a part needs to be taken for the tune

Group = tuple[int, int]  # a track's number and a channel


@dataclass
class _Read:
    """What a file holds, in ticks."""

    notes: dict[Group, list[tuple[int, int, int, int]]] = field(default_factory=dict)  # start, end, pitch, velocity
    names: dict[int, str] = field(default_factory=dict)  # of tracks
    tempos: list[tuple[int, int]] = field(default_factory=list)  # tick, microseconds a quarter note
    metres: list[tuple[int, str]] = field(default_factory=list)


def read_tune(content: bytes, name: str = "") -> GivenTune:
    """The tune in a MIDI file: of the part that seems to be the melody, the top line.

    ``name``: of the file. Raise BadTune saying what is wrong with it.
    """
    if len(content) > MAX_BYTES:
        raise BadTune(f"The MIDI file is larger than {MAX_BYTES // 1000} kB.")
    if not content.startswith(b"MThd") or ENDLESS.search(content):
        raise BadTune("This is no MIDI file.")
    try:
        midi = mido.MidiFile(file=BytesIO(content), clip=True)
    except Exception as error:  # mido stumbles in many ways over what is no MIDI
        raise BadTune("The MIDI file is damaged.") from error
    if midi.type == 2:
        raise BadTune("The MIDI file holds several pieces (format 2); please send one of them.")
    if midi.ticks_per_beat <= 0:
        raise BadTune("The MIDI file counts in film frames (SMPTE), not in beats.")
    if len(midi.tracks) > MAX_TRACKS:
        raise BadTune(f"The MIDI file has more than {MAX_TRACKS} tracks.")
    read = _Read()
    for index, track in enumerate(midi.tracks):
        _read_track(read, index, track, round(HANGING * midi.ticks_per_beat))
    return _tune(read, midi.ticks_per_beat, name)


def _read_track(read: _Read, index: int, track: Sequence[mido.Message], hanging: int) -> None:
    now = 0
    sounding: dict[tuple[int, int], tuple[int, int]] = {}  # channel and pitch → start, velocity

    def end(key: tuple[int, int], at: int) -> None:
        if started := sounding.pop(key, None):
            channel, pitch = key
            read.notes.setdefault((index, channel), []).append((started[0], at, pitch, started[1]))

    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            end((message.channel, message.note), now)
            sounding[message.channel, message.note] = now, message.velocity
        elif message.type in ("note_on", "note_off"):
            end((message.channel, message.note), now)
        elif message.type == "set_tempo":
            read.tempos.append((now, message.tempo))
        elif message.type == "time_signature":
            read.metres.append((now, f"{message.numerator}/{message.denominator}"))
        elif message.type == "track_name":
            read.names.setdefault(index, _decoded(message.name))
    for key in list(sounding):
        end(key, min(max(now, sounding[key][0] + 1), sounding[key][0] + hanging))
    if sum(map(len, read.notes.values())) > MOST_EVENTS:
        raise BadTune(f"The melody has more than {MAX_NOTES} notes.")


def _decoded(name: str) -> str:
    """A name as its writer meant it: mido takes every byte for a letter."""
    raw = name.encode("latin-1", "replace")
    for charset in ("utf-8", "cp949"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return name


def _tune(read: _Read, ticks: int, name: str) -> GivenTune:
    pitched = {group: [one for one in notes if one[1] > one[0]] for group, notes in read.notes.items()}
    drums = any(channel == DRUMS for _, channel in pitched)
    pitched = {group: notes for group, notes in pitched.items() if notes and group[1] != DRUMS}
    if not pitched:
        raise BadTune("There are only drums in the MIDI file." if drums else "There is not one note in the MIDI file.")
    chosen = pitched[_melody(pitched, read.names)]
    if len(chosen) > MAX_NOTES:
        raise BadTune(f"The melody has more than {MAX_NOTES} notes.")
    notices = ["tune_part"] if len(pitched) > 1 else []
    first = min(start for start, *_ in chosen)
    tempo, steady = _tempo(read.tempos, first, max(end for _, end, *_ in chosen))
    if not steady:
        notices.append("tune_tempos")
    metre = next((metre for tick, metre in reversed(read.metres) if tick <= first), None)
    if len({metre for _, metre in read.metres}) > 1:
        notices.append("tune_metres")
    beats = float(ticks)
    notes = [GivenNote(start / beats, (end - start) / beats, pitch, max(1, v)) for start, end, pitch, v in chosen]
    return tune_of(notes, name=name, tempo=tempo, metre=metre, notices=notices)


def _tempo(tempos: Sequence[tuple[int, int]], first: int, last: int) -> tuple[float | None, bool]:
    """Beats a minute of the tempo that rules longest between two ticks, and whether there is no other.

    Raise BadTune where a beat would take no time.
    """
    if not tempos:
        return None, True
    if any(microseconds <= 0 for _, microseconds in tempos):
        raise BadTune("The MIDI file says that a beat takes no time.")
    ruled: dict[int, int] = {}
    ordered = sorted(tempos, key=lambda one: one[0])
    for (start, microseconds), end in zip(ordered, [*(tick for tick, _ in ordered[1:]), last + 1], strict=True):
        ruled[microseconds] = ruled.get(microseconds, 0) + max(0, min(end, last + 1) - max(start, first))
    longest = max(ruled, key=ruled.__getitem__)
    return 60e6 / longest, sum(time > 0 for time in ruled.values()) <= 1


def _melody(parts: Mapping[Group, Sequence[tuple[int, int, int, int]]], names: Mapping[int, str]) -> Group:
    """The part that is the tune: by its name, else the highest that plays much, rather one voice than chords."""
    named = [group for group in parts if LEADS.search(names.get(group[0], ""))]
    most = max(len(notes) for notes in parts.values())
    candidates = named or [group for group, notes in parts.items() if len(notes) >= PRESENT * most]

    def worth(group: Group) -> float:
        notes = parts[group]
        return HIGH * sum(pitch for _, _, pitch, _ in notes) / len(notes) + ALONE * _alone(notes)

    return max(candidates, key=worth)


def _alone(notes: Sequence[tuple[int, int, int, int]]) -> float:
    """Share of the notes that begin when no other begins."""
    starts = [start for start, *_ in notes]
    return len(set(starts)) / len(starts)
