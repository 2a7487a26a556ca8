"""libfluidsynth by ctypes: the copy inside the pygame-ce wheel, else the system's. Calls release the GIL."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import logging
import sys
from collections.abc import Iterator
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_void_p
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from jobs.music.errors import SoundfontCorrupt, SynthesizerFailed, SynthesizerMissing

log = logging.getLogger(__name__)

SAMPLE_RATE = 44_100
TICK = 64  # frames: the synthesizer acts on events at multiples of this

_PITCH_BEND = 128  # jobs.music.score.Control.number of a pitch bend
_GEN_ATTENUATION = 48  # SoundFont 2.04, section 8.1.3: centibels
_DRUM_BANK = 128
_FAILED = -1
_LOG_LEVELS = {0: logging.ERROR, 1: logging.ERROR, 2: logging.DEBUG, 3: logging.DEBUG, 4: logging.DEBUG}
_LogFunction = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)
_Buffers = POINTER(POINTER(c_float))

# fmt: off
_PROTOTYPES: dict[str, tuple[Any, ...]] = {  # name: result, *arguments
    "new_fluid_settings": (c_void_p,),
    "delete_fluid_settings": (None, c_void_p),
    "fluid_settings_setint": (c_int, c_void_p, c_char_p, c_int),
    "fluid_settings_setnum": (c_int, c_void_p, c_char_p, c_double),
    "new_fluid_synth": (c_void_p, c_void_p),
    "delete_fluid_synth": (None, c_void_p),
    "fluid_synth_sfload": (c_int, c_void_p, c_char_p, c_int),
    "fluid_synth_program_select": (c_int, c_void_p, c_int, c_int, c_int, c_int),
    "fluid_synth_set_channel_type": (c_int, c_void_p, c_int, c_int),
    "fluid_synth_set_gen": (c_int, c_void_p, c_int, c_int, c_float),
    "fluid_synth_noteon": (c_int, c_void_p, c_int, c_int, c_int),
    "fluid_synth_noteoff": (c_int, c_void_p, c_int, c_int),
    "fluid_synth_cc": (c_int, c_void_p, c_int, c_int, c_int),
    "fluid_synth_pitch_bend": (c_int, c_void_p, c_int, c_int),
    "fluid_synth_all_sounds_off": (c_int, c_void_p, c_int),
    "fluid_synth_get_active_voice_count": (c_int, c_void_p),
    "fluid_synth_process": (c_int, c_void_p, c_int, c_int, _Buffers, c_int, _Buffers),
    "fluid_synth_write_float": (c_int, c_void_p, c_int, c_void_p, c_int, c_int, c_void_p, c_int, c_int),
    "fluid_set_log_function": (c_void_p, c_int, c_void_p, c_void_p),
    "fluid_version_str": (c_char_p,),
}
# fmt: on


def _candidates() -> Iterator[str]:
    """Where the library may lie, best first. pygame itself is not imported."""
    spec = importlib.util.find_spec("pygame")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        for folder, pattern in (
            (package.parent / "pygame_ce.libs", "libfluidsynth*.so*"),
            (package / ".dylibs", "libfluidsynth*.dylib"),
            (package, "libfluidsynth*.dll"),
        ):
            yield from map(str, sorted(folder.glob(pattern)))
    if found := ctypes.util.find_library("fluidsynth"):
        yield found


def _forward(level: int, message: bytes | None, _data: object) -> None:
    log.log(_LOG_LEVELS.get(level, logging.DEBUG), "%s", (message or b"").decode(errors="replace"))


_FORWARD = _LogFunction(_forward)  # must outlive the library


@cache
def library() -> ctypes.CDLL:
    """The loaded library, its messages sent to ``logging``; raise SynthesizerMissing where there is none that works."""
    reasons = []
    for candidate in _candidates():
        try:
            lib = ctypes.CDLL(candidate)
            for name, (result, *arguments) in _PROTOTYPES.items():
                function = getattr(lib, name)
                function.restype, function.argtypes = result, arguments
        except (OSError, AttributeError) as error:
            reasons.append(str(error))
            continue
        for level in _LOG_LEVELS:
            lib.fluid_set_log_function(level, ctypes.cast(_FORWARD, c_void_p), None)
        return lib
    why = "; ".join(reasons) or f"none found for {sys.platform}"
    raise SynthesizerMissing(f"libfluidsynth cannot be loaded: {why}")


class Fluid:
    """One synthesizer with one bank of sounds; samples are loaded for the chosen programs only.

    ``groups`` stereo outputs; channel c plays into output c mod ``groups``. Use as a context manager. Not thread-safe;
    different instances may run in different threads, and share the samples that they have loaded.
    """

    def __init__(self, bank: Path, *, channels: int = 16, groups: int = 1, polyphony: int = 256) -> None:
        """Raise SynthesizerMissing, SynthesizerFailed, or SoundfontCorrupt for a bank that cannot be read."""
        self._lib = library()
        self.groups = groups
        self._synth: int | None = None
        self._settings = self._lib.new_fluid_settings()
        try:
            channels = -(-channels // 16) * 16  # fluidsynth wants whole sixteens
            for name, value in (
                ("synth.midi-channels", channels),
                ("synth.audio-channels", groups),
                ("synth.audio-groups", groups),
                ("synth.polyphony", polyphony),
                ("synth.dynamic-sample-loading", 1),
                ("synth.threadsafe-api", 0),
                ("synth.reverb.active", 0),
                ("synth.chorus.active", 0),
            ):
                self._lib.fluid_settings_setint(self._settings, name.encode(), value)
            self._lib.fluid_settings_setnum(self._settings, b"synth.sample-rate", SAMPLE_RATE)
            self._lib.fluid_settings_setnum(self._settings, b"synth.gain", 1.0)
            self._synth = self._lib.new_fluid_synth(self._settings)
            if not self._synth:
                raise SynthesizerFailed("fluidsynth could not make a synthesizer.")
            self._bank = self._lib.fluid_synth_sfload(self._synth, str(bank).encode(), 0)
            if self._bank == _FAILED:
                raise SoundfontCorrupt(f"{bank.name} is no readable SoundFont.")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Free the synthesizer and the samples that nobody else uses. May be called twice."""
        if self._synth:
            self._lib.delete_fluid_synth(self._synth)
        if self._settings:
            self._lib.delete_fluid_settings(self._settings)
        self._synth = self._settings = None

    def program(self, channel: int, program: int, *, drums: bool = False) -> bool:
        """Put an instrument on a channel: the asked one (True), else its family's first, else the bank's first.

        Raise SoundfontCorrupt when the bank has none of them.
        """
        self._lib.fluid_synth_set_channel_type(self._synth, channel, int(drums))
        bank = _DRUM_BANK if drums else 0
        for choice in dict.fromkeys((program, program // 8 * 8, 0)):
            if self._lib.fluid_synth_program_select(self._synth, channel, self._bank, bank, choice) != _FAILED:
                return choice == program
        raise SoundfontCorrupt(f"The SoundFont has no {'drum kit' if drums else 'instrument'}.")

    def attenuate(self, channel: int, decibels: float) -> None:
        """Lower the notes of a channel from now on. ``decibels`` ≥ 0."""
        self._lib.fluid_synth_set_gen(self._synth, channel, _GEN_ATTENUATION, max(decibels, 0.0) * 10.0)

    def note_on(self, channel: int, pitch: int, velocity: int) -> None:
        self._lib.fluid_synth_noteon(self._synth, channel, pitch, velocity)

    def note_off(self, channel: int, pitch: int) -> None:
        self._lib.fluid_synth_noteoff(self._synth, channel, pitch)

    def control(self, channel: int, number: int, value: int) -> None:
        """A controller change; number 128 is the pitch bend (value −8192 … 8191)."""
        if number == _PITCH_BEND:
            self._lib.fluid_synth_pitch_bend(self._synth, channel, min(max(value + 8192, 0), 16383))
        else:
            self._lib.fluid_synth_cc(self._synth, channel, number, min(max(value, 0), 127))

    def has_key(self, channel: int, pitch: int) -> bool:
        """Whether there is a sound for a key; strikes it, so use an instance that nobody listens to."""
        self.silence()
        before = self.voices
        self.note_on(channel, pitch, 90)
        return self.voices > before

    def silence(self) -> None:
        """Stop every sounding voice at once."""
        self._lib.fluid_synth_all_sounds_off(self._synth, _FAILED)

    @property
    def voices(self) -> int:
        """How many voices sound."""
        return int(self._lib.fluid_synth_get_active_voice_count(self._synth))

    def render(self, dry: Buffers, at: int, frames: int) -> None:
        """Add ``frames`` frames from frame ``at`` on to the buffers of 2 × groups rows; rooms are made elsewhere."""
        if self._lib.fluid_synth_process(self._synth, frames, 0, None, dry.rows, dry.at(at)) == _FAILED:
            raise SynthesizerFailed("fluidsynth could not render.")

    def render_stereo(self, samples: NDArray[np.float32]) -> None:
        """Overwrite ``samples`` (2, frames), C-contiguous, with everything mixed by the synthesizer itself."""
        left, right = samples.ctypes.data, samples.ctypes.data + samples.strides[0]
        frames = samples.shape[1]
        if self._lib.fluid_synth_write_float(self._synth, frames, left, 0, 1, right, 0, 1) == _FAILED:
            raise SynthesizerFailed("fluidsynth could not render.")


class Buffers:
    """Float32 rows that fluidsynth adds into: ``samples`` (rows, frames)."""

    def __init__(self, rows: int, frames: int) -> None:
        self.rows = rows
        self.samples = np.zeros((rows, frames), np.float32)
        self._addresses = [row.ctypes.data for row in self.samples]
        self._pointers = (c_void_p * rows)()

    def at(self, frame: int) -> Any:
        """Pointers to that frame of every row, as fluid_synth_process takes them."""
        self._pointers[:] = [address + 4 * frame for address in self._addresses]
        return ctypes.cast(self._pointers, _Buffers)
