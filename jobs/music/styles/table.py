"""Reading a TOML table key by key; every mistake is an error that names file and field."""

from __future__ import annotations

from typing import Any


class StyleError(ValueError):
    """A style file is wrong: ``file`` and ``field`` say where."""

    def __init__(self, file: str, field: str, message: str) -> None:
        super().__init__(f"{file}: {field}: {message}" if field else f"{file}: {message}")
        self.file, self.field = file, field


class Table:
    """One TOML table, read key by key; ``close`` complains of what nobody asked for."""

    def __init__(self, data: Any, file: str, where: str) -> None:
        self.file, self.where = file, where
        if not isinstance(data, dict):
            raise StyleError(file, where, "should be a table")
        self.left = dict(data)

    def fail(self, key: str, message: str) -> StyleError:
        return StyleError(self.file, f"{self.where}.{key}".strip("."), message)

    def take(self, key: str, default: Any = None) -> Any:
        value = self.left.pop(key, default)
        if value is None:
            raise self.fail(key, "is missing")
        return value

    def text(self, key: str, default: str | None = None, of: tuple[str, ...] = ()) -> str:
        value = self.take(key, default)
        if not isinstance(value, str):
            raise self.fail(key, f"{value!r} should be text")
        if of and value not in of:
            raise self.fail(key, f"{value!r} is not one of {', '.join(of)}")
        return value

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.fail(key, f"{value!r} should be a number from {low:g} to {high:g}")
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.take(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"{value!r} should be true or false")
        return value

    def texts(self, key: str, default: list[str] | None = None, of: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = self.take(key, default)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, f"{value!r} should be a list of texts")
        if of and (wrong := [item for item in value if item not in of]):
            raise self.fail(key, f"{wrong[0]!r} is not one of {', '.join(of)}")
        return tuple(value)

    def pair(self, key: str, low: float, high: float, default: list[float] | None = None) -> tuple[float, float]:
        value = self.take(key, default)
        numbers = isinstance(value, list) and len(value) == 2 and all(isinstance(item, int | float) for item in value)
        if not numbers or not low <= value[0] <= value[1] <= high:
            raise self.fail(key, f"{value!r} should be two rising numbers from {low:g} to {high:g}")
        return value[0], value[1]

    def weights(self, key: str, of: tuple[str, ...]) -> dict[str, float]:
        table = self.table(key)
        weights = {name: table.number(name, 0.01, 100.0) for name in list(table.left) if name in of}
        table.close()
        if not weights:
            raise self.fail(key, f"needs at least one of {', '.join(of)}")
        return weights

    def table(self, key: str) -> Table:
        return Table(self.take(key, {}), self.file, f"{self.where}.{key}".strip("."))

    def tables(self, key: str) -> list[Table]:
        rows = self.take(key, [])
        if not isinstance(rows, list):
            raise self.fail(key, "should be an array of tables")
        return [Table(row, self.file, f"{self.where}.{key}[{index}]".strip(".")) for index, row in enumerate(rows)]

    def close(self) -> None:
        if self.left:
            raise self.fail(next(iter(self.left)), "is not a known field")
