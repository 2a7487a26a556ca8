"""How long something has lasted, by this process's own steady clock: wall clocks jump, and two hosts' differ."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Lasting(Generic[Key]):
    """What lasts is given to ``lasting`` at each look with the seconds after which it counts."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}

    def lasting(self, seen: Mapping[Key, float]) -> set[Key]:
        """Those that were seen at every look for their number of seconds."""
        now = time.monotonic()
        self._due = {key: self._due.get(key, now + seconds) for key, seconds in seen.items()}
        return {key for key, due in self._due.items() if due <= now}

    def forget(self) -> None:
        """Begin anew: nobody can tell what happened since the last look."""
        self._due.clear()
