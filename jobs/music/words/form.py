"""The fields of the form: checked, and brought to the Brief's own values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from jobs.music import styles
from jobs.music.brief import (
    ARCS,
    CUE_KINDS,
    LATEST_CUE,
    LAYERS,
    MASTERS,
    MAX_DURATION,
    MAX_INTRO,
    MAX_TEMPO,
    METRES,
    MIN_DURATION,
    MIN_TEMPO,
    MODES,
    MOODS,
    Cue,
)
from jobs.music.given import GivenTune
from jobs.music.instruments import INSTRUMENTS
from jobs.music.text import is_visible, one_line
from jobs.music.words.keys import parse_key

FAMILIES = tuple(dict.fromkeys(instrument.family for instrument in INSTRUMENTS.values()))
EXCLUDABLE = (*INSTRUMENTS, *FAMILIES, "melody")
MAX_TITLE = 120  # characters
MAX_UNHEARD, MAX_WORDS = 32, 80  # entries, characters of each


def check_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options that were set, as Brief fields ("key" becomes "tonic" and perhaps "mode").

    None, "" and empty lists mean "not set". Raise ValueError "<option>: <why>" for an unknown option, a wrong type or
    a value out of range.
    """
    values: dict[str, Any] = {}
    for name, value in (options or {}).items():
        if name not in _CHECKS:
            raise ValueError(f"{name}: there is no such option")
        if value is None or (isinstance(value, str | list | tuple) and not value):
            continue
        try:
            checked = _CHECKS[name](value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if name == "key":
            values["tonic"], mode = checked
            if mode and values.setdefault("mode", mode) != mode:
                raise ValueError(f"mode: {values['mode']} contradicts the key {value!r}")
        elif values.setdefault(name, checked) != checked:
            raise ValueError(f"{name}: {checked} contradicts the key")
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def _one_of(allowed: Callable[[], tuple[str, ...]]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if _text(value) not in allowed():
            raise ValueError(f"{value!r} is not one of {', '.join(allowed())}")
        return str(value)

    return check


def _number(low: float, high: float) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{value!r} is not a number")
        if not low <= value <= high:
            raise ValueError(f"{value} is not from {low:g} to {high:g}")
        return float(value)

    return check


def _list(allowed: tuple[str, ...]) -> Callable[[Any], tuple[str, ...]]:
    def check(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{value!r} is not a list")
        for entry in value:
            if _text(entry) not in allowed:
                raise ValueError(f"{entry!r} is unknown")
        return tuple(dict.fromkeys(value))

    return check


def _title(value: Any) -> str:
    title = one_line(_text(value))
    if not is_visible(title):
        raise ValueError("is blank")
    if len(title) > MAX_TITLE:
        raise ValueError(f"is longer than {MAX_TITLE} characters")
    return title


def _unheard(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_UNHEARD:
        raise ValueError(f"{value!r} is not a list of at most {MAX_UNHEARD}")
    words = [" ".join(_text(entry).lower().split()) for entry in value]
    if any(len(entry) > MAX_WORDS for entry in words):
        raise ValueError(f"has words longer than {MAX_WORDS} characters")
    return tuple(dict.fromkeys(words))


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _bars(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INTRO:
        raise ValueError(f"{value!r} is no number of bars from 0 to {MAX_INTRO}")
    return value


def _layers(value: Any) -> int:
    if not isinstance(value, int) or value not in LAYERS:
        raise ValueError(f"{value!r} is none of {', '.join(map(str, LAYERS))}")
    return value


def _cues(value: Any) -> tuple[Cue, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} is not a list")
    return tuple(_cue(entry) for entry in value)


def _cue(value: Any) -> Cue:
    if not isinstance(value, Mapping):
        value = {"at": value}
    if unknown := value.keys() - {"at", "kind"}:
        raise ValueError(f"{sorted(unknown)} unknown")
    kind = value.get("kind") or "hit"
    if kind not in CUE_KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(CUE_KINDS)}")
    at = value.get("at")
    if isinstance(at, bool) or not isinstance(at, int | float) or not abs(at) <= LATEST_CUE:
        raise ValueError(f"{at!r} is not a number of seconds")
    return Cue(round(float(at), 3), kind)


def _melody(value: Any) -> GivenTune:
    return value if isinstance(value, GivenTune) else GivenTune.from_json(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "style": _one_of(styles.all_ids),
    "tempo": _number(MIN_TEMPO, MAX_TEMPO),
    "key": lambda value: parse_key(_text(value)),
    "mode": _one_of(lambda: MODES),
    "metre": _one_of(lambda: METRES),
    "duration": _number(MIN_DURATION, MAX_DURATION),
    "energy": _number(0.0, 1.0),
    "moods": _list(MOODS),
    "instruments": _list(tuple(INSTRUMENTS)),
    "excluded": _list(EXCLUDABLE),
    "arc": _one_of(lambda: ARCS),
    "master": _one_of(lambda: tuple(MASTERS)),
    "loop": _switch,
    "intro": _bars,
    "cues": _cues,
    "layers": _layers,
    "title": _title,
    "unheard": _unheard,
    "melody": _melody,
}
