"""The database is released: its migrations are added to, and never changed."""

import hashlib
import json
from pathlib import Path

from django.conf import settings

RELEASED: dict[str, str] = json.loads(Path(__file__).with_name("released.json").read_text())
FOLDER = Path(settings.BASE_DIR) / "jobs" / "migrations"


def test_a_released_migration_is_as_it_was() -> None:
    """Whoever has it applied never gets the change. Add a migration instead (docs/UPGRADING.md)."""
    there = {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in RELEASED}
    assert there == RELEASED


def test_new_migrations_come_after_those_that_are_released() -> None:
    new = {path.name for path in FOLDER.glob("[0-9]*.py")} - set(RELEASED)
    assert all(name > max(RELEASED) for name in new)
