"""Does a brief give what a musician would take from the words?

A row of ``judged.jsonl`` is a prompt and its ``want``: a field and what it must be. Each prompt is read with several
seeds, and every want must hold with all of them: what the words say must not hang on chance. A row is "right", or
differs in a "minor" thing (a mood, a remark) or a "major" one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jobs.music import styles
from jobs.music.brief import Brief
from jobs.music.instruments import INSTRUMENTS
from jobs.music.words.keys import spell
from jobs.music.words.understand import understand
from jobs.music.words.vocabulary import vocabulary

SEEDS = (1, 2, 3, 4, 5)
LEVELS = ("right", "minor", "major")
MINOR = frozenset(
    {"moods", "not_moods", "sings", "no_sings", "remark", "structure", "not_arc", "not_remark", "tempo_said"}
)
FORGIVEN = "~"  # at the head of what differs: only the remark is missing
ABOUT_THE_FORM = re.compile("instrumental|연주곡|연주 ?음악", re.IGNORECASE)
ABOUT_THE_SOUND = re.compile("acoustic|unplugged|어쿠스틱|통기타", re.IGNORECASE)

Want = Any
Check = Callable[[Want, Brief], str]  # "" where the want holds, else what differs


def judge(row: Mapping[str, Any]) -> tuple[str, dict[str, list[int]]]:
    """The row's level, and what differs with which seeds."""
    differs: dict[str, list[int]] = {}
    worst = 0
    for seed in SEEDS:
        brief = understand(row["prompt"], seed=seed)
        for name, want in row["want"].items():
            if difference := CHECKS[name](want, brief):
                level = 1 if name in MINOR or difference.startswith(FORGIVEN) else 2
                worst = max(worst, level)
                differs.setdefault(f"{LEVELS[level]}: {difference.lstrip(FORGIVEN)}", []).append(seed)
    return LEVELS[worst], differs


def _codes(brief: Brief) -> list[str]:
    return [remark.code for remark in brief.remarks]


def _told(brief: Brief, code: str) -> list[Mapping[str, Any]]:
    return [remark.values for remark in brief.remarks if remark.code == code]


def _letters(text: Any) -> str:
    return re.sub("[^a-z가-힣]", "", str(text).lower())


def _style(want: Sequence[str], brief: Brief) -> str:
    """The style, or one that it is a kind of; a style that there is not, by its nearest and a remark."""
    known = [name for name in want if name in styles.all_ids()]
    fits = {brief.style, styles.get(brief.style).base} & set(known)
    if not fits:
        return f"style {brief.style} for {'|'.join(want)}"
    if "style_assumed" in _codes(brief):
        return f"style {brief.style}, but said to be assumed"
    missing = want[0] not in styles.all_ids() and brief.style == known[0]
    if missing and not any(values["used"] == brief.style for values in _told(brief, "style_approximated")):
        return f"{FORGIVEN}style {brief.style} for {want[0]} without a remark"
    return ""


def _without_style(want: Sequence[str], brief: Brief) -> str:
    return f"style {brief.style} not wanted" if brief.style in want else ""


def _range(field: str) -> Check:
    def check(want: Sequence[float], brief: Brief) -> str:
        value = getattr(brief, field)
        if field == "duration" and brief.sources[field] != "words":
            return f"duration {value:g} is not from the words"
        return "" if want[0] <= value <= want[1] else f"{field} {value:g} for {want}"

    return check


def _unsaid(*fields: str) -> Check:
    def check(want: Want, brief: Brief) -> str:
        said = [field for field in fields if brief.sources.get(field) == "words"]
        return f"{' and '.join(said)} taken from the words" if said else ""

    return check


def _said_tempo(want: Want, brief: Brief) -> str:
    return "" if brief.sources["tempo"] == "words" else f"tempo {brief.tempo:g} is not from the words"


def _key(want: str, brief: Brief) -> str:
    return "" if brief.tonic == spell(want[0], want[1:]) else f"tonic {brief.tonic} for {want}"


def _mode(want: Sequence[str], brief: Brief) -> str:
    return "" if brief.mode in want else f"mode {brief.mode} for {'|'.join(want)}"


def _metre(want: str | list[str], brief: Brief) -> str:
    wanted = [want] if isinstance(want, str) else want
    asked = [str(values["asked"]) for values in _told(brief, "metre_unavailable")]
    fits = brief.metre in wanted or set(asked) & set(wanted) or ("changing" in wanted and asked)
    return "" if fits else f"metre {brief.metre} for {'|'.join(wanted)}, not told"


def _instruments(want: Sequence[Sequence[str]], brief: Brief) -> str:
    """Of each group one plays; of one that there is not, the nearest with a remark ("*": whichever)."""
    for group in want:
        ids = [name for name in group if not name.startswith("asked:")]
        words = [_letters(name.removeprefix("asked:")) for name in [ids[0], *group] if name not in ids[1:]]
        if ids[0] in INSTRUMENTS and set(ids) & set(brief.instruments):
            continue
        told = [
            values
            for values in _told(brief, "instrument_unavailable")
            if any(word in _letters(values["asked"]) for word in words) and ("*" in ids or values["used"] in ids)
        ]
        if not told:
            played = set(ids) & set(brief.instruments)
            return f"{FORGIVEN if played else ''}instruments {', '.join(brief.instruments)}: {ids[0]} missing"
    return ""


def _without_instruments(want: Sequence[str], brief: Brief) -> str:
    found = set(want) & set(brief.instruments)
    return f"instruments not wanted: {', '.join(sorted(found))}" if found else ""


def _is_out(name: str, brief: Brief) -> bool:
    if name in brief.excluded or (name in INSTRUMENTS and INSTRUMENTS[name].family in brief.excluded):
        return True
    silent = [i.id for i in INSTRUMENTS.values() if i.family == name and i.id not in brief.instruments]
    return bool(silent) and set(silent) <= set(brief.excluded)


def _excluded(want: Sequence[str], brief: Brief) -> str:
    missing = [name for name in want if not _is_out(name, brief)]
    return f"still there: {', '.join(missing)}" if missing else ""


def _nothing_excluded(want: Sequence[str], brief: Brief) -> str:
    """ "*": nothing at all; but "instrumental" may leave out voices, and "acoustic" what is plugged in."""
    fair = {"choir", "voice", "choir_pad"} if ABOUT_THE_FORM.search(brief.prompt) else set()
    fair |= set(vocabulary().words["acoustic"].silences) if ABOUT_THE_SOUND.search(brief.prompt) else set()
    found = [name for name in brief.excluded if "*" in want and name not in fair]
    found += [name for name in want if name != "*" and _is_out(name, brief)]
    return f"excluded without being asked: {', '.join(found)}" if found else ""


def _moods(want: Sequence[Sequence[str]], brief: Brief) -> str:
    missing = ["|".join(group) for group in want if not set(group) & set(brief.moods)]
    return f"moods {', '.join(brief.moods) or '–'}: missing {', '.join(missing)}" if missing else ""


def _without_moods(want: Sequence[str], brief: Brief) -> str:
    found = set(want) & set(brief.moods)
    return f"moods not wanted: {', '.join(sorted(found))}" if found else ""


def _sings(want: Want, brief: Brief) -> str:
    return "" if "instrumental_only" in _codes(brief) else "not told that nobody sings"


def _is_silent(want: Want, brief: Brief) -> str:
    return "told that nobody sings, and no voice was asked for" if "instrumental_only" in _codes(brief) else ""


def _remark(want: Sequence[str], brief: Brief) -> str:
    return "" if set(want) & set(_codes(brief)) else f"no remark {'|'.join(want)}"


def _without_remark(want: Sequence[str], brief: Brief) -> str:
    found = set(want) & set(_codes(brief))
    return f"remark without reason: {', '.join(sorted(found))}" if found else ""


def _artist(want: Mapping[str, Any], brief: Brief) -> str:
    known = brief.style in want["style"] and brief.sources["style"] == "words"
    told = any(_letters(values["name"]) in _letters(want["name"]) for values in _told(brief, "artist_not_followed"))
    return "" if known or told else f"{want['name']} neither known nor told"


def _structure(want: Want, brief: Brief) -> str:
    return "" if brief.sections or brief.places else "the place of a solo, section or change is not kept"


def _arc(want: Sequence[str], brief: Brief) -> str:
    return "" if brief.arc in want and brief.sources["arc"] == "words" else f"arc {brief.arc} for {'|'.join(want)}"


def _without_arc(want: Sequence[str], brief: Brief) -> str:
    return f"arc {brief.arc} taken from the words" if brief.arc in want and brief.sources["arc"] == "words" else ""


CHECKS: Mapping[str, Check] = {
    "style": _style, "not_style": _without_style, "artist": _artist, "structure": _structure,
    "style_change": _structure, "tempo": _range("tempo"), "no_tempo": _unsaid("tempo"), "tempo_said": _said_tempo,
    "duration": _range("duration"), "no_duration": _unsaid("duration"), "key": _key, "mode": _mode,
    "no_key": _unsaid("tonic", "mode"), "metre": _metre, "instruments": _instruments,
    "not_instruments": _without_instruments, "excluded": _excluded, "not_excluded": _nothing_excluded,
    "moods": _moods, "not_moods": _without_moods, "sings": _sings, "no_sings": _is_silent, "remark": _remark,
    "not_remark": _without_remark, "arc": _arc, "not_arc": _without_arc,
}  # fmt: skip
