"""Which sound of which bank plays an instrument: the first of its sounds that is there and has the keys."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from jobs.music.errors import SoundfontCorrupt
from jobs.music.instruments import INSTRUMENTS, Instrument, Sound
from jobs.music.score import Note, Score
from jobs.music.sound.fluid import BITE as BITE_CONTROL
from jobs.music.sound.fluid import DRUM_BANK, Buffers, Fluid
from jobs.music.sound.recordings import RECORDINGS
from jobs.music.sound.soundfont import Bank

log = logging.getLogger(__name__)

# How much a stroke changes but the loudness; our own patches say so themselves. Under a soft one the filter must not
# close so far that the note itself is lost: at velocity 50 no key loses more than 8 dB by it.
# fmt: off
_TOUCH = {
    "organ": 0.0, "drums": 0.5, "drums_pitched": 0.5, "synth": 0.5, "pad": 0.3, "keys": 0.45, "plucked": 0.7,
    "woodwind": 0.75, "brass": 0.75,
}
_LOST = {  # by this instrument sooner than by its family: the bank has a low filter for it
    "jazz_guitar": 0.1, "hawaiian_guitar": 0.1, "vibraphone": 0.1, "glockenspiel": 0.1, "xylophone": 0.1,
    "nylon_guitar": 0.5, "ukulele": 0.5, "harmonica": 0.5, "clarinet": 0.5, "soprano_sax": 0.5, "tenor_sax": 0.5,
    "baritone_sax": 0.5,
}
# fmt: on
_UNTOUCHED = {"harpsichord", "bagpipe", "distortion_guitar"}  # whose sound no stroke changes
# Bowed strings take 100 to 300 ms to speak in most banks, so that a quick note were over before it is heard: they begin
# so far (ms) inside their samples, and quick notes further, as a bow bites.
_BOWED = {"violin", "viola", "cello", "contrabass", "fiddle", "violins", "celli", "strings"}
BITE, QUICK_BITE = 35, 70
_TRIED = 18  # semitones below and above the middle of an instrument
_A_WHILE = 6400  # frames
_EVERYWHERE = {False: (INSTRUMENTS["piano"],), True: (INSTRUMENTS["drums"],)}  # what any bank has


def playable(bank: Bank, instrument: Instrument, notes: Iterable[Note]) -> Instrument:
    """The instrument with those of its sounds left that are no better than the first that has all keys struck.

    Where none has them, the nearest of its family that has. Banks have holes: presets that are not there, keys that no
    sample is for.
    """
    patches = tuple(bank.patch(sound) for sound in instrument.sounds if isinstance(sound, str))
    return _playable(bank, instrument, frozenset(note.pitch for note in notes), patches)


@lru_cache(maxsize=1024)
def _playable(
    bank: Bank, instrument: Instrument, pitches: frozenset[int], _patches: tuple[Path | None, ...]
) -> Instrument:
    """``_patches``: what there is of our own now; a disk that was full may have room the next time."""
    relatives = [other for other in INSTRUMENTS.values() if other.family == instrument.family]
    relatives.sort(key=lambda other: abs(other.program - instrument.program))
    mute: dict[Instrument, int] = {}
    for candidate in dict.fromkeys((instrument, *relatives, *_EVERYWHERE[instrument.drums])):
        for index in range(len(candidate.sounds)):
            option = replace(candidate, sounds=candidate.sounds[index:])
            with Fluid(bank.path) as fluid:
                if _put(fluid, 0, bank, option, option.sounds[0]):
                    mute[option] = sum(not fluid.has_key(0, pitch) for pitch in pitches)
            if mute.get(option) == 0:
                return option
    return min(mute, key=lambda option: mute[option], default=instrument)


def stand_ins(bank: Bank, score: Score) -> dict[str, str]:
    """Names of parts that are not played on their instrument's first sound → the name of the preset that plays them.

    A recording that was never fetched is no sound that anybody misses.
    """
    found = {}
    for part in score.parts:
        instrument = INSTRUMENTS[part.instrument]
        played = playable(bank, instrument, part.notes)
        missed = [sound for sound in instrument.sounds if not isinstance(sound, str) or bank.expects(sound)]
        if part.notes and played.sounds[0] not in (instrument.sounds[0], missed[0]):
            with Fluid(bank.path) as fluid:
                put(fluid, 0, bank, played)
                found[part.name] = fluid.preset_name(0)
    return found


def patches_of(bank: Bank, score: Score) -> str:
    """The same for the same sounds of our own that play the score; "" where none does."""
    sounds = {playable(bank, INSTRUMENTS[part.instrument], part.notes).sounds[0] for part in score.parts if part.notes}
    paths = [bank.patch(sound) for sound in sounds if isinstance(sound, str)]
    names = sorted(path.name.rpartition(".sf2")[0].rpartition(".")[0] for path in paths if path is not None)
    return hashlib.blake2b("\n".join(names).encode(), digest_size=6).hexdigest() if names else ""


def credits_of(bank: Bank, score: Score) -> list[str]:
    """Whose recordings play the score, where their licences want it said."""
    sounds = {playable(bank, INSTRUMENTS[part.instrument], part.notes).sounds[0] for part in score.parts if part.notes}
    return sorted({RECORDINGS[sound].credit for sound in sounds if isinstance(sound, str) and sound in RECORDINGS})


def put(fluid: Fluid, channel: int, bank: Bank, instrument: Instrument) -> None:
    """Put the best sound of the instrument that there is on a channel of a synthesizer that has loaded the bank.

    Raise SoundfontCorrupt where the bank has nothing of the kind.
    """
    playing = next((sound for sound in instrument.sounds if _put(fluid, channel, bank, instrument, sound)), None)
    if playing is None:
        fluid.program(channel, instrument.program, drums=instrument.drums)
    alive = (not isinstance(playing, str) or playing in RECORDINGS) and instrument.id not in _UNTOUCHED
    share = _LOST.get(instrument.id, _TOUCH.get(instrument.family, 1.0))
    fluid.touch(channel, share if alive else 0.0)
    fluid.control(channel, BITE_CONTROL, BITE if bites(bank, instrument) else 0)


@lru_cache(maxsize=256)
def bites(bank: Bank, instrument: Instrument) -> bool:
    """Whether the instrument's notes begin with a bite of the bow: the bank's samples have to be long enough for it."""
    if instrument.id not in _BOWED:
        return False
    middle = (instrument.low + instrument.high) // 2
    with Fluid(bank.path) as fluid:
        any(_put(fluid, 0, bank, instrument, sound) for sound in instrument.sounds)
        fluid.control(0, BITE_CONTROL, QUICK_BITE)
        return all(_sounds_on(fluid, pitch) for pitch in range(middle - _TRIED, middle + _TRIED, 3))


def _sounds_on(fluid: Fluid, pitch: int) -> bool:
    """Whether the key still sounds a while after it was struck."""
    heard = Buffers(2, 2 * _A_WHILE)
    fluid.silence()
    fluid.note_on(0, pitch, 90)
    fluid.render(heard, 0, 2 * _A_WHILE)
    return bool(np.abs(heard.samples[:, _A_WHILE:]).max() > 0)


def _put(fluid: Fluid, channel: int, bank: Bank, instrument: Instrument, sound: Sound) -> bool:
    if not isinstance(sound, str):
        return fluid.preset(channel, bank.path, *sound)
    path = bank.patch(sound)
    try:
        return path is not None and fluid.preset(channel, path, DRUM_BANK if instrument.drums else 0, 0)
    except SoundfontCorrupt:
        log.warning("The patch %s cannot be read; its parts are played on the next best sound.", path)
        return False
