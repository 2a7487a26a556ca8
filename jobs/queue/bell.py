"""How whoever orders wakes a pusher on the same machine: a named pipe for each lane, with a byte for each message.

SQLite cannot notify. A pusher that looked for messages 50 times a second took 1.2 % of a core for nothing; one that
waits here takes none, and is woken at once. A byte too few costs the wait, one too many a look.
"""

from __future__ import annotations

import logging
import os
import select
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

logger = logging.getLogger(__name__)


class Bell:
    """``path``: where the pipe is, or is made, for this system user alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pipe: int | None = None

    def ring(self) -> None:
        """Wake one who waits, now or with their next wait. Never raises: who waits looks by the clock, too."""
        try:
            os.write(self._open(), b"!")
        except BlockingIOError:
            pass  # thousands wait to be heard already
        except OSError as error:
            logger.debug("nobody can be woken: %s", error)

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, at most so long; returns whether it did. Raises OSError where there can be no pipe."""
        pipe = self._open()
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
        with suppress(BlockingIOError):  # another one was faster
            return bool(os.read(pipe, 1))
        return False

    def _open(self) -> int:
        if self._pipe is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                os.mkfifo(self._path, 0o600)
            pipe = os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)  # at both ends: it never closes
            if not stat.S_ISFIFO(os.fstat(pipe).st_mode):
                os.close(pipe)
                raise FileExistsError(f"{self._path} is no pipe")
            self._pipe = pipe
        return self._pipe


@cache
def bell_of(lane: str) -> Bell:
    """The bell of a lane's pushers on this machine."""
    return Bell(Path(settings.DATA_DIR) / "wakeups" / quote(lane, safe=""))
