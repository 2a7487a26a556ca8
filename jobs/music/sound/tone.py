"""How the energy of a piece lies over the bands, and what each part is equalised by so that the whole does so.

Where a part's energy lies is known before it is played: from its notes and what was measured of the bank's keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jobs.music.score import Mix
from jobs.music.sound.bands import CENTRES, Powers, decibels
from jobs.music.sound.filters import drawn

# Shares (dB of all) of the bands: sub, bass, lowmid, mid, presence, high, air. They lie between the medians of 122
# recordings (94 that people made for games, 28 of a neural system) or 34 orchestral ones and what leaves tunes clear.
# fmt: off
CURVES: dict[str, tuple[float, ...]] = {
    "band":      ( -8.5, -3.6, -7.2, -11.0, -17.0, -21.5, -26.5),
    "club":      ( -6.0, -3.8, -8.2, -11.8, -17.0, -20.5, -25.0),
    "loud":      ( -9.0, -3.6, -7.4, -10.5, -15.5, -20.5, -27.0),
    "acoustic":  (-12.0, -4.0, -5.6, -10.0, -17.5, -22.5, -27.5),
    "orchestra": (-14.5, -4.0, -5.2,  -9.6, -17.5, -24.0, -30.0),
    "soft":      ( -9.5, -3.2, -6.5, -13.0, -22.0, -27.0, -34.0),
}
_LIMITS: dict[str, tuple[tuple[float, float], ...]] = {  # dB, band by band: a part stays what it is
    "melody":     ((-6, 0), (-4, 2), (-2, 3), (-1, 2), (-3, 2), (-7, 2), (-9, 2)),
    "counter":    ((-6, 0), (-4, 2), (-4, 3), (-5, 1), (-6, 2), (-9, 2), (-9, 2)),
    "chords":     ((-8, 0), (-5, 3), (-4, 3), (-3, 1), (-7, 2), (-9, 3), (-9, 3)),
    "pad":        ((-8, 0), (-5, 3), (-4, 3), (-4, 1), (-7, 3), (-9, 5), (-9, 5)),
    "arpeggio":   ((-8, 0), (-6, 3), (-5, 3), (-6, 1), (-7, 2), (-9, 3), (-9, 3)),
    "effects":    ((-8, 0), (-6, 3), (-5, 3), (-6, 1), (-7, 2), (-9, 3), (-9, 3)),
    "bass":       ((-5, 4), (-3, 3), (-9, -4), (-9, -4), (-8, 2), (-9, 2), (-9, 2)),
    "drums":      ((-4, 5), (-3, 5), (-5, 2), (-5, 2), (-6, 2), (-8, 3), (-8, 3)),
    "percussion": ((-4, 3), (-3, 3), (-5, 2), (-5, 2), (-6, 2), (-8, 3), (-8, 3)),
}
# fmt: on
_ROUNDS, _PACE = 60, 0.25


def target(mix: Mix) -> Powers:
    """The shares (dB) that the style wants."""
    warm, bright = mix.warmth_db / 2, mix.brightness_db / 2
    tilt = np.array([warm, warm, 0.0, 0.0, 0.0, bright, bright])
    wanted = np.array(CURVES[mix.curve]) + tilt
    if mix.lowpass_hz is not None:
        wanted -= 6 * np.maximum(np.log2(np.array(CENTRES) / mix.lowpass_hz), 0.0)
    return wanted - decibels((10 ** (wanted / 10)).sum(keepdims=True))


def lacking(mix: Mix, energy: Powers) -> Powers:
    """How far (dB) each band of this energy is from the target."""
    return target(mix) - decibels(energy / max(float(energy.sum()), 1e-30))


def settings(mix: Mix, roles: Sequence[str], energies: Sequence[Powers]) -> NDArray[np.float64]:
    """Gains (dB) by part and band that bring the sum of these energies as near to the target as roles allow."""
    power = np.array(energies)
    limits = np.array([_LIMITS[role] for role in roles])
    gains = np.zeros(power.shape)
    for _ in range(_ROUNDS):
        heard = power * 10 ** (gains / 10)
        bands = heard.sum(axis=0)
        weight = np.sqrt(heard / np.maximum(bands, 1e-30))  # who is little heard in a band is left alone
        gains = np.clip(gains + _PACE * lacking(mix, bands) * weight, limits[..., 0], limits[..., 1])
    return gains


def equaliser(gains: Powers) -> NDArray[np.complex64]:
    """What to multiply a part's spectrum by."""
    return drawn(CENTRES, gains.tolist())
