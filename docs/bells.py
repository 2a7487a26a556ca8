"""Rings a bell on every beat: the whole of an engine, as docs/ENGINES.md explains it."""

from typing import Any, ClassVar

from jobs.generators.base import Abilities, GeneratorError, Order, Progress
from jobs.generators.recorded import Recording, RecordingGenerator


class Bells(RecordingGenerator):
    title = "Bells"
    OPTIONS: ClassVar[dict[str, Any]] = {"pitch": 660.0}  # Hz

    @property
    def abilities(self) -> Abilities:
        return Abilities(hears=frozenset({"duration", "tempo"}), formats=("flac", "wav"), repeatable=True)

    def perform(self, order: Order, progress: Progress) -> Recording:
        import numpy as np
        import soundfile

        if "drums" in order.brief.instruments:
            raise GeneratorError("no_drums", "These bells play no drums.", retryable=False)
        rate, length = 44100, order.brief.duration
        sound = np.zeros(round(length * rate), np.float32)
        strike = np.exp(-np.arange(rate) / 9000) * np.sin(np.arange(rate) * 2 * np.pi * self.options["pitch"] / rate)
        for start in np.arange(0, length, 60 / order.brief.tempo):
            progress("generating", start / length)  # raises when the job was cancelled
            at = round(start * rate)
            sound[at : at + rate] += strike[: len(sound) - at]
        soundfile.write(order.folder / "bells.wav", sound, rate)
        return Recording(order.folder / "bells.wav")
