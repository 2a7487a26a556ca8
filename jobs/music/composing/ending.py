"""How it begins and how it comes to rest: something sounds at once, and the last bar is the tonic, not a cut."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.music.composing.cast import Player
from jobs.music.composing.comping import voicings
from jobs.music.composing.plan import Plan
from jobs.music.score import Control, Note
from jobs.music.styles.reader import DRUM_KEYS

RELEASE = 0.35  # seconds before the end at which the last note is let go
EXPRESSION, SUSTAIN = 11, 64
SUSTAINING = ("organ", "strings", "choir", "brass", "woodwind", "synth", "pad")
STAB = 0.5  # beats of a last chord that stops short
FIRST_SOUND = 0.15  # seconds


def last_notes(plan: Plan, player: Player, before: Sequence[Note]) -> list[Note]:
    """What a part plays in the last bar: its share of the tonic chord, held until shortly before the end."""
    start = plan.form.landing
    bpm = plan.form.tempos[-1].bpm
    length = max(0.3, plan.form.end - start - RELEASE * bpm / 60)
    if plan.style.ending == "stop":
        length = min(length, STAB * 2)
    chord = plan.chords[-1]
    part, role = player.part, player.part.role
    if role == "drums":
        hits = [Note(start, 0.2, DRUM_KEYS["kick"], 96)]
        if plan.form.spans[-1].energy > 0.35 and plan.style.fills:
            hits.append(Note(start, 0.2, DRUM_KEYS["crash"], 96))
        return hits if before else []
    if role == "bass":
        low = part.register[0]
        return [Note(start, length, low + (chord.root - low) % 12, 88)]
    if role in ("melody", "counter"):
        if not before:
            return []
        near = before[-1].pitch
        goals = (chord.root,) if role == "melody" else chord.tones[:3]
        options = [pitch for pitch in range(near - 7, near + 8) if pitch % 12 in goals]
        return [Note(start, length, min(options, key=lambda pitch: abs(pitch - near)), 84)]
    pitches = list(voicings(plan, part, player.instrument)[-1])
    if role != "pad" and pitches[0] % 12 != chord.root:
        pitches.insert(0, pitches[0] - (pitches[0] - chord.root) % 12)
    return [Note(start, length, pitch, 82 + part.velocity) for pitch in dict.fromkeys(pitches)]


def opening(plan: Plan, player: Player) -> list[Note]:
    """The first chord, for a piece in which nothing else sounds at its beginning."""
    chord = plan.chords[0]
    length = min(chord.length, plan.pulse * 2)
    return [Note(0.0, length, pitch, 74) for pitch in voicings(plan, player.part, player.instrument)[0]]


def dying_away(plan: Plan, player: Player) -> list[Control]:
    """A held last chord of an instrument that does not decay by itself grows softer."""
    stops = plan.style.ending == "stop" or plan.form.fade_out or not plan.form.rests
    if player.instrument.family not in SUSTAINING or stops:
        return []
    start, end = plan.form.landing, plan.form.end
    share = [(0.25, 104), (0.4, 90), (0.55, 74), (0.7, 56), (0.82, 40), (0.92, 26)]
    return [Control(start + (end - start) * place, EXPRESSION, value) for place, value in share]
