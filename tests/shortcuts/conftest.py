"""The short way of calls that are made all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client

from jobs import shortcuts
from jobs.shortcuts import logins, orders


class Browser(Client):
    """Speaks to the WSGI application, as a web server does; ``ways`` says which way each request took."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True, HTTP_HOST="testserver")
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

        content = b"".join(shortcuts.shortcuts(site)(environ, start_response))
        if content:
            responses[0].content = content
        return responses[0]


@pytest.fixture
def mina(user: User) -> Browser:
    """A browser in which mina is signed in."""
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture(autouse=True)
def _forget() -> None:
    for remembered in (logins.is_login, orders._passes_csrf, shortcuts._headers_under, shortcuts._language):
        remembered.cache_clear()


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The answer as if there were no short way."""

    def ask(browser: Browser, path: str, body: Any = None, **headers: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(shortcuts, "_answer", lambda environ, view: None)
            return browser.ask(path, body, headers)

    return ask


@pytest.fixture
def short_way() -> Callable[..., Any]:
    """The short way's answer; fails where it has none."""

    def ask(browser: Browser, path: str, body: Any = None, **headers: Any) -> Any:
        response = browser.ask(path, body, headers)
        assert browser.ways[-1] == "short"
        return response

    return ask
