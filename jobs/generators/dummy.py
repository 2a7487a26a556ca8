"""A generator for tests and benchmarks: a second of silence at once, slowly, or an error, as its OPTIONS say."""

from __future__ import annotations

import os
import signal
import time
import wave
from typing import Any, ClassVar

from jobs.generators.base import Abilities, Generator, GeneratorError, Made, Order, Progress


class Dummy(Generator):
    """OPTIONS: ``seconds`` it takes (0), ``fail``: '' | 'transient' | 'permanent' | 'crash' | 'raise' | 'hang'."""

    title = "Dummy"
    OPTIONS: ClassVar[dict[str, Any]] = {"seconds": 0.0, "fail": ""}

    @property
    def abilities(self) -> Abilities:
        return Abilities(  # as any engine
            exports=("wav",), repeatable=True, tolerance=300.0, plays_brief=True, varies_melody=True, plays_tune=True
        )

    def generate(self, order: Order, progress: Progress) -> Made:
        seconds = float(self.options["seconds"])
        started = time.monotonic()
        progress("rendering", 0.0)
        while (elapsed := time.monotonic() - started) < seconds:
            progress("rendering", elapsed / seconds)
            time.sleep(min(0.05, seconds - elapsed))
        self._fail(str(self.options["fail"]))
        path = order.folder / "audio.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(16_000))
        progress("encoding", 1.0)
        kind = "wav" if order.export else "audio"
        return Made(files={kind: (path, "audio/wav")}, duration=1.0)

    def _fail(self, how: str) -> None:
        match how:
            case "transient":
                raise GeneratorError("overloaded", "The dummy is overloaded.", transient=True)
            case "permanent":
                raise GeneratorError("refused", "The dummy refuses this prompt.", retryable=False)
            case "raise":
                raise RuntimeError("The dummy has a bug.")
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(3600)
