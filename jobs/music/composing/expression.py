"""What a part does besides striking notes: pedals, swells, vibrato, bends, glides, filters that open."""

from __future__ import annotations

from collections.abc import Sequence
from math import sin, tau

from jobs.music.composing.articulation import slurs
from jobs.music.composing.cast import Player
from jobs.music.composing.ending import EXPRESSION, SUSTAIN, dying_away
from jobs.music.composing.form import Bar
from jobs.music.composing.plan import Plan
from jobs.music.score import Control, Note
from jobs.music.styles.metres import BAR_BEATS

SINGING = ("strings", "woodwind", "brass", "choir")
SLIDING = 0.45  # pulses that a bass note has to last for a slide at its end
MODULATION, LONG = 1, 1.4  # pulses from which a note is long
VIBRATO = ((0.35, 14), (0.5, 28), (0.65, 38), (0.98, 0))  # place in the note, depth
HIGHEST = 8191  # a bend of two semitones up, less a step
BEND, SEMITONE = 128, 4096  # the controller of bends; its steps, at the usual range of two semitones
BENDING = ("guitar", "woodwind", "brass", "strings", "choir", "synth", "plucked", "bass")  # families that can
SCOOP = ((0.0, 1.0), (0.06, 0.75), (0.12, 0.4), (0.18, 0.12), (0.22, 0.0))  # beats after the note's start, share left
FALL = ((0.75, 0.0), (0.82, 0.25), (0.9, 0.6), (0.98, 1.0))  # place in the note, share
BRASS = ("trumpet", "trombone", "muted_trumpet", "french_horn", "tuba", "brass")
DROPPED = 2.5  # times how often a style bends its tune: how often a section drops away before a rest
FULL, FAINT = 127, 50  # expression
WAVE_BEATS, WAVE_STEPS = 0.5, 6  # a wide vibrato: beats of a wave, events in one
BRIGHTNESS, CLOSED, OPEN = 74, 34, 96
FILTERED = ("synth", "pad", "organ")  # families whose filter opens in a build-up
RISE = 0.12  # of intensity, from which a section is a build-up


def controls(plan: Plan, player: Player, notes: Sequence[Note], bars: Sequence[Bar]) -> tuple[Control, ...]:
    """All controllers of a part, by time."""
    made: list[Control] = []
    part, family = player.part, player.instrument.family
    if not notes:
        return ()
    if part.pedal:
        made += _pedal(plan, bars)
    if part.swell:
        made += _swells(plan, bars)
    if part.role in ("melody", "counter") and family in SINGING:
        made += _vibrato(plan, notes)
    if part.role == "melody" and family in BENDING:
        made += _bends(plan, player, notes)
    if part.role in ("chords", "counter", "effects") and player.instrument.id in BRASS and not part.swell:
        made += _falls(plan, player, notes)
    if part.glide:
        made += _glides(plan, notes)
    made += slurs(plan, player, notes)
    if part.role in ("pad", "chords", "arpeggio") and family in FILTERED:
        made += _filters(plan, bars)
    made += dying_away(plan, player)
    return tuple(sorted(control for control in made if 0 <= control.start <= plan.form.end))


def _bends(plan: Plan, player: Player, notes: Sequence[Note]) -> list[Control]:
    """Notes that are reached from below, that fall at a phrase's end, or that wave, as the style has them.

    A bend moves everything that the instrument sounds, so that notes struck together are left alone.
    """
    manner = plan.style.melody
    made: list[Control] = []
    if not manner.bends:
        return made
    rng = plan.stream(f"melody:bends:{player.part.name}")
    for index, note in enumerate(notes):
        lot, depth = rng.random(), rng.choice((1, 1, 2)) * SEMITONE
        before, after = notes[index - 1 : index], notes[index + 1 : index + 2]
        alone = all(note.start - one.start > 0.2 for one in before) and all(
            one.start >= note.start + note.length - 0.02 for one in after
        )
        if not alone or note.length < 0.7 * plan.pulse:
            continue
        rest = not after or after[0].start - note.start - note.length > 0.4 * plan.pulse
        if manner.wave and note.length >= LONG * plan.pulse:
            made += _wave(note, manner.wave)
        elif lot < manner.bends * 0.6:
            made += [Control(note.start + at, BEND, -round(depth * share)) for at, share in SCOOP if at < note.length]
        elif rest and lot < manner.bends and note.length >= LONG * plan.pulse:
            made += [Control(note.start + note.length * place, BEND, -round(depth * share)) for place, share in FALL]
            made.append(Control(note.start + note.length + 0.05, BEND, 0))
    return made


def _falls(plan: Plan, player: Player, notes: Sequence[Note]) -> list[Control]:
    """Stabs of a brass section that drop away, pitch and breath, where a rest follows and the style bends its tune."""
    rng = plan.stream(f"falls:{player.part.name}")
    made: list[Control] = []
    stabs = {note.start: note for note in sorted(notes, reverse=True)}  # of what is struck at once, one
    starts = sorted(stabs)
    for start, after in zip(starts, [*starts[1:], plan.form.end], strict=True):
        lot, length = rng.random(), stabs[start].length
        if (
            length < 0.7 * plan.pulse
            or after - start - length < 0.4 * plan.pulse
            or lot > DROPPED * plan.style.melody.bends
        ):
            continue
        for place, share in FALL:
            at = start + length * place
            made.append(Control(at, BEND, -round(2 * SEMITONE * share)))
            made.append(Control(at, EXPRESSION, round(FULL - (FULL - FAINT) * share)))
        made += [Control(start + length + 0.1, BEND, 0), Control(start + length + 0.1, EXPRESSION, FULL)]
    return made


def _wave(note: Note, depth: float) -> list[Control]:
    """The wide, slow vibrato that grows, as Korean strings and winds have it; ``depth`` in semitones."""
    first = note.length * 0.3
    count = int((note.length - first) / WAVE_BEATS * WAVE_STEPS)
    made = [
        Control(
            note.start + first + index * WAVE_BEATS / WAVE_STEPS,
            BEND,
            round(SEMITONE * depth * min(1.0, index / WAVE_STEPS) * sin(tau * index / WAVE_STEPS)),
        )
        for index in range(count)
    ]
    return [*made, Control(note.start + note.length - 0.01, BEND, 0)]


def _glides(plan: Plan, notes: Sequence[Note]) -> list[Control]:
    """A bass that slides into the next note where it is near, and drops away before a rest, once in two bars or so."""
    made: list[Control] = []
    free = 0.0  # beat from which the next one may come
    for note, after in zip(notes, notes[1:], strict=False):
        step = after.pitch - note.pitch
        end = note.start + note.length
        if note.length < SLIDING * plan.pulse or end < free:
            continue
        if 0 < abs(step) <= 2 and after.start - end < 0.1:
            target = step * SEMITONE
        elif after.start - end > plan.pulse / 2:
            target = -2 * SEMITONE
        else:
            continue
        made += [Control(end - 0.3 + 0.06 * tick, BEND, min(round(target * tick / 4), HIGHEST)) for tick in range(1, 5)]
        made.append(Control(after.start - 0.005, BEND, 0))
        free = end + 2 * BAR_BEATS[plan.brief.metre]
    return made


def _filters(plan: Plan, bars: Sequence[Bar]) -> list[Control]:
    """The filter opens over a section that leads to a louder one, and is back where it was when that begins."""
    made: list[Control] = []
    spans = plan.form.spans
    for bar in bars:
        following = spans[min(bar.span + 1, len(spans) - 1)]
        span = plan.span(bar)
        if following.energy - span.energy < RISE or span.bars < 4 or plan.style.fills != "electronic":
            continue
        for half in (0, 1):
            at = bar.start + half * bar.length / 2
            share = (at - span.start) / span.length
            made.append(Control(at, BRIGHTNESS, round(CLOSED + (OPEN - CLOSED) * share)))
        if bar.left == 0:
            made.append(Control(bar.start + bar.length - 0.01, BRIGHTNESS, 64))
    return made


def _vibrato(plan: Plan, notes: Sequence[Note]) -> list[Control]:
    """Long notes begin straight and then tremble a little."""
    made = []
    for note in notes:
        if note.length >= LONG * plan.pulse:
            for share, depth in VIBRATO:
                made.append(Control(note.start + note.length * share, MODULATION, depth))
    return made


def _pedal(plan: Plan, bars: Sequence[Bar]) -> list[Control]:
    made = []
    edges = {chord.start for bar in bars for chord in plan.chords_between(bar.start, bar.start + bar.length)}
    for edge in sorted(edges | {plan.form.landing}):
        if edge > 0:
            made.append(Control(edge - 0.02, SUSTAIN, 0))
        made.append(Control(edge + 0.08, SUSTAIN, 127))
    made.append(Control(plan.form.end - 0.05, SUSTAIN, 0))
    return made


def _swells(plan: Plan, bars: Sequence[Bar]) -> list[Control]:
    """Every four bars a rise and a fall."""
    made = []
    for bar in bars:
        rising = bar.place % 4 < 2
        for quarter in range(4):
            place = (bar.place % 2 + quarter / 4) / 2
            value = 84 + 34 * (place if rising else 1 - place)
            made.append(Control(bar.start + bar.length * quarter / 4, EXPRESSION, round(value)))
    return made
