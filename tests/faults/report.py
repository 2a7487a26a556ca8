"""What a run says: a line for each fault, a table at the end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

AFTERWARDS = "audit"  # the kind of the line that holds what the audit of a run found


@dataclass(frozen=True, slots=True)
class Line:
    """One fault. ``value`` in seconds; None where it was not reached. ``share``: what a busy loop got of a core."""

    database: str
    kind: str
    figure: str
    within: float
    value: float | None
    detail: str
    violations: list[str]
    share: float = 1.0

    def __str__(self) -> str:
        value = "" if self.value is None else f"{self.figure} {self.value:.2f} s"
        said = f"  VIOLATED: {'; '.join(self.violations)}" if self.violations else ""
        return f"{self.kind:52} {value:48} {self.share:4.0%} of a core  {self.detail}{said}"

    @classmethod
    def read(cls, path: Path) -> list[Line]:
        return [cls(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []

    @staticmethod
    def write(path: Path, lines: Iterable[Line]) -> None:
        """Add them to the file."""
        with path.open("a") as file:
            file.writelines(json.dumps(asdict(line)) + "\n" for line in lines)


def table(lines: list[Line]) -> str:
    """Markdown: median and worst of each kind."""
    faults = [line for line in lines if line.kind != AFTERWARDS]
    violations = sum(len(line.violations) for line in lines)
    shares = sorted(line.share for line in faults) or [1.0]
    rows = [
        f"\n{len(faults)} faults, {violations} violations",
        f"A busy loop got {median(shares):.0%} of a core meanwhile, {shares[0]:.0%} at worst.\n",
        "| fault | times | measured | median | worst | promised |",
        "| --- | ---: | --- | ---: | ---: | ---: |",
    ]
    for kind, figure, within in sorted({(line.kind, line.figure, line.within) for line in faults}):
        here = [line for line in faults if line.kind == kind]
        values = [line.value for line in here if line.value is not None]
        middle, worst = (f"{median(values):.2f} s", f"{max(values):.2f} s") if values else ("–", "–")
        rows.append(f"| {kind} | {len(here)} | {figure} | {middle} | {worst} | {within:.0f} s |")
    return "\n".join(rows)
