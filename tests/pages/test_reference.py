"""The reference page has every call and every shape of the document."""

from __future__ import annotations

import pytest
from django.test import Client

from jobs.pages.reference import calls_of, shapes_of
from tests.api.document import document
from tests.making import text_of

pytestmark = pytest.mark.django_db
DOCUMENT = document()


def test_it_lists_every_call_with_its_scope(client: Client) -> None:
    page = text_of(client.get("/docs/api/"))
    calls = calls_of(DOCUMENT)
    assert {(call.path, call.method.lower()) for call in calls} == {
        (path, method) for path, methods in DOCUMENT["paths"].items() for method in methods
    }
    for call in calls:
        assert f"{call.method} {call.path} {call.scope}" in page
    scopes = {f"{call.method} {call.path}": call.scope for call in calls}
    assert scopes["POST /api/music"] == "create"
    assert scopes["GET /api/music/active"] == "read"
    assert scopes["DELETE /api/music/{job_id}"] == "manage"
    assert len({call.anchor for call in calls}) == len(calls)


def test_it_says_what_shapes_are_made_of(client: Client) -> None:
    page = text_of(client.get("/docs/api/"))
    shapes = {shape.name: {field.name: field for field in shape.fields} for shape in shapes_of(DOCUMENT)}
    assert shapes["Order"]["prompt"].is_required
    assert shapes["Order"]["tempo"].kind.startswith("integer")
    assert shapes["Status"]["state"].kind == "pending | processing | done | error"
    assert shapes["Page"]["items"].kind == "list of Status"
    for name in shapes["Order"]:
        assert name in page
