"""The plan of a tune: how the phrases of a section answer each other, where each lies, breathes and closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from jobs.music.styles.reader import Kind
from jobs.music.styles.rhythms import FORMS
from jobs.music.styles.tune import Manner

CADENCES = "OC"  # open and closed; everything else in a form is the letter of an idea, or R
REST = "R"
SOLO = "solo"  # in the name of a section: one instrument plays lines there
TWELVE = 12  # bars of a blues: two lines and their answer
CONTOURS = {"early": ("arch", "rising", "wave"), "top": ("arch", "late"), "last": ("falling", "arch")}


@dataclass(frozen=True, slots=True)
class Place:
    """One bar of a phrase: the idea it takes and what it does with it (``'`` varied, ``+`` and ``-`` a sequence)."""

    idea: str
    turn: str
    stage: str  # opens, goes, closes


@dataclass(frozen=True, slots=True)
class Phrase:
    """One breath of the tune. ``height``: how far above the middle it lies, in shares of the range."""

    places: tuple[Place, ...]
    height: float
    contour: str
    climax: bool

    @property
    def closed(self) -> bool:
        return self.places[-1].idea == "C"


def choose_form(kind: str, section: Kind, core: bool, twelve: bool, manner: Manner, rng: Random) -> str:
    """The name of the form of a section; ``twelve``: its chords are those of a blues."""
    lot = rng.random()
    if SOLO in kind:
        return "solo"
    if section.form:
        return section.form
    if twelve:
        return "aab"
    weights = manner.refrain if core else manner.forms
    target = lot * sum(weights.values())
    edges = accumulate(weights.values())
    return next(name for name, edge in zip(weights, edges, strict=True) if edge >= target)


def plan_phrases(form: str, count: int, rng: Random) -> tuple[Phrase, ...]:
    """Phrases over exactly ``count`` bars; where the form is too short it goes on with its own ideas."""
    groups = [group.split() for group in FORMS[form].split("/")]
    tokens: list[list[str]] = []
    left = count
    while left > 0:
        group = groups[len(tokens) % len(groups)]
        size = len(group)
        if 0 < left - size < 2:  # a single bar more belongs to this breath
            group = [*group[:-1], group[0] + "'", group[-1]]
        elif left < size:
            group = [*group[: left - 1], group[-1]]
        tokens.append(group)
        left -= len(group)
    if tokens[-1][-1][0] in CADENCES:
        tokens[-1] = [*tokens[-1][:-1], "C"]
    elif tokens[-1][-1] == REST and len(tokens[-1]) > 1:
        tokens[-1] = [*tokens[-1][:-2], "C", REST]
    top = max(0, round(0.62 * len(tokens)) - (1 if len(tokens) < 3 and rng.random() < 0.4 else 0))
    top = min(top, len(tokens) - 1)
    return tuple(_phrase(group, index, top, len(tokens), rng) for index, group in enumerate(tokens))


def _phrase(group: Sequence[str], index: int, top: int, size: int, rng: Random) -> Phrase:
    places = tuple(
        Place(token[0], token[1:], _stage(token[0], place, index, size)) for place, token in enumerate(group)
    )
    role = "top" if index == top else "last" if index == size - 1 else "early"
    height = {"top": 0.14, "last": -0.02, "early": -0.12 + 0.1 * index / max(1, top)}[role]
    return Phrase(places, height + rng.uniform(-0.05, 0.05), rng.choice(CONTOURS[role]), index == top)


def _stage(idea: str, place: int, index: int, size: int) -> str:
    """A phrase that ends on an idea instead of a cadence runs on into the next."""
    if idea in CADENCES:
        return "closes"
    return "opens" if place == 0 else "goes"
