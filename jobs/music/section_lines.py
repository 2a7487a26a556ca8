"""The notes of a melody or a counter in one section of a piece, as a page shows them, and other ones in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from jobs.music.brief import Brief
from jobs.music.composing.compose import plans_of, players_of, written
from jobs.music.composing.plan import Plan
from jobs.music.composing.repitched import repitched
from jobs.music.composing.turning import turning_point
from jobs.music.composing.voicing import fold
from jobs.music.editing import EditDocument, read
from jobs.music.given import GivenTune, extent, find_key
from jobs.music.score import Chord, Note
from jobs.music.styles.pattern import BAR_BEATS
from jobs.music.theory import SCALES

PLACES = 4  # decimals of beats


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One part in one section, in the key in which it sounds, before its octave and its player's hand.

    Beats count from the section's start. ``tonic`` is that of the section, whose key may have been lifted.
    """

    notes: tuple[Note, ...]
    beats: float  # without the last chord
    bar: float
    low: int  # what the instrument plays
    high: int
    chords: tuple[Chord, ...]
    tonic: int  # pitch class
    mode: str
    transposed_by: int
    plan: Plan
    index: int

    @property
    def scale(self) -> frozenset[int]:
        """The pitch classes of the section's key."""
        return frozenset((self.tonic + step) % 12 for step in SCALES[self.mode])

    def repitched(self, notes: Sequence[Note], seed: int) -> list[Note]:
        """The rhythm of those notes on other pitches."""
        by = self.transposed_by
        composed = [replace(note, pitch=note.pitch - by) for note in notes]
        other = repitched(self.plan, self.index, composed, self.low - by, self.high - by, seed)
        return [replace(note, pitch=note.pitch + by) for note in other]

    def fitted(self, tune: GivenTune) -> list[Note]:
        """As much of a given tune as the section holds, in its key and where the instrument plays."""
        by = (self.tonic - find_key(tune).tonic + 6) % 12 - 6
        origin = extent(tune, self.bar).origin
        inside = [note for note in tune.notes if 0 <= note.start - origin < self.beats]
        octaves = sorted(range(-48, 49, 12), key=abs)
        by += min(octaves, key=lambda up: sum(not self.low <= n.pitch + by + up <= self.high for n in inside))
        return [
            Note(round(note.start - origin, PLACES), note.length, note.pitch + by, note.velocity)
            for note in inside
            if self.low <= note.pitch + by <= self.high
        ]


def section_line(document: EditDocument, brief: Brief, seed: int, name: str, index: int) -> SectionLine:
    """What the part of that name plays in the section of that number; raise as ``editing.read`` does."""
    edit = read(document, brief, seed)
    plans = plans_of(brief, seed, brief.melody_seed, edit)
    shown, span = plans[0], plans[0].form.spans[index]
    has_turned = len(plans) > 1 and span.start >= turning_point(shown.form) - 1e-6
    plan = plans[-1] if has_turned else shown
    lines = written(plan)
    player = next(player for player in edit.cast(players_of(shown)) if player.part.name == name)
    bar, up = BAR_BEATS[brief.metre], edit.transposed_by
    end = min(span.start + span.length, plan.form.landing)
    tonic = (brief.tonic_pitch_class + up) % 12
    chords = [plan.edit.sounding(one.chord(), tonic, brief.mode) for one in plan.chords_between(span.start, end)]
    instrument = player.instrument
    return SectionLine(
        notes=tuple(
            Note(
                round(note.start - span.start, PLACES),
                round(note.length, PLACES),
                fold(note.pitch + up, instrument.low, instrument.high),
                min(127, max(1, note.velocity)),
            )
            for note in sorted(lines.notes.get(name, ()))
            if span.start - 1e-6 <= note.start < end - 1e-6
        ),
        beats=end - span.start,
        bar=bar,
        low=instrument.low,
        high=instrument.high,
        chords=tuple(replace(one, start=max(0.0, one.start - span.start)) for one in chords),
        tonic=(tonic + span.shift) % 12,
        mode=brief.mode,
        transposed_by=up,
        plan=plan,
        index=index,
    )
