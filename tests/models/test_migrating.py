"""Operations of migrations that a running site survives."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from jobs.models import Job
from jobs.models.migrating import AddIndexOnline

pytestmark = pytest.mark.django_db(transaction=True)


def add() -> str:
    """Add the index of the second migration as ``migrate`` does; returns its name."""
    migration = import_module("jobs.migrations.0002_storage_counts_the_bin").Migration
    (operation,) = migration.operations
    assert isinstance(operation, AddIndexOnline)
    assert not migration.atomic, "an index cannot be made concurrently within a transaction"
    state = MigrationLoader(connection).project_state([("jobs", "0002_storage_counts_the_bin")])
    with connection.schema_editor(atomic=migration.atomic) as editor:
        operation.database_forwards("jobs", editor, state, state)
    return str(operation.index.name)


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, Job._meta.db_table))


def test_an_index_is_added_once_however_often_the_migration_is_begun() -> None:
    with connection.schema_editor() as editor:
        editor.remove_index(Job, next(index for index in Job._meta.indexes if index.name == "job_storage"))
    assert "job_storage" not in indexes()
    for _ in range(2):
        assert add() in indexes()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL leaves half an index")
def test_half_an_index_is_made_anew_and_the_time_that_it_takes_is_not_limited() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'job_storage'::regclass")
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        add()
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'job_storage'::regclass")
        assert cursor.fetchone() == (True,)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before
