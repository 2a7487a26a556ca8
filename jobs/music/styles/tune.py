"""The manner of a style's tune: what its phrases are made of and how they are sung."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.music.styles.rhythms import FORMS
from jobs.music.styles.table import Table

BLUE_BENDS = 0.6  # bends where a style only says how blue it is, in shares of that


@dataclass(frozen=True, slots=True)
class Manner:
    """How tunes of a family of rhythms are built; weights, and shares of 1."""

    forms: Mapping[str, float]  # of a section's phrases
    refrain: Mapping[str, float]  # the same for the section that a piece has even when it has no other
    push: float = 0.0  # bar lines that are anticipated
    pickup: float = 0.0  # phrases that begin before their first bar
    breath: float = 0.0  # phrases with air in the middle
    chromatic: float = 0.0  # passing notes from outside the key
    vary: float = 0.5  # bars that come back changed
    motion: float = 0.2  # bars that get a second chord


@dataclass(frozen=True, slots=True)
class MelodyStyle:
    """The manner of the tune."""

    manner: Manner
    cells: str = "flowing"  # family of rhythms
    density: float = 0.5  # 0 long notes … 1 busy
    centre: int = 72  # MIDI pitch around which it moves
    span: int = 14  # semitones
    leaps: float = 0.2
    graces: float = 0.0  # how often a long note is ornamented
    pentatonic: bool = False
    blue: float = 0.0  # how often a passing third or seventh is flattened
    legato: float = 0.95
    bends: float = 0.0  # how often a note is reached from below, or falls away
    wave: float = 0.0  # semitones of a wide vibrato on long notes


def read_melody(row: Table, manners: Mapping[str, Manner]) -> MelodyStyle:
    cells = row.text("cells", "flowing", of=tuple(manners))
    """Check the table of the tune; what it does not say comes with its family of rhythms."""
    blue = row.number("blue", 0, 1, 0.0)
    melody = MelodyStyle(
        manner=read_manner(row, manners[cells]),
        cells=cells,
        density=row.number("density", 0, 1, 0.5),
        centre=int(row.number("centre", 40, 90, 72)),
        span=int(row.number("span", 7, 24, 14)),
        leaps=row.number("leaps", 0, 1, 0.2),
        graces=row.number("graces", 0, 1, 0.0),
        pentatonic=row.flag("pentatonic"),
        blue=blue,
        legato=row.number("legato", 0.3, 1.0, 0.95),
        bends=row.number("bends", 0, 1, BLUE_BENDS * blue),
        wave=row.number("wave", 0, 1, 0.0),
    )
    row.close()
    return melody


def read_manner(row: Table, habit: Manner | None = None) -> Manner:
    """``habit``: what holds where the row says nothing; without it the row must name the forms."""
    habit_of = habit or Manner({}, {})

    def weights(name: str, otherwise: Mapping[str, float]) -> Mapping[str, float]:
        return row.weights(name, tuple(FORMS)) if name in row.left or not habit else otherwise

    def share(name: str, otherwise: float) -> float:
        return row.number(name, 0, 1, otherwise)

    return Manner(
        forms=weights("forms", habit_of.forms),
        refrain=weights("refrain", habit_of.refrain),
        push=share("push", habit_of.push),
        pickup=share("pickup", habit_of.pickup),
        breath=share("breath", habit_of.breath),
        chromatic=share("chromatic", habit_of.chromatic),
        vary=share("vary", habit_of.vary),
        motion=share("motion", habit_of.motion),
    )
