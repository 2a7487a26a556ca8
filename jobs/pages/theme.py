"""Dark or light: the system's choice, unless this browser was told otherwise."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

THEMES = ("light", "dark")
COOKIE = f"{settings.COOKIE_PREFIX}theme"


def theme_of(request: HttpRequest) -> str:
    """One of THEMES, or "" for the system's."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in THEMES else ""


def theme(request: HttpRequest) -> dict[str, str]:
    """Context processor."""
    return {"theme": theme_of(request)}
