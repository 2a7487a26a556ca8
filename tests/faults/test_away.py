"""The address of what a site needs is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow


def run(folder: Path, *command: str, **env: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MUSICSITE_", "DJANGO_"))}
    ours = {"MUSICSITE_DATA_DIR": str(folder), "MUSICSITE_LOCAL": "1", "MUSICSITE_WORKERS": "1"}
    return subprocess.Popen(
        [sys.executable, "manage.py", *command],
        cwd=settings.BASE_DIR,
        env={**clean, **ours, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("url", ["nonsense", "foo://host/name", "postgres://host:port/name"])
def test_a_wrong_address_of_the_database_is_one_sentence(tmp_path: Path, url: str) -> None:
    said = run(tmp_path, "check", DATABASE_URL=url)
    out, _ = said.communicate(timeout=60)
    assert said.returncode == 1
    assert out.splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured: DATABASE_URL")
    assert url not in out.splitlines()[-1], "an address may hold a password"
