"""Delivery of a track's files to whoever may have them: byte ranges, ETag, names for downloads."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any, cast
from urllib.parse import parse_qsl, quote, urlsplit
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

from jobs.api.conditional import is_known
from jobs.models import Job, Preview, State
from jobs.music.files.retitle import HEAD, TITLED, Beginning, retitled
from jobs.music.formats import KINDS, chosen
from jobs.pages.filenames import filename
from jobs.queue import exports, previews
from jobs.storage.files import object_store

LARGE = ("audio/", "application/zip")  # what others may send for us; pages and pictures need the rest from the site
LINK_SECONDS = 3600  # that a link into the object store is good for, beside twice the length of the track
PRIVATE = "private, no-cache"  # files never change under their attempt, but only their owner may see them
FOR_EVERYBODY = "public, max-age=604800"
BLOCK = 64 * 1024  # bytes
PREVIEW_SECONDS = 3.0  # that whoever has no scripts waits for a preview
ZIP = "application/zip"  # several kinds are one
EXTENSIONS = {
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "opus",
    "text/csv; charset=utf-8": "csv",
    "audio/midi": "mid",
    "application/json": "json",
    "image/svg+xml": "svg",
    ZIP: "zip",
    "application/gzip": "json.gz",
    "application/vnd.recordare.musicxml+xml": "musicxml",
    "application/pdf": "pdf",
    "text/plain; charset=utf-8": "txt",
    "text/x-chordpro; charset=utf-8": "cho",
}


@login_not_required
@require_safe
def track_file(request: HttpRequest, pk: UUID, kind: str) -> HttpResponseBase:
    """One file of a track that the asking person owns; 404 for anybody else's, signed in or not."""
    if not request.user.is_authenticated:
        raise Http404
    return deliver(request, get_object_or_404(Job.objects.owned_by(request.user), pk=pk), _name(kind, request.GET))


@login_not_required
@require_safe
def preview_sound(request: HttpRequest, pk: UUID, number: int) -> HttpResponseBase:
    """What the owner of a track hears of their changes; 404 for anybody else, and once they hear something later."""
    track = get_object_or_404(Job.objects.owned_by(request.user), pk=pk) if request.user.is_authenticated else None
    preview = _made(track, number) if track else None
    if preview is None:
        raise Http404
    headers = [
        ("Content-Type", preview.file["type"]),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", PRIVATE),
        ("ETag", f'"{preview.track_id.hex}-preview-{number}"'),
        ("X-Content-Type-Options", "nosniff"),
    ]
    try:
        return _answer(request, _Content(preview.file, None), headers)
    except FileNotFoundError as error:
        raise Http404 from error


def _made(track: Job, number: int) -> Preview | None:
    """The preview of that number, waited for where it is being made: pages without scripts lead here at once."""
    until = time.monotonic() + PREVIEW_SECONDS
    while True:
        preview = previews.of(track)
        if preview is None or preview.number != number or preview.state == State.ERROR:
            return None
        if preview.state == State.DONE or time.monotonic() > until:
            return preview if preview.state == State.DONE else None
        time.sleep(0.1)


def _name(kind: str, query: Mapping[str, str]) -> str:
    """The name under which a track has the file of that kind, with what the query sets of it. Raises Http404."""
    if kind not in KINDS:
        return kind
    try:
        return str(chosen(kind, query))
    except ValueError as error:
        raise Http404 from error


def deliver(request: HttpRequest, job: Job, kind: str, *, to_strangers: bool = False) -> HttpResponseBase:
    """The job's file of that kind; ``?download=1`` asks for an attachment. Whether the asker may is the caller's care.

    A track that was renamed has its title inside the file too. ``to_strangers``: an MP3 has nothing in it of how it was
    made, so the site itself sends it. Answers GET and HEAD, conditions, a single byte range and If-Range. Raises
    Http404 where the job has no such file.
    """
    holder = exports.holder(job, kind)
    if holder is None:
        raise Http404
    file = holder.files[kind]
    suffixes = [kind] if file["type"] == ZIP else [value for _, value in parse_qsl(kind.partition("?")[2])]
    title = " ".join([job.title, *suffixes])
    name = filename(title, EXTENSIONS.get(file["type"], "bin"), str(job.pk))
    disposition = str(content_disposition_header("download" in request.GET, name))
    renamed = job.title != holder.brief.get("title", job.title)
    try:
        changed = renamed or to_strangers
        content = _Content(file, _beginning(file, job.title, to_strangers=to_strangers) if changed else None)
        if settings.DELIVERY != "site" and file["type"].startswith(LARGE) and content.is_as_stored:
            return _handed_over(job, file, disposition)
        version = f"-{hashlib.blake2b(content.head, digest_size=6).hexdigest()}" if content.head else ""
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
        return _answer(request, content, headers)
    except FileNotFoundError as error:
        raise Http404 from error


def deliver_to_everybody(request: HttpRequest, file: Mapping[str, Any], version: str) -> HttpResponseBase:
    """A file that belongs to nobody, for a week in any cache. Raises Http404 where it is not there."""
    headers = [
        ("Content-Type", file["type"]),
        ("Accept-Ranges", "bytes"),
        ("Cache-Control", FOR_EVERYBODY),
        ("ETag", f'"{version}"'),
        ("X-Content-Type-Options", "nosniff"),
    ]
    try:
        return _answer(request, _Content(file, None), headers)
    except FileNotFoundError as error:
        raise Http404 from error


def opened(job: Job, kind: str) -> tuple[IO[bytes], str]:
    """A file of the job as its owner gets it, with the title of today in it, and how its name ends.

    Raises FileNotFoundError where it has none.
    """
    holder = exports.holder(job, kind)
    if holder is None:
        raise FileNotFoundError(kind)
    file = holder.files[kind]
    renamed = job.title != holder.brief.get("title", job.title)
    content = _Content(file, _beginning(file, job.title, to_strangers=False) if renamed else None)
    return content.open(), EXTENSIONS.get(file["type"], "bin")


def _answer(request: HttpRequest, content: _Content, headers: list[tuple[str, str]]) -> HttpResponseBase:
    """The content, the part of it that is asked for, or that it has not changed. Raises FileNotFoundError."""
    answer = _StoredFile(content.size, headers).get_response("HEAD", request.META)
    response: HttpResponseBase = HttpResponse(status=answer.status)
    if answer.status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        if request.method == "HEAD":
            content.check()
        else:
            stream = content.open(dict(answer.headers).get("Content-Range"))
            response = FileResponse(stream, status=answer.status)
            response.block_size = BLOCK
    for name, value in answer.headers:
        response[name] = value
    return response


class _Content:
    """A stored file, with another beginning where it has one."""

    def __init__(self, file: Mapping[str, Any], beginning: Beginning | None) -> None:
        self._file = file
        self.head, self._replaced = beginning or (b"", 0)
        self.is_as_stored = beginning is None
        self.size: int = file["size"] - self._replaced + len(self.head)

    def check(self) -> None:
        """Raise FileNotFoundError where it is not there."""
        if not default_storage.exists(self._file["name"]):
            raise FileNotFoundError(self._file["name"])

    def open(self, content_range: str | None = None) -> IO[bytes]:
        """All of it, or the part that a Content-Range header names. Raises FileNotFoundError."""
        start, end = 0, self.size - 1
        if content_range:
            start, end = map(int, content_range.removeprefix("bytes ").partition("/")[0].split("-"))
        moved = self._replaced - len(self.head)
        rest = max(start, len(self.head))
        stored = _stored(self._file, rest + moved, end + moved) if rest <= end else None
        if start >= len(self.head) and stored:
            return stored
        return cast("IO[bytes]", _Joined(self.head[start : end + 1], stored))


class _Joined:
    """Some bytes, then what a file holds."""

    def __init__(self, head: bytes, rest: IO[bytes] | None) -> None:
        self.head, self._rest = BytesIO(head), rest

    def read(self, size: int = -1) -> bytes:
        return self.head.read(size) or (self._rest.read(size) if self._rest else b"")

    def close(self) -> None:
        if self._rest:
            self._rest.close()


def _stored(file: Mapping[str, Any], start: int, end: int) -> IO[bytes]:
    """The bytes from ``start`` to ``end``, both included, of a file as it is stored. Raises FileNotFoundError."""
    if store := object_store():
        return store.read_range(file["name"], start, end)
    return cast("IO[bytes]", SlicedFile(default_storage.open(file["name"]), start, end))


def _beginning(file: Mapping[str, Any], title: str, *, to_strangers: bool) -> Beginning | None:
    """What the file begins with under this title; None where it holds none. Raises FileNotFoundError."""
    if file["type"] not in TITLED:
        return None
    with closing(_stored(file, 0, min(HEAD, file["size"]) - 1)) as content:
        head = b"".join(iter(lambda: content.read(BLOCK), b""))
    return retitled(head, file["type"], title, alone=to_strangers)


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


class _StoredFile(StaticFile):
    """WhiteNoise's file responder for a file of any storage, with single-byte ranges and If-Range as in RFC 9110."""

    def __init__(self, size: int, headers: list[tuple[str, str]]) -> None:
        all_headers = Headers([*headers, ("Content-Length", str(size))])
        self.last_modified = None
        self.etag = all_headers["ETag"]
        self.not_modified_response = self.get_not_modified_response(all_headers)
        self.alternatives = [(re.compile(""), "", all_headers.items())]

    def is_not_modified(self, request_headers: Mapping[str, Any]) -> bool:
        return is_known(request_headers.get("HTTP_IF_NONE_MATCH"), self.etag)

    def get_response(self, method: str, request_headers: dict[str, Any]) -> Response:
        condition = request_headers.get("HTTP_IF_RANGE")
        is_read = request_headers.get("REQUEST_METHOD") == "GET"  # a range is of what GET gives
        if not is_read or (condition is not None and condition != self.etag):
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
