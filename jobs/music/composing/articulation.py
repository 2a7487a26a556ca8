"""How one note leads to the next: slurs of plucked and bowed strings, the slides and accents of an acid line.

They are MIDI's own controllers, so that files say them, too: while LEGATO is down, a note goes on from the one before
without a stroke of its own; while GLIDE is down, its pitch slides there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jobs.music.composing.cast import Player
from jobs.music.composing.plan import Plan
from jobs.music.score import Control, Note

LEGATO, GLIDE, GLIDE_TIME = 68, 65, 5  # controllers
DOWN, UP = 127, 0
FRETTED = ("guitar", "bass", "plucked")  # families whose left hand can strike a string
OPEN = {"harp", "koto", "muted_guitar", "synth_bass", "sub_bass", "acid_bass", "reese_bass", "fm_bass", "chip_bass"}
BOWED = ("violin", "viola", "cello", "contrabass", "fiddle", "haegeum", "ajaeng")
HAMMERED, IN_ONE_BOW = 3, 5  # semitones between two notes, at most
SHORT = 0.55  # pulses that both notes of a hammer-on last, at most
GAP = 0.15  # beats between two notes that are slurred, at most
EARLY, LATE = 0.02, 0.06  # beats around a note's start in which the pedal is down
ACID = "acid_bass"
SLIDING, ACCENTED = 0.3, 0.28  # shares of the sixteenths of an acid line
ACCENT, PLAIN = 20, -8  # velocity
QUICK = 12  # GLIDE_TIME: about 60 ms, as the box of 1982 takes


def slurs(plan: Plan, player: Player, notes: Sequence[Note]) -> list[Control]:
    """Pedals under the notes that are hammered, pulled off, or played in one bow; for an acid line, its slides."""
    instrument = player.instrument
    if instrument.id == ACID:
        return _slides(plan, player, notes)
    is_fretted = instrument.family in FRETTED and instrument.id not in OPEN
    if player.part.role not in ("melody", "counter", "bass") or not (is_fretted or instrument.id in BOWED):
        return []
    made: list[Control] = []
    was_slurred = False
    for before, note, after in _lines(notes):
        step, most = abs(note.pitch - before.pitch), HAMMERED if is_fretted else IN_ONE_BOW
        is_weak = not _on_pulse(plan, note)
        is_quick = max(before.length, note.length) <= SHORT * plan.pulse or not is_fretted
        was_slurred = (
            0 < step <= most
            and is_weak
            and is_quick
            and not (was_slurred and is_fretted)
            and note.length <= plan.pulse
            and note.start - before.start - before.length <= GAP
        )
        if was_slurred:
            made += _pedal(note, after, LEGATO)
    return made


def accented(plan: Plan, player: Player, notes: Sequence[Note]) -> list[Note]:
    """An acid line with accents on sixteenths of its own, the same in each bar; any other as it is."""
    if player.instrument.id != ACID:
        return list(notes)
    steps = _steps(plan, player, "accents", ACCENTED)
    return [
        replace(note, velocity=max(1, min(note.velocity + (ACCENT if _step(note) in steps else PLAIN), 127)))
        for note in notes
    ]


def _slides(plan: Plan, player: Player, notes: Sequence[Note]) -> list[Control]:
    """The same sixteenths of each bar slide into their pitch, so that a line of its own is made of a pattern."""
    steps = _steps(plan, player, "slides", SLIDING)
    made = [Control(0.0, GLIDE_TIME, QUICK)]
    for before, note, after in _lines(notes):
        if _step(note) in steps and note.pitch != before.pitch and note.start - before.start <= plan.pulse:
            made += [*_pedal(note, after, LEGATO), *_pedal(note, after, GLIDE)]
    return made


def _steps(plan: Plan, player: Player, aspect: str, share: float) -> set[int]:
    """Which sixteenths of a bar, counted from 0; the first never slides."""
    rng = plan.stream(f"{aspect}:{player.part.name}")
    return {step for step in range(1, 16) if rng.random() < share}


def _step(note: Note) -> int:
    return round(note.start * 4) % 16


def _lines(notes: Sequence[Note]) -> Iterator[tuple[Note, Note, Note | None]]:
    """Each note that follows another one with nothing else sounding, the one before, and the one after."""
    ordered = sorted(notes)
    for index, note in enumerate(ordered[1:], 1):
        before, after = ordered[index - 1], ordered[index + 1] if index + 1 < len(ordered) else None
        earlier = ordered[max(index - 4, 0) : index - 1]
        alone = note.start - before.start > LATE + EARLY and all(
            other.start + other.length <= before.start + GAP for other in earlier
        )
        if alone and (after is None or after.start - note.start > LATE + EARLY):
            yield before, note, after


def _on_pulse(plan: Plan, note: Note) -> bool:
    place = note.start / plan.pulse
    return abs(place - round(place)) < 0.12


def _pedal(note: Note, after: Note | None, number: int) -> list[Control]:
    up = note.start + LATE if after is None else min(note.start + LATE, after.start - EARLY)
    return [Control(max(note.start - EARLY, 0.0), number, DOWN), Control(up, number, UP)]
