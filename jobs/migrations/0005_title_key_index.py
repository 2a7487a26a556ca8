"""Titles are sorted by their key from now on. Nobody waits for the new index, and whoever still sorts by the title itself
sorts one person's rows without the old one."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

LIBRARY = models.Q(("deleted_at__isnull", True), ("export_of__isnull", True))


class AddIndex(AddIndexConcurrently):
    """Without a lock on PostgreSQL; one that an interrupted migration has left behind is made anew."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        concurrently = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f'DROP INDEX {concurrently}IF EXISTS "{self.index.name}"')
        operation = AddIndexConcurrently if concurrently else migrations.AddIndex
        operation.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        operation = AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else migrations.AddIndex
        operation.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RemoveIndex(RemoveIndexConcurrently):
    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        concurrently = "CONCURRENTLY " if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f'DROP INDEX {concurrently}IF EXISTS "{self.name}"')

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        operation = RemoveIndexConcurrently if schema_editor.connection.vendor == "postgresql" else migrations.RemoveIndex
        operation.database_backwards(self, app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0004_fill_search_text")]

    operations = [
        AddIndex(
            model_name="job",
            index=models.Index(condition=LIBRARY, fields=["owner", "title_key", "id"], name="job_library_name"),
        ),
        AddIndex(
            model_name="job",
            index=models.Index(condition=models.Q(("title_key__isnull", True)), fields=["id"], name="job_underived"),
        ),
        RemoveIndex(model_name="job", name="job_library_title"),
    ]
