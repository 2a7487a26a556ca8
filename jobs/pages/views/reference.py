"""The reference of the API: its own document, for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jobs.api.calls import api
from jobs.pages.reference import calls_of, shapes_of


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Every call and every shape, without a script."""
    return render(request, "pages/reference.html", _contents())


@cache
def _contents() -> dict[str, Any]:
    document = api.get_openapi_schema()
    return {"calls": calls_of(document), "shapes": shapes_of(document)}
