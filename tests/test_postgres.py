"""What depends on the database, on PostgreSQL: the suite runs on SQLite unless DATABASE_URL says otherwise."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests import postgres

FILES = ["tests/test_models.py", "tests/test_queue.py", "tests/test_tasks.py", "tests/test_api.py"]


@pytest.mark.slow
def test_the_state_machine_holds_on_postgresql() -> None:
    folder = postgres.needed()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MUSICSITE", "DJANGO"))}
    with postgres.server(folder) as server:
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *FILES],
            cwd=settings.BASE_DIR,
            env={**env, "DATABASE_URL": server.url},
            capture_output=True,
            text=True,
        )
    assert tests.returncode == 0, tests.stdout + tests.stderr
