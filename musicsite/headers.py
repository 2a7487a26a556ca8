"""Headers that every answer carries: what a browser may load, show and keep. Django's own middleware adds the rest."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


def policy(store: str) -> str:
    """The value of Content-Security-Policy. ``store``: origins that tracks are redirected to, "" for none.

    Everything comes from files of this site: no inline script, style or handler, no eval, no frame, no plug-in.
    """
    own_sources = [f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "manifest")]
    track_sources = [f"{kind}-src 'self' {store}".rstrip() for kind in ("connect", "media")]
    other_rules = ["form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]
    return "; ".join(["default-src 'none'", *own_sources, *track_sources, *other_rules])


POLICY = policy(settings.STORE_ORIGINS)
OWN_FILMS = POLICY.replace(
    "media-src 'self'", "media-src 'self' blob:"
)  # of the page on which a film of the person's runs
NOTHING = (
    "default-src 'none'; frame-ancestors 'none'"  # for scripts, styles and pictures, which load nothing themselves
)
NEVER = (
    "accelerometer", "bluetooth", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",  # what is for everybody says so itself, as static files do
}
# Means nothing on the scripts and styles that a page loads, and is longer than many of them.
FEATURES = ", ".join(f"{feature}=()" for feature in NEVER)
# Of Django's middleware, on a page's thirty scripts and styles; NOTHING forbids frames by itself.
OF_DOCUMENTS = ("Cross-Origin-Opener-Policy", "Referrer-Policy", "X-Frame-Options")


def _ends_session(response: HttpResponseBase) -> bool:
    """Whether a browser is logged out by it: what it keeps for Back is no longer for whoever sits there."""
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie is not None and cookie["max-age"] == 0


def security_headers(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, outermost: an answer's own header of that name stays."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if "public" in response.headers.get("Cache-Control", ""):
            response.headers.setdefault("Content-Security-Policy", NOTHING)
            for name in OF_DOCUMENTS:
                response.headers.pop(name, None)
        else:
            response.headers.setdefault("Permissions-Policy", FEATURES)
        if getattr(response, "shows_own_films", False):
            response.headers.setdefault("Content-Security-Policy", OWN_FILMS)
        if _ends_session(response):
            response.headers["Clear-Site-Data"] = '"cache"'
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware
