"""Operations of migrations that a running site survives, on either database."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations import AddIndex
from django.db.migrations.state import ProjectState

_INVALID = """
    SELECT 1 FROM pg_index WHERE NOT indisvalid AND indexrelid = to_regclass(%s)
"""


class AddIndexOnline(AddIndex):
    """``AddIndex`` that lets others write meanwhile on PostgreSQL, however large the table, for as long as it takes.

    In a migration with ``atomic = False``. One that was interrupted begins anew; an index that is there stays.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        connection = schema_editor.connection
        if not self.allow_migrate_model(connection.alias, model):
            return
        options: dict[str, bool] = {}
        if connection.vendor == "postgresql":
            options["concurrently"] = True
            schema_editor.execute("SET statement_timeout = 0")
            with connection.cursor() as cursor:
                cursor.execute(_INVALID, [self.index.name])
                if cursor.fetchone():
                    schema_editor.execute(f"DROP INDEX CONCURRENTLY {schema_editor.quote_name(self.index.name)}")
        with connection.cursor() as cursor:
            present = connection.introspection.get_constraints(cursor, model._meta.db_table)
        if self.index.name not in present:
            schema_editor.add_index(model, self.index, **options)
        if connection.vendor == "postgresql":
            schema_editor.execute("RESET statement_timeout")
