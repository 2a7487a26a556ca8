"""A database of this version; those of others are in tests/upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.storage import upgrade


@pytest.mark.django_db(transaction=True)
def test_a_second_start_has_nothing_to_do(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(upgrade, "_write_copy", lambda: pytest.fail("nothing is about to be changed"))
    assert upgrade.missing() == []
    assert upgrade.bring_up_to_date() == ""
