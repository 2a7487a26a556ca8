"""SQL for what is asked all the time: querysets that are made into SQL once, and expressions that the ORM lacks."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Field, IntegerField, QuerySet, Subquery, Value


class Slot(Value):
    """Stands in a queryset for a value that each run of its Prepared gives by ``name``."""

    def __init__(self, name: str, output_field: Field[Any, Any]) -> None:
        super().__init__(name, output_field=output_field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Prepared:
    """The rows of a ``values_list`` queryset with its Slots filled.

    Making the SQL is most of what a small query of the ORM costs. A prepared one leaves conditions, owner checks and
    conversions where they belong, in querysets and fields, and costs little more than its statement.
    """

    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self._sql, self._params = compiler.as_sql()
        self._driver_sql = (
            self._sql.replace("%s", "?").replace("%%", "%") if connection.vendor == "sqlite" else self._sql
        )
        self._slots = {param.value: param for param in self._params if isinstance(param, Slot)}
        self._converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        self._convert = compiler.apply_converters

    def rows(self, **values: Any) -> list[list[Any]]:
        given = {
            name: slot.output_field.get_db_prep_value(values[name], connection) for name, slot in self._slots.items()
        }
        params = [given[param.value] if type(param) is Slot else param for param in self._params]
        return list(self._convert(self._fetch(params), self._converters))

    def _fetch(self, params: list[Any]) -> list[Any]:
        if connection.queries_logged or connection.execute_wrappers:
            with connection.cursor() as cursor:
                cursor.execute(self._sql, params)
                return cursor.fetchall()
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        with connection.wrap_database_errors:  # straight to the driver: Django's cursor costs as much as the statement
            return connection.connection.execute(self._driver_sql, params).fetchall()


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
