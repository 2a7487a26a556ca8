"""The migrations of a version that does not exist yet: those of the present one, and one more."""

from pathlib import Path

PRESENT = Path(__file__).parents[3] / "jobs" / "migrations"
LAST = max(path.stem for path in PRESENT.glob("[0-9]*.py"))

__path__.append(str(PRESENT))
