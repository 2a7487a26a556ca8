"""Bodies that come in chunks, without a word on their length (RFC 9112, 7.1)."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseBase

BODILESS = ("GET", "HEAD", "OPTIONS", "TRACE")


def chunked_bodies(get_response: Callable[[Any], HttpResponseBase]) -> Callable[[WSGIRequest], HttpResponseBase]:
    """Middleware: such a body is read where the web server says when it ends, and refused with 411 where it does not.

    Django itself takes a request without Content-Length for one without a body.
    """

    def middleware(request: WSGIRequest) -> HttpResponseBase:
        chunked = "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower()
        if not chunked or request.META.get("CONTENT_LENGTH") or request.method in BODILESS:
            return get_response(request)
        if not request.environ.get("wsgi.input_terminated"):
            return HttpResponse(status=411)
        body = _read(request.environ["wsgi.input"], settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return HttpResponse(status=413)
        request.META["CONTENT_LENGTH"] = str(len(body))
        request._stream = BytesIO(body)  # what Django reads a body from
        return get_response(request)

    return middleware


def _read(stream: IO[bytes], limit: int) -> bytes:
    parts: list[bytes] = []
    while limit > 0 and (part := stream.read(limit)):
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)
