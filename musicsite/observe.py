"""Every request has an id, in the log and in its answer, and is counted."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from musicsite import logs

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:/+=@-]{1,100}")


def observed(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware, outermost. The id that a proxy gave is kept, so that one id finds the request in every log."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SANE.fullmatch(given) else secrets.token_hex(16)
        request.id = request_id  # type: ignore[attr-defined]
        with logs.about(request):
            response = get_response(request)
        response.headers[HEADER] = request_id
        return response

    return middleware
