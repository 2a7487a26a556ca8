from typing import Any

from django.db import migrations, models


def widen(apps: Any, schema_editor: Any) -> None:
    """SQLite does not look at the length, and would copy the table; PostgreSQL changes no row."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE "jobs_job" ALTER COLUMN "export_as" TYPE varchar(80)')


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0007_tokens'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(widen, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField('job', 'export_as', models.CharField(blank=True, max_length=80)),
            ],
        ),
    ]
