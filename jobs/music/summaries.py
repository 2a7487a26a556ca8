"""One step of an edit in a few words: "drums off in verse 2, tempo 90"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.music.editing import Outline
from jobs.music.words.cues import moment

LONGEST = 200  # characters
_WHOLE = ("tempo", "length", "key", "swing", "ending", "master")
_SILENT = ("mute", "removed")
Cues = Sequence[Mapping[str, Any]] | None


def summarised(before: Mapping[str, Any], after: Mapping[str, Any], composed: Outline) -> str:
    """What the second document of a piece has that the first one has not, at most LONGEST characters."""
    words = _sections(before.get("sections"), after.get("sections"), composed)
    for kind in _differing(before.get("kinds", {}), after.get("kinds", {})):
        words.append(f"chords of each {kind}")
    for name in _differing(before.get("parts", {}), after.get("parts", {})):
        words.append(_part(name, before.get("parts", {}).get(name, {}), after.get("parts", {}).get(name, {})))
    for field in _WHOLE:
        if before.get(field) != after.get(field):
            words.append(f"{field} {after[field]}" if field in after else f"{field} as composed")
    words += _moments(before.get("cues"), after.get("cues"))
    text = ", ".join(words)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]


def _sections(
    before: Sequence[Mapping[str, Any]] | None, after: Sequence[Mapping[str, Any]] | None, composed: Outline
) -> list[str]:
    as_composed = [{"of": number} for number in range(len(composed.sections))]
    old, new = before or as_composed, after or as_composed
    if [section.get("of") for section in old] != [section.get("of") for section in new]:
        return ["sections"]
    words: list[str] = []
    for name, one, other in zip(_names(new, composed), old, new, strict=True):
        for field in _differing(one, other):
            if field == "cells":
                cells = other.get("cells", {})
                parts = _differing(one.get("cells", {}), cells)
                words += [f"{part} {cells.get(part, 'as composed')} in {name}" for part in parts]
            else:
                words.append({"seed": "another idea", "ideas": "another idea"}.get(field, field) + f" in {name}")
    return words


def _names(sections: Sequence[Mapping[str, Any]], composed: Outline) -> list[str]:
    """ "verse 2": the kind, and its number among those of the same kind."""
    seen: Counter[str] = Counter()
    names = []
    for section in sections:
        kind = section.get("kind") or composed.sections[section["of"]][0]
        seen[kind] += 1
        names.append(f"{kind} {seen[kind]}")
    return names


def _moments(before: Cues, after: Cues) -> Iterator[str]:
    if before == after:
        return
    if not after:
        yield "moments as ordered" if after is None else "no moments"
        return
    old, new = ({cue["at"]: cue.get("kind", "hit") for cue in cues or ()} for cues in (before, after))
    yield from (f"moment at {moment(at)}: {kind}" for at, kind in new.items() if old.get(at) != kind)
    yield from (f"no moment at {moment(at)}" for at in old if at not in new)


def _part(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if any(after.get(field) and not before.get(field) for field in _SILENT):
        return f"{name} out"
    changed = _differing(before, after)
    return f"{name}: " + " ".join(f"{field} {after.get(field, 'as composed')}" for field in changed)
