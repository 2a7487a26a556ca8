"""An engine of the tests that has its work done elsewhere; the fixture ``remote`` sets it up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jobs.generators.base import Abilities, Generator, GeneratorError, Made, Order, Progress
from jobs.generators.dummy import Dummy


class Remote(Generator):
    """Has its work done elsewhere; ``script`` says what becomes of each attempt."""

    title = "Remote"
    script: list[Callable[[Order], None]] = []
    orders: list[Order] = []
    abandoned: list[str] = []

    @property
    def abilities(self) -> Abilities:
        return Abilities(hears=frozenset({"duration", "tempo"}), formats=("flac",), shortest=10, longest=30, sings=True)

    def generate(self, order: Order, progress: Progress) -> Made:
        self.orders.append(order)
        self.script.pop(0)(order)
        return Dummy({}).generate(order, progress)

    def abandon(self, token: str) -> None:
        self.abandoned.append(token)
        if token == "gone":
            raise GeneratorError("work_expired", "No such work.")


def fails(code: str = "engine_failed", **kwargs: Any) -> Callable[[Order], None]:
    def fail(order: Order) -> None:
        raise GeneratorError(code, "No.", **kwargs)

    return fail


def entry(settings: Any, **extra: str) -> None:
    settings.GENERATORS = {**settings.GENERATORS, "remote": {**settings.GENERATORS["remote"], **extra}}
