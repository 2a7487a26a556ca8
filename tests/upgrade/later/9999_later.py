"""Adds a table in two steps; where UPGRADE_STOPS names a file, it makes that and waits in the middle for its end."""

import os
import time
from pathlib import Path
from typing import Any

from django.db import migrations

from tests.upgrade.later import LAST


def _stop(apps: Any, schema_editor: Any) -> None:
    if path := os.environ.get("UPGRADE_STOPS"):
        Path(path).touch()
        time.sleep(600)


class Migration(migrations.Migration):
    dependencies = [("jobs", LAST)]
    operations = [
        migrations.RunSQL("CREATE TABLE jobs_later (id integer)"),
        migrations.RunPython(_stop),
        migrations.RunSQL("ALTER TABLE jobs_later ADD COLUMN word text"),
    ]
