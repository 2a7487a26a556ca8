"""A piece that starts in one style and turns into another: both on one form, joined where a section begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from jobs.music import styles
from jobs.music.brief import Brief
from jobs.music.composing.form import Form
from jobs.music.score import Chord, Control, Note, Part, Score
from jobs.music.styles import Style

AHEAD = 0.1  # beats that hands are early at most
BEND, SUSTAIN = 128, 64  # controllers that must not stay where they were
LEAN = 0.7  # how strongly the energy that was asked for moves that of a section


def turn_of(brief: Brief) -> tuple[str, str] | None:
    """The ids of the styles at the start and at the end; None where the piece stays what it is.

    A tune that was given stays in its style.
    """
    if brief.tune:
        return None
    asked = {place.where: place.name for place in brief.places if place.what == "style" and place.name}
    start, end = asked.get("start", brief.style), asked.get("end", brief.style)
    known = styles.all_ids()
    return (start, end) if start != end and start in known and end in known else None


def ending_like(style: Style, other: Style) -> Style:
    """The style, but it ends as the other does."""
    return replace(style, ending=other.ending, ring=other.ring)


def retuned(form: Form, style: Style, other: Style, brief: Brief) -> Form:
    """The form with the intensity that the other style gives to its sections."""
    lean = (brief.energy - style.energy) * LEAN
    spans = (replace(s, energy=min(1.0, max(0.05, other.kinds[s.kind].energy + lean))) for s in form.spans)
    return replace(form, spans=tuple(spans))


def turning_point(form: Form) -> float:
    """The beat at which it turns: where the section nearest to the middle begins, else a bar."""
    middle = form.landing / 2
    starts = [span.start for span in form.spans[1:]] or [bar.start for bar in form.bars[1:]] or [middle]
    return min(starts, key=lambda start: abs(start - middle))


def joined(before: Score, after: Score, at: float) -> Score:
    """The first score up to that beat and the second from there on, with the sound of the more driven one."""
    names = {part.name for part in before.parts}
    first = [_until(part, at) for part in before.parts]
    second = [_since(part, at, names) for part in after.parts]
    return replace(
        before,
        parts=tuple(part for part in (*first, *second) if part.notes),
        chords=(*_chords_until(before.chords, at), *(chord for chord in after.chords if chord.start >= at - 1e-6)),
        mix=max((before.mix, after.mix), key=lambda mix: mix.drive),
    )


def _until(part: Part, at: float) -> Part:
    notes = [replace(n, length=max(0.02, min(n.length, at - n.start))) for n in part.notes if n.start < at - AHEAD]
    return replace(part, notes=tuple(notes), controls=tuple(_released(part.controls, at)))


def _released(controls: Sequence[Control], at: float) -> Iterable[Control]:
    kept = [control for control in controls if control.start < at - AHEAD]
    yield from kept
    for number in (BEND, SUSTAIN):
        last = next((control for control in reversed(kept) if control.number == number), None)
        if last and last.value:
            yield Control(at, number, 0)


def _since(part: Part, at: float, taken: set[str]) -> Part:
    def fits(sign: Note | Control) -> bool:
        return sign.start >= at - AHEAD

    name = part.name if part.name not in taken else f"{part.name} 2"
    return replace(part, name=name, notes=tuple(filter(fits, part.notes)), controls=tuple(filter(fits, part.controls)))


def _chords_until(chords: Sequence[Chord], at: float) -> list[Chord]:
    return [replace(one, length=min(one.length, at - one.start)) for one in chords if one.start < at - 1e-6]
