"""From notes as played to notes as written: swing, lay-back and human spread are taken out, onsets fall on a grid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from jobs.music.score import Note, Part, Score

DIVISIONS = 24  # units of a quarter note: thirty-seconds are 3 of them, triplet eighths 8
_GRIDS = {4: 0.0, 3: 0.012, 8: 0.03, 6: 0.045}  # lines in a beat → by how much (beats) it has to fit better
_STRAIGHT = (4, 8)
_OFF_BEATS = 0.42, 0.72  # where in its pair the second note of a swung pair is looked for
_FEWEST = 8, 0.04  # notes there, and what share of all, that make it a habit
_SWINGS = 0.53  # from here on it is swing and not lay-back
_LATEST = 0.12  # beats that a part lies behind the beat at most
_STOP_GAP = 0.25  # beats: a shorter silence before the next note is how it was played, not a rest


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """What is struck and left together: ``start`` and ``end`` in DIVISIONS of a quarter note from the top."""

    start: int
    end: int
    pitches: tuple[int, ...]  # ascending MIDI numbers


@dataclass(frozen=True, slots=True)
class Written:
    """A part on paper: its events by start, and which beats (quarter notes from the top) are in triplets."""

    part: Part
    events: tuple[Event, ...]
    triplets: frozenset[int]


@dataclass(frozen=True, slots=True)
class Swing:
    """The second of two notes of ``unit`` beats each comes at ``late`` of the pair; 0.5 is straight."""

    unit: float = 0.5
    late: float = 0.5

    def straight(self, beat: float) -> float:
        """The beat at which the note is written."""
        pair = 2 * self.unit
        whole, inside = divmod(beat, pair)
        inside /= pair
        if inside <= self.late:
            inside *= 0.5 / self.late
        else:
            inside = 0.5 + (inside - self.late) * 0.5 / (1 - self.late)
        return (whole + inside) * pair


def swing_of(score: Score) -> Swing:
    """The swing in which a score is played, by where its off-beats are."""
    if score.metre == (6, 8):
        return Swing()
    starts = [note.start for part in score.parts for note in part.notes]
    for unit in (0.5, 0.25):
        places = [start / (2 * unit) % 1 for start in starts]
        off_beats = [place for place in places if _OFF_BEATS[0] < place < _OFF_BEATS[1]]
        if len(off_beats) >= max(_FEWEST[0], _FEWEST[1] * len(starts)) and (late := median(off_beats)) > _SWINGS:
            return Swing(unit, late)
    return Swing()


def written(score: Score, part: Part, swing: Swing, until: int) -> Written:
    """The part as it is written; what sounds after ``until`` (DIVISIONS) is cut."""
    straight = [(swing.straight(note.start), swing.straight(note.start + note.length), note) for note in part.notes]
    late = _lateness([start for start, _, _ in straight])
    beats = defaultdict(list)
    for start, end, note in straight:
        beats[int(max(start - late + 1 / 12, 0.0))].append((max(start - late, 0.0), end - late, note))
    grids = {
        beat: _grid([start for start, _, _ in notes], _STRAIGHT if score.metre[1] == 8 else tuple(_GRIDS))
        for beat, notes in beats.items()
    }
    struck = [(_snapped(start, grids[beat]), end, note) for beat, notes in beats.items() for start, end, note in notes]
    events = _events(sorted(struck, key=lambda stroke: (stroke[0], stroke[2].pitch)), grids, until)
    return Written(part, tuple(events), frozenset(beat for beat, grid in grids.items() if grid in (3, 6)))


def _lateness(starts: Sequence[float]) -> float:
    """By how much (beats) the player lies behind the sixteenths."""
    if not starts:
        return 0.0
    late = median((start * 4 + 0.5) % 1 - 0.5 for start in starts) / 4
    return max(-_LATEST, min(_LATEST, late))


def _grid(starts: Sequence[float], grids: Iterable[int]) -> int:
    def cost(grid: int) -> float:
        misses = [start - round(start * grid) / grid for start in starts]
        return (sum(miss * miss for miss in misses) / len(misses)) ** 0.5 + _GRIDS[grid]

    return min(grids, key=cost)


def _snapped(beat: float, grid: int) -> int:
    return round(beat * grid) * DIVISIONS // grid


def _events(struck: Sequence[tuple[int, float, Note]], grids: dict[int, int], until: int) -> list[Event]:
    """Notes that begin and end together are one event; a short silence before the next one is filled."""
    onsets = sorted({start for start, _, _ in struck})
    following = dict(zip(onsets, onsets[1:], strict=False))
    together: dict[tuple[int, int], set[int]] = defaultdict(set)
    for start, end, note in struck:
        if start >= until:
            continue
        grid = grids.get(int(end), 4)
        stop = max(_snapped(end, grid), start + DIVISIONS // grids.get(start // DIVISIONS, 4))
        after = following.get(start, until)
        if -DIVISIONS // 8 < after - stop <= _STOP_GAP * DIVISIONS:
            stop = after
        together[start, min(stop, until)].add(note.pitch)
    return sorted(Event(start, stop, tuple(sorted(pitches))) for (start, stop), pitches in together.items())
