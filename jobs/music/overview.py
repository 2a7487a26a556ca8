"""A piece as a page shows it: its sections in time with their chords, and which part plays in which of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jobs.music.brief import TONICS, Brief
from jobs.music.composing.arrange import bars_of
from jobs.music.composing.compose import players_of
from jobs.music.composing.form import Span
from jobs.music.composing.plan import Plan
from jobs.music.composing.sections import STAND_INS
from jobs.music.composing.stated import lead_bars
from jobs.music.editing import EditDocument, Outline, outline_of, plan_of
from jobs.music.score import seconds_at
from jobs.music.styles.pattern import BAR_BEATS


@dataclass(frozen=True, slots=True)
class Block:
    """A section in time."""

    kind: str
    bars: int  # without the last chord's
    start: float  # seconds
    seconds: float
    chords: str  # as they sound: "Am F | C G", which can be written so
    tonic: str  # of the section's own key
    energy: float  # 0 … 1


@dataclass(frozen=True, slots=True)
class Voice:
    """A part. ``plays``: whether it does in each section where nobody has said how much."""

    name: str
    role: str
    instrument: str
    plays: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole piece as a document has it."""

    outline: Outline
    blocks: tuple[Block, ...]
    voices: tuple[Voice, ...]  # without those that are removed
    kinds: tuple[str, ...]  # of section that there may be


def overview(document: EditDocument, brief: Brief, seed: int) -> Overview:
    """The piece of that brief and seed as the document has it; raise as ``editing.read`` does."""
    plan = plan_of(document, brief, seed)
    outline = outline_of(plan)
    spans = plan.form.spans
    blocks = tuple(
        Block(
            kind,
            bars,
            start := seconds_at(plan.form.tempos, span.start),
            seconds_at(plan.form.tempos, span.start + span.length) - start,
            _chords(plan, span, bars),
            TONICS[(TONICS.index(outline.key) + span.shift) % 12],
            span.energy,
        )
        for span, (kind, bars) in zip(spans, outline.sections, strict=True)
    )
    return Overview(outline, blocks, _voices(plan), tuple(dict.fromkeys((*plan.style.kinds, *STAND_INS))))


def _voices(plan: Plan) -> tuple[Voice, ...]:
    edit = plan.edit
    if edit.sections:
        edit = replace(edit, sections=tuple(replace(section, cells={}) for section in edit.sections))
    players = edit.cast(players_of(plan))
    playing = lead_bars(plan, players, bars_of(plan, players))
    numbers = range(len(plan.form.spans))
    voices = []
    for player in players:
        heard = {bar.span for bar in playing[player.part.name]}
        plays = tuple(number in heard for number in numbers)
        voices.append(Voice(player.part.name, player.part.role, player.instrument.id, plays))
    return tuple(voices)


def _chords(plan: Plan, span: Span, bars: int) -> str:
    """The chords of a section's bars, as somebody would write them."""
    length = BAR_BEATS[plan.brief.metre]
    tonic = (plan.brief.tonic_pitch_class + plan.edit.transposed_by) % 12
    written: list[str] = []
    for number in range(bars):
        start = span.start + number * length
        chords = plan.chords_between(start, min(start + length, span.start + span.length))
        names = [plan.edit.sounding(chord.chord(), tonic, plan.brief.mode).symbol for chord in chords]
        written.append(" ".join(name for at, name in enumerate(names) if not at or name != names[at - 1]))
    if not any(" " in bar for bar in written):
        return " ".join(written)
    return ("| " if len(written) == 1 else "") + " | ".join(written)  # without a line each chord were a bar
