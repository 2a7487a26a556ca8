"""Delivery of a track's files to whoever may have them: byte ranges, ETag, names for downloads."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from whitenoise.responders import MissingFileError, Response, SlicedFile, StaticFile

from jobs.models import Job

_UNSAFE = re.compile(r"[^\w -]+")  # in the name of a file, on any system
EXTENSIONS = {
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/midi": "mid",
    "application/json": "json",
    "image/svg+xml": "svg",
    "application/zip": "zip",
}


@login_not_required
@require_safe
def track_file(request: HttpRequest, pk: UUID, kind: str) -> HttpResponseBase:
    """One file of a track that the asking person owns; 404 for anybody else's, signed in or not."""
    if not request.user.is_authenticated:
        raise Http404
    return deliver(request, get_object_or_404(Job.objects.owned_by(request.user), pk=pk), kind)


def deliver(request: HttpRequest, job: Job, kind: str) -> HttpResponseBase:
    """The job's file of that kind; ``?download=1`` asks for an attachment. Whether the asker may is the caller's care.

    Raises Http404 where the job has no such file.
    """
    file = job.files.get(kind)
    if not file:
        raise Http404
    headers = [
        ("Content-Type", file["type"]),
        ("Accept-Ranges", "bytes"),
        # Files never change under their attempt, but only their owner may see them.
        ("Cache-Control", "private, no-cache"),
        ("ETag", f'"{job.pk.hex}-{job.attempt}-{kind}"'),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Disposition", _disposition(job, file["type"], as_attachment="download" in request.GET)),
    ]
    if file["type"] == "image/svg+xml":
        headers.append(("Content-Security-Policy", "default-src 'none'; sandbox"))
    try:
        found = _RangedFile(default_storage.path(file["name"]), headers)
    except MissingFileError as error:
        raise Http404 from error
    answer = found.get_response(str(request.method), request.META)
    if answer.file is None:
        response: HttpResponseBase = HttpResponse(status=answer.status)
    else:
        response = FileResponse(answer.file, status=answer.status)
    for name, value in answer.headers:
        response[name] = value
    return response


def _disposition(job: Job, content_type: str, *, as_attachment: bool) -> str:
    name = " ".join(_UNSAFE.sub(" ", job.title).split()).strip("-_ ") or str(job.pk)
    return str(content_disposition_header(as_attachment, f"{name}.{EXTENSIONS.get(content_type, 'bin')}"))


class _RangedFile(StaticFile):
    """WhiteNoise's file responder, with single-byte ranges and If-Range as RFC 9110 has them."""

    def get_response(self, method: str, request_headers: dict[str, Any]) -> Response:
        condition = request_headers.get("HTTP_IF_RANGE")
        if condition is not None and condition != self.etag:
            request_headers = {name: value for name, value in request_headers.items() if name != "HTTP_RANGE"}
        return super().get_response(method, request_headers)

    def get_range_response(self, range_header: str, base_headers: Any, file_handle: Any) -> Response:
        headers = dict(base_headers)
        size = int(headers.pop("Content-Length"))
        start, end = self.get_byte_range(range_header, size)
        if not 0 <= start <= end or range_header.strip().endswith("=-0"):
            return self.get_range_not_satisfiable_response(file_handle, size)
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        headers["Content-Length"] = str(end - start + 1)
        sliced = SlicedFile(file_handle, start, end) if file_handle is not None else None
        return Response(HTTPStatus.PARTIAL_CONTENT, list(headers.items()), sliced)
