"""Styles as data: one TOML file each in this folder, read once, checked field by field (see docs/STYLES.md)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from jobs.music.styles.kinds import overlaid
from jobs.music.styles.reader import Shared, Style, read_shared, read_style
from jobs.music.styles.rhythms import read_rhythms
from jobs.music.styles.table import StyleError

__all__ = ["Shared", "Style", "StyleError", "all_ids", "get", "shared"]

FOLDER = Path(__file__).parent


@cache
def all_ids() -> tuple[str, ...]:
    """The ids of all styles, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("[!_]*.toml")))


@cache
def get(style_id: str) -> Style:
    """The style of that id. Raise KeyError for an unknown one, StyleError for a file that is wrong."""
    if style_id not in all_ids():
        raise KeyError(style_id)
    return load(FOLDER / f"{style_id}.toml")


def load(path: Path) -> Style:
    """Read one style file. Raise StyleError naming the file and the field at fault."""
    data = _parsed(path)
    base = data.get("style", {}).get("base")
    if base is not None:
        if base not in all_ids() or "base" in (parent := _parsed(FOLDER / f"{base}.toml")).get("style", {}):
            raise StyleError(path.name, "style.base", f"{base!r} is no style that stands on its own")
        data = overlaid(parent, data, path.name)
    return read_style(data, path.name, expected_id=path.stem, shared=shared())


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StyleError(path.name, "", str(error)) from error


@cache
def shared() -> Shared:
    """What styles refer to by name: fills, rhythms and manners of tunes, progressions of the modes."""
    path, rhythms = FOLDER / "_shared.toml", FOLDER / "_rhythms.toml"
    table = read_rhythms(tomllib.loads(rhythms.read_text("utf-8")), rhythms.name)
    return read_shared(tomllib.loads(path.read_text("utf-8")), table, path.name)
