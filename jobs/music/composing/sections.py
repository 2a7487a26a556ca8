"""Sections that a person names: which of the style's stands for each, how many bars it gets, when it begins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from jobs.music.brief import Brief, Place
from jobs.music.styles import Style
from jobs.music.styles.reader import Kind

# Kinds of sections people name → those of styles that do the same, the nearest first; the core of the style else.
STAND_INS = {
    "intro": ("opening", "dawn", "calm"),
    "verse": ("groove", "drive", "air", "second", "contrast"),
    "build": ("rise", "swell", "groove", "drive", "verse"),
    "chorus": ("refrain", "hook", "peak", "drop", "climax", "montuno"),
    "hook": ("chorus", "refrain", "peak", "drop", "climax", "montuno"),
    "drop": ("peak", "climax", "chorus", "refrain", "hook", "montuno"),
    "bridge": ("contrast", "trio", "second", "interlude", "turn", "development", "break"),
    "break": ("breakdown", "strip", "still", "interlude", "calm", "bridge"),
    "interlude": ("break", "turn", "bridge", "contrast", "trio"),
    "solo": (),
    "outro": ("coda", "tag", "ending", "dusk"),
}
BEFORE_REFRAIN = ("build", "bridge", "break", "solo")  # who comes before the last refrain rather than in the middle
THEMES = {"intro": "", "build": "", "break": "", "verse": "verse", "bridge": "bridge", "solo": "solo"}
RISES = {"intro": -0.2, "outro": -0.15, "verse": -0.12, "build": -0.1, "bridge": -0.08, "break": -0.3, "solo": 0.08}
NATURAL, BRIEFLY = 8, 4  # bars of a section of which the style says nothing
BRIEF_KINDS = ("intro", "outro", "build", "break", "interlude")
UNITS = (4, 2, 1)  # bars in which sections grow
SHORTEST = 2  # bars of a section, the last chord's included
LONGEST, USUAL = 30.0, 20.0  # seconds of a section on average from which they come again, and then

BY_CUE = {"drop": ("drop", "build"), "calm": ("break",)}  # sections that a cue of this kind asks for

Sections = list[tuple[str, int]]  # kinds with their bars


def with_sections(style: Style, brief: Brief) -> Style:
    """The style with every kind of section that the brief names; the fullest one is its core, where its own is absent.

    What the style does not know is made of what stands for it.
    """
    asked = [*brief.sections, *(place.what for place in brief.places if place.is_section)]
    asked += ["intro"] if brief.intro else []
    asked += [name for cue in brief.cues for name in BY_CUE.get(cue.kind, ())]
    asked += [kind for kind in _implied(brief) if kind_in(style.kinds, kind) not in style.kinds]
    if not asked:
        return style
    style = standing_in(style, asked)
    kinds = style.kinds
    present = brief.sections or (*style.kinds, *asked)
    core = style.core if style.core in present else max(present, key=lambda kind: kinds[kind].energy)
    return replace(style, core=core)


def without_edges(style: Style) -> Style:
    """The style without the sections that only begin or end a piece: for what is repeated."""
    edges = {kind for name in ("intro", "outro") for kind in (name, *STAND_INS[name])} - {style.core}
    kept = tuple((kind, bars) for kind, bars in style.plan if kind not in edges)
    return replace(style, plan=kept) if any(kind == style.core for kind, _ in kept) else style


def implied(brief: Brief, style: Style, kinds: Collection[str]) -> list[Place]:
    """The sections that a person takes to be there ("no drums in the bridge") and that are not among the ``kinds``."""
    lacking = [kind for kind in _implied(brief) if kind_in(kinds, kind) not in kinds]
    where = {kind: f"before {style.core}" if kind in BEFORE_REFRAIN else "middle" for kind in lacking}
    return [Place(kind_in(style.kinds, kind), "", where[kind]) for kind in lacking]


def _implied(brief: Brief) -> list[str]:
    if brief.sections or brief.tune:
        return []
    named = [place.where for place in brief.places if place.what == "without"]
    return [kind for kind in named if isinstance(kind, str) and kind in STAND_INS and kind not in ("intro", "outro")]


def standing_in(style: Style, names: Iterable[str]) -> Style:
    """The style with sections of these kinds, made of what stands for them where it has none."""
    lacking = [kind for kind in dict.fromkeys(names) if kind not in style.kinds]
    return replace(style, kinds={**style.kinds, **{kind: _made(style, kind) for kind in lacking}}) if lacking else style


def kind_in(kinds: Collection[str], name: str) -> str:
    """The kind that a person means by that name, of those there are: its own, or what stands for it."""
    return next((kind for kind in (name, *STAND_INS.get(name, ())) if kind in kinds), name)


def with_kinds(style: Style, kinds: Iterable[str]) -> Style:
    """The style with these kinds of section too; raise ValueError for one that nobody knows."""
    names = tuple(kinds)
    if unknown := [kind for kind in names if kind not in style.kinds and kind not in STAND_INS]:
        raise ValueError(f"{unknown[0]!r} is no kind of section")
    return standing_in(style, names)


def _made(style: Style, kind: str) -> Kind:
    name = next((other for other in STAND_INS.get(kind, ()) if other in style.kinds), style.core)
    model = style.kinds[name]
    rise = RISES.get(kind, 0.0) if name == style.core else 0.0
    return replace(model, energy=min(1.0, max(0.05, model.energy + rise)), theme=THEMES.get(kind, model.theme), form="")


def timed(places: Sequence[Place]) -> list[Place]:
    """The sections that shall begin at a second, in their order."""
    return sorted((place for place in places if place.begins_section), key=lambda place: float(place.where))


def asked_sections(brief: Brief, style: Style, count: int, bar_seconds: float) -> Sections:
    """The sections that the brief names, over exactly ``count`` bars: as many as there is time for, or more laps."""
    kinds = list(brief.sections)
    first, last = kinds[0] == "intro", len(kinds) - (kinds[-1] == "outro")
    middle = kinds[first:last] or kinds
    seconds = count * bar_seconds
    laps = round((seconds / USUAL - len(kinds)) / len(middle)) if seconds > LONGEST * len(kinds) else 0
    return allotted(kinds[:last] + middle * laps + kinds[last:], style, count)


def allotted(kinds: Sequence[str], style: Style, count: int) -> Sections:
    """The first of the sections, as many as have room, with ``count`` bars among them by their natural lengths."""
    kinds = kinds[: max(1, (count + 1) // SHORTEST)]
    unit = next(unit for unit in UNITS if unit * len(kinds) <= count or unit == 1)
    sizes = [unit] * len(kinds)
    natural = [_natural(style, kind) for kind in kinds]
    scale = count / sum(natural)
    while sum(sizes) + unit <= count:
        sizes[max(range(len(kinds)), key=lambda at: natural[at] * scale - sizes[at])] += unit
    sizes[-1] += count - sum(sizes)
    return list(zip(kinds, sizes, strict=True))


def at_their_time(sections: Sections, brief: Brief, style: Style, count: int, bar_seconds: float) -> Sections:
    """The sections moved so that those with a time begin in the bar next to it; one more, where there is none."""
    rest = [kind for kind, _ in sections]
    starts = [sum(bars for _, bars in sections[:at]) for at in range(len(sections))]
    placed: Sections = []
    done = 0
    for place in timed(brief.places):
        bar = round(float(place.where) / bar_seconds)
        if bar - done < SHORTEST or count - bar < SHORTEST:
            continue
        same = [at for at, kind in enumerate(rest) if at and kind == place.what]
        if same:
            at = min(same, key=lambda at: abs(starts[at] - bar))
        else:
            at = max(1, sum(start <= bar for start in starts))
            rest.insert(at, place.what)
            starts.insert(at, bar)
        placed += allotted(rest[:at], style, bar - done)
        rest, starts, done = rest[at:], starts[at:], bar
    return placed + allotted(rest, style, count - done) if placed else sections


def in_their_place(sections: Sections, places: Sequence[Place], core: str) -> Sections:
    """The sections with those that shall come before, after, in or instead of others, by half of what was there.

    ``core`` stays where it is the only one. The number of bars stays the same.
    """
    placed = list(sections)
    for place in places:
        if not place.is_section or not isinstance(place.where, str):
            continue
        at, before = _where(placed, place.where)
        kind, bars = placed[at]
        if place.what in (near for near, _ in placed[max(0, at - 1) : at + 2]):
            continue  # it comes there by itself
        size = max(4, bars // 8 * 4) if bars >= 8 else bars // 2
        alone = sum(one == core for one, _ in placed) == 1 and kind == core
        whole = bars < 8 and len(placed) > 1 and not alone and not place.where.startswith(("before ", "after "))
        if whole:
            placed[at] = (place.what, bars)
        elif size >= SHORTEST:
            halves = [(place.what, size), (kind, bars - size)]
            placed[at : at + 1] = halves if before else halves[::-1]
    return placed


def _where(sections: Sections, where: str) -> tuple[int, bool]:
    """Which section gives its bars, and whether its first ones."""
    last = len(sections) - 1
    kinds = [kind for kind, _ in sections]
    when, _, name = where.rpartition(" ")
    kind = kind_in(kinds, name)
    if kind in kinds and when == "before":  # the last of several: that is what a solo leads to
        at = last - kinds[::-1].index(kind)
        return (at - 1, False) if at else (0, True)
    if kind in kinds and when == "after":
        at = kinds.index(kind)
        return (at + 1, True) if at < last else (last, False)
    if kind in kinds:
        return last - kinds[::-1].index(kind), False
    if where == "middle":
        bars = [bars for _, bars in sections]
        return next(at for at in range(len(bars)) if 2 * sum(bars[: at + 1]) >= sum(bars)), False
    return (0, True) if where == "start" else (max(0, last - (last > 1)), False)


def _natural(style: Style, kind: str) -> int:
    return dict(style.plan).get(kind, BRIEFLY if kind in BRIEF_KINDS else NATURAL)
