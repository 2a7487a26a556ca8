"""Delivery of a track's files to whoever may have them: byte ranges, ETag, names for downloads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any, cast
from urllib.parse import quote, urlsplit
from uuid import UUID
from wsgiref.headers import Headers

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from whitenoise.responders import Response, SlicedFile, StaticFile

from jobs.models import Job
from jobs.pages import retitled
from jobs.queue import exports
from jobs.storage.files import object_store

LARGE = ("audio/", "application/zip")  # what others may send for us; pages and pictures need the rest from the site
LINK_SECONDS = 3600  # that a link into the object store is good for, beside twice the length of the track
PRIVATE = "private, no-cache"  # files never change under their attempt, but only their owner may see them
BLOCK = 64 * 1024  # bytes
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


def deliver(request: HttpRequest, job: Job, kind: str, *, to_strangers: bool = False) -> HttpResponseBase:
    """The job's file of that kind; ``?download=1`` asks for an attachment. Whether the asker may is the caller's care.

    ``to_strangers``: without what only its owner is to know, so the site itself sends it.

    Answers GET and HEAD, a single byte range and If-Range. Raises Http404 where the job has no such file.
    """
    holder = exports.holder(job, kind)
    if holder is None:
        raise Http404
    file = holder.files[kind]
    disposition = _disposition(job, file["type"], as_attachment="download" in request.GET)
    if settings.DELIVERY != "site" and file["type"].startswith(LARGE) and not to_strangers:
        return _handed_over(job, file, disposition)
    try:
        whole = retitled.drawn(job, file) if kind == "roll" else None
        opening = retitled.opening_for_strangers(job, file) if to_strangers and file["type"] == "audio/mpeg" else b""
    except FileNotFoundError as error:
        raise Http404 from error
    changed = whole or opening
    version = f"-{hashlib.blake2b(changed, digest_size=6).hexdigest()}" if changed else ""
    headers = [
        ("Content-Type", file["type"]),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", PRIVATE),
        ("ETag", f'"{holder.pk.hex}-{holder.attempt}-{kind}{version}"'),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Disposition", disposition),
    ]
    if file["type"] == "image/svg+xml":
        headers.append(("Content-Security-Policy", "default-src 'none'; sandbox"))
    answer = _StoredFile(file["size"] if whole is None else len(whole), headers).get_response("HEAD", request.META)
    response: HttpResponseBase = HttpResponse(status=answer.status)
    if answer.status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        try:
            span = _span(dict(answer.headers).get("Content-Range"))
            content = _content(file, span, whole, opening, is_read=request.method != "HEAD")
        except FileNotFoundError as error:
            raise Http404 from error
        if content is not None:
            response = FileResponse(content, status=answer.status)
            response.block_size = BLOCK
    for name, value in answer.headers:
        response[name] = value
    return response


def _span(content_range: str | None) -> tuple[int, int] | None:
    """First and last byte of what a Content-Range header names; None without one."""
    if content_range is None:
        return None
    start, end = map(int, content_range.removeprefix("bytes ").partition("/")[0].split("-"))
    return start, end


def _content(
    file: Mapping[str, Any], span: tuple[int, int] | None, whole: bytes | None, opening: bytes, *, is_read: bool
) -> Any:
    """The file, or the ``span`` of it, to be read; None where nobody reads it. Raises FileNotFoundError.

    ``whole``: what it holds, where that is not what is stored; ``opening``: what it begins with instead.
    """
    if not is_read:
        if not default_storage.exists(file["name"]):
            raise FileNotFoundError
        return None
    if whole is not None:
        return BytesIO(whole if span is None else whole[span[0] : span[1] + 1])
    start, end = span or (0, file["size"] - 1)
    if store := object_store():
        content = store.read_range(file["name"], start, end)
    else:
        content = cast("IO[bytes]", SlicedFile(default_storage.open(file["name"]), start, end))
    return retitled.Reopened(content, start, opening) if opening else content


def _handed_over(job: Job, file: Mapping[str, Any], disposition: str) -> HttpResponse:
    """The proxy in front of us, or the object store itself, sends the file."""
    store = object_store()
    if store is None:
        response = HttpResponse(headers={"X-Accel-Redirect": f"/_media/{quote(file['name'])}"})
        response["Content-Type"], response["Content-Disposition"] = file["type"], disposition
        response["Cache-Control"] = PRIVATE
        return response
    url = store.signed_url(
        file["name"],
        LINK_SECONDS + 2 * int(job.duration or 0),
        inside=settings.DELIVERY == "nginx",
        ResponseContentType=file["type"],
        ResponseContentDisposition=disposition,
        ResponseCacheControl=PRIVATE,
    )
    if settings.DELIVERY == "redirect":
        return HttpResponseRedirect(url, headers={"Cache-Control": PRIVATE})
    place = urlsplit(url)
    return HttpResponse(headers={"X-Accel-Redirect": f"/_store{place.path}?{place.query}"})


def _disposition(job: Job, content_type: str, *, as_attachment: bool) -> str:
    name = " ".join(_UNSAFE.sub(" ", job.title).split()).strip("-_ ") or str(job.pk)
    return str(content_disposition_header(as_attachment, f"{name}.{EXTENSIONS.get(content_type, 'bin')}"))


class _StoredFile(StaticFile):
    """WhiteNoise's file responder for a file of any storage, with single-byte ranges and If-Range as in RFC 9110."""

    def __init__(self, size: int, headers: list[tuple[str, str]]) -> None:
        all_headers = Headers([*headers, ("Content-Length", str(size))])
        self.last_modified = None
        self.etag = all_headers["ETag"]
        self.not_modified_response = self.get_not_modified_response(all_headers)
        self.alternatives = [(re.compile(""), "", all_headers.items())]

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
            return self.get_range_not_satisfiable_response(None, size)
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        headers["Content-Length"] = str(end - start + 1)
        return Response(HTTPStatus.PARTIAL_CONTENT, list(headers.items()), None)
