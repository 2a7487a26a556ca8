"""The API's own document as a page wants it: calls with what they take, said in a line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

METHODS = ("get", "post", "put", "patch", "delete")


class Field(NamedTuple):
    """A parameter of a call, or a field of its body."""

    name: str
    kind: str
    note: str
    is_required: bool


class Call(NamedTuple):
    method: str
    path: str
    summary: str
    note: str
    scope: str
    parameters: list[Field]
    body: str  # name of its shape; "" for none
    answers: str  # statuses, the good ones first

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.method}-{self.path}".strip("/").replace("/", "-").replace("{", "").replace("}", "").lower()


class Shape(NamedTuple):
    """What goes over the wire, by name."""

    name: str
    note: str
    fields: list[Field]


def calls_of(document: Mapping[str, Any]) -> list[Call]:
    """Every call of the document, in its order."""
    return [
        _call(method, path, methods[method])
        for path, methods in document["paths"].items()
        for method in METHODS
        if method in methods
    ]


def shapes_of(document: Mapping[str, Any]) -> list[Shape]:
    """Every shape that the document names, in the order of the alphabet."""
    return [
        Shape(name, shape.get("description", ""), list(_fields(shape)))
        for name, shape in sorted(document["components"]["schemas"].items())
    ]


def _call(method: str, path: str, call: Mapping[str, Any]) -> Call:
    parameters = [
        Field(one["name"], _kind(one["schema"]), one.get("description", ""), one.get("required", False))
        for one in call.get("parameters", ())
    ]
    content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    scopes = [scopes[0] for login in call["security"] for scopes in login.values() if scopes]
    answers = ", ".join(str(status) for status in sorted(map(str, call["responses"])))
    body = _kind(content["schema"]) if content else ""
    return Call(
        method.upper(),
        path,
        call["summary"],
        call.get("description", "").replace("``", ""),
        scopes[0],
        parameters,
        body,
        answers,
    )


def _fields(shape: Mapping[str, Any]) -> Iterator[Field]:
    required = shape.get("required", ())
    for name, field in shape.get("properties", {}).items():
        yield Field(name, _kind(field), field.get("description", ""), name in required)


def _kind(schema: Mapping[str, Any]) -> str:
    """The type of a value in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("enum"):
        return " | ".join(map(str, choices))
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_kind(option) for option in options))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = str(schema.get("format") or schema.get("const") or schema.get("type", "any"))
    bounds = [
        f"{sign} {schema[name]}"
        for name, sign in (("minimum", "≥"), ("maximum", "≤"), ("maxLength", "length ≤"), ("maxItems", "at most"))
        if name in schema
    ]
    return " ".join([kind, *bounds])
