"""A browser before the site as the web server has it: behind the short way."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client

from jobs.api.fast.door import Door
from musicsite.headers import security_headers


class Browser(Client):
    """Speaks to the WSGI application, as a web server does; ``ways`` says which way each request took."""

    def __init__(self, **defaults: str) -> None:
        super().__init__(enforce_csrf_checks=True, HTTP_HOST="testserver", **defaults)
        self._site = self.handler
        self.handler = self._application
        self.ways: list[str] = []

    def ask(self, path: str, body: Any, headers: dict[str, Any]) -> Any:
        """GET, or a POST of JSON."""
        if body is None:
            return self.get(path, headers=headers)
        return self.post(path, body, content_type="application/json", headers=headers)

    def _application(self, environ: dict[str, Any]) -> Any:
        responses: list[Any] = []

        def site(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            self.ways.append("long")
            responses.append(self._site(environ))
            return []

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            self.ways.append("short")
            response = HttpResponse(status=int(status[:3]), headers=dict(headers))
            if "Content-Type" not in dict(headers):
                del response.headers["Content-Type"]
            response.wsgi_request = WSGIRequest(environ)  # type: ignore[attr-defined]
            responses.append(response)

        content = b"".join(Door(site, security_headers)(environ, start_response))
        if content:
            responses[0].content = content
        return responses[0]
