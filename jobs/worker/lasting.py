"""How long something has lasted, by this process's own steady clock: wall clocks jump, and two hosts' differ."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Lasting(Generic[Key]):
    """Conditions, each by a key: which of them have lasted for so long."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}

    def lasting(self, seen: Mapping[Key, float]) -> set[Key]:
        """Look once. ``seen``: the keys that hold now → seconds after which each counts.

        Returns the keys that held at every look for their number of seconds; one that is missing begins anew.
        """
        now = time.monotonic()
        self._due = {key: self._due.get(key, now + seconds) for key, seconds in seen.items()}
        return {key for key, due in self._due.items() if due <= now}

    def forget(self) -> None:
        """Begin anew: nobody can tell what happened since the last look."""
        self._due.clear()
