"""What a process may remember for some seconds instead of asking the database again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import update_wrapper
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class ttl_cache:  # noqa: N801 — a decorator
    """Decorator: keep what a function of few different positional arguments returns for so many ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, function: Callable[P, T]) -> Remembering[P, T]:
        return Remembering(function, self._seconds)


class Remembering(Generic[P, T]):
    """What ``ttl_cache`` makes of a function."""

    def __init__(self, function: Callable[P, T], seconds: float) -> None:
        self._function, self._seconds = function, seconds
        self._kept: dict[object, tuple[float, T]] = {}
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        now = time.monotonic()
        until, value = self._kept.get(args, (0.0, None))
        if until <= now:
            value = self._function(*args, **kwargs)
            self._kept[args] = now + self._seconds, value
        return value  # type: ignore[return-value]

    def forget(self) -> None:
        """Drop whatever is kept, so that the next call asks again."""
        self._kept.clear()
