"""Fills the columns of rows that are there, in batches, while the site goes on; what is filled already is left alone."""

from typing import Any

from django.db import migrations

from jobs.models.text import fill_derived

PAUSE = 0.02  # seconds after each batch, for those who wait to write


def fill(apps: Any, schema_editor: Any) -> None:
    fill_derived(apps.get_model("jobs", "Job")._base_manager.using(schema_editor.connection.alias), PAUSE)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0003_search_text")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
