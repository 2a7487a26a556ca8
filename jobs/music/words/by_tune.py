"""What a tune that was given settles, where nobody asks for something else: metre, tempo, key and length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.music.brief import MAX_DURATION, MAX_TEMPO, METRES, MIN_DURATION, MIN_TEMPO, TONICS, Remark
from jobs.music.given import USUAL_METRE, GivenTune, extent, find_key
from jobs.music.styles.pattern import BAR_BEATS, PULSE_BEATS

COUNTED_AS = {"2/2": "4/4", "4/2": "4/4", "8/8": "4/4", "3/2": "3/4", "6/4": "3/4", "3/8": "6/8"}
SECONDS = 70.0  # that a piece lasts about, where the tune decides
ONCE = 100.0  # seconds of a tune that is not repeated
MOST_LAPS = 8
FRAME = 8  # bars around the tune
NOTICES = ("tune_top_line", "tune_part", "tune_tempos", "tune_metres")


def settled(name: str, tune: GivenTune, values: Mapping[str, Any]) -> Any:
    """The value that the tune gives the brief's field of that name; None where it gives none.

    ``values``: fields that are decided already; the length hangs on metre and tempo, the tempo on the metre.
    """
    match name:
        case "metre":
            return counted_as(tune.metre or USUAL_METRE)
        case "tempo" if tune.tempo:
            return round(min(max(tune.tempo / PULSE_BEATS[values["metre"]], MIN_TEMPO), MAX_TEMPO), 2)
        case "mode":
            return find_key(tune).mode
        case "tonic":
            return TONICS[find_key(tune).tonic]
        case "duration":
            return _duration(tune, values["metre"], values["tempo"])
    return None


def counted_as(metre: str) -> str:
    """The metre in which one of a file is played."""
    metre = metre if metre in METRES else COUNTED_AS.get(metre, metre)
    if metre in METRES:
        return metre
    beats, _, unit = metre.partition("/")
    return ("6/8" if unit == "8" else "3/4") if beats in ("3", "6", "9", "12", "15") else "4/4"


def _duration(tune: GivenTune, metre: str, tempo: float) -> float:
    """Seconds for the tune and its returns, with a frame around them."""
    bar = BAR_BEATS[metre]
    bar_seconds = bar / PULSE_BEATS[metre] * 60 / tempo
    seconds = extent(tune, bar).bars * bar_seconds
    laps = 1 if seconds > ONCE else min(max(2, round(SECONDS / seconds)), MOST_LAPS)
    return float(min(max(round(laps * seconds + (FRAME + 1) * bar_seconds), MIN_DURATION), MAX_DURATION))


def remarks(tune: GivenTune, values: Mapping[str, Any], bars: int) -> list[Remark]:
    """What a person should know of how their tune is played in a piece of so many bars with these ``values``."""
    told = [Remark(notice) for notice in tune.notices if notice in NOTICES]
    played = counted_as(tune.metre or USUAL_METRE)
    if tune.metre and played != tune.metre and tune.metre not in COUNTED_AS and values["metre"] == played:
        told.append(Remark("metre_unavailable", {"asked": tune.metre, "used": played}))
    length = extent(tune, BAR_BEATS[values["metre"]]).bars
    if length > bars:
        told.append(Remark("tune_cut", {"asked": length, "used": bars}))
    return told
