"""Who plays a tune that was given, and what becomes of it: the first time as it is, later developed by the phrase."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from jobs.music.composing.cast import Player, shared_part, stand_in
from jobs.music.composing.development import developed, second_voice
from jobs.music.composing.form import Bar
from jobs.music.composing.harmonise import PHRASE
from jobs.music.composing.melody import IN_TWO, LOUD, in_first_key
from jobs.music.composing.pitch import Line, Tone
from jobs.music.composing.plan import Plan
from jobs.music.composing.rhythm import Metre
from jobs.music.composing.statements import Given, Statement
from jobs.music.given import GivenNote
from jobs.music.instruments import INSTRUMENTS, Instrument
from jobs.music.score import Note
from jobs.music.styles.metres import STRONG

UNDER = 16  # velocity by which a second voice is softer
SHORTEST = 0.05  # beats
SAME, DRAWS = 0.4, 6  # phrases that return as they were; how often one of the others is tried
HELD = 1.4  # pulses from which a note belongs to the skeleton wherever it is struck


def with_lead(players: Sequence[Player], excluded: Collection[str]) -> list[Player]:
    """The players, one of whom has a line of the melody."""
    if any(_leads(player) for player in players):
        return list(players)
    instrument = stand_in("melody", excluded) or next(
        (player.instrument for player in players if player.part.role not in ("drums", "percussion")),
        INSTRUMENTS["piano"],
    )
    names = {player.part.name for player in players}
    part = shared_part("melody")
    return [*players, Player(part if part.name not in names else replace(part, name="given melody"), instrument)]


def lead_bars(plan: Plan, players: Sequence[Player], playing: dict[str, list[Bar]]) -> dict[str, list[Bar]]:
    """The same, but that somebody plays the tune in every bar of it: the first who can, where the style has nobody."""
    if plan.given is None:
        return playing
    leads = [player.part.name for player in players if _leads(player)]
    taken = {bar.start for name in leads for bar in playing[name]}
    lacking = [
        bar for bar in plan.form.bars if not bar.final and plan.given.states(bar.start) and bar.start not in taken
    ]
    first = leads[0]
    return playing | {first: sorted([*playing[first], *lacking], key=lambda bar: bar.start)}


def _leads(player: Player) -> bool:
    return player.part.role == "melody" and not player.part.doubles


def stated(plan: Plan, given: Given, instrument: Instrument, bars: Sequence[Bar]) -> list[Note]:
    """What an instrument plays of all statements in these bars, by the octave in which it can."""
    up = _octaves(given, instrument)
    inside = {round(bar.start / given.bar) for bar in bars}
    notes: list[Note] = []
    for lap, statement in enumerate(given.statements):
        last = lap == len(given.statements) - 1
        for first in range(0, statement.bars, PHRASE):
            if not any(statement.at + bar in inside for bar in range(first, first + PHRASE)):
                continue
            phrase = _phrase(given, statement, first)
            start = (statement.at + first) * given.bar
            sung = _returned(plan, given, phrase, lap, first, start, last, instrument) if lap else _as_given(phrase)
            shift = next((plan.span(bar).shift for bar in bars if abs(bar.start - start) < given.bar), 0) + up
            notes += [replace(note, start=note.start + start, pitch=note.pitch + shift) for note in sung]
    return _apart(sorted(note for note in notes if note.start >= 0))


def _phrase(given: Given, statement: Statement, first: int) -> list[GivenNote]:
    """The notes of four bars from the statement's bar ``first`` on, counted from there; its upbeat before it."""
    start = (statement.first + first) * given.bar
    end = (statement.first + min(first + PHRASE, statement.bars)) * given.bar
    opens = first == 0 and statement.first == 0
    return [
        replace(note, start=note.start - start)
        for note in given.notes
        if note.start < end - 1e-6 and (opens or note.start >= start - 1e-6)
    ]


def _as_given(phrase: Sequence[GivenNote]) -> list[Note]:
    return [Note(note.start, note.length, note.pitch, note.velocity) for note in phrase]


def _returned(
    plan: Plan,
    given: Given,
    phrase: Sequence[GivenNote],
    lap: int,
    first: int,
    start: float,
    last: bool,
    instrument: Instrument,
) -> list[Note]:
    """A phrase at its return: embellished, thinned, pushed or turned, or as it was; at last with a second voice."""
    if not phrase:
        return []
    brief = plan.brief
    metre = Metre(brief.metre, plan.pulse, given.bar)
    pitches = [note.pitch for note in phrase]
    line = Line(min(pitches), max(pitches), metre, brief.mode, brief.tonic_pitch_class, plan.style.melody)
    chords = [in_first_key(chord, start, 0) for chord in plan.chords_between(start - given.bar, start + 5 * given.bar)]
    tones = [Tone(note.start, note.length, note.pitch, _is_strong(note, metre)) for note in phrase]
    rng = plan.stream(f"melody:given:{lap}:{first}")
    drawn = (developed(tones, line, chords, rng) for _ in range(0 if rng.random() < SAME else DRAWS))
    tones = next((other for other in drawn if other != tones), tones)
    notes = [Note(tone.at, tone.length, tone.pitch, _loud(phrase, tone.at)) for tone in tones]
    if last and instrument.family in IN_TWO:
        voice = second_voice(tones, line, chords)
        notes += [Note(tone.at, tone.length * 0.95, tone.pitch, LOUD - UNDER) for tone in voice]
    return notes


def _is_strong(note: GivenNote, metre: Metre) -> bool:
    return round(note.start % metre.bar, 2) in STRONG[metre.name] or note.length >= HELD * metre.pulse


def _loud(phrase: Sequence[GivenNote], at: float) -> int:
    return min(phrase, key=lambda note: abs(note.start - at)).velocity


def _octaves(given: Given, instrument: Instrument) -> int:
    """Semitones, whole octaves, by which the tune has to move for the instrument to have most of its notes."""
    shifts = sorted(range(-48, 49, 12), key=abs)

    def outside(up: int) -> int:
        return sum(not instrument.low <= note.pitch + up <= instrument.high for note in given.notes)

    return min(shifts, key=outside)


def _apart(notes: Sequence[Note]) -> list[Note]:
    """The same line, no note sounding into a later one; notes struck together stay together."""
    starts = sorted({note.start for note in notes})
    following = dict(zip(starts, starts[1:], strict=False))
    return [
        replace(
            note,
            length=max(SHORTEST, min(note.length, following.get(note.start, note.start + note.length) - note.start)),
        )
        for note in notes
    ]
