"""What makes the site an application of a phone: its manifest, its service worker, the page that is shown offline."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

GROUND, THEME = "#faf9fb", "#5b3fd0"  # while it starts; of the system's bars around it
ICONS = (("192", "any"), ("512", "any"), ("maskable-192", "maskable"), ("maskable-512", "maskable"))
# A worker's own policy is its script's: it fetches what the site, and where tracks are redirected to, have.
_REACHED = f"'self' {settings.STORE_ORIGINS}".rstrip()
WORKER_POLICY = f"default-src 'none'; script-src 'self'; connect-src {_REACHED}; frame-ancestors 'none'"


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The web application manifest, in the language of whoever installs."""
    document = {
        "id": "/",
        "name": "Musicsite",
        "short_name": "Musicsite",
        "description": _("Describe music in words, go on browsing, find the track in your library."),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": THEME,
        "icons": [
            {
                "src": static(f"icons/{name}.png"),
                "sizes": f"{name.rpartition('-')[2]}x{name.rpartition('-')[2]}",
                "type": "image/png",
                "purpose": purpose,
            }
            for name, purpose in ICONS
        ],
        "shortcuts": [
            {"name": _("Create music"), "url": reverse("music")},
            {"name": _("Library"), "url": reverse("library")},
        ],
    }
    return HttpResponse(json.dumps(document, ensure_ascii=False), content_type="application/manifest+json")


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that answers where there is no network: another one when it or the offline page is."""
    language = _language(request)
    digest = hashlib.blake2b(_offline(language).encode(), digest_size=6).hexdigest()
    page = f"{reverse('offline')}?{urlencode({'language': language, 'v': digest})}"
    script = f"const OFFLINE = {json.dumps(page)};\nimportScripts({json.dumps(static('pages/service_worker.js'))});\n"
    response = HttpResponse(script, content_type="text/javascript")
    response["Content-Security-Policy"] = WORKER_POLICY
    return response


@login_not_required
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page for whoever has no network, which browsers keep: nothing of anybody is in it, whoever asks."""
    return HttpResponse(_offline(_language(request)))


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "")
    return wanted if wanted in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE


@cache
def _offline(language: str) -> str:
    with override(language):
        return render_to_string("pages/offline.html")
