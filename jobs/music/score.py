"""The finished piece on paper: what the arranger writes and the renderer, MIDI writer and pictures read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

TICKS = 960  # a beat: the grid of everything that is played
RING = 6.0  # seconds after which nothing of a loop's end is heard any more in its beginning

SPACES = ("studio", "club", "chamber", "hall", "plate", "cathedral")  # jobs.music.sound.rooms
CURVES = ("band", "club", "loud", "acoustic", "orchestra", "soft")  # jobs.music.sound.tone


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One note. ``start`` and ``length`` are in beats (quarter notes) from the top of the piece, groove included."""

    start: float
    length: float
    pitch: int  # MIDI number; for drums the General MIDI percussion key
    velocity: int  # 1 … 127


@dataclass(frozen=True, slots=True, order=True)
class Control:
    """A MIDI controller value at a beat; ``number`` 128 means pitch bend (value −8192 … 8191)."""

    start: float
    number: int
    value: int


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument's line: one MIDI track, one stem."""

    name: str  # unique in the score: "melody", "bass", "drums", "pad", "counter", …
    role: str  # melody, counter, chords, pad, arpeggio, bass, drums, percussion, effects
    instrument: str  # id in jobs.music.instruments
    notes: tuple[Note, ...]
    controls: tuple[Control, ...] = ()
    pan: float = 0.0  # −1 (left) … 1 (right)
    gain_db: float = 0.0  # against the role's normal level
    reverb: float = 0.2  # send, 0 … 1
    chorus: float = 0.0  # send, 0 … 1


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form: intro, verse, chorus, bridge, break, solo, outro, …"""

    name: str
    start: float  # beats
    length: float  # beats
    bars: int
    ride: float = 0.0  # dB by which the faders of the accompaniment stand above their middle


@dataclass(frozen=True, slots=True)
class Chord:
    """One chord of the plan, as sounding (already in the key)."""

    start: float  # beats
    length: float  # beats
    root: int  # pitch class
    pitches: tuple[int, ...]  # pitch classes, root first
    symbol: str  # "Am7", "F", …


@dataclass(frozen=True, slots=True)
class Tempo:
    """From ``start`` (beats) on, ``bpm`` quarter notes a minute."""

    start: float
    bpm: float


@dataclass(frozen=True, slots=True)
class Mix:
    """How the style sounds: what the mixing desk and the mastering chain are set to."""

    room: float = 0.4  # how much of the room is heard, 0 … 1
    brightness_db: float = 0.0  # against the curve, above 5 kHz
    warmth_db: float = 0.0  # against the curve, below 250 Hz
    lowpass_hz: float | None = None  # the lo-fi lid
    sidechain: float = 0.0  # 0 … 1: how much the kick ducks pads, chords and bass
    drive: float = 0.0  # 0 … 1 soft saturation on the bus
    width: float = 1.0  # stereo width of the whole, 0 … 1.5
    vinyl: float = 0.0  # 0 … 1 crackle bed
    space: str = "studio"  # what kind of room it is in, one of SPACES
    curve: str = "band"  # how the energy lies over the bands, one of CURVES
    echo: float = 0.0  # 0 … 1 of the delay in time with the beat, on melody and arpeggio
    lifts: bool = False  # build-ups that open, risers, a gap before what they lead to
    loudness: float = -14.0  # LUFS of the finished file


@dataclass(frozen=True, slots=True)
class CuePoint:
    """A moment of a picture that the music meets at a beat; ``kind``: one of jobs.music.brief.CUE_KINDS."""

    start: float
    kind: str


@dataclass(frozen=True, slots=True)
class Loop:
    """What is repeated without an end: all from ``start`` (beats) to the end of the score.

    ``first``: where this music is heard for the first time. What lies between that and ``start`` comes once more at the
    end, at least RING long, so that what still rings is the same at both seams. Without an intro both are 0.
    """

    start: float
    first: float


@dataclass(frozen=True, slots=True)
class Score:
    """Everything that is heard.

    ``beats`` is where the last bar ends; ring-out may follow until ``duration`` seconds.
    """

    title: str
    parts: tuple[Part, ...]
    tempos: tuple[Tempo, ...]  # sorted, the first at beat 0
    metre: tuple[int, int]  # (4, 4), (3, 4), (6, 8), (7, 8) …
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    beats: float
    duration: float  # seconds, of the finished file
    tonic: int  # pitch class of the key at the start
    mode: str
    fade_out: float = 0.0  # seconds of fade before the end; 0 where the piece ends by itself
    mix: Mix = field(default_factory=Mix)
    loop: Loop | None = None
    cues: tuple[CuePoint, ...] = ()

    def quantised(self) -> Self:
        """The score as it is played and kept: notes and controllers at whole ticks, less than a millisecond away."""
        return replace(self, parts=tuple(_quantised(part) for part in self.parts))

    def seconds(self, beat: float) -> float:
        """Time in seconds at which ``beat`` falls, by the tempo map."""
        return seconds_at(self.tempos, beat)


def seconds_at(tempos: Sequence[Tempo], beat: float) -> float:
    """Time in seconds at which ``beat`` falls; ``tempos``: sorted, the first at beat 0."""
    time, at, bpm = 0.0, 0.0, tempos[0].bpm
    for tempo in tempos:
        if tempo.start >= beat:
            break
        time += (tempo.start - at) * 60.0 / bpm
        at, bpm = tempo.start, tempo.bpm
    return time + (beat - at) * 60.0 / bpm


def beat_at(tempos: Sequence[Tempo], seconds: float) -> float:
    """The beat that falls at that time; the other way round than ``seconds_at``."""
    last = next(tempo for tempo in reversed(tempos) if seconds_at(tempos, tempo.start) <= seconds or not tempo.start)
    return last.start + (seconds - seconds_at(tempos, last.start)) * last.bpm / 60.0


def ticks(beat: float) -> int:
    """The tick nearest to a beat."""
    return round(beat * TICKS)


def _quantised(part: Part) -> Part:
    notes = [(ticks(note.start), ticks(note.start + note.length), note) for note in part.notes]
    return replace(
        part,
        notes=tuple(
            Note(start / TICKS, max(end - start, 1) / TICKS, note.pitch, note.velocity) for start, end, note in notes
        ),
        controls=tuple(replace(control, start=ticks(control.start) / TICKS) for control in part.controls),
    )
