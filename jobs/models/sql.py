"""SQL for what is asked all the time: querysets that are made into SQL once, and expressions that the ORM lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import methodcaller
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, IntegerField, JSONField, Model, QuerySet, Subquery, Value
from django.db.models.sql import InsertQuery, UpdateQuery

Result = TypeVar("Result")

_ROWS = methodcaller("fetchall")
_PLAIN = (str, int, bool, float, type(None))  # what databases take as it is


def _is_plain(value: Any, field: Field[Any, Any]) -> bool:
    return type(value) in _PLAIN and not isinstance(field, JSONField)


class Parameter(Value):
    """Stands in a queryset for a value of ``output_field`` that each run of its Statement gives by ``name``."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(name, output_field=output_field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Statement:
    """SQL and its parameters; for those that are a Parameter, each run has a value by name."""

    def __init__(self, sql: str, params: Sequence[Any]) -> None:
        self._sql, self._params = sql, params
        self._driver_sql = (
            self._sql.replace("%s", "?").replace("%%", "%") if connection.vendor == "sqlite" else self._sql
        )
        self._fields = {param.value: param.output_field for param in self._params if isinstance(param, Parameter)}
        self._is_logged = settings.DEBUG

    def rows(self, **values: Any) -> list[Sequence[Any]]:
        """Run the statement and return its rows. ``values``: one for each Parameter, by its name."""
        database = connections[DEFAULT_DB_ALIAS]
        return self._converted_rows(self._run(database, values, _ROWS), database)

    def _converted_rows(self, rows: list[Sequence[Any]], database: Any) -> list[Sequence[Any]]:
        return rows

    def _run(self, database: Any, values: Mapping[str, Any], read: Callable[[Any], Result]) -> Result:
        """What ``read`` makes of the cursor."""
        converted = {
            name: values[name] if _is_plain(values[name], field) else field.get_db_prep_value(values[name], database)
            for name, field in self._fields.items()
        }
        return self._execute(
            database, [converted[param.value] if type(param) is Parameter else param for param in self._params], read
        )

    def _execute(self, database: Any, params: Sequence[Any], read: Callable[[Any], Result]) -> Result:
        if self._is_logged or database.force_debug_cursor or database.execute_wrappers:
            with database.cursor() as cursor:
                cursor.execute(self._sql, params)
                return read(cursor)
        database.validate_no_broken_transaction()
        database.close_if_health_check_failed()
        if database.connection is None:
            database.ensure_connection()
        with database.wrap_database_errors:  # straight to the driver: Django's cursor costs as much as the statement
            return read(database.connection.execute(self._driver_sql, params))


class PreparedQuery(Statement):
    """The rows of a ``values_list`` queryset with a value for each Parameter.

    Making the SQL is most of what a small query of the ORM costs. A prepared one leaves conditions, owner checks and
    conversions where they belong, in querysets and fields, and costs little more than its statement.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        super().__init__(*compiler.as_sql())
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        self._converters = [(index, *both) for index, both in converters.items()]

    def _converted_rows(self, rows: list[Sequence[Any]], database: Any) -> list[Sequence[Any]]:
        return [self._converted(row, database) for row in rows] if self._converters else rows

    def _converted(self, row: Sequence[Any], database: Any) -> Sequence[Any]:
        values = list(row)
        for index, converters, expression in self._converters:
            for convert in converters:
                values[index] = convert(values[index], expression, database)
        return values


class PreparedUpdate(Statement):
    """``queryset.update(**values)`` with Parameters in both."""

    def __init__(self, queryset: QuerySet[Any, Any], **values: Any) -> None:
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values(values)
        super().__init__(*query.get_compiler(connection=connection).as_sql())

    def run(self, **values: Any) -> int:
        """Run the statement; returns how many rows have changed. ``values``: one for each Parameter, by its name."""
        return int(self._run(connections[DEFAULT_DB_ALIAS], values, lambda cursor: cursor.rowcount))


class PreparedInsert(Statement):
    """New objects of a model that have plain values, and what saves them, without Django's signals.

    Neither asks each field for a default that never changes, which is most of what both cost.
    """

    def __init__(self, model: type[Model]) -> None:
        query, blank = InsertQuery(model), model()
        fields = model._meta.concrete_fields
        stored = [field for field in fields if not field.db_returning]
        query.insert_values(stored, [blank])
        super().__init__(*query.get_compiler(connection=connection).as_sql()[0])
        self._model = model
        self._columns = {field.attname: field for field in stored}
        self._values = {field.attname: getattr(blank, field.attname) for field in fields}
        self._row = self._prepared({name: self._values[name] for name in self._columns})
        factories = {
            field.attname: field.default for field in stored if field.has_default() and callable(field.default)
        }
        self._empty = {name: default for name, default in factories.items() if default in (dict, list)}
        self._fresh = {name: default for name, default in factories.items() if name not in self._empty}
        self._derived: list[Any] = [field for field in stored if hasattr(field, "derived_from")]

    def _prepared(self, values: Mapping[str, Any]) -> dict[str, Any]:
        database = connections[DEFAULT_DB_ALIAS]  # looking it up costs as much as three columns
        fields = [(name, value, self._columns[name]) for name, value in values.items()]
        return {
            name: value if _is_plain(value, field) else field.get_db_prep_save(value, database)
            for name, value, field in fields
        }

    def make(self, **values: Any) -> tuple[Any, Callable[..., None]]:
        """Returns ``Model(**values)``, values by the names of columns (``owner_id``), and a function that inserts it.

        The function may be called by any thread. It does nothing but the statement, since others may wait for it, and
        it takes late values, by the names of columns. A key that the database chooses stays unknown.
        """
        given_values = {**{name: default() for name, default in self._fresh.items()}, **values}
        for field in self._derived:
            sources = [given_values.get(name, self._values[name]) for name in field.derived_from]
            given_values[field.attname] = field.derive(*sources)
        new = self._model(
            *{**self._values, **{name: default() for name, default in self._empty.items()}, **given_values}.values()
        )
        row = {**self._row, **self._prepared(given_values)}

        def insert(**late: int) -> None:
            for name, value in late.items():
                setattr(new, name, value)
            self._execute(connections[DEFAULT_DB_ALIAS], list({**row, **late}.values()), lambda cursor: None)
            new._state.adding, new._state.db = False, DEFAULT_DB_ALIAS

        return new, insert


class Literal(Value):
    """A constant word or number of the code's own within the SQL, never anybody's input: it is not escaped.

    SQLite plans a statement anew each time a parameter is bound that decides whether a partial index serves it.
    """

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return str(self.value) if isinstance(self.value, int) else f"'{self.value}'", []


class CountUpTo(Subquery):
    """How many rows a queryset has, counted no further than ``limit``."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, queryset: QuerySet[Any, Any], limit: int) -> None:
        super().__init__(queryset.order_by().values(one=Value(1))[:limit])
