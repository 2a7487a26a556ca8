"""The bass line: written patterns on the chord's tones, lines locked to the kick, and walking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from jobs.music.composing.comping import pick_pattern
from jobs.music.composing.form import Bar
from jobs.music.composing.harmony import Harmony
from jobs.music.composing.plan import Plan, phase
from jobs.music.composing.variation import varied
from jobs.music.score import Note
from jobs.music.styles.pattern import Step, steps
from jobs.music.styles.reader import PartStyle

ACCENT, PLAIN, SOFT = 102, 90, 74
LIGHT = 0.8  # how much shorter a note off the beat is
LIGHTER = 0.25  # how much rarer a bass leads on in a fourth bar than in an eighth
DEGREES = {"1": 0, "3": 1, "5": 2, "7": 3}


def bass_line(plan: Plan, part: PartStyle, bars: list[Bar], kicks: Sequence[float]) -> list[Note]:
    """The bass in those bars; ``kicks`` are the beats of the kick drum, rising. Beats are before the groove."""
    roots = _roots(plan, part)
    notes: list[Note] = []
    for bar in bars:
        pattern, written = pick_pattern(part.patterns, plan.brief.metre, plan.span(bar).energy)
        if pattern == "walk":
            rng = plan.stream(f"bass:{plan.span(bar).kind}:{bar.place}")
            notes += _walk(plan, bar, roots, rng)
            continue
        if pattern == "kick":
            rhythm: Sequence[Step] = _kicked(plan, bar, kicks)
        else:
            written_bars = steps(pattern, written, plan.brief.metre)
            played = varied(plan, part, bar, written_bars[phase(plan, bar) % len(written_bars)])
            rhythm = _leading(plan, part, bar, played)
        for step in rhythm:
            if step.at < bar.length - 1e-6:
                notes += _stroke(plan, part, bar, step, roots)
    return notes


def _leading(plan: Plan, part: PartStyle, bar: Bar, rhythm: Sequence[Step]) -> list[Step]:
    """In a fourth bar the last note steps into the next chord; in an eighth there are two that do.

    What is written as a step into the next chord is one at the end of a pair of bars; inside it the bass stays at home.
    """
    steps = list(rhythm)
    if bar.place % 2 == 0 and steps and steps[-1].sign == "s":
        steps[-1] = replace(steps[-1], sign="r")
    eighth = bar.place % 8 == 7
    lot = plan.stream(f"lead:{part.name}:{plan.span(bar).kind}:{eighth}").random()
    often = plan.style.vary * (1.0 if eighth else LIGHTER)
    if bar.place % 4 != 3 or not steps or steps[-1].sign not in "Rro58" or lot > often:
        return steps
    last = steps[-1]
    late = bar.length - plan.pulse
    if last.at < late - 1e-6:
        steps[-1] = replace(last, length=min(last.length, late - last.at))
        last = Step(late, "r", plan.pulse)
        steps.append(last)
    half = last.length / 2
    if eighth and half >= plan.pulse / 3 - 1e-6:
        steps[-1:] = [Step(last.at, "5", half), Step(last.at + half, "s", half)]
    else:
        steps[-1] = replace(last, sign="s")
    return steps


def _roots(plan: Plan, part: PartStyle) -> dict[float, int]:
    """Where each chord's root lies: in the lower octave of the register, near to the root before."""
    low, high = part.register[0], min(part.register[1], part.register[0] + 16)
    before = low + 6
    roots = {}
    begins = {span.start for span in plan.form.spans}
    for chord in plan.chords:
        if chord.start in begins:  # what returns lies where it lay
            before = low + 6
        options = [pitch for pitch in range(low, high + 1) if pitch % 12 == chord.root]
        before = min(options, key=lambda pitch: abs(pitch - before) + 0.3 * abs(pitch - low - 5))
        roots[chord.start] = before
    return roots


def _stroke(plan: Plan, part: PartStyle, bar: Bar, step: Step, roots: dict[float, int]) -> list[Note]:
    start, end = bar.start + step.at, min(bar.start + step.at + step.length, bar.start + bar.length)
    notes = []
    for chord in plan.chords_between(start, end):
        at = max(start, chord.start)
        sign = "r" if at == chord.start and step.sign not in "8n" else step.sign
        pitch = _pitch(sign, chord, plan.chord_at(min(bar.start + bar.length, plan.form.landing)), roots)
        velocity = {"R": ACCENT, "o": SOFT}.get(step.sign, PLAIN) + part.velocity
        share = part.short * (LIGHT if (at - bar.start) % plan.pulse > 1e-6 and not part.glide else 1.0)
        notes.append(Note(at, max(0.1, (min(end, chord.end) - at) * share), pitch, velocity))
    return notes


def _pitch(sign: str, chord: Harmony, following: Harmony, roots: dict[float, int]) -> int:
    """The pitch for a sign of a bass pattern: a tone of the chord, or a step that leads to the next one."""
    root = roots[chord.start]
    if sign in DEGREES:
        tone = chord.tones[min(DEGREES[sign], len(chord.tones) - 1)] if len(chord.tones) > 2 else chord.tones[-1]
        return root + (tone - root) % 12
    if sign == "n":
        return roots[following.start]
    if sign == "8":
        return root + 12
    if sign == "6":
        return root + 9
    if sign == "l":
        return root - 5 if root - 5 >= 28 else root + 7
    if sign in "uds":
        target = roots[following.start]
        below = sign == "u" or (sign == "s" and target > root)
        nearby = (1,) if sign == "u" else (1, 2)
        inside = [target + (-step if below else step) for step in nearby]
        return next((pitch for pitch in reversed(inside) if pitch % 12 in chord.scale), inside[-1])
    return root


def _kicked(plan: Plan, bar: Bar, kicks: Sequence[float]) -> list[Step]:
    """A root on every kick of the bar, the downbeat always, each held to the next."""
    inside = [beat - bar.start for beat in kicks if bar.start - 1e-6 <= beat < bar.start + bar.length - 1e-6]
    if not inside or inside[0] > 1e-6:
        inside.insert(0, 0.0)
    ends = [*inside[1:], bar.length]
    return [Step(at, "r", min(end - at, 2.0)) for at, end in zip(inside, ends, strict=True)]


def _walk(plan: Plan, bar: Bar, roots: dict[float, int], rng: Random) -> list[Note]:
    """One note a pulse: the root where a chord begins, a step into the next chord, chord and scale tones between."""
    notes: list[Note] = []
    count = max(1, int(bar.length / plan.pulse + 1e-6))
    for index in range(count):
        at = bar.start + index * plan.pulse
        chord = plan.chord_at(at)
        following = plan.chord_at(min(at + plan.pulse, plan.form.landing))
        root = roots[chord.start]
        before = notes[-1].pitch if notes else root
        if abs(chord.start - at) < 1e-6 or (index == 0 and rng.random() < 0.6):
            pitch = root
        elif following.start > at + 1e-6:
            target = roots[following.start]
            pitch = target + rng.choice((-1, 1, 2 if (target + 2) % 12 in chord.scale else -1))
        else:
            target = roots[following.start] if following is not chord else root
            tones = [root + (tone - root) % 12 + octave for tone in chord.tones[:4] for octave in (-12, 0)]
            tones += [before + step for step in (-2, -1, 1, 2) if (before + step) % 12 in chord.scale]
            tones = [tone for tone in tones if tone != before and 28 <= tone <= 52]
            pitch = min(tones, key=lambda tone: abs(tone - before) + 0.15 * abs(tone - target) + 3 * rng.random())
        length = plan.pulse if index < count - 1 else bar.start + bar.length - at
        notes.append(Note(at, length * 0.92, pitch, PLAIN + (6 if index % 2 else 0)))
    return notes
