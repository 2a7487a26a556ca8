"""The moments of a picture that the music shall meet: in words, in a line of a form, and which of them it can meet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.music.brief import CUE_KINDS, MAX_DURATION, Cue, Remark
from jobs.music.styles import Style
from jobs.music.styles.cueing import Ending, course, kept

_CLOCK = r"(?<![\d:])\d{1,2}:[0-5]\d(?:\.\d{1,3})?(?![\d:])"
_COUNT = r"(?<![\d.:])\d{1,3}(?:\.\d{1,3})? ?(?:s\b|secs?\b|seconds?\b|초)"
_TIME = rf"(?:{_CLOCK}|{_COUNT})"


def _row(time: str) -> str:
    """Times in a row: English ends it with "and", Korean joins each to the next."""
    return rf"{time}(?:, ?{time}){{0,99}}(?:,? (?:and|&) {time}|(?:(?:와|과|랑|하고) ?(?:그리고 )?{time}){{0,99}})?"


_TIMES = rf"(?:{_row(_CLOCK)}|{_row(_COUNT)})"
_HIT = r"(?:hits?|accents?|stabs?|impacts?|sync(?: points?)?|hit points?|cues?|punch(?:es)?)"
_HIT_KO = r"(?:히트|타격|악센트|액센트|강조|임팩트|큐|포인트)"
_GROWS = r"(?:builds?|building|rises?|rising|grows?|growing|swells?|crescendo)"
_PATTERNS = {
    "hit": re.compile(
        rf"(?<![a-z]){_HIT}(?: (?:points?|exactly|right))? ?(?:at|on|@|:)? ?(?:the )?({_TIMES})"
        rf"|({_TIMES})(?:에서|에)? ?(?:딱 |정확히 |강한 |큰 )?{_HIT_KO}|{_HIT_KO}(?:는|를|을|이|가)? ?({_TIMES})"
    ),
    "drop": re.compile(
        rf"(?<![a-z]){_GROWS}(?: up)?(?: tension)? (?:until|till|til|to|up to) ({_TIME}),?(?: and)?(?: then)?"
        rf" (?:a |the |it )?(?:big |huge )?(?:drops?|explodes?|bursts?|hits?)"
        rf"|({_TIME}) ?까지 ?[가-힣 ]{{0,12}}?(?:고조|빌드업|쌓|올라|커지)[가-힣]* ?(?:[가-힣]+ )?(?:드롭|드랍|폭발|터)"
    ),
    "calm": re.compile(
        rf"(?<![a-z])(?:calms? down|goes quiet|quiet|drops out|falls silent) (?:at|from) ({_TIME})"
        rf"|({_TIME})(?:에서|에|부터) ?(?:잔잔해|조용해|잦아들|차분해)"
    ),
}
_MOMENT = re.compile(_TIME)
_ENTRY = re.compile(
    rf"\s*(\d{{1,2}}:[0-5]\d(?:\.\d{{1,3}})?|\d{{1,3}}(?:\.\d{{1,3}})?) ?(?:s|초)? *({'|'.join(CUE_KINDS)})?\s*"
)
_AFTER = 8.0  # seconds behind the last cue of a piece whose length nobody named
_TEMPOS = 41  # that are tried where nobody named one


@dataclass(frozen=True, slots=True)
class Spoken:
    """Cues, and the stretches of the text that speak of them."""

    cues: tuple[Cue, ...]
    spans: tuple[tuple[int, int], ...]


def find_cues(text: str) -> Spoken:
    """What the text (in small letters) says of moments to be met."""
    cues: list[Cue] = []
    spans: list[tuple[int, int]] = []
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in spans):
                continue
            spans.append(match.span())
            times = next(filter(None, match.groups()))
            cues += [Cue(_seconds(moment[0]), kind) for moment in _MOMENT.finditer(times)]
    return Spoken(tuple(cues), tuple(spans))


def read_cues(line: str) -> list[dict[str, float | str]]:
    """Cues as a form has them, "0:12, 31.5 drop", JSON-ready; raise ValueError naming what is none."""
    return [_entry(entry) for entry in re.split(r"[,;\n]", line) if entry.strip()]


def read_moment(text: str) -> float:
    """A moment as people write it, "0:12.5" or "12.5", in seconds; raise ValueError naming what is none."""
    entry = _entry(text)
    if not text.strip()[-1:].isdecimal() and not text.strip().lower().endswith(("s", "초")):
        raise ValueError(text.strip()[:40])
    return float(entry["at"])


def written(cues: Sequence[Cue]) -> str:
    """A line that ``read_cues`` reads."""
    return ", ".join(f"{moment(cue.at)}{'' if cue.kind == 'hit' else f' {cue.kind}'}" for cue in cues)


def moment(seconds: float) -> str:
    """Minutes and seconds as people write a moment: "0:12", "0:31.5", "−0:03"."""
    minutes, rest = divmod(abs(round(seconds, 3)), 60)
    sign = "−" if seconds < 0 else ""
    return sign + (f"{minutes:.0f}:{rest:06.3f}".rstrip("0").rstrip(".") if rest % 1 else f"{minutes:.0f}:{rest:02.0f}")


def _entry(entry: str) -> dict[str, float | str]:
    match = _ENTRY.fullmatch(entry.lower())
    if match is None:
        raise ValueError(entry.strip()[:40])
    return {"at": _seconds(match[1]), "kind": match[2] or "hit"}


def _seconds(text: str) -> float:
    minutes, colon, rest = text.partition(":")
    number = re.match(r"[\d.]+", rest if colon else minutes)
    return (60.0 * int(minutes) if colon else 0.0) + float(number[0] if number else 0)


def settled(
    asked: Sequence[Cue], values: dict[str, Any], sources: Mapping[str, str], style: Style
) -> tuple[tuple[Cue, ...], list[Remark]]:
    """The cues that can be met, in their order, and what is to be said of the others.

    ``values``: fields of the brief; a length that nobody named gets room for the cues, a tempo that nobody named leads
    to them.
    """
    if values.get("loop"):
        return (), [Remark("cues_loop")]
    if sources["duration"] == "style":
        values["duration"] = length_for(asked, values["duration"])
    found, remarks = kept(asked, values["duration"], values["tempo"])
    if found and sources["tempo"] not in ("form", "words", "tune"):
        values["tempo"] = plainest_tempo(found, values["duration"], values["tempo"], values["metre"], style)
        found, remarks = kept(asked, values["duration"], values["tempo"])  # of a beat that has another length
    return found, remarks


def length_for(cues: Sequence[Cue], usual: float) -> float:
    """The length of a piece that nobody named, in which all cues have room."""
    return min(max([usual, *(cue.at + _AFTER for cue in cues if cue.at < MAX_DURATION)]), MAX_DURATION)


def plainest_tempo(cues: Sequence[Cue], duration: float, tempo: float, metre: str, style: Style) -> float:
    """The tempo of the style, near this one, at which the fewest bars are cut and the least is bent."""
    low, high = max(style.tempo[0], tempo * 0.85), min(style.tempo[1], tempo * 1.15)
    ending = Ending(1.0, style.ring, style.ring * 1.5)

    def cost(candidate: float) -> float:
        way = course([cue.at for cue in cues], duration, candidate, metre, ending)
        return (way.cost if way else 1e9) + 4 * abs(candidate / tempo - 1)

    return min({*(round(2 * each) / 2 for each in _between(low, high)), tempo}, key=cost)


def _between(low: float, high: float) -> Iterator[float]:
    return (low + (high - low) * step / (_TEMPOS - 1) for step in range(_TEMPOS))
