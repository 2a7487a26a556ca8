"""What every player reads: the brief, the style, the form and the chords, and where chance comes from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from random import Random

from jobs.music import styles
from jobs.music.brief import MASTERS, Brief
from jobs.music.composing.edit import UNCHANGED, Edit
from jobs.music.composing.form import Bar, Form, Span, plan_form
from jobs.music.composing.fusion import fused
from jobs.music.composing.harmony import Harmony
from jobs.music.composing.moods import moved
from jobs.music.composing.rubato import breathing
from jobs.music.composing.sections import with_sections
from jobs.music.composing.statements import Given, given_of
from jobs.music.styles import Style
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS


@dataclass(frozen=True, slots=True)
class Plan:
    """The piece before a note is written."""

    brief: Brief
    style: Style
    form: Form
    chords: tuple[Harmony, ...]
    starts: tuple[float, ...]  # of the chords
    seed: int
    melody_seed: int
    given: Given | None = None
    edit: Edit = UNCHANGED

    def chord_at(self, beat: float) -> Harmony:
        """The chord that sounds at that beat."""
        return self.chords[max(0, bisect_right(self.starts, beat + 1e-6) - 1)]

    def chords_between(self, start: float, end: float) -> tuple[Harmony, ...]:
        first = max(0, bisect_right(self.starts, start + 1e-6) - 1)
        last = bisect_right(self.starts, end - 1e-6)
        return self.chords[first:last]

    def span(self, bar: Bar) -> Span:
        return self.form.spans[bar.span]

    def stream(self, aspect: str) -> Random:
        """The random numbers of one aspect; those named ``melody…`` hang on the melody's own seed."""
        seed = self.melody_seed if aspect.startswith("melody") else self.seed
        return Random(f"{seed}:{self.style.id}:{aspect}")  # noqa: S311 - music, not secrets

    @property
    def bpm(self) -> float:
        """Quarter notes a minute."""
        return self.form.tempos[0].bpm

    @property
    def pulse(self) -> float:
        """Beats from one tap of the foot to the next."""
        return PULSE_BEATS[self.brief.metre]

    def beats(self, seconds: float) -> float:
        return seconds * self.bpm / 60.0


def phase(plan: Plan, bar: Bar) -> int:
    """Which bar of a groove of several is played: counted from the piece where a clave rules, else from the section."""
    return round(bar.start / BAR_BEATS[plan.brief.metre]) if plan.style.phase else bar.place


def make_plan(
    brief: Brief,
    style: Style,
    seed: int,
    melody_seed: int | None = None,
    edit: Edit = UNCHANGED,
    form: Form | None = None,
) -> Plan:
    """Form and harmony of the piece; its style has the sections, traits and loudness that the brief asks for.

    ``edit`` is asked first. ``form``: what another plan has, if the piece turns into this style. Raise KeyError for an
    unknown other style, ValueError for an unknown kind of section.
    """

    def stream(aspect: str, seed: int = seed) -> Random:
        return Random(f"{seed}:{style.id}:{aspect}")  # noqa: S311 - music, not secrets

    if brief.fusion:
        style = fused(style, styles.get(brief.fusion), brief.metre)
    style = with_sections(style, brief)
    style = replace(style, mix=replace(style.mix, loudness=MASTERS[edit.master or brief.master]))
    given = None
    if form is None:
        form = plan_form(brief, style, stream("form"))
        given = edit.tune(form, given_of(brief, style, len(form.bars) - form.rests))
        style, form = edit.form(brief, style, form)
        form = form if brief.tune or brief.loop or form.cues else breathing(form, style.rubato)
    chords = edit.harmony(brief, style, form, stream, given)
    starts = tuple(chord.start for chord in chords)
    style = replace(style, melody=moved(style.melody, brief.moods))
    tune_seed = seed if melody_seed is None else melody_seed
    return Plan(brief, style, form, chords, starts, seed, tune_seed, given, edit)
