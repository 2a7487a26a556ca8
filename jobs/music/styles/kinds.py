"""A kind of a style: a file that says only what differs from its ``base``."""

from __future__ import annotations

from typing import Any

from jobs.music.styles.table import StyleError

_FIELD_BY_FIELD = ("style", "melody", "mix", "harmony")
_NOT_INHERITED = ("id", "name", "name_ko")


def overlaid(base: dict[str, Any], own: dict[str, Any], file: str) -> dict[str, Any]:
    """The base's parsed file with what the kind says laid over it.

    [style], [melody] and [mix] field by field, [harmony] mode by mode; [sections] and [[grooves]] as a whole; [[parts]]
    by name, a part with ``drop = true`` is left out. Raise StyleError for one to be left out that there is not.
    """
    merged = {name: value for name, value in base.items() if name != "style"}
    merged["style"] = {name: value for name, value in base["style"].items() if name not in _NOT_INHERITED}
    for name, value in own.items():
        if name in _FIELD_BY_FIELD and isinstance(value, dict):
            merged[name] = {**merged.get(name, {}), **value}
        elif name == "parts" and isinstance(value, list):
            merged[name] = _parts(base["parts"], value, file)
        else:
            merged[name] = value
    return merged


def _parts(base: list[dict[str, Any]], own: list[dict[str, Any]], file: str) -> list[dict[str, Any]]:
    parts = {part.get("name", part["role"]): part for part in base}
    for index, part in enumerate(own):
        name = part.get("name", part.get("role", ""))
        if not part.get("drop"):
            parts[name] = {**parts.get(name, {}), **part}
        elif parts.pop(name, None) is None:
            raise StyleError(file, f"parts[{index}].drop", f"{name!r} is no part of the base")
    return list(parts.values())
