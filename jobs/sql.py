"""SQL for what is asked all the time: querysets that are made into SQL once, and expressions that the ORM lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, IntegerField, Model, QuerySet, Subquery, Value
from django.db.models.sql import InsertQuery, UpdateQuery

Result = TypeVar("Result")

_PLAIN = (str, int, bool, float, type(None))  # what databases take as it is


class Slot(Value):
    """Stands in a queryset for a value that each run of its Prepared gives by ``name``."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(name, output_field=output_field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class _Statement:
    """SQL and its parameters, some of which are Slots."""

    def __init__(self, sql: str, params: Sequence[Any]) -> None:
        self._sql, self._params = sql, params
        self._driver_sql = (
            self._sql.replace("%s", "?").replace("%%", "%") if connection.vendor == "sqlite" else self._sql
        )
        self._slots = {param.value: param for param in self._params if isinstance(param, Slot)}

    def _run(self, database: Any, values: Mapping[str, Any], read: Callable[[Any], Result]) -> Result:
        """What ``read`` makes of the cursor."""
        given = {
            name: slot.output_field.get_db_prep_value(values[name], database) for name, slot in self._slots.items()
        }
        return self._execute(
            database, [given[param.value] if type(param) is Slot else param for param in self._params], read
        )

    def _execute(self, database: Any, params: Sequence[Any], read: Callable[[Any], Result]) -> Result:
        if database.queries_logged or database.execute_wrappers:
            with database.cursor() as cursor:
                cursor.execute(self._sql, params)
                return read(cursor)
        database.validate_no_broken_transaction()
        database.close_if_health_check_failed()
        database.ensure_connection()
        with database.wrap_database_errors:  # straight to the driver: Django's cursor costs as much as the statement
            return read(database.connection.execute(self._driver_sql, params))


class Prepared(_Statement):
    """The rows of a ``values_list`` queryset with its Slots filled.

    Making the SQL is most of what a small query of the ORM costs. A prepared one leaves conditions, owner checks and
    conversions where they belong, in querysets and fields, and costs little more than its statement.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        super().__init__(*compiler.as_sql())
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        self._converters = [(index, *both) for index, both in converters.items()]

    def rows(self, **values: Any) -> list[Sequence[Any]]:
        database = connections[DEFAULT_DB_ALIAS]
        rows = self._run(database, values, lambda cursor: list(cursor.fetchall()))
        return [self._converted(row, database) for row in rows] if self._converters else rows

    def _converted(self, row: Sequence[Any], database: Any) -> Sequence[Any]:
        values = list(row)
        for index, converters, expression in self._converters:
            for convert in converters:
                values[index] = convert(values[index], expression, database)
        return values


class PreparedUpdate(_Statement):
    """``queryset.update(**values)`` with Slots in both."""

    def __init__(self, queryset: QuerySet[Any, Any], **values: Any) -> None:
        query: Any = queryset.query.chain(UpdateQuery)
        query.add_update_values(values)
        super().__init__(*query.get_compiler(connection=connection).as_sql())

    def run(self, **values: Any) -> int:
        """How many rows it has changed."""
        return int(self._run(connections[DEFAULT_DB_ALIAS], values, lambda cursor: cursor.rowcount))


class PreparedInsert(_Statement):
    """``save(force_insert=True)`` of new objects of a model that have plain values, without Django's signals.

    A key that the database chooses stays unknown.
    """

    def __init__(self, model: type[Model]) -> None:
        query = InsertQuery(model)
        self._fields = [field for field in model._meta.concrete_fields if not field.db_returning]
        query.insert_values(self._fields, [model()])
        super().__init__(*query.get_compiler(connection=connection).as_sql()[0])

    def of(self, new: Model) -> Callable[..., None]:
        """What inserts it, by any thread, all but the statement being done: while that runs others may wait.

        It takes late values.
        """
        database: Any = connections[DEFAULT_DB_ALIAS]
        row = {}
        for field in self._fields:
            value = field.pre_save(new, True)
            row[field.attname] = value if type(value) in _PLAIN else field.get_db_prep_save(value, database)

        def insert(**late: int) -> None:
            for name, value in late.items():
                setattr(new, name, value)
            self._execute(connections[DEFAULT_DB_ALIAS], list({**row, **late}.values()), lambda cursor: None)
            new._state.adding, new._state.db = False, DEFAULT_DB_ALIAS

        return insert


class Literal(Value):
    """A constant word of ours within the SQL.

    SQLite plans a statement anew each time a parameter is bound that decides whether a partial index serves it.
    """

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return f"'{self.value}'", []


class CountUpTo(Subquery):
    """How many rows a queryset has, counted no further than ``most``."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, queryset: QuerySet[Any, Any], most: int) -> None:
        super().__init__(queryset.order_by().values(one=Value(1))[:most])
