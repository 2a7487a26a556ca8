"""Zips of tracks for listening: their sound, numbered, and an M3U8 with their order."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import IO

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from jobs.models import Job
from jobs.pages.delivery import opened
from jobs.pages.filenames import filename
from jobs.storage.zips import zipped


def sounds(jobs: list[Job], title: str, fallback: str) -> StreamingHttpResponse:
    """The sound of these tracks in their order, sent while it is made; ``fallback``: the name where no title is."""
    response = StreamingHttpResponse(zipped(_files(jobs)), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, filename(title, "zip", fallback))
    response["Cache-Control"] = "private, no-store"
    return response


def _files(jobs: list[Job]) -> Iterator[tuple[str, IO[bytes]]]:
    names = []
    for number, job in enumerate(jobs, 1):
        try:
            content, extension = opened(job, "audio")
        except FileNotFoundError:  # deleted meanwhile
            continue
        names.append(filename(f"{number:02} {job.title}", extension, f"{number:02}"))
        yield names[-1], content
    yield "playlist.m3u8", BytesIO("".join(f"{name}\n" for name in ["#EXTM3U", *names]).encode())
