"""A wall clock that can be set, for all processes of a run; their steady clock goes on as it is.

What the site and django-q2 ask for the time is replaced in each process: ``django.utils.timezone.now`` and
``time.time``. (libfaketime 0.9.10 would do it below Python, but breaks Python's ``time.sleep``.)
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

_now, _time = timezone.now, time.time


class Clock:
    """Kept in a file of the run's folder: how far the clock is from the true one, in seconds."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"

    @property
    def offset(self) -> int:
        try:
            return int(self._file.read_text())
        except FileNotFoundError:
            return 0

    def step(self, seconds: int) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(str(self.offset + seconds))
        draft.replace(self._file)

    def install(self) -> None:
        """Let this process and its children go by this clock."""
        timezone.now = lambda: _now() + timedelta(seconds=self.offset)
        time.time = lambda: _time() + self.offset
