"""From parsed TOML to frozen style data; every mistake is an error that names file and field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.music.brief import MAX_DURATION, MAX_TEMPO, METRES, MIN_DURATION, MIN_TEMPO, MODES
from jobs.music.instruments import INSTRUMENTS
from jobs.music.score import CURVES, SPACES, Mix
from jobs.music.styles.pattern import check
from jobs.music.styles.rhythms import FORMS, Rhythms
from jobs.music.styles.table import Table
from jobs.music.styles.tune import Manner, MelodyStyle, read_manner, read_melody
from jobs.music.theory import numeral

ROLES = ("melody", "counter", "chords", "pad", "arpeggio", "bass", "drums", "percussion", "effects")
STILL, DOMINANTS = 0.15, 0.7  # how often a chord is prepared by its own dominant, by how much chords move beyond STILL
STIFF, LOOSER = 0.38, 0.08  # how often players change a bar, where a style says nothing, by its milliseconds of spread
ENDINGS = ("ring", "ritard", "stop", "fade")
HANDS = ("keys", "guitar", "horns", "fiddle", "machines")  # in whose keys a style is mostly played

# What the characters of patterns mean is said in docs/STYLES.md.
DRUM_SIGNS, CHORD_SIGNS, BASS_SIGNS = "Xxog", "Xxo123456789bft", "Rro135678lsudn"
DISTORTED = frozenset({"distortion_guitar", "overdriven_guitar"})
WORDS = ("walk", "kick")  # a bass line made from the chords, or from the kick
# fmt: off
DRUM_KEYS = {
    "kick": 36, "snare": 38, "rim": 37, "clap": 39, "brush": 40, "hat": 42, "pedal": 44, "open": 46, "ride": 51,
    "bell": 53, "crash": 49, "crash2": 57, "splash": 55, "china": 52, "tom1": 50, "tom2": 47, "tom3": 45, "floor": 41,
    "tamb": 54, "cowbell": 56, "shaker": 82, "cabasa": 69, "maracas": 70, "conga_hi": 63, "conga_mute": 62,
    "conga_lo": 64,
    "bongo_hi": 60, "bongo_lo": 61, "timbale": 65, "timbale_lo": 66, "agogo": 67, "guiro": 73, "claves": 75,
    "block": 76, "triangle": 81, "bass_drum": 35,
}
# fmt: on

Patterns = Mapping[str, tuple[str, ...]]  # metre → patterns, from quiet to busy
Progressions = Mapping[str, tuple[str, ...]]  # kind of section → progressions in roman numerals


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of section (verse, chorus, …): how intense, and what it takes from where."""

    energy: float
    harmony: str  # row of the chord grammar
    theme: str  # sections of the same theme sing the same melody; "" sings none
    omit: tuple[str, ...] = ()  # names or roles of parts that are silent here
    lift: int = 0  # semitones by which the melody lies higher
    form: str = ""  # how its phrases follow each other; "": as the manner of the tune has it


@dataclass(frozen=True, slots=True)
class Groove:
    """Drum lanes of one intensity in one metre."""

    level: float  # section intensity from which it plays
    metre: str
    lanes: Mapping[str, str]
    sections: tuple[str, ...] = ()  # the only kinds of section it is for; empty: any


@dataclass(frozen=True, slots=True)
class PartStyle:
    """How one instrument is used."""

    name: str
    role: str
    instruments: Mapping[str, float]
    enter: float = 0.0  # plays in sections at least this intense …
    until: float = 1.01  # … and below this
    register: tuple[int, int] = (52, 76)
    voices: int = 3
    patterns: Patterns = field(default_factory=dict)
    strum: float = 0.0  # milliseconds between the strings
    short: float = 1.0  # sounding share of the written length
    late: float = 0.0  # milliseconds behind the beat; negative: ahead
    power: bool = False  # root and fifth alone: thirds are mud under distortion
    glide: bool = False  # slides from note to note, as an 808 does
    ring: bool = False  # notes sound on until the chord changes
    pedal: bool = False  # sustain pedal, changed with the chords
    swell: bool = False  # expression swells
    doubles: str = ""  # plays what this part plays
    same_as: str = ""  # on the same instrument as this part
    answers: bool = False  # speaks only where the tune leaves room, when it is stated again; of another family than it
    octave: int = 0  # so many octaves higher
    velocity: int = 0
    pan: float = 0.0
    gain_db: float = 0.0
    reverb: float = 0.2
    chorus: float = 0.0


@dataclass(frozen=True, slots=True)
class Style:
    """Everything that makes a style; nothing else in the composer knows its name."""

    id: str
    name: str
    name_ko: str
    tempo: tuple[float, float]  # beats a minute: quarters, in 6/8 dotted quarters
    modes: Mapping[str, float]
    metres: tuple[str, ...]  # the habit first
    energy: float
    duration: float  # seconds
    melody: MelodyStyle
    ending: str = "ring"
    ring: float = 3.0  # seconds that the last chord may sound
    swing: float = 0.0  # 0 straight … 1 triplets
    swing_unit: float = 0.5  # beats: which notes swing
    loose: float = 3.0  # milliseconds of human spread
    dynamics: float = 1.0  # how strongly the metre is accented
    colour: float = 0.0  # how often a triad gets its seventh
    secondary: float = 0.0  # how often a dominant of the next chord is put in
    vary: float = 0.5  # how often players change a bar
    motion: float = 0.2  # how often a bar gets a second chord, a lap other chords
    rubato: float = 0.0  # share by which the tempo breathes
    modulate: float = 0.0  # how often the last refrain rises
    fills: str = ""
    phase: bool = False  # grooves of two bars are counted from the beginning of the piece, as a clave is
    core: str = ""
    plan: tuple[tuple[str, int], ...] = ()
    cycle: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    harmony: Mapping[str, Progressions] = field(default_factory=dict)
    grooves: tuple[Groove, ...] = ()
    parts: tuple[PartStyle, ...] = ()
    mix: Mix = field(default_factory=Mix)
    hands: str = "keys"  # one of HANDS
    base: str = ""  # the style that it is a kind of


@dataclass(frozen=True, slots=True)
class Shared:
    """Material that styles name: fills and rhythm cells by metre, the progressions of each mode."""

    fills: Mapping[str, tuple[Groove, ...]]
    manners: Mapping[str, Manner]
    rhythms: Rhythms
    harmony: Mapping[str, Progressions]
    grooves: tuple[Groove, ...]
    parts: tuple[PartStyle, ...]


def read_style(data: dict[str, Any], file: str, expected_id: str, shared: Shared) -> Style:
    """Check one parsed style file and freeze it. Raise StyleError for the first field at fault."""
    top = Table(data, file, "")
    head = top.table("style")
    style_id = head.text("id")
    if style_id != expected_id:
        raise head.fail("id", f"{style_id!r} should be the file's name, {expected_id!r}")
    metres = head.texts("metres", of=METRES)
    if not metres:
        raise head.fail("metres", "is empty")
    low, high = head.pair("tempo", MIN_TEMPO, MAX_TEMPO)
    kinds = _kinds(top)
    harmony = _harmony(top.table("harmony"))
    melody = read_melody(top.table("melody"), shared.manners)
    loose = head.number("loose", 0, 12, 3.0)
    grooves = tuple(_groove(row, metres[0]) for row in top.tables("grooves"))
    motion = head.number("motion", 0, 1, melody.manner.motion)
    style = Style(
        id=style_id,
        name=head.text("name"),
        name_ko=head.text("name_ko"),
        tempo=(float(low), float(high)),
        modes=head.weights("modes", MODES),
        metres=metres,
        energy=float(head.number("energy", 0, 1)),
        duration=float(head.number("duration", MIN_DURATION, MAX_DURATION)),
        ending=head.text("ending", "ring", of=ENDINGS),
        ring=head.number("ring", 0.5, 8, 3.0),
        swing=head.number("swing", 0, 1, 0.0),
        swing_unit=head.number("swing_unit", 0.25, 0.5, 0.5),
        loose=loose,
        dynamics=head.number("dynamics", 0, 2, 1.0),
        colour=head.number("colour", 0, 1, 0.0),
        secondary=head.number("secondary", 0, 1, max(0.0, motion - STILL) * DOMINANTS),
        vary=head.number("vary", 0, 1, min(0.9, STIFF + LOOSER * loose)),
        motion=motion,
        rubato=head.number("rubato", 0, 0.1, 0.0),
        modulate=head.number("modulate", 0, 1, 0.0),
        fills=head.text("fills", "", of=("", *shared.fills)),
        phase=head.flag("phase", default=any("claves" in groove.lanes for groove in grooves)),
        core=head.text("core", of=tuple(kinds)),
        plan=_plan(head, kinds),
        cycle=head.texts("cycle", [], of=tuple(kinds)),
        kinds=kinds,
        harmony=harmony,
        grooves=grooves,
        parts=tuple(_part(row, metres[0]) for row in top.tables("parts")),
        melody=melody,
        mix=_mix(top.table("mix")),
        hands=head.text("hands", "keys", of=HANDS),
        base=head.text("base", ""),
    )
    if not style.parts:
        raise top.fail("parts", "is empty")
    for mode, table in style.harmony.items():
        for row in sorted({kind.harmony for kind in kinds.values()} | {"final"}):
            if row not in table:
                raise top.fail(f"harmony.{mode}.{row}", "is missing: a section of the form needs it")
    names = [part.name for part in style.parts]
    for index, part in enumerate(style.parts):
        for key, other in (("doubles", part.doubles), ("same_as", part.same_as)):
            if other and (other not in names or other == part.name):
                raise top.fail(f"parts[{index}].{key}", f"{other!r} is no other part")
        if names.index(part.name) != index:
            raise top.fail(f"parts[{index}].name", f"{part.name!r} is taken")
    head.close()
    top.close()
    return style


def _plan(head: Table, kinds: Mapping[str, Kind]) -> tuple[tuple[str, int], ...]:
    """``"intro:4 verse:8"`` → (("intro", 4), ("verse", 8))"""
    plan = []
    for item in head.text("plan").split():
        kind, _, bars = item.partition(":")
        if kind not in kinds or not bars.isdecimal() or int(bars) < 1:
            raise head.fail("plan", f"{item!r} should be a kind of [sections] and a number of bars, like verse:8")
        plan.append((kind, int(bars)))
    return tuple(plan)


def _kinds(top: Table) -> dict[str, Kind]:
    rows = top.table("sections")
    kinds = {}
    for name in list(rows.left):
        row = rows.table(name)
        kinds[name] = Kind(
            energy=row.number("energy", 0, 1),
            harmony=row.text("harmony", name),
            theme=row.text("theme", name),
            omit=row.texts("omit", []),
            lift=int(row.number("lift", -12, 12, 0)),
            form=row.text("form", "", of=("", *FORMS)),
        )
        row.close()
    if not kinds:
        raise top.fail("sections", "is empty")
    return kinds


def _harmony(table: Table) -> dict[str, Progressions]:
    """Mode → kind of section → progressions, every numeral checked."""
    harmony: dict[str, Progressions] = {}
    for mode in [name for name in table.left if name in MODES]:
        rows = table.table(mode)
        harmony[mode] = {kind: rows.texts(kind) for kind in list(rows.left)}
        for kind, progressions in harmony[mode].items():
            for token in " ".join(progressions).replace(",", " ").split():
                try:
                    numeral(token, mode)
                except ValueError as error:
                    raise rows.fail(kind, str(error)) from error
    table.close()
    return harmony


def _patterns(table: Table, key: str, habit: str, signs: str) -> Patterns:
    """A list of patterns in the style's first metre, or a table of lists by metre."""
    value = table.take(key, [])
    by_metre = Table({habit: value} if isinstance(value, list) else value, table.file, f"{table.where}.{key}")
    patterns = {metre: by_metre.texts(metre) for metre in METRES if metre in by_metre.left}
    for metre, row in patterns.items():
        for pattern in row:
            if pattern in WORDS:
                continue
            try:
                check(pattern, metre, signs)
            except ValueError as error:
                raise by_metre.fail(metre, str(error)) from error
    by_metre.close()
    return patterns


def _groove(row: Table, habit: str) -> Groove:
    metre = row.text("metre", habit, of=METRES)
    level = row.number("level", 0, 1, 0.0)
    lanes = {}
    for lane in [name for name in row.left if name in DRUM_KEYS]:
        lanes[lane] = row.text(lane)
        try:
            check(lanes[lane], metre, DRUM_SIGNS)
        except ValueError as error:
            raise row.fail(lane, str(error)) from error
    sections = row.texts("sections", [])
    row.close()
    return Groove(level, metre, lanes, sections)


def _part(row: Table, habit: str) -> PartStyle:
    role = row.text("role", of=ROLES)
    instruments = row.weights("instruments", tuple(INSTRUMENTS))
    low, high = row.pair("register", 12, 108, [52, 76])
    part = PartStyle(
        name=row.text("name", role),
        role=role,
        instruments=instruments,
        enter=row.number("enter", 0, 1.01, 0.0),
        until=row.number("until", 0, 1.01, 1.01),
        register=(int(low), int(high)),
        voices=int(row.number("voices", 1, 6, 3)),
        patterns=_patterns(row, "patterns", habit, BASS_SIGNS if role == "bass" else CHORD_SIGNS),
        strum=row.number("strum", 0, 80, 0.0),
        short=row.number("short", 0.1, 1.0, 1.0),
        late=row.number("late", -40, 60, 0.0),
        power=row.flag("power", default=role == "chords" and set(instruments) <= DISTORTED),
        glide=row.flag("glide"),
        ring=row.flag("ring"),
        pedal=row.flag("pedal"),
        swell=row.flag("swell"),
        doubles=row.text("doubles", ""),
        same_as=row.text("same_as", ""),
        answers=row.flag("answers"),
        octave=int(row.number("octave", -2, 2, 0)),
        velocity=int(row.number("velocity", -40, 30, 0)),
        pan=row.number("pan", -1, 1, 0.0),
        gain_db=row.number("gain", -18, 12, 0.0),
        reverb=row.number("reverb", 0, 1, 0.2),
        chorus=row.number("chorus", 0, 1, 0.0),
    )
    row.close()
    return part


def _mix(row: Table) -> Mix:
    lowpass = row.number("lowpass_hz", 0, 20000, 0.0)
    mix = Mix(
        room=row.number("room", 0, 1, 0.4),
        brightness_db=row.number("brightness_db", -12, 12, 0.0),
        warmth_db=row.number("warmth_db", -12, 12, 0.0),
        lowpass_hz=lowpass or None,
        sidechain=row.number("sidechain", 0, 1, 0.0),
        drive=row.number("drive", 0, 1, 0.0),
        width=row.number("width", 0, 1.5, 1.0),
        vinyl=row.number("vinyl", 0, 1, 0.0),
        space=row.text("space", "studio", of=SPACES),
        curve=row.text("curve", "band", of=CURVES),
        echo=row.number("echo", 0, 1, 0.0),
        lifts=row.flag("lifts"),
    )
    row.close()
    return mix


def read_shared(data: dict[str, Any], rhythms: Rhythms, file: str) -> Shared:
    """Check the material that styles share. Raise StyleError for the first field at fault."""
    top = Table(data, file, "")
    manners = top.table("manner")
    fills = top.table("fills")
    shared = Shared(
        fills={name: tuple(_groove(row, "4/4") for row in fills.tables(name)) for name in list(fills.left)},
        manners={name: read_manner(manners.table(name)) for name in list(manners.left)},
        rhythms=rhythms,
        harmony=_harmony(top.table("harmony")),
        grooves=tuple(_groove(row, "4/4") for row in top.tables("grooves")),
        parts=tuple(_part(row, "4/4") for row in top.tables("parts")),
    )
    top.close()
    return shared
