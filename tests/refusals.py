"""Orders through the API, and what a refused one must say."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client


def ask(client: Client, prompt: str = "piano", **headers: str) -> Any:
    return client.post("/api/music", json.dumps({"prompt": prompt}), content_type="application/json", headers=headers)


def is_refused(response: Any, code: str) -> None:
    """Assert a problem document of status 429 with ``code`` that says when to come again."""
    assert response.status_code == 429, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert int(response["Retry-After"]) >= 1
