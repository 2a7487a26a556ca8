"""What a kind of fault is, and all kinds there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.load import Accepted
from tests.faults.scene import Scene


@dataclass(slots=True)
class Struck:
    """What was done. ``again``: orders that have to begin once more, with at least that attempt."""

    since: float  # monotonic: when it happened, or when the cause of an outage was gone
    detail: str = ""
    again: list[tuple[Accepted, int]] = field(default_factory=list)
    figure: float | None = None  # seconds, where the fault measures itself


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    figure: str  # what is measured, in words
    within: float  # seconds that it may be
    strike: Callable[[Scene], Struck]
    possible: Callable[[Scene], bool]


KINDS: list[Kind] = []
NEXT, AGAIN, ENDS = "next job starts after", "runs again after", "ends in its error after"


def kind(
    name: str, figure: str = NEXT, within: float = 5.0, possible: Callable[[Scene], bool] = lambda scene: True
) -> Callable[[Callable[[Scene], Struck]], Callable[[Scene], Struck]]:
    def register(strike: Callable[[Scene], Struck]) -> Callable[[Scene], Struck]:
        KINDS.append(Kind(name, figure, within, strike, possible))
        return strike

    return register
