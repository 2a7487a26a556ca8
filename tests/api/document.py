"""The API's own document, made once for all tests: it takes half a second, and they need it to be collected."""

from functools import cache
from typing import Any

from jobs.api.calls import api


@cache
def document() -> dict[str, Any]:
    return api.get_openapi_schema()
