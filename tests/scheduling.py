"""Which of the processes that test side by side takes which tests."""

from __future__ import annotations

from bisect import bisect

from xdist.scheduler import LoadFileScheduling

TOGETHER = ("browser", "e2e")  # rooms whose tests share a browser or a running site
PARTS = ("test_ed", "test_playl")  # where the names of the files in the longest of them are divided


class Rooms(LoadFileScheduling):
    """Each file goes to one process, and rooms that would start the same things in all of them, too.

    In the order of collection: whoever is free takes the next. Browsers are waited for, so several processes have some.
    """

    def _split_scope(self, nodeid: str) -> str:
        _tests, room, *rest = nodeid.split("/")
        if room not in TOGETHER:
            return super()._split_scope(nodeid)
        return f"{room} {bisect(PARTS, rest[0])}" if room == "browser" else room
