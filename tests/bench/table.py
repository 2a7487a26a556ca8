"""What is published: one table for people, and a JSON file of every single value."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """Values of one thing, of each round; ``goal`` is the least that it has to be (``more``) or else the most."""

    name: str
    values: Sequence[float]
    goal: float | None = None
    more: bool = False
    digits: int = 2

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.median >= self.goal if self.more else self.median <= self.goal

    def row(self) -> str:
        def say(value: float) -> str:
            return f"{value:,.{self.digits}f}"

        spread = f"{say(min(self.values))} – {say(max(self.values))}" if len(self.values) > 1 else ""
        goal = "" if self.goal is None else f"{'≥' if self.more else '≤'} {say(self.goal)}"
        verdict = {None: "", True: "yes", False: "**no**"}[self.reached]
        return f"| {self.name} | {say(self.median)} | {spread} | {goal} | {verdict} |"


def publish(figures: Sequence[Figure], path: Path, **facts: object) -> None:
    facts = {"cores": os.cpu_count(), "python": platform.python_version(), **facts}
    rows = [{**asdict(figure), "median": figure.median, "reached": figure.reached} for figure in figures]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**facts, "figures": rows}, indent=1, ensure_ascii=False))
    lines = [
        ", ".join(f"{name}: {fact}" for name, fact in facts.items()),
        "",
        "| figure | median | spread | goal | reached |",
        "| --- | ---: | ---: | ---: | --- |",
        *(figure.row() for figure in figures),
        "",
    ]
    sys.stdout.write("\n".join(lines))
