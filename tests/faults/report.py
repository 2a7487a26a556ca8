"""What a run says: a line for each fault, a table at the end."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One fault. ``value`` in seconds; None where it was not reached."""

    database: str
    kind: str
    figure: str
    within: float
    value: float | None
    detail: str
    violations: list[str]

    def __str__(self) -> str:
        value = "" if self.value is None else f"{self.figure} {self.value:.2f} s"
        said = "; ".join(self.violations)
        return f"{self.kind:52} {value:48} {self.detail}" + (f"  VIOLATED: {said}" if said else "")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def table(lines: list[Line], *, seed: str, seconds: float) -> str:
    """Markdown: median and worst of each kind."""
    rows = [
        "",
        f"{len(lines)} faults, seed {seed}, {seconds / 60:.1f} minutes, "
        f"{sum(len(line.violations) for line in lines)} violations while they happened",
        "",
        "| fault | times | measured | median | worst | promised |",
        "| --- | ---: | --- | ---: | ---: | ---: |",
    ]
    kinds = list(dict.fromkeys((line.kind, line.figure, line.within) for line in lines))
    for kind, figure, within in sorted(kinds):
        here = [line for line in lines if line.kind == kind]
        values = [line.value for line in here if line.value is not None]
        middle, worst = (f"{median(values):.2f} s", f"{max(values):.2f} s") if values else ("–", "–")
        rows.append(f"| {kind} | {len(here)} | {figure} | {middle} | {worst} | {within:.0f} s |")
    return "\n".join(rows)
