"""Short pieces for moments of a game (won, lost, something found): in the key of a score, on its instruments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import Note, Part, Score, Section, Tempo
from jobs.music.theory import MINOR_THIRD, SCALES

NAMES = ("win", "lose", "discover")

_SLOWEST = 90.0  # beats a minute; the tempo of the score is doubled or halved to lie within an octave above
_RING = 1.3  # seconds after the last beat
_HELD = 2.0  # beats of the last note
_LEADS = ("melody", "counter", "arpeggio", "chords", "pad", "bass")  # roles, the likeliest first
_CHORDS = ("chords", "pad", "arpeggio")


@dataclass(frozen=True, slots=True)
class _Sketch:
    """(beat, degree) of the tune; (beat, bass, degrees) of the chords; velocities from → to.

    Degrees count on the scale, from 0, the tonic; 7 is its octave. The last note and chord are held.
    """

    tune: tuple[tuple[float, int], ...]
    chords: tuple[tuple[float, int, tuple[int, ...]], ...]
    velocities: tuple[int, int]

    @property
    def beats(self) -> float:
        return self.tune[-1][0] + _HELD


def stingers(score: Score) -> dict[str, Score]:
    """For each of NAMES a score of two to five seconds; nothing where no part of the score has pitches."""
    if _player(score, _LEADS) is None:
        return {}
    sketches = (_win(score.mode), _lose(score.mode), _discover(score.mode))
    return {name: _played(score, name, sketch) for name, sketch in zip(NAMES, sketches, strict=True)}


def _win(mode: str) -> _Sketch:
    """A cadence up, two chords that lead into the tonic, over which the tune climbs."""
    first, second = {"major": (3, 4), "lydian": (1, 4), "mixolydian": (3, 6), "dorian": (3, 6)}.get(mode, (5, 6))
    tune = ((0.0, first + 2), (0.5, first + 4), (1.0, second + 2), (1.5, second + 4), (2.0, second + 5))
    tonic = (4, 7, 9) if second == 4 else (7, 9, 11)
    if mode in MINOR_THIRD:
        tonic = (7, 11, 14)  # without its third: who has won is not sad
    chords = ((0.0, first, _triad(first)), (1.0, second, _triad(second)), (2.0, 7, tonic))
    return _Sketch(tune, chords, (86, 106))


def _lose(mode: str) -> _Sketch:
    """A minor line that falls, step by step, from the fifth to the root; in major keys that of a neighbour."""
    root = {"major": 5, "lydian": 5, "mixolydian": 1}.get(mode, 0)
    tune = tuple((0.75 * step, root + 4 - step) for step in range(5))
    if mode == "phrygian":  # the chord on its fifth is diminished
        before = (root + 1, (root + 1, root + 3, root + 5))
    else:
        before = (root + 4, (root + 1, root + 4, root + 6))
    chords = ((0.0, root, _triad(root)), (2.25, *before), (3.0, root, _triad(root)))
    return _Sketch(tune, chords, (88, 66))


def _discover(mode: str) -> _Sketch:
    """Open intervals, rising over a fifth that is held: nothing is decided yet."""
    ninth = 10 if mode == "phrygian" else 8
    tune = ((0.0, 0), (0.5, 4), (1.0, 7), (1.5, ninth), (2.0, 11))
    return _Sketch(tune, ((0.0, 0, (0, 4, 7)),), (68, 90))


def _triad(root: int) -> tuple[int, ...]:
    return root, root + 2, root + 4


def _played(score: Score, name: str, sketch: _Sketch) -> Score:
    """The sketch on those who play the score."""
    bpm = score.tempos[0].bpm
    while bpm < _SLOWEST:
        bpm *= 2
    while bpm >= 2 * _SLOWEST:
        bpm /= 2
    return replace(
        score,
        title=name,
        parts=tuple(_parts(score, sketch)),
        tempos=(Tempo(0.0, bpm),),
        sections=(Section(name, 0.0, sketch.beats, 1),),
        chords=(),
        beats=sketch.beats,
        duration=sketch.beats * 60.0 / bpm + _RING,
        fade_out=0.0,
        mix=replace(score.mix, lifts=False, sidechain=0.0),
        loop=None,
        cues=(),
    )


def _parts(score: Score, sketch: _Sketch) -> Iterator[Part]:
    soft, loud = sketch.velocities
    last = len(sketch.tune) - 1
    ends = [*(beat for beat, _ in sketch.tune[1:]), sketch.beats]
    tune = [
        (beat, end - beat, degree, round(soft + (loud - soft) * index / last))
        for index, ((beat, degree), end) in enumerate(zip(sketch.tune, ends, strict=True))
    ]
    changes = [*(beat for beat, *_ in sketch.chords[1:]), sketch.beats]
    velocity = min(soft, loud)
    chords = [
        (beat, end - beat, degree, velocity)
        for (beat, _, degrees), end in zip(sketch.chords, changes, strict=True)
        for degree in degrees
    ]
    bass = [(beat, end - beat, root, velocity) for (beat, root, _), end in zip(sketch.chords, changes, strict=True)]
    for role, roles, line in (("melody", _LEADS, tune), ("chords", _CHORDS, chords), ("bass", ("bass",), bass)):
        if part := _player(score, roles):
            yield replace(part, name=role, role=role, notes=tuple(_placed(score, part, line)), controls=())


def _player(score: Score, roles: Sequence[str]) -> Part | None:
    """The part with pitches that has the first of the roles that anybody has."""
    pitched = [part for part in score.parts if part.notes and not INSTRUMENTS[part.instrument].drums]
    return next((part for role in roles for part in pitched if part.role == role), None)


def _placed(score: Score, part: Part, line: Sequence[tuple[float, float, int, int]]) -> list[Note]:
    """Notes of (beat, length, degree, velocity), in the octave in which the part plays, as far as its range goes."""
    scale, instrument = SCALES[score.mode], INSTRUMENTS[part.instrument]
    steps = [12 * (degree // 7) + scale[degree % 7] for _, _, degree, _ in line]
    usual = median(note.pitch for note in part.notes)

    def strain(tonic: int) -> tuple[int, float]:
        outside = sum(not instrument.low <= tonic + step <= instrument.high for step in steps)
        return outside, abs(tonic + median(steps) - usual)

    tonic = min(range(score.tonic + 12, 100, 12), key=strain)
    return [
        Note(beat, length, tonic + step, velocity)
        for step, (beat, length, _, velocity) in zip(steps, line, strict=True)
    ]  # fmt: skip
