"""libfluidsynth by ctypes: the copy inside the pygame-ce wheel, else the system's. Calls release the GIL."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import logging
import sys
from collections.abc import Iterator
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_void_p
from dataclasses import dataclass
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

BITE = 129  # number of our own controller: how far (ms) inside their samples the next notes of a channel begin
_PITCH_BEND = 128  # jobs.music.score.Control.number of a pitch bend
_GEN_ATTENUATION = 48  # SoundFont 2.04, section 8.1.3: centibels
DRUM_BANK = 128
_TOUCH = 3  # a controller that MIDI leaves undefined: how much more than its loudness a stroke changes on a channel
_BRIGHTNESS = 74
_VELOCITY, _NO_SOURCE = 2, 0
_ADD = 1  # beside the modulators of the specification
_NEGATIVE, _BIPOLAR, _CONTROLLER = 1, 2, 16  # flags of a modulator's source
_GEN_START, _GEN_CUTOFF, _GEN_ATTACK, _GEN_TUNE = 0, 8, 34, 52  # frames, cents, timecents, cents
# What every preset does unless it says otherwise: source, its flags, times this controller, generator, amount. Banks
# have most instruments at one dynamic, so that a soft stroke were a loud one turned down, and two in a row the same.
_MODULATORS = (
    (_VELOCITY, _NEGATIVE, _TOUCH, _GEN_CUTOFF, -5400.0),
    (_VELOCITY, _NEGATIVE, _TOUCH, _GEN_ATTACK, 900.0),
    (_VELOCITY, _BIPOLAR, _TOUCH, _GEN_TUNE, 5.0),
    (_BRIGHTNESS, _BIPOLAR | _CONTROLLER, None, _GEN_CUTOFF, 3600.0),
)
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
    "fluid_synth_add_sfont": (c_int, c_void_p, c_void_p),
    "fluid_synth_remove_sfont": (c_int, c_void_p, c_void_p),
    "fluid_synth_get_sfont_by_id": (c_void_p, c_void_p, c_int),
    "fluid_sfont_get_preset": (c_void_p, c_void_p, c_int, c_int),
    "fluid_synth_program_select": (c_int, c_void_p, c_int, c_int, c_int, c_int),
    "fluid_synth_unset_program": (c_int, c_void_p, c_int),
    "fluid_synth_pin_preset": (c_int, c_void_p, c_int, c_int, c_int),
    "fluid_synth_unpin_preset": (c_int, c_void_p, c_int, c_int, c_int),
    "fluid_synth_get_channel_preset": (c_void_p, c_void_p, c_int),
    "fluid_preset_get_name": (c_char_p, c_void_p),
    "fluid_synth_set_channel_type": (c_int, c_void_p, c_int, c_int),
    "fluid_synth_set_gen": (c_int, c_void_p, c_int, c_int, c_float),
    "fluid_synth_noteon": (c_int, c_void_p, c_int, c_int, c_int),
    "fluid_synth_noteoff": (c_int, c_void_p, c_int, c_int),
    "fluid_synth_add_default_mod": (c_int, c_void_p, c_void_p, c_int),
    "new_fluid_mod": (c_void_p,),
    "delete_fluid_mod": (None, c_void_p),
    "fluid_mod_set_source1": (None, c_void_p, c_int, c_int),
    "fluid_mod_set_source2": (None, c_void_p, c_int, c_int),
    "fluid_mod_set_dest": (None, c_void_p, c_int),
    "fluid_mod_set_amount": (None, c_void_p, c_double),
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


Preset = tuple[int, int]  # number of its bank, and in that
_MOST_LOADED = 8  # presets of an idle bank


@dataclass(frozen=True, slots=True)
class _Font:
    """A bank that was read, and its presets whose samples are loaded, the one that was played last at the end."""

    handle: int
    loaded: list[Preset]


# Banks that no synthesizer has now, by path, size and time of change: to read one takes as long as to play a part of a
# section, the samples of a piano longer, and a synthesizer is made for each part.
_idle: dict[tuple[Path, int, int], list[_Font]] = {}


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
        self._fonts: dict[Path, int] = {}
        self._loaded: list[Preset] = []
        self._played: dict[Preset, None] = {}
        self._path = bank
        stat = bank.stat() if bank.exists() else None
        self._key = bank, stat.st_size if stat else 0, stat.st_mtime_ns if stat else 0
        self._settings = self._lib.new_fluid_settings()
        try:
            self._channels = channels = -(-channels // 16) * 16  # fluidsynth wants whole sixteens
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
            self._modulate()
            self._font(bank)
        except BaseException:
            self.close()
            raise

    def _modulate(self) -> None:
        lib = self._lib
        for source, flags, controller, generator, amount in _MODULATORS:
            modulator = lib.new_fluid_mod()
            lib.fluid_mod_set_source1(modulator, source, flags)
            lib.fluid_mod_set_source2(modulator, controller or _NO_SOURCE, _CONTROLLER if controller else 0)
            lib.fluid_mod_set_dest(modulator, generator)
            lib.fluid_mod_set_amount(modulator, amount)
            lib.fluid_synth_add_default_mod(self._synth, modulator, _ADD)
            lib.delete_fluid_mod(modulator)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Free the synthesizer and the samples that nobody else uses. May be called twice."""
        if self._synth:
            font = self._taken_out()
            self._lib.delete_fluid_synth(self._synth)
            if font is not None:  # no voice of this one holds a sample of it any more
                _idle.setdefault(self._key, []).append(font)
        if self._settings:
            self._lib.delete_fluid_settings(self._settings)
        self._synth = self._settings = None

    def _font(self, path: Path) -> int:
        """The number of a SoundFont in this synthesizer, loaded when first asked for; raise SoundfontCorrupt."""
        if path not in self._fonts:
            number = self._put_in() if path == self._path else _FAILED
            if number == _FAILED:
                number = self._lib.fluid_synth_sfload(self._synth, str(path).encode(), 0)
            if number == _FAILED:
                raise SoundfontCorrupt(f"{path.name} is no readable SoundFont.")
            self._fonts[path] = number
        return self._fonts[path]

    def _put_in(self) -> int:
        """The number of the bank, where it has been read before and is idle; else _FAILED."""
        try:
            font = _idle.get(self._key, []).pop()
        except IndexError:
            return _FAILED
        self._clear_channels()
        self._loaded = font.loaded
        return int(self._lib.fluid_synth_add_sfont(self._synth, font.handle))

    def _taken_out(self) -> _Font | None:
        """The bank, which is no longer this synthesizer's; None where it has none."""
        number = self._fonts.get(self._path)
        handle = number and self._lib.fluid_synth_get_sfont_by_id(self._synth, number)
        if not handle:
            return None
        self.silence()
        self._keep_loaded(number)
        self._clear_channels()
        self._lib.fluid_synth_remove_sfont(self._synth, handle)
        return _Font(handle, self._loaded)

    def _keep_loaded(self, font: int | None) -> None:
        """Whoever plays the same presets next finds their samples."""
        for preset in self._played:
            if preset in self._loaded:
                self._loaded.remove(preset)
            else:
                self._lib.fluid_synth_pin_preset(self._synth, font, *preset)
            self._loaded.append(preset)
        while len(self._loaded) > _MOST_LOADED:
            self._lib.fluid_synth_unpin_preset(self._synth, font, *self._loaded.pop(0))

    def _clear_channels(self) -> None:
        """With nothing on them the library loads no samples for them when a bank comes or goes."""
        for channel in range(self._channels):
            self._lib.fluid_synth_unset_program(self._synth, channel)

    def preset(self, channel: int, font: Path, bank: int, number: int) -> bool:
        """Put a preset of a SoundFont on a channel; False, and nothing is changed, where there is no such preset."""
        lib, loaded = self._lib, self._font(font)
        if not lib.fluid_sfont_get_preset(lib.fluid_synth_get_sfont_by_id(self._synth, loaded), bank, number):
            return False  # asked first, since the library takes what it has not got for an error, and logs it
        lib.fluid_synth_set_channel_type(self._synth, channel, int(bank == DRUM_BANK))
        found = bool(lib.fluid_synth_program_select(self._synth, channel, loaded, bank, number) != _FAILED)
        if found and font == self._path:
            self._played[bank, number] = None
        return found

    def preset_name(self, channel: int) -> str:
        """What the SoundFont calls the preset on a channel."""
        preset = self._lib.fluid_synth_get_channel_preset(self._synth, channel)
        return (self._lib.fluid_preset_get_name(preset) or b"").decode(errors="replace").strip() if preset else ""

    def program(self, channel: int, program: int, *, drums: bool = False) -> bool:
        """Put an instrument on a channel: the asked one (True), else its family's first, else the bank's first.

        Raise SoundfontCorrupt when the bank has none of them.
        """
        bank = DRUM_BANK if drums else 0
        for choice in dict.fromkeys((program, program // 8 * 8, 0)):
            if self.preset(channel, self._path, bank, choice):
                return choice == program
        raise SoundfontCorrupt(f"The SoundFont has no {'drum kit' if drums else 'instrument'}.")

    def attenuate(self, channel: int, decibels: float) -> None:
        """Lower the notes of a channel from now on. ``decibels`` ≥ 0."""
        self._lib.fluid_synth_set_gen(self._synth, channel, _GEN_ATTENUATION, max(decibels, 0.0) * 10.0)

    def touch(self, channel: int, share: float) -> None:
        """How much a harder stroke on a channel is brighter, sharper in attack and, a little, in pitch: 0 … 1."""
        self.control(channel, _TOUCH, round(127 * share))

    def note_on(self, channel: int, pitch: int, velocity: int) -> None:
        self._lib.fluid_synth_noteon(self._synth, channel, pitch, velocity)

    def note_off(self, channel: int, pitch: int) -> None:
        self._lib.fluid_synth_noteoff(self._synth, channel, pitch)

    def control(self, channel: int, number: int, value: int) -> None:
        """A controller change; number 128 is the pitch bend (value −8192 … 8191), BITE the one of bows (ms)."""
        if number == BITE:
            self._lib.fluid_synth_set_gen(self._synth, channel, _GEN_START, value * SAMPLE_RATE / 1000)
        elif number == _PITCH_BEND:
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
