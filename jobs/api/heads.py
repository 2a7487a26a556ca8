"""HEAD, on every address of the API that answers GET."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase


def heads(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: below /api/ a HEAD is answered as a GET, without the content."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD" or not request.path_info.startswith("/api/"):
            return get_response(request)
        request.method = "GET"
        try:
            response = get_response(request)
        finally:
            request.method = "HEAD"
        if isinstance(response, HttpResponse) and response.content:
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    return middleware
