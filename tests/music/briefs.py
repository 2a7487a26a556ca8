"""Briefs for tests: a style's own habits, and whatever a test wants otherwise."""

from __future__ import annotations

from typing import Any

from jobs.music import styles
from jobs.music.brief import Brief


def brief(style: str = "pop", **fields: Any) -> Brief:
    """A brief of 40 seconds in C in the style's first mode and metre and the middle of its tempo."""
    habit = styles.get(style)
    values: dict[str, Any] = {
        "prompt": f"some {style}",
        "language": "en",
        "title": "A test",
        "style": style,
        "tempo": round(sum(habit.tempo) / 2),
        "tonic": "C",
        "mode": next(iter(habit.modes)),
        "metre": habit.metres[0],
        "duration": 40.0,
        "energy": habit.energy,
    }
    return Brief(**(values | fields))
