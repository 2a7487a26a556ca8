"""The short way of calls that are made all the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from jobs.api.fast import door, logins, orders
from tests.api.browser import Browser


@pytest.fixture
def mina(user: User) -> Browser:
    """A browser in which mina is signed in."""
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture(autouse=True)
def _forget() -> None:
    for remembered in (logins.is_login, orders._passes_csrf, door._language):
        remembered.cache_clear()


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The answer as if there were no short way."""

    def ask(browser: Browser, path: str, body: Any = None, **headers: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(door.Door, "_answer", lambda self, environ, view: None)
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
