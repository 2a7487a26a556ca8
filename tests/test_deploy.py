"""The files under deploy/: what each says by itself. ``make hosts`` starts them as on a server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.conf import settings

DEPLOY = Path(settings.BASE_DIR) / "deploy"


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    for unit in (DEPLOY / "systemd").glob("*.*"):
        if unit.suffix in (".service", ".timer"):
            text = unit.read_text().replace("/srv/musicsite/current/.venv/bin/python", "/bin/true")
            (tmp_path / unit.name.replace("@", "@8001")).write_text(text)
    units = [str(path) for path in tmp_path.iterdir()]
    found = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True)
    ours = [line for line in found.stderr.splitlines() if "musicsite" in line]
    assert ours == []


def test_workers_get_longer_to_stop_than_their_jobs() -> None:
    unit = (DEPLOY / "systemd" / "musicsite-worker.service").read_text()
    grace = int(re.findall(r"MUSICSITE_GRACE_SECONDS=(\d+)", (DEPLOY / "systemd" / "env.example").read_text())[0])
    assert "KillMode=mixed" in unit
    assert int(re.findall(r"TimeoutStopSec=(\d+)", unit)[0]) >= grace + 10
    compose = yaml.safe_load((DEPLOY.parent / "compose.yaml").read_text())
    worker = compose["services"]["worker"]
    assert int(worker["stop_grace_period"].removesuffix("s")) >= 10 + int(
        worker["environment"]["MUSICSITE_GRACE_SECONDS"]
    )


def test_the_image_has_nothing_to_complain_of() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, "Dockerfile"], cwd=settings.BASE_DIR, capture_output=True, text=True)
    assert found.stdout == ""
    last = (DEPLOY.parent / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert not re.search(r"apt-get|pip install|gcc|npm", last)
    assert re.search(r"^USER \d+$", last, re.MULTILINE)


def test_every_setting_in_the_files_exists() -> None:
    known = set((DEPLOY.parent / "musicsite" / "settings.py").read_text().split('"'))
    for path in (*DEPLOY.rglob("*"), DEPLOY.parent / "compose.yaml", DEPLOY.parent / "Dockerfile"):
        if path.is_file():
            named = set(re.findall(r"^\s*(?:ENV )?(MUSICSITE_[A-Z0-9_]+)[:=]", path.read_text(), re.MULTILINE))
            assert named <= known | {"MUSICSITE_HOST"}, path
