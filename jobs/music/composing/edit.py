"""What a person has changed of a piece: a layer that form, chords, cast, arrangement and tune ask first.

What it does not say stays as composed. ``jobs.music.editing`` makes it of the document that people and programs write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Literal, Protocol

from jobs.music.brief import Brief, Cue, Remark
from jobs.music.composing.cast import Player, shared_part
from jobs.music.composing.fitting import Wish, fitted, with_remarks
from jobs.music.composing.form import Bar, Form, Stretch, Timing, along, laid_out, slowing
from jobs.music.composing.harmony import Harmony, given, plan_harmony, plan_section, with_section
from jobs.music.composing.sections import with_kinds
from jobs.music.composing.statements import Given
from jobs.music.instruments import INSTRUMENTS, Instrument
from jobs.music.score import Chord, Note, Part, Score
from jobs.music.styles import Style
from jobs.music.styles.cueing import kept
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS
from jobs.music.theory import pitch_name

if TYPE_CHECKING:
    from jobs.music.composing.plan import Plan

Level = Literal["off", "light", "normal", "full"]
LEVELS: Mapping[Level, tuple[float, float, float]] = {  # factor and addend of the intensity, velocity to add
    "light": (0.6, -0.1, -12.0),
    "normal": (1.0, 0.0, 0.0),
    "full": (1.0, 0.3, 8.0),
}
HARMONY = "chords"  # an idea of a section beside those of its parts
SUNG = ("melody", "counter")  # roles of parts whose notes can be given
ALONE = ("melody", "drums", "bass")  # roles of which a second part doubles the first


@dataclass(frozen=True, slots=True)
class SectionEdit:
    """A section as a person has it. ``source``: which of the composed ones it is; None: a new one."""

    kind: str
    bars: int  # without the last chord's
    source: int | None = None
    energy: float | None = None
    chords: tuple[str, ...] = ()  # numerals of a bar each, comma-joined, over and over; (): as composed
    cells: Mapping[str, Level] = field(default_factory=dict)  # by the part's name
    seed: int | None = None  # another idea of everything that is not ``locked``
    ideas: Mapping[str, int] = field(default_factory=dict)  # seed, by the part's name or HARMONY
    locked: frozenset[str] = frozenset()  # names of parts and HARMONY
    tune: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)  # as written, counted from its start
    is_sized: bool = True  # a person has said its bars; else they may be chosen to meet a moment
    is_named: bool = True  # and its kind

    def idea(self, what: str) -> int | None:
        """The seed of a part's or HARMONY's own idea here; None: as it is in the piece."""
        return self.ideas.get(what, None if what in self.locked else self.seed)


@dataclass(frozen=True, slots=True)
class PartEdit:
    """What is another of a part. ``role``: of one that is added."""

    role: str = ""
    instrument: str = ""
    volume: float = 0.0  # dB on top
    pan: float | None = None
    octave: int = 0
    is_muted: bool = False
    is_solo: bool = False
    is_removed: bool = False
    seed: int | None = None


class Stream(Protocol):
    """The random numbers of an aspect, by another seed than the piece's."""

    def __call__(self, aspect: str, seed: int = ...) -> Random: ...


@dataclass(frozen=True, slots=True)
class Edit:
    """All changes of a piece. ``sections``: all of them in their order; None: as composed."""

    sections: tuple[SectionEdit, ...] | None = None
    parts: Mapping[str, PartEdit] = field(default_factory=dict)
    tempo: float | None = None  # as Brief.tempo
    length: float | None = None  # seconds, reached by the tempo
    swing: float | None = None
    ending: str = ""  # of jobs.music.styles.reader.ENDINGS
    master: str = ""  # of jobs.music.brief.MASTERS
    transposed_by: int = 0  # semitones
    cues: tuple[Cue, ...] | None = None  # moments that the piece shall meet, all that are asked for; None: as ordered

    def as_played(self) -> Edit:
        """What of it changes notes: without faders, which are moved the most."""
        faders: dict[str, Any] = {"volume": 0.0, "pan": None, "is_muted": False, "is_solo": False}
        parts = {name: replace(part, **faders) for name, part in self.parts.items()}
        return replace(self, parts={name: part for name, part in parts.items() if part != _SAME})

    # -- the plan

    def form(self, brief: Brief, style: Style, composed: Form) -> tuple[Style, Form]:
        """The style with what is changed of it, and the form. Raise ValueError for an unknown kind of section."""
        if self.swing is not None:
            style = replace(style, swing=self.swing)
        asked = brief.cues if self.cues is None else self.cues
        cues = () if brief.loop else asked
        left_aside = (Remark("cues_loop"),) if brief.loop and asked else ()
        if self.sections is None and not (self.tempo or self.length or self.ending) and cues == brief.cues:
            return style, replace(composed, remarks=left_aside)
        before = style.ending
        style = replace(style, ending=self.ending or ("ring" if cues and before == "fade" else before))
        stretches = self._stretches(composed)
        style = with_kinds(style, (stretch.kind for stretch in stretches))
        timing, seconds = self._timing(brief, style, composed, stretches, ends_as_composed=style.ending == before)
        pulse = PULSE_BEATS[brief.metre]
        tempo = self.tempo or (brief.tempo if brief.cues and not self.length else timing.bpm / pulse)
        cues, remarks = kept(cues, seconds, tempo)
        if cues and (way := fitted(self._wishes(stretches, brief), cues, tempo, brief, style, seconds)):
            style = with_kinds(style, (stretch.kind for stretch in way[1]))
            form = replace(along(*way, brief, style, seconds), unbent=tempo * pulse)
        else:
            form = laid_out(stretches, timing, brief, style, seconds)
        return style, with_remarks(replace(form, cues=cues), (*left_aside, *remarks))

    def _timing(
        self, brief: Brief, style: Style, composed: Form, stretches: Sequence[Stretch], *, ends_as_composed: bool
    ) -> tuple[Timing, float]:
        """The time of the sections in one tempo, and the seconds of the piece, which moments do not change."""
        bar, pulse = BAR_BEATS[brief.metre], PULSE_BEATS[brief.metre]
        bpm = composed.tempos[0].bpm if not brief.cues else brief.tempo * pulse  # which moments have not bent
        bpm = self.tempo * pulse if self.tempo else bpm
        hold = (composed.end - composed.landing) * 60 / composed.tempos[-1].bpm
        if not ends_as_composed:
            hold = bar * 60 / bpm if style.ending == "fade" else style.ring
        whole = bar * sum(stretch.bars for stretch in stretches)
        body = composed.landing if self.sections is None and not brief.cues else whole
        beats = body + slowing(style, brief, body)
        seconds = self.length
        if brief.cues and ends_as_composed and not (self.length or self.tempo):
            before = bar * sum(span.bars - (composed.rests and span is composed.spans[-1]) for span in composed.spans)
            seconds = composed.seconds + (whole - before) * 60 / bpm
        if seconds:
            bpm = beats * 60 / max(seconds - hold, 0.1)
        return Timing(body, bpm, hold), round(beats * 60 / bpm + hold, 6)

    def _wishes(self, stretches: Sequence[Stretch], brief: Brief) -> list[Wish]:
        """The sections, and what of them may be chosen: not the bars of those in which a tune lies that was given."""
        sections = self.sections or [None] * len(stretches)
        return [
            Wish(
                stretch,
                is_sized=brief.tune is not None or (section is not None and section.is_sized),
                is_named=section is not None and section.is_named,
            )
            for stretch, section in zip(stretches, sections, strict=True)
        ]

    def tune(self, composed: Form, given: Given | None) -> Given | None:
        """The tune that was given, where its sections have gone."""
        if given is None or self.sections is None:
            return given
        last = composed.spans[-1]
        laid = [(round(span.start / given.bar), span.bars - (span is last)) for span in composed.spans]
        return given.moved(laid, [(section.source, section.bars) for section in self.sections])

    def is_new(self, index: int) -> bool:
        """Whether the section is none of the composed ones."""
        return bool(self.sections) and self.sections[index].source is None  # type: ignore[index]

    def _stretches(self, composed: Form) -> list[Stretch]:
        spans = composed.spans
        if self.sections is None:
            last = len(spans) - 1
            sizes = [span.bars - (composed.rests and index == last) for index, span in enumerate(spans)]
            return [Stretch(s.kind, bars, s.shift, s.energy) for s, bars in zip(spans, sizes, strict=True)]
        stretches = []
        for section in self.sections:
            source = spans[section.source] if section.source is not None else None
            energy = source.energy if source and source.kind == section.kind else None
            energy = energy if section.energy is None else section.energy
            stretches.append(Stretch(section.kind, section.bars, source.shift if source else 0, energy))
        return stretches

    def harmony(
        self, brief: Brief, style: Style, form: Form, stream: Stream, tune: Given | None = None
    ) -> tuple[Harmony, ...]:
        """The chords as composed, around a ``tune`` that was given, with those sections' that have others."""
        chords = plan_harmony(brief, style, form, stream, tune)
        for index, section in enumerate(self.sections or ()):
            if section.chords:
                chords = with_section(chords, form, index, given(brief, style, form, index, section.chords))
            elif (seed := section.idea(HARMONY)) is not None:
                other = plan_section(brief, style, form, index, partial(stream, seed=seed), tune)
                chords = with_section(chords, form, index, other)
        return chords

    # -- the band

    def cast(self, players: Sequence[Player]) -> list[Player]:
        """The players as composed, changed, without those removed and with those added."""
        edited = []
        for player in players:
            change = self.parts.get(player.part.name, _SAME)
            if not change.is_removed:
                instrument = INSTRUMENTS[change.instrument] if change.instrument else player.instrument
                edited.append(replace(player, instrument=instrument))
        names = {player.part.name for player in players}
        for name, change in self.parts.items():
            if name not in names and not change.is_removed:
                edited.append(_added(name, change, edited))
        return edited

    def bars(self, form: Form, name: str, composed: list[Bar]) -> list[Bar]:
        """The bars in which a part plays."""
        levels = {index: level for index in range(len(form.spans)) if (level := self._level(index, name))}
        if not levels:
            return composed
        at_the_end = form.fade_out > 0  # otherwise the last bar has the last chord, and nobody plays on
        wanted = {index for index, level in levels.items() if level != "off"}
        playing = set(composed)
        return [
            bar
            for bar in form.bars
            if (bar in playing if bar.span not in levels else bar.span in wanted and (at_the_end or not bar.final))
        ]

    def _level(self, index: int, name: str) -> Level | None:
        return self.sections[index].cells.get(name) if self.sections else None

    def is_silent(self, index: int, name: str) -> bool:
        """Whether the part is switched off in the section."""
        return self._level(index, name) == "off"

    def is_heard(self, name: str) -> bool:
        """Whether the part is neither muted nor silent because others are to be heard alone."""
        change = self.parts.get(name, _SAME)
        anybody_solo = any(other.is_solo for other in self.parts.values())
        return not change.is_muted and (change.is_solo or not anybody_solo)

    # -- the notes

    def line(
        self, plan: Plan, name: str, bars: list[Bar], write: Callable[[Plan, list[Bar]], list[Note]]
    ) -> list[Note]:
        """What a part plays in its bars, as written with the ideas, levels and notes that a person has for it."""
        plan = self._levelled(plan, name)
        notes = write(_drawn(plan, self.parts.get(name, _SAME).seed), bars)
        for index, section in enumerate(self.sections or ()):
            span = plan.form.spans[index]
            start, end = span.start - 1e-6, span.start + span.length - 1e-6
            if name in section.tune:
                drawn = () if self.is_silent(index, name) else section.tune[name]
                inside = [replace(note, start=note.start + span.start) for note in drawn if note.start < span.length]
            elif (idea := section.idea(name)) is not None:
                own = write(_drawn(plan, idea), [bar for bar in bars if bar.span == index])
                inside = [note for note in own if start <= note.start < end]
            else:
                continue
            notes = sorted([note for note in notes if not start <= note.start < end] + inside)
        return notes

    def _levelled(self, plan: Plan, name: str) -> Plan:
        """The plan as a part sees it that plays at other intensities than the piece has."""
        spans = []
        for index, span in enumerate(plan.form.spans):
            factor, addend, _velocity = LEVELS.get(self._level(index, name) or "normal", LEVELS["normal"])
            spans.append(replace(span, energy=min(1.0, max(0.05, span.energy * factor + addend))))
        return replace(plan, form=replace(plan.form, spans=tuple(spans))) if tuple(spans) != plan.form.spans else plan

    def velocities(self, form: Form, name: str, composed: dict[int, float]) -> dict[int, float]:
        """Velocity to add in each bar, by its index, for one part."""
        if not any(name in section.cells for section in self.sections or ()):
            return composed
        return {
            index: velocity + LEVELS.get(self._level(form.bars[index].span, name) or "normal", LEVELS["normal"])[2]
            for index, velocity in composed.items()
        }

    def part(self, part: Part) -> Part:
        """The part at its own place, volume and octave."""
        change = self.parts.get(part.name)
        if change is None:
            return part
        drums = INSTRUMENTS[part.instrument].drums
        up = 0 if drums else 12 * change.octave
        return replace(
            part,
            notes=tuple(replace(note, pitch=min(127, max(0, note.pitch + up))) for note in part.notes),
            gain_db=part.gain_db + change.volume,
            pan=part.pan if change.pan is None else change.pan,
        )

    def in_key(self, notes: list[Note], instrument: Instrument) -> list[Note]:
        """What a part plays in the key that the piece is transposed to."""
        if instrument.drums or not self.transposed_by:
            return notes
        return [replace(note, pitch=note.pitch + self.transposed_by) for note in notes]

    def transposed(self, score: Score) -> Score:
        """The score, whose notes are ``in_key`` already, with the key and the chords that it has there."""
        if not self.transposed_by:
            return score
        tonic = (score.tonic + self.transposed_by) % 12
        chords = tuple(self.sounding(chord, tonic, score.mode) for chord in score.chords)
        return replace(score, tonic=tonic, chords=chords)

    def sounding(self, chord: Chord, tonic: int, mode: str) -> Chord:
        """A planned chord in the key that the piece is transposed to, which has that ``tonic`` (pitch class)."""
        return _renamed(chord, self.transposed_by, tonic, mode) if self.transposed_by else chord


UNCHANGED = Edit()
_SAME = PartEdit()


def _drawn(plan: Plan, seed: int | None) -> Plan:
    """The plan by another seed, if there is one."""
    return plan if seed is None else replace(plan, seed=seed, melody_seed=seed)


def _added(name: str, change: PartEdit, players: Sequence[Player]) -> Player:
    first = next((player.part.name for player in players if player.part.role == change.role in ALONE), "")
    part = replace(shared_part(change.role), name=name, doubles=first)
    return Player(part, INSTRUMENTS[change.instrument], asked=True)


def _renamed(chord: Chord, up: int, tonic: int, mode: str) -> Chord:
    root = (chord.root + up) % 12
    ending = chord.symbol[2:] if chord.symbol[1:2] in ("#", "b") else chord.symbol[1:]
    return replace(
        chord,
        root=root,
        pitches=tuple((pitch + up) % 12 for pitch in chord.pitches),
        symbol=pitch_name(root, tonic, mode) + ending,
    )
