"""Which of the processes that test side by side takes which tests."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

TOGETHER = ("browser", "e2e")  # rooms whose tests share a browser or a running site


class Rooms(LoadFileScheduling):
    """Each file goes to one process, and rooms that would start the same things in all of them, too.

    In the order of collection: whoever is free takes the next.
    """

    def _split_scope(self, nodeid: str) -> str:
        room = nodeid.split("/")[1]
        return room if room in TOGETHER else super()._split_scope(nodeid)
