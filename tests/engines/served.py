"""Servers of one's own as their engines meet them: what all of them have in common, good days and bad ones.

``Server.script`` says what becomes of the next questions, ``Server.polls`` for how many of them a piece is not ready,
``restart(server)`` what a restart leaves.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from jobs.generators.base import Generator, GeneratorError, Progress, Stopped
from tests.engines.servers import Handler, Server
from tests.engines.test_elevenlabs import Remembered, quiet


class ServedHandler(Handler):
    def broken(self, how: str) -> bool:
        """Answer as a server or a proxy before it does on bad days; False on good ones."""
        match how:
            case "down":
                self.answer(503, b"<html>down</html>", "text/html", Retry_After="0.01")
            case "crash":
                self.answer(500, {"detail": "CUDA error"})
            case "full":
                self.answer(429, {"detail": "Server busy: queue is full"})
            case "html":
                self.answer(200, b"<html>a proxy</html>", "text/html")
            case "list":
                self.answer(200, [1, 2])  # type: ignore[arg-type]
            case "silent":
                time.sleep(self.server.slowness)
                self.close_connection = True
            case "cut":
                self.answer(200, b'{"data"', length=5000)
            case _:
                return False
        return True

    def send(self, sound: bytes, kind: str, how: str) -> None:
        if how == "half":
            return self.answer(200, sound[: len(sound) // 2], kind, length=len(sound))
        if how == "halved":  # on its disk already
            return self.answer(200, sound[: len(sound) // 2], kind)
        return self.answer(200, sound, kind)

    def ready(self, piece: dict[str, Any]) -> bool:
        piece["polls"] += 1
        return bool(piece["polls"] > self.server.polls)


def restart(server: Server, cached: bool = False) -> None:
    """Everything in memory is gone. ``cached``: a disk cache goes on calling what ran before running."""
    server.predictions = {name: piece | {"lost": True} for name, piece in server.predictions.items() if cached}


def refused(engine: Generator, server: Server, folder: Path, script: list[str]) -> tuple[Remembered, GeneratorError]:
    """An order to a server that answers by the script, and what it ended with."""
    server.script = list(script)
    job = Remembered(folder)
    with pytest.raises(GeneratorError) as raised:
        engine.generate(job.order, quiet)
    return job, raised.value


def stops_after(ticks: int, why: str) -> Progress:
    """Progress that says so often that the attempt may go on."""
    left = iter(range(ticks))

    def progress(stage: str, share: float | None) -> None:
        if next(left, None) is None:
            raise Stopped(why)

    return progress
