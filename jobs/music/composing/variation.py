"""What a player makes of a bar inside eight: as written, its own answer, a turn in the fourth, more in the eighth.

The answer is the same each time, within the section and when it returns: that is what makes it a part and not noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from jobs.music.composing.form import Bar
from jobs.music.composing.plan import Plan
from jobs.music.styles.pattern import Step
from jobs.music.styles.reader import PartStyle

# Which figure of a player's stands where among eight bars (0: as written), and how likely it differs from what is
# written; multiplied by the style's `vary`.
FIGURES = (0, 1, 0, 2, 0, 1, 3, 4)
DIFFERS = (0.0, 1.6, 1.9, 1.1, 2.2)
CLOSING, HOLDING, RESTS = (2, 4), ("chords", "arpeggio"), 0.3  # figures at whose end hands rest: whose, how often
LEFT = 0.6  # share of its strokes that a changed bar has at least: some play alone
SHORT = 0.6  # share of its length that a stroke sounds, up to which it is clipped: no holding, no pushing
GROUND = 0.1  # how much rarer a bass changes a bar than others
SOFTER = {"X": "x", "x": "o", "R": "r", "r": "o"}
VOICES = "123456789"  # signs of single voices


def varied(plan: Plan, part: PartStyle, bar: Bar, rhythm: Sequence[Step]) -> tuple[Step, ...]:
    """The strokes of a bar as this player plays them there."""
    figure = FIGURES[bar.place % 8]
    rng = plan.stream(f"play:{part.name}:{plan.span(bar).kind}:{figure}")
    chance = plan.style.vary * DIFFERS[figure] * (GROUND if part.role == "bass" else 1.0)
    if rng.random() >= chance or not rhythm:
        return tuple(rhythm)
    after_beats = all(step.at % plan.pulse > 1e-6 for step in rhythm)  # a skank, an oom-pah's second half
    steps = list(rhythm)
    if figure in CLOSING and part.role in HOLDING and part.short > SHORT and rng.random() < RESTS:
        return _held(steps, bar.length)
    for _ in range(2 if figure else 1):
        changed = _changed(steps, plan.pulse, bar.length, part, rng)
        if len(changed) >= LEFT * len(rhythm) and not (after_beats and any(s.at % plan.pulse <= 1e-6 for s in changed)):
            steps = changed
    return tuple(steps)


def _held(steps: Sequence[Step], length: float) -> tuple[Step, ...]:
    """The first half of the bar; its last stroke is held to the bar line."""
    first = [step for step in steps if step.at <= length / 2 + 1e-6]
    if not first:
        return tuple(steps)
    return (*first[:-1], replace(first[-1], length=length - first[-1].at))


def _changed(strokes: Sequence[Step], pulse: float, length: float, part: PartStyle, rng: Random) -> list[Step]:
    """One change: a stroke more, one fewer, one earlier, two as one, or other voices."""
    steps = list(strokes)
    if any(step.sign in VOICES for step in steps) and rng.random() < 0.6:
        _other_voices(steps, rng)
        return steps
    way = rng.choice(("add", "add", "drop", "join", "push") if part.short > SHORT else ("add", "drop"))
    half = pulse / 2 if pulse == 1.0 else pulse / 3
    if way == "add":
        _add(steps, half, length, rng)
    elif way == "push":
        _push(steps, half, rng)
    elif len(steps) > 2:
        place = rng.randrange(1, len(steps))
        gone = steps.pop(place)
        if way == "join":
            before = steps[place - 1]
            steps[place - 1] = replace(before, length=gone.at + gone.length - before.at)
    return steps


def _add(steps: list[Step], half: float, length: float, rng: Random) -> None:
    """A stroke in the middle of a long one, or in a gap after one."""
    ends = [*(step.at for step in steps[1:]), length]
    roomy = [i for i, (step, end) in enumerate(zip(steps, ends, strict=True)) if end - step.at >= 2 * half - 1e-6]
    if not roomy:
        return
    place = rng.choice(roomy)
    step = steps[place]
    room = ends[place] - step.at
    at = step.at + max(half, half * round(room / half * rng.choice((0.5, 0.75))))
    if at >= ends[place] - 1e-6:
        return
    steps[place] = replace(step, length=min(step.length, at - step.at))
    added = Step(at, SOFTER.get(step.sign, step.sign), min(ends[place] - at, max(half, step.length / 2)))
    steps.insert(place + 1, added)


def _push(steps: list[Step], half: float, rng: Random) -> None:
    """A stroke on the beat comes before it."""
    places = [i for i in range(1, len(steps)) if steps[i].at - steps[i - 1].at >= 2 * half - 1e-6]
    if not places:
        return
    place = rng.choice(places)
    step, before = steps[place], steps[place - 1]
    steps[place] = replace(step, at=step.at - half, length=step.length + half)
    steps[place - 1] = replace(before, length=min(before.length, step.at - half - before.at))


def _other_voices(steps: list[Step], rng: Random) -> None:
    """The same figure turned round in its second half, or two of its tones exchanged."""
    places = [i for i, step in enumerate(steps) if step.sign in VOICES]
    if rng.random() < 0.5:
        half = places[len(places) // 2 :]
        signs = [steps[i].sign for i in half][::-1]
    else:
        half = rng.sample(places, min(2, len(places)))
        signs = [steps[i].sign for i in half][::-1]
    for place, sign in zip(half, signs, strict=True):
        steps[place] = replace(steps[place], sign=sign)
