"""Whether a piece that others made is what was asked for, by what is heard in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from jobs.music import styles
from jobs.music.brief import TONICS, Brief, Remark
from jobs.music.sound.listening import KEYS, TEMPOS, Heard
from jobs.music.words.hearing import hear

TEMPO = 0.04  # of the tempo, that it may be beside what was asked for
PULSE = 0.9  # of the clearest pulse, with which that of the tempo asked for is heard as well
LENGTH = 1.0  # seconds that a piece may be longer or shorter, if its engine does not say more
KEY = 0.35  # of the fit, by which another key has to fit better before it is said

OCTAVES = (1 / 2, 1.0, 2.0)  # the same pulse, counted in halves or doubles
THIRDS = (1 / 3, 2 / 3, 3 / 2, 3.0)  # and where beats have three parts, or bars three beats
ASKED = ("form", "words", "tune")  # sources of what a person asked for

_STEPS = {"major": 0, "lydian": 5, "mixolydian": 7, "dorian": 2, "phrygian": 4, "minor": 9}  # of that major scale
_FIFTH = 7  # semitones
_RELATIVE = 9  # semitones up to the minor key with the notes of a major one


def facts_of(
    brief: Brief, heard: Heard | None, came_at: float, duration: float, tolerance: float = 0.0
) -> dict[str, Any]:
    """What is heard in a piece that came at that loudness (LUFS), and ``deviations``; JSON-ready."""
    heard = heard or Heard()
    return {
        "tempo": None if heard.tempo is None else round(heard.tempo, 1),
        "key": heard.key,
        "loudness": round(came_at, 1),
        "remarks": [
            {"code": remark.code, "values": dict(remark.values)}
            for remark in deviations(brief, heard, duration, tolerance)
        ],
    }


def deviations(brief: Brief, heard: Heard, duration: float, tolerance: float = 0.0) -> tuple[Remark, ...]:
    """Where a piece of ``duration`` seconds, in which that is heard, is not what a person asked for.

    ``tolerance``: seconds that its engine may miss the length by, if that is more than LENGTH.
    """
    remarks = []
    if abs(duration - brief.duration) > max(LENGTH, tolerance):
        remarks.append(Remark("heard_length", {"asked": brief.duration, "heard": round(duration, 1)}))
    if asks_for_tempo(brief) and not follows_tempo(brief, heard):
        remarks.append(Remark("heard_tempo", {"asked": brief.tempo, "heard": round(heard.tempo or 0)}))
    if brief.sources.get("tonic") in ASKED and not follows_key(brief, heard):
        remarks.append(Remark("heard_key", {"asked": brief.key, "heard": heard.key}))
    return tuple(remarks)


def asks_for_tempo(brief: Brief) -> bool:
    """Whether a person asked for the tempo as a number: "slow" and "andante" are many tempos, of which we chose one."""
    source = brief.sources.get("tempo")
    return source in ASKED and (source != "words" or hear(brief.words.get("tempo", "")).tempo_number is not None)


def follows_tempo(brief: Brief, heard: Heard) -> bool:
    """Whether the tempo of the brief, at a level at which people tap, is the one that is heard, or as clear."""
    has_thirds = brief.metre not in ("4/4", "2/4") or styles.get(brief.style).swing > 0
    right = brief.tempo * np.array(OCTAVES + (THIRDS if has_thirds else ()))
    if heard.tempo is None or (abs(heard.tempo / right - 1) <= TEMPO).any():
        return True
    pulses = np.array(heard.pulses)
    is_right = (abs(TEMPOS[:, None] / right - 1) <= TEMPO).any(axis=1)
    clearest = pulses[np.argmin(abs(TEMPOS - heard.tempo))]
    return bool(pulses[is_right].max() >= PULSE * clearest)


def follows_key(brief: Brief, heard: Heard) -> bool:
    """Whether a key of the brief's notes, or of its tonic and third, fits as well as any, or nearly; or none is heard.

    Of church modes keys with one other note, too: what is played around their tonic is heard in a key beside it.
    """
    if not heard.fits:
        return True
    home = (TONICS.index(brief.tonic) - _STEPS[brief.mode]) % 12
    third = "minor" if brief.mode in ("minor", "dorian", "phrygian") else "major"
    homes = (home,) if brief.mode in ("major", "minor") else (home, home + _FIFTH, home - _FIFTH)
    right = {f"{brief.tonic} {third}"}
    for scale in homes:
        right |= {f"{TONICS[scale % 12]} major", f"{TONICS[(scale + _RELATIVE) % 12]} minor"}
    return max(heard.fits) - max(heard.fits[KEYS.index(key)] for key in right) <= KEY
