"""A tempo that breathes: each phrase begins steadily, moves on, and lingers where it ends; the piece lasts as long."""

from __future__ import annotations

from dataclasses import replace

from jobs.music.composing.form import Form
from jobs.music.score import Tempo

# How far a half bar hurries (above 0) or lingers, by its place among those of four bars; 1 is the style's `rubato`.
FLOW = (0.0, 0.2, 0.6, 0.8, 0.5, 0.1, -0.4, -1.5)
DEEPER = 1.4  # how much longer the end of a section lingers than that of a phrase inside it


def breathing(form: Form, rubato: float) -> Form:
    """The form with a tempo for each half bar up to where it slows down to its end.

    It begins at its own tempo, and what is slower is made up for, so that it slows down and ends when it did. A form
    whose tempo changes on the way, or that does not come to rest, has moments to meet: it stays as it is.
    """
    last = form.bars[-1]
    slowing = [tempo for tempo in form.tempos[1:] if tempo.start < form.landing]
    until = slowing[0].start if slowing else form.landing
    steady = until >= form.landing - 2 * form.bars[0].length - 1e-6
    halves = [half for half in _halves(form) if half[0] < until - 1e-6]
    if not rubato or not last.final or not steady or len(halves) < len(FLOW):
        return form
    bpm = form.tempos[0].bpm
    ends = [*(start for start, _ in halves[1:]), until]
    lengths = [end - start for (start, _), end in zip(halves, ends, strict=True)]
    factors = [1 + rubato * flow for _, flow in halves]
    first, rest = lengths[0], sum(lengths[1:])
    spent = sum(length / factor for length, factor in zip(lengths, factors, strict=True))
    pace = (spent - first) / rest  # the first half bar is as fast as the piece is said to be
    tempos = [Tempo(0.0, bpm)]
    tempos += [Tempo(start, bpm * factor * pace) for (start, _), factor in zip(halves[1:], factors[1:], strict=True)]
    after = [tempo for tempo in form.tempos[1:] if tempo.start >= until - 1e-6] or [Tempo(until, bpm)]
    return replace(form, tempos=(*tempos, *after))


def _halves(form: Form) -> list[tuple[float, float]]:
    """Where each half bar begins, and how far it hurries."""
    halves = []
    for bar in form.bars:
        for half in (0, 1):
            flow = FLOW[bar.place % 4 * 2 + half]
            ends = bar.left == 0 and half == 1
            halves.append((bar.start + half * bar.length / 2, min(flow, FLOW[-1]) * DEEPER if ends else flow))
    return halves
