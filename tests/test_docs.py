"""What the documents list is all that there is."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from jobs.models.errors import MESSAGES


def named_in(document: str) -> set[str]:
    """The first words of what stands in code spans."""
    text = (Path(settings.BASE_DIR) / "docs" / document).read_text("utf-8")
    return set(re.findall(r"`(\w+)[^`\n]*`", text))


def test_every_error_code_is_explained() -> None:
    assert set(MESSAGES) - named_in("OPERATING.md") == set()


def test_every_command_is_named() -> None:
    ours = {name for name, app in get_commands().items() if app == "jobs"}
    assert ours - named_in("OPERATING.md") == set()


def test_every_variable_is_listed() -> None:
    used = set(re.findall(r'"(MUSICSITE_[A-Z0-9_]+)"', (Path(settings.BASE_DIR) / "musicsite/settings.py").read_text()))
    whole = named_in("SETTINGS.md")
    missing = {name for name in used if name not in whole and f"_{name.rpartition('_')[2]}" not in whole}
    assert len(used) > 40
    assert missing == set()


PATHS = re.compile(r"\b(?:[a-z_]+/)+[a-z_0-9]+\.(?:py|html|js|toml)\b")
ROOTS = ("", "jobs", "jobs/music", "static/pages/modules", "tests/security")
DOCS = Path(settings.BASE_DIR) / "docs"


DOCUMENTS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", *(f"docs/{path.name}" for path in DOCS.glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_the_documents_name_are_there(document: str) -> None:
    root = Path(settings.BASE_DIR)
    named = set(PATHS.findall((root / document).read_text()))
    assert not {path for path in named if not any((root / base / path).exists() for base in ROOTS)}


def test_every_room_says_what_belongs_in_it() -> None:
    rooms = [path for path in (Path(settings.BASE_DIR) / "jobs").rglob("__init__.py") if "migrations" not in path.parts]
    assert len(rooms) > 15
    assert [
        path for path in rooms if not ast.get_docstring(ast.parse(path.read_text())) and path.parent.name != "jobs"
    ] == []


def test_nothing_lies_outside_the_rooms() -> None:
    flat = {path.name for path in (Path(settings.BASE_DIR) / "jobs").glob("*.py")}
    assert flat == {"__init__.py", "apps.py", "checks.py", "urls.py"}
