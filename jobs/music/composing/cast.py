"""Who plays: the style's parts with their instruments, after what was asked for and what was left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random

from jobs.music.instruments import INSTRUMENTS, Instrument
from jobs.music.styles import Style, shared
from jobs.music.styles.reader import PartStyle

# What an instrument does best, by its family or its own id.
# fmt: off
SUITED: dict[str, tuple[str, ...]] = {
    "keys": ("chords", "arpeggio", "melody"), "mallets": ("melody", "arpeggio", "counter"),
    "organ": ("pad", "chords", "melody"), "guitar": ("chords", "melody", "arpeggio"), "bass": ("bass",),
    "strings": ("pad", "melody", "counter"), "choir": ("pad", "counter"), "brass": ("melody", "counter", "pad"),
    "woodwind": ("melody", "counter"), "synth": ("melody", "counter", "arpeggio"), "pad": ("pad", "chords"),
    "plucked": ("arpeggio", "melody", "chords"), "drums": ("drums",), "drums_pitched": ("percussion",),
    "violin": ("melody", "counter"), "viola": ("melody", "counter"), "cello": ("melody", "counter"),
    "fiddle": ("melody", "counter"), "contrabass": ("bass",), "tuba": ("bass",), "pizzicato": ("arpeggio", "chords"),
    "voice": ("melody", "counter"), "synth_pluck": ("arpeggio", "melody"), "synth_brass": ("chords", "melody"),
    "harmonica": ("melody", "counter"), "accordion": ("melody", "chords"), "overdriven_guitar": ("melody", "chords"),
    "sitar": ("melody", "arpeggio"), "shamisen": ("melody", "arpeggio"), "koto": ("melody", "arpeggio"),
    "supersaw": ("chords", "melody", "pad"), "chip_thin": ("arpeggio", "melody"), "ajaeng": ("pad", "counter"),
    "violins": ("melody", "counter"), "celli": ("counter", "melody"), "mandolin": ("melody", "arpeggio"),
    "dulcimer": ("arpeggio", "melody"), "bandoneon": ("melody", "chords"), "hawaiian_guitar": ("melody", "chords"),
    "gayageum": ("arpeggio", "melody"), "geomungo": ("arpeggio", "bass", "melody"),
    "distortion_guitar": ("chords", "melody"), "harpsichord": ("chords", "melody"), "orchestra_hit": ("chords",),
}
# Who steps in for a part whose instruments were all left out.
SUBSTITUTES: dict[str, tuple[str, ...]] = {
    "melody": ("piano", "flute", "violin", "clean_guitar", "synth_pluck", "vibraphone", "trumpet"),
    "counter": ("strings", "clarinet", "french_horn", "vibraphone", "synth_pluck"),
    "chords": ("piano", "nylon_guitar", "electric_piano", "organ", "harp", "strings", "warm_pad"),
    "pad": ("strings", "warm_pad", "organ", "choir"), "arpeggio": ("harp", "piano", "synth_pluck", "marimba"),
    "bass": ("fingered_bass", "upright_bass", "synth_bass", "contrabass", "tuba"),
    "drums": ("drums", "electronic_drums"), "percussion": ("timpani",), "effects": ("sweep_pad",),
}
VOICES = ("choir", "voice", "choir_pad")
ACCOMPANYING = ("chords", "pad", "arpeggio")
JOINING, HELD = ("arpeggio", "counter"), "pad"  # who joins a band that is complete without; whose chords make it plain
FADING = ("keys", "mallets", "plucked")  # families whose notes die away: a tune handed over to them is hardly followed
FULL, AWAY = 6, 0.75  # players of a full band, and how often one of those who join it stays away
# fmt: on


@dataclass(frozen=True, slots=True)
class Player:
    """A part of the style and the instrument it is given; ``asked``: the brief names that instrument.

    ``relieves``: the lead from whom this player takes over in sections with a tune of their own.
    """

    part: PartStyle
    instrument: Instrument
    asked: bool = False
    relieves: str = ""


def cast(style: Style, wanted: Iterable[str], excluded: Collection[str], rng: Random) -> list[Player]:
    """The players of a piece, never none. Who is asked for plays in a role that suits; who is excluded does not."""
    players: list[Player] = []
    for part in style.parts:
        instrument = _chosen(part, players, excluded, rng)
        if instrument and not _role_excluded(part.role, excluded):
            players.append(Player(part, instrument))
    for name in dict.fromkeys(wanted):
        instrument = INSTRUMENTS.get(name)
        if instrument and not _instrument_excluded(instrument, excluded):
            _engage(players, instrument, excluded)
    if not any(player.part.role not in ("drums", "percussion", "effects") for player in players):
        players.append(Player(shared_part("chords"), stand_in("chords", excluded) or INSTRUMENTS["piano"]))
    lead = next((player for player in players if player.part.role == "melody"), None)
    if lead:
        players = _of_other_families(_on_other_instruments(players, lead, excluded, rng), lead, excluded, rng)
    return _without_one(players, rng)


def _on_other_instruments(players: list[Player], lead: Player, excluded: Collection[str], rng: Random) -> list[Player]:
    """The players, those who accompany on another instrument than the tune's, before which it would be lost.

    Who has no other one stays, as who shares one with somebody else by the style's wish and who plays power chords.
    """
    shared_by = {player.part.same_as for player in players}
    band: list[Player] = []
    for player in players:
        part = player.part
        alike = part.role in ACCOMPANYING and player.instrument is lead.instrument
        free = not (player.asked or part.power or part.same_as or part.name in shared_by)
        others = _others(part, excluded, lambda one: one is not lead.instrument) if alike and free else {}
        band.append(replace(player, instrument=_drawn(others, rng.random())) if others else player)
    return band


def _of_other_families(players: list[Player], lead: Player, excluded: Collection[str], rng: Random) -> list[Player]:
    """The players, those who answer the tune on instruments of another family; who finds none stays away."""
    family = lead.instrument.family
    band: list[Player] = []
    for player in players:
        if not (player.part.answers and player.instrument.family == family):
            band.append(player)
        elif others := _others(player.part, excluded, lambda one: one.family != family):
            band.append(replace(player, instrument=_drawn(others, rng.random())))
    return band


def with_relief(players: list[Player], excluded: Collection[str], rng: Random) -> list[Player]:
    """The players and who takes turns with the one who leads, so that another tune has another colour.

    An instrument that the style gives its lead, rather one that holds its notes, of another family than the lead's and
    than theirs who answer. Nobody takes turns with an instrument that was asked for.
    """
    lot = rng.random()
    lead = next((player for player in players if player.part.role == "melody" and not player.part.doubles), None)
    if lead is None or lead.asked:
        return players
    playing = {player.instrument for player in players}
    families = {player.instrument.family for player in players if player.part.answers} | {lead.instrument.family}
    free = _others(lead.part, excluded, lambda one: one not in playing)
    if not free:
        return players
    free = {name: weight for name, weight in free.items() if INSTRUMENTS[name].family not in FADING} or free
    contrasting = {name: weight for name, weight in free.items() if INSTRUMENTS[name].family not in families}
    part = replace(lead.part, name=f"second {lead.part.name}")
    relief = Player(part, _drawn(contrasting or free, lot), relieves=lead.part.name)
    after = players.index(lead) + 1
    return [*players[:after], relief, *players[after:]]


def _others(part: PartStyle, excluded: Collection[str], fits: Callable[[Instrument], bool]) -> dict[str, float]:
    """The part's instruments that fit, with their weights."""
    return {
        name: weight
        for name, weight in part.instruments.items()
        if fits(INSTRUMENTS[name]) and not _instrument_excluded(INSTRUMENTS[name], excluded)
    }


def _without_one(players: list[Player], rng: Random) -> list[Player]:
    """The band of this piece: often one less of those who would join the others in its fuller sections.

    There are always others who do, so that the fuller sections stay fuller; held chords stay, which are heard best.
    """
    lot, which = rng.random(), rng.random()
    free = [player for player in players if player.part.enter > 0 and not player.asked and not player.part.answers]
    joining = [player for player in free if player.part.role in JOINING or player.part.doubles]
    held = sum(player.part.role == HELD for player in free)
    steady = sum(not player.part.answers for player in players)
    if steady < FULL or not joining or len(joining) + held < 2 or lot >= AWAY:
        return players
    away = joining[int(which * len(joining))]
    return [player for player in players if player is not away]


def left_out(player: Player, names: Collection[str]) -> bool:
    """Whether that player is among these instruments, families or roles."""
    return _role_excluded(player.part.role, names) or _instrument_excluded(player.instrument, names)


def shared_part(role: str) -> PartStyle:
    """How an instrument is used for which the style has no part."""
    return next(part for part in shared().parts if part.role == role)


def _chosen(part: PartStyle, players: list[Player], excluded: Collection[str], rng: Random) -> Instrument | None:
    pick = rng.random()
    for player in players:
        if part.same_as == player.part.name:
            return player.instrument
    left = {name: w for name, w in part.instruments.items() if not _instrument_excluded(INSTRUMENTS[name], excluded)}
    if not left:
        instrument = stand_in(part.role, excluded)
        comps = {player.instrument for player in players if player.part.role == "chords"}
        # A pianist in a band does not play the absent guitar, too; alone, with both hands.
        twice = (part.role == "chords" or part.strum) and instrument in comps and "bass" not in excluded
        return None if twice else instrument
    return _drawn(left, pick)


def _drawn(weights: Mapping[str, float], pick: float) -> Instrument:
    """The instrument on which the lot (0 … 1) falls."""
    edges = accumulate(weights.values())
    target = pick * sum(weights.values())
    return INSTRUMENTS[next(name for name, edge in zip(weights, edges, strict=True) if edge >= target)]


def stand_in(role: str, excluded: Collection[str]) -> Instrument | None:
    """Who plays a role of which nobody else is left; None where everybody who could was left out."""
    options = (INSTRUMENTS[name] for name in SUBSTITUTES[role])
    return next((option for option in options if not _instrument_excluded(option, excluded)), None)


def suited_roles(instrument: str) -> tuple[str, ...]:
    """The roles that suit the instrument of that id, best first."""
    return SUITED.get(instrument) or SUITED[INSTRUMENTS[instrument].family]


def _engage(players: list[Player], instrument: Instrument, excluded: Collection[str]) -> None:
    """Give the instrument the free part that suits it best, or one of its own."""
    roles = [role for role in suited_roles(instrument.id) if not _role_excluded(role, excluded)]
    free = [player for player in players if not player.asked and not player.part.answers]
    habitual = [player for player in free if instrument.id in player.part.instruments]
    able = [player for player in free if player.part.role in roles]
    habitual.sort(key=lambda player: roles.index(player.part.role) if player.part.role in roles else len(roles))
    able.sort(key=lambda player: roles.index(player.part.role))
    if habitual or able:
        old = (habitual or able)[0]
        part = replace(old.part, enter=0.0, until=1.01)
        players[players.index(old)] = Player(part, instrument, asked=True)
        return
    role = (roles or ["chords"])[0]
    taken = {player.part.role for player in players}
    if role == "melody" and "melody" in taken:
        role = "counter" if "counter" in roles else role
    part = shared_part(role)
    if role == "melody" and "melody" in taken:
        part = replace(part, doubles=next(player.part.name for player in players if player.part.role == "melody"))
    names = {player.part.name for player in players}
    name = instrument.id if instrument.id not in names else f"{instrument.id} 2"
    players.append(Player(replace(part, name=name), instrument, asked=True))


def _role_excluded(role: str, excluded: Collection[str]) -> bool:
    return (
        role in excluded
        or (role == "counter" and "melody" in excluded)
        or (role == "percussion" and "drums" in excluded)
    )


def _instrument_excluded(instrument: Instrument, excluded: Collection[str]) -> bool:
    return (
        instrument.id in excluded or instrument.family in excluded or ("vocals" in excluded and instrument.id in VOICES)
    )
