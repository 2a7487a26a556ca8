"""Errors of the JSON contract as problem documents (RFC 9457), whoever raises them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from jobs.models.errors import LimitReached

CONTENT_TYPE = "application/problem+json"

# status → stable code, and what people read
KNOWN = {
    400: ("malformed", gettext_noop("The request could not be read.")),
    401: ("signed_out", gettext_noop("Please log in.")),
    403: ("csrf_failed", gettext_noop("The request lacks a valid X-XSRF-TOKEN header. Reload the page and try again.")),
    404: ("not_found", gettext_noop("There is nothing here.")),
    405: ("method_not_allowed", gettext_noop("This address does not take that method.")),
    411: ("length_required", gettext_noop("Say how long the request is, by Content-Length.")),
    412: ("outdated", gettext_noop("Somebody has changed this meanwhile. Fetch it again, and change that.")),
    413: ("too_large", gettext_noop("The request is too large.")),
    415: ("unsupported_media_type", gettext_noop("Send JSON, as application/json.")),
    428: ("precondition_required", gettext_noop("Say in If-Match which state you change: the ETag that came with it.")),
    500: ("internal_error", gettext_noop("Something went wrong on our side. It has been recorded; please try again.")),
    503: ("unavailable", gettext_noop("The site cannot answer for a moment. Nothing is lost; please try again.")),
}
AGAIN = "2"  # seconds: Retry-After while the database is away


def problem(status: int, code: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> HttpResponse:
    """A problem document; ``errors`` name fields: ``{"field": …, "message": …}``."""
    body = {
        "type": f"urn:musicsite:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
        "errors": list(errors),
    }
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE)


def of_status(status: int) -> HttpResponse:
    """The problem document of an HTTP status that needs no further words, with Retry-After where it is 503."""
    code, detail = KNOWN.get(status, KNOWN[500 if status >= 500 else 400])
    response = problem(status, code, _(detail))
    if status == 503:
        response["Retry-After"] = AGAIN
    return response


def of_limit(refusal: LimitReached) -> HttpResponse:
    """429 with the code and the words of ``refusal``, and in Retry-After the seconds after which to come back."""
    response = problem(429, refusal.code, str(refusal))
    response["Retry-After"] = str(refusal.retry_after)
    return response


def api_errors(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: below /api/ an error is a problem document even where Django itself answers."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if (
            response.status_code < 400
            or not request.path_info.startswith("/api/")
            or response.headers.get("Content-Type") == CONTENT_TYPE
        ):
            return response
        replacement = of_status(response.status_code)
        if "Allow" in response.headers:
            replacement["Allow"] = response["Allow"].replace("GET", "GET, HEAD")  # jobs.api.heads
        return replacement

    return middleware
