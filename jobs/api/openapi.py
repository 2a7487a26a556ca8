"""The API's own document: what ninja generates from the code, with what it does not know of errors and headers."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from jobs.api.problems import CONTENT_TYPE
from jobs.api.tokens import TokenLogin

_SECONDS = {
    "schema": {"type": "string", "pattern": r"^\d+$"},
    "description": "seconds until asking again is worth while",
}
_ETAG = {"schema": {"type": "string", "pattern": '^(W/)?"'}, "description": "for If-None-Match"}
_LOCATION = {"schema": {"type": "string", "format": "uri-reference"}}
_HEADERS: dict[str, dict[str, Any]] = {
    "200": {"ETag": _ETAG, "Retry-After": _SECONDS},
    "202": {"ETag": _ETAG, "Retry-After": _SECONDS, "Location": _LOCATION},
    "304": {"ETag": _ETAG},
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    "429": {"Retry-After": {**_SECONDS, "required": True}},
}


class _Document(OpenAPISchema):
    """Says which scope of a token a call needs, which ninja leaves open."""

    def operation_security(self, operation: Operation) -> Any:
        logins: Any = super().operation_security(operation) or []
        for login, callback in zip(logins, operation.auth_callbacks, strict=True):
            if isinstance(callback, TokenLogin):
                login[TokenLogin.__name__] = [callback.scope_for(operation.methods[0])]
        return logins or None


class Contract(NinjaAPI):
    """Errors are problem documents, and answers have headers."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        document = _Document(api=self, path_prefix=prefix)
        for methods in document["paths"].values():
            for call in methods.values():
                for status, answer in call["responses"].items():
                    _describe(str(status), answer)
        return document


def _describe(status: str, answer: dict[str, Any]) -> None:
    if status >= "400" and "application/json" in answer.get("content", {}):
        answer["content"] = {CONTENT_TYPE: answer["content"]["application/json"]}
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
