"""Addresses of this site as they leave it, in mails and invitations."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def absolute(request: HttpRequest, path: str) -> str:
    """``path`` below MUSICSITE_URL; on a site without one, which is local, below the name that was asked for."""
    return f"{settings.SITE_URL.rstrip('/')}{path}" if settings.SITE_URL else request.build_absolute_uri(path)
